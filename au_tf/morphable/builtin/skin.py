"""Colours of the built-in face: linear RGB reflectance of skin, lips, brows, hair, eyes and teeth."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.parts import IRIS_RADIUS, PUPIL_RADIUS
from au_tf.morphable.builtin.sculpt import bump, outline_distance, smoothstep

Array = NDArray[Any]

SKIN = np.array([0.56, 0.335, 0.235])
MELANIN = np.array([0.34, 0.55, 0.72])
BLOOD = np.array([0.02, 0.16, 0.13])
ENAMEL = np.array([0.70, 0.65, 0.54])
GUM = np.array([0.42, 0.13, 0.12])
TONGUE = np.array([0.36, 0.13, 0.12])
LINING, THROAT = np.array([0.30, 0.10, 0.09]), np.array([0.075, 0.022, 0.020])
SMOOTH_FIELDS = 60


@dataclass(frozen=True)
class Complexion:
    """One person's colours; every number is a standard normal deviate."""

    melanin: float
    blood: float
    lips: float
    lip_tint: float
    brow_strength: float
    brow_width: float
    brow_height: float
    hair_strength: float
    hair_light: float
    hair_red: float
    beard: float
    iris_light: float
    iris_blue: float
    under_eye: float
    cheek_red: float
    freckles: float
    lashes: float
    teeth: float
    hairline: float
    smooth: Array
    """float[SMOOTH_FIELDS], amounts of the smooth stains."""

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Complexion":
        """A random person's."""
        amounts = {field.name: min(max(rng.normal(), -2.5), 2.5) for field in fields(cls)[:-1]}
        return cls(**amounts, smooth=rng.normal(size=SMOOTH_FIELDS))

    @classmethod
    def mean(cls) -> "Complexion":
        """The average person's."""
        return cls(**{field.name: 0.0 for field in fields(cls)[:-1]}, smooth=np.zeros(SMOOTH_FIELDS))


