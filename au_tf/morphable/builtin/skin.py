"""Colours of the built-in face: linear RGB reflectance of skin, lips, brows, hair, eyes and teeth."""

from dataclasses import dataclass, fields

import numpy as np

from au_tf.arrays import Array
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.parts import IRIS_RADIUS, PUPIL_RADIUS
from au_tf.morphable.builtin.sculpt import bump, smoothstep
from au_tf.morphable.builtin.stencils import SMOOTH_FIELDS, Stencils

SKIN = np.array([0.432, 0.253, 0.174])
"""Reflectance of skin of average melanin."""
MELANIN = np.array([-0.165, -0.105, -0.0745])
"""Its change by a standard deviation of melanin: very light skin (I) and very dark skin (VI) lie two away."""
UNDERTONE = np.array([0.003, -0.001, -0.006])
BLOOD = np.array([0.02, 0.16, 0.13])
HAIR = np.array([0.056, 0.039, 0.028])
NOSTRIL = np.array([0.06, 0.02, 0.015])
ENAMEL = np.array([0.72, 0.68, 0.58])
IRIS = np.array([0.100, 0.068, 0.050])
GUM = np.array([0.42, 0.13, 0.12])
TONGUE = np.array([0.44, 0.17, 0.15])
LINING, THROAT = np.array([0.34, 0.12, 0.11]), np.array([0.15, 0.045, 0.04])


@dataclass(frozen=True)
class Complexion:
    """One person's colours; every number is a standard normal deviate."""

    melanin: float
    undertone: float
    blood: float
    lips: float
    lip_tint: float
    brow_strength: float
    brow_width: float
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
    smooth: Array
    """float[SMOOTH_FIELDS], amounts of the smooth stains."""

    @classmethod
    def of(cls, amounts: Array) -> "Complexion":
        """The complexion of float[AMOUNTS], the numbers in order."""
        named = {field.name: float(a) for field, a in zip(fields(cls)[:-1], amounts, strict=False)}
        return cls(**named, smooth=np.asarray(amounts[_NAMED:]))


_NAMED = len(fields(Complexion)) - 1
AMOUNTS = _NAMED + SMOOTH_FIELDS
"""Numbers that a complexion consists of."""
# Who has more melanin has darker hair and eyes and no freckles: correlations with it.
_WITH_MELANIN = {"hair_light": -0.7, "iris_light": -0.65, "iris_blue": -0.7, "freckles": -0.5, "cheek_red": -0.4}


def albedo_fields(painter: "Painter") -> Array:
    """Changes of the mean albedo float[AMOUNTS, V, 3] by independent standard normal numbers.

    They are the derivatives of `Painter.paint` at the mean complexion: sums of them stay what they are in a linear
    basis, so that dark skin keeps its brows and whites, and the tones of random people have a normal distribution.
    """
    step, mean = 0.1, painter.paint(Complexion.of(np.zeros(AMOUNTS)))
    changes = np.stack([(painter.paint(Complexion.of(step * row)) - mean) / step for row in np.eye(AMOUNTS)])
    names = [field.name for field in fields(Complexion)]
    for name, share in _WITH_MELANIN.items():
        changes[names.index("melanin")] += share * changes[names.index(name)]
        changes[names.index(name)] *= np.sqrt(1.0 - share**2)
    return changes


class Painter:
    """Paints complexions on the mesh."""

    def __init__(self, mesh: HeadMesh, rng: np.random.Generator) -> None:
        self.mesh = mesh
        self.at = Stencils(mesh, rng)

    def paint(self, person: Complexion) -> Array:
        """Reflectance float[V, 3], in [0, 1] for people not far from the mean."""
        c, at = person, self.at
        hair = HAIR + c.hair_light * np.array([0.026, 0.017, 0.011]) + c.hair_red * np.array([0.010, 0.0, -0.003])
        albedo = self._skin(c)
        brow = at.brow(4.2 + 0.5 * c.brow_width) * (0.84 + 0.05 * c.brow_strength) * (1.0 + 0.12 * at.grain)
        albedo = _blend(albedo, hair, brow)
        albedo = _blend(albedo, hair, at.scalp * (0.84 + 0.02 * at.grain))
        albedo = _blend(albedo, hair, at.beard * (0.09 + 0.06 * c.beard))
        depth = np.array([-0.24, -0.62, -0.42]) * (1 + 0.18 * c.lips) + np.array([0, 0.03, 0.08]) * c.lip_tint
        albedo = _blend(albedo, albedo * np.exp(depth), 0.9 * at.lip)
        albedo *= (1.0 - 0.6 * at.parting)[:, None]
        albedo = _blend(albedo, 0.25 * hair, at.lashes * (0.70 + 0.06 * c.lashes))
        albedo = _blend(albedo, NOSTRIL, 0.9 * at.nostrils)
        self._eyes(albedo, hair, c)
        self._mouth(albedo, c)
        return albedo

    def _skin(self, c: Complexion) -> Array:
        at = self.at
        stains = np.stack([c.smooth, np.roll(c.smooth, 7)]) @ at.stains
        redness = 0.25 * c.blood + (0.8 + 0.2 * c.cheek_red) * at.cheek + (0.8 + 0.3 * c.cheek_red) * at.nose
        albedo = SKIN + np.outer(c.melanin + 0.06 * stains[0], MELANIN) + c.undertone * UNDERTONE
        albedo *= np.exp(-0.55 * np.outer(redness + 0.2 * stains[1], BLOOD))
        blemish = (1 - (0.12 + 0.05 * c.under_eye) * at.under_eye) * (1 - (0.06 + 0.05 * c.freckles) * at.spots)
        return albedo * (blemish * (1.0 + 0.012 * at.grain))[:, None]

    def _eyes(self, albedo: Array, hair: Array, c: Complexion) -> None:
        iris = IRIS + c.iris_light * np.array([0.022, 0.017, 0.011]) + c.iris_blue * np.array([-0.008, 0.010, 0.026])
        for side in ("left", "right"):
            piece = self.mesh.pieces[f"eye_{side}"]
            albedo[piece.rows] = _eye_colours(piece.coordinates, iris, 1.0 if side == "left" else -1.0)
            rim = self.mesh.pieces[f"lid_rim_{side}"]
            upper = rim.coordinates[:, 1] >= (rim.coordinates[:, 1].max() + 1) / 2
            lashes = 0.85 * upper * smoothstep(20.0, 24.0, np.abs(self.mesh.points[rim.rows, 0]))
            albedo[rim.rows] = _blend(albedo[rim.rows] * [0.75, 0.5, 0.5], 0.35 * hair, lashes)

    def _mouth(self, albedo: Array, c: Complexion) -> None:
        enamel = ENAMEL * (1.0 + 0.03 * c.teeth)
        for row in ("upper", "lower"):
            piece = self.mesh.pieces[f"teeth_{row}"]
            down, across = piece.coordinates.T
            shade = (1 - 0.25 * np.abs(across) ** 8) * np.interp(
                np.abs(self.mesh.points[piece.rows, 0]), [10, 32], [1, 0.5]
            )
            albedo[piece.rows] = np.where(down[:, None] < 0, GUM, enamel) * shade[:, None]
        bag = self.mesh.pieces["bag"]
        depth = np.clip(bag.coordinates[:, 0] / 2.0, 0, 1)[:, None]
        albedo[bag.rows] = (1 - depth) * LINING + depth * THROAT
        tongue = self.mesh.pieces["tongue"]
        back = tongue.coordinates[:, :1]
        albedo[tongue.rows] = TONGUE * np.interp(back, [0.0, 0.4, 0.9], [1.0, 0.9, 0.3])


def _eye_colours(coordinates: Array, iris: Array, sign: float) -> Array:
    reach, angle = coordinates.T
    fibres = 1.0 + 0.16 * np.sin(9 * angle + 1.0) * np.sin(23 * angle) + 0.10 * np.sin(37 * angle)
    radial = np.interp(reach, [PUPIL_RADIUS, 3.2, 4.8, IRIS_RADIUS], [0.75, 1.25, 1.05, 0.45])
    colour = iris * (fibres * radial)[:, None]
    colour = np.where(reach[:, None] < PUPIL_RADIUS, 0.006, colour)
    # The wet cornea mirrors a lamp, which reflectance alone cannot; without it eyes look dull.
    glint = bump(sign * reach * np.cos(angle), reach * np.sin(angle), -1.5, 1.9, 0.5, 0.5)
    colour = _blend(colour, np.array([0.8, 0.8, 0.8]), glint)
    white = np.array([0.70, 0.66, 0.62]) * np.interp(reach, [6, 9, 12, 15], [1.0, 0.95, 0.78, 0.5])[:, None]
    red = np.interp(reach, [9, 15], [0.0, 0.5])[:, None] * (np.cos(angle) < 0)[:, None]
    white = white * (1 - red * np.array([0.2, 0.75, 0.75]))
    return np.where(reach[:, None] > IRIS_RADIUS, white, colour)


def _blend(below: Array, above: Array, alpha: Array) -> Array:
    return below + alpha[:, None] * (above - below)