class Painter:
    """Paints complexions on the mesh; masks that all people share are computed once."""

    def __init__(self, mesh: HeadMesh, rng: np.random.Generator) -> None:
        self.mesh = mesh
        p = mesh.points.astype(np.float32)
        self.x, self.y, self.z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
        self.front = smoothstep(-20.0, 15.0, self.z)
        self.grain = rng.normal(size=len(p)).astype(np.float32)
        self.spots = np.clip(rng.normal(size=len(p)) - 1.2, 0, 1) * bump(self.x, self.y, 24, -22, 26, 16) * self.front
        self.stains = self._stains(rng)
        self.lip = self._lip_mask()
        # Between the lips hardly any light comes back.
        above = np.abs(self.y - outlines.lip_line(self.x))
        self.parting = np.exp(-((above / 0.8) ** 2)) * self.front * smoothstep(27.5, 24.0, self.x)
        self.brow_at = self._brow_coordinates()
        skin = mesh.pieces["skin"].rows
        self.lid = np.full(len(p), 40.0)
        near = np.flatnonzero((np.hypot(self.x - 31.5, self.y) < 25) & (self.z > 10))
        near = near[near < skin.stop]
        self.lid[near] = np.clip(outline_distance(self.x[near], self.y[near]), 0, None)

    def _stains(self, rng: np.random.Generator) -> Array:
        q = np.stack([self.mesh.points[:, 0] / 1.0, self.y, self.z], -1)
        fields = []
        for k in range(SMOOTH_FIELDS):
            mirrored = q if k % 3 == 2 else np.abs(q * [1, 0, 0]) + q * [0, 1, 1]
            centre = rng.uniform((-70 * (k % 3 == 2), -115, -10), (70, 75, 60))
            fields.append(np.exp(-0.5 * ((mirrored - centre) ** 2).sum(1) / rng.uniform(10, 32) ** 2))
        return np.stack(fields).astype(np.float32)

    def _lip_mask(self) -> Array:
        above = self.y - outlines.lip_line(self.x)
        upper = smoothstep(1.12, 0.9, above / np.maximum(outlines.upper_lip_height(self.x), 0.3))
        lower = smoothstep(1.12, 0.9, -above / np.maximum(outlines.lower_lip_height(self.x), 0.3))
        mask = np.where(self.mesh.lip_side > 0, upper, lower) * smoothstep(26.6, 24.8, self.x)
        return mask * self.front * (np.abs(above) < 14)

    def _brow_coordinates(self) -> tuple[Array, Array]:
        u = np.clip((self.x - 12.0) / 45.0, -0.2, 1.3)
        middle = outlines.brow_line(np.clip(u, 0, 1))
        return u, self.y - middle[:, 1]

    def paint(self, person: Complexion) -> Array:
        """Reflectance float[V, 3] in [0, 1]."""
        c = person
        melanin = 1.0 + 1.45 * c.melanin + 0.05 * c.smooth @ self.stains
        redness = (
            0.5 * c.blood
            + (0.9 + 0.6 * c.cheek_red) * bump(self.x, self.y, 38, -32, 17, 14) * self.front
            + (0.8 + 0.4 * c.cheek_red) * bump(self.x, self.y, 0, -38, 11, 8) * self.front
            + 0.25 * np.roll(c.smooth, 7) @ self.stains
        )
        tone = np.exp(-np.outer(0.42 * melanin, MELANIN) - np.outer(0.55 * redness, BLOOD))
        tone *= (1.0 + 0.012 * self.grain)[:, None]
        albedo = 1.18 * SKIN * tone
        albedo *= (1 - (0.16 + 0.08 * c.under_eye) * bump(self.x, self.y, 29, -11, 12, 5) * self.front)[:, None]
        albedo *= (1 - max(0.10 + 0.12 * c.freckles, 0.0) * self.spots)[:, None]
        hair = np.exp([-2.9 + 0.5 * c.hair_light] * 3 + np.array([0.35, 0.0, -0.45]) * (1 + 0.5 * c.hair_red))
        albedo = self._hair(albedo, hair, c)
        lips = albedo * np.exp(
            np.array([-0.34, -0.66, -0.50]) * (1 + 0.25 * c.lips) + np.array([0, 0.05, 0.1]) * c.lip_tint
        )
        albedo = _blend(albedo, lips, self.lip * 0.9)
        albedo *= (1.0 - 0.6 * self.parting)[:, None]
        albedo = _blend(
            albedo,
            0.25 * hair,
            np.exp(-((self.lid / 0.75) ** 2)) * (0.62 + 0.15 * c.lashes) * np.where(self.y > -1, 1.0, 0.4),
        )
        albedo = _blend(albedo, np.array([0.06, 0.02, 0.015]), 0.9 * self._nostrils())
        self._eyes_and_mouth(albedo, c)
        return albedo.clip(0.004, 0.95)

    def _hair(self, albedo: Array, hair: Array, c: Complexion) -> Array:
        u, off = self.brow_at
        half = (4.3 + 0.7 * c.brow_width) * (1.0 - 0.55 * np.clip(u, 0, 1) ** 1.5)
        shape = (
            np.exp(-(np.abs((off - 0.9 * c.brow_height) / half) ** 2.6))
            * smoothstep(-0.10, 0.06, u)
            * smoothstep(1.12, 0.85, u)
        )
        strength = (0.66 + 0.14 * c.brow_strength) * (1.0 + 0.10 * self.grain)
        albedo = _blend(albedo, hair, (shape * self.front * strength).clip(0, 1))
        line = (
            66.0
            + 3.0 * c.hairline
            - 0.012 * np.clip(self.x - 20, 0, None) ** 2
            + 10 * bump(self.x, 0 * self.x, 45, 0, 9, 1)
        )
        behind = np.where(self.z > -5, line, np.interp(self.z, [-60, -30, -18, -5], [-62, -30, 15, 28]))
        scalp = smoothstep(-4.0, 6.0, self.y - behind)
        for side in ("left", "right"):
            scalp[self.mesh.pieces[f"ear_{side}"].rows] = 0.0
        albedo = _blend(albedo, hair, (scalp * (0.72 + 0.10 * c.hair_strength + 0.03 * self.grain)).clip(0, 0.95))
        chin = smoothstep(-44, -56, self.y) * smoothstep(-132, -112, self.y) * smoothstep(-20, 10, self.z)
        chin *= 1 - bump(self.x, self.y, 34, -56, 11, 13)
        return _blend(albedo, hair, (chin * (0.06 + 0.09 * c.beard)).clip(0, 0.5) * (1 - self.lip))

    def _nostrils(self) -> Array:
        return bump(self.x, self.y, 6.8, -46.6, 2.4, 1.3) * (self.z > 45)

    def _eyes_and_mouth(self, albedo: Array, c: Complexion) -> None:
        iris = np.exp(np.array([-2.35, -2.75, -3.2]) + 0.55 * c.iris_light + np.array([-0.2, 0.06, 0.36]) * c.iris_blue)
        for side in ("left", "right"):
            piece = self.mesh.pieces[f"eye_{side}"]
            albedo[piece.rows] = _eye_colours(piece.coordinates, iris)
            albedo[self.mesh.pieces[f"lid_rim_{side}"].rows] *= [0.75, 0.5, 0.5]
        enamel = ENAMEL * np.exp(0.10 * c.teeth)
        for row in ("upper", "lower"):
            piece = self.mesh.pieces[f"teeth_{row}"]
            down, across = piece.coordinates.T
            shade = (1 - 0.55 * np.abs(across) ** 6) * np.interp(
                np.abs(self.mesh.points[piece.rows, 0]), [8, 26], [1, 0.45]
            )
            albedo[piece.rows] = np.where(down[:, None] < 0, GUM, enamel) * shade[:, None]
        bag = self.mesh.pieces["bag"]
        depth = np.clip(bag.coordinates[:, 0] / 2.0, 0, 1)[:, None]
        albedo[bag.rows] = (1 - depth) * LINING + depth * THROAT
        tongue = self.mesh.pieces["tongue"]
        back = tongue.coordinates[:, :1]
        albedo[tongue.rows] = TONGUE * np.interp(back, [0.0, 0.25, 0.7], [1.0, 0.7, 0.12])


def _eye_colours(coordinates: Array, iris: Array) -> Array:
    reach, angle = coordinates.T
    fibres = 1.0 + 0.16 * np.sin(9 * angle + 1.0) * np.sin(23 * angle) + 0.10 * np.sin(37 * angle)
    radial = np.interp(reach, [PUPIL_RADIUS, 3.2, 4.8, IRIS_RADIUS], [0.75, 1.25, 1.05, 0.45])
    colour = iris * (fibres * radial)[:, None]
    colour = np.where(reach[:, None] < PUPIL_RADIUS, 0.006, colour)
    white = np.array([0.70, 0.66, 0.62]) * np.interp(reach, [6, 9, 15], [1.0, 0.95, 0.62])[:, None]
    red = np.interp(reach, [9, 15], [0.0, 0.5])[:, None] * (np.cos(angle) < 0)[:, None]
    white = white * (1 - red * np.array([0.2, 0.75, 0.75]))
    return np.where(reach[:, None] > IRIS_RADIUS, white, colour)


def _blend(below: Array, above: Array, alpha: Array) -> Array:
    return below + alpha[:, None] * (above - below)
