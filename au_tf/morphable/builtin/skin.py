"""Colours of the built-in face: linear RGB reflectance of skin, lips, brows, hair, eyes and teeth."""

from dataclasses import dataclass, fields

import numpy as np

from au_tf.arrays import Array
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.parts import IRIS_RADIUS, PUPIL_RADIUS
from au_tf.morphable.builtin.sculpt import bump, smoothstep
from au_tf.morphable.builtin.stencils import SMOOTH_FIELDS, Stencils

SKIN = np.array([0.437, 0.263, 0.185])
"""Reflectance of skin of average melanin."""
MELANIN = np.array([-0.158, -0.102, -0.0735])
"""Its change by a standard deviation of melanin: very light skin (I) and very dark skin (VI) lie two away."""
UNDERTONE = np.array([0.003, -0.001, -0.006])
BLOOD = np.array([0.03, 0.24, 0.19])
"""How much blood takes away, as an exponent."""
HOLLOW = np.array([1.7, 2.2, 2.35])
"""The same of a hollow: what light comes out of it has been through blood several times."""
SHAVEN = np.array([0.62, 0.66, 0.72])
"""What shaven skin reflects of what is about it: roots of hair shine through bluish."""
HAIR = np.array([0.050, 0.034, 0.025])
NOSTRIL = np.array([0.06, 0.02, 0.015])
ENAMEL = np.array([0.72, 0.68, 0.58])
WHITE = np.array([0.58, 0.525, 0.475])
IRIS = np.array([0.104, 0.073, 0.053])
GUM = np.array([0.42, 0.13, 0.12])
TONGUE = np.array([0.44, 0.17, 0.15])
_FAINT = 1e-20
"""Weight that changes no digit of a reflectance."""
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
    moustache: float
    scalp: float
    iris_light: float
    iris_blue: float
    under_eye: float
    cheek_red: float
    mottle: float
    ruddy: float
    freckles: float
    lashes: float
    teeth: float
    eye_white: float
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
_WITH_MELANIN = {
    "hair_light": -0.7,
    "iris_light": -0.6,
    "iris_blue": -0.45,
    "freckles": -0.5,
    "cheek_red": -0.4,
    "ruddy": -0.3,
}


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
        self._stains = self.at.stains.astype(np.float64)
        self._hollow = np.exp(-np.outer(HOLLOW, self.at.hollow))

    def paint(self, person: Complexion) -> Array:
        """Reflectance float[V, 3], in [0, 1] for people not far from the mean."""
        c, at = person, self.at
        hair = HAIR + c.hair_light * np.array([0.026, 0.017, 0.011]) + c.hair_red * np.array([0.010, 0.0, -0.003])
        # Channels first: numpy is slow along an axis of three.
        albedo = self._skin(c)
        shaven = np.maximum(at.beard * (0.20 + 0.14 * c.beard), at.moustache * (0.22 + 0.15 * c.moustache))
        _cover(albedo, SHAVEN, shaven * (1.0 + 0.25 * at.grain), tint=True)
        _cover(albedo, hair, at.scalp * (0.62 + 0.10 * c.scalp) * (1.0 + 0.04 * at.grain + 0.04 * at.mottle))
        self._lips(albedo, c)
        albedo *= self._hollow
        brow = at.brow(4.8 + 0.7 * c.brow_width) * (0.92 + 0.05 * c.brow_strength) * (1.0 + 0.07 * at.grain)
        _cover(albedo, hair, brow)
        _cover(albedo, 0.25 * hair, at.lashes * (0.72 + 0.08 * c.lashes))
        _cover(albedo, NOSTRIL, 0.9 * at.nostrils)
        albedo = np.ascontiguousarray(albedo.T)
        self._eyes(albedo, hair, c)
        self._mouth(albedo, c)
        return albedo

    def _skin(self, c: Complexion) -> Array:
        """Reflectance float[3, V] of bare skin."""
        at = self.at
        stains = np.stack([c.smooth, np.roll(c.smooth, 7)]) @ self._stains
        rosy = 1.0 + 0.35 * c.ruddy
        redness = 0.25 * c.blood + (0.75 + 0.35 * c.cheek_red) * at.cheek + (0.85 * rosy) * at.nose
        redness += rosy * (0.7 * at.ears + 0.3 * at.chin) + 0.35 * at.lids + 0.15 * at.under_eye - 0.2 * at.forehead
        redness += (0.10 + 0.04 * c.mottle) * at.flush + 0.10 * stains[1]
        tone = c.melanin + 0.05 * stains[0]
        albedo = SKIN[:, None] + np.outer(MELANIN, tone) + (c.undertone * UNDERTONE)[:, None]
        albedo *= np.exp(-0.55 * np.outer(BLOOD, redness))
        shade = (0.13 + 0.06 * c.under_eye) * at.under_eye + 0.10 * at.lids
        # In shares of what skin reflects, so that dark skin is as even as light skin.
        shade = shade + (0.016 + 0.005 * c.mottle) * at.mottle
        blemish = (1 - shade) * (1 - (0.06 + 0.05 * c.freckles) * at.spots)
        albedo *= blemish * (1.0 + 0.014 * at.grain)
        return albedo

    def _lips(self, albedo: Array, c: Complexion) -> None:
        at = self.at
        depth = np.array([-0.17, -0.52, -0.36]) * (1 + 0.09 * c.lips) + np.array([0, 0.015, 0.03]) * c.lip_tint
        # The upper lip is darker than the lower one, and both are where they meet.
        strength = 0.95 * at.lip + 0.35 * at.lip_fullness + 0.15 * at.lip * (self.mesh.lip_side > 0)
        strength = strength * (1.0 + 0.05 * at.grain)
        rows = np.flatnonzero(np.maximum(abs(strength), at.parting) > _FAINT)
        albedo[:, rows] *= np.exp(np.outer(depth, strength[rows]))
        albedo[:, rows] *= 1.0 - 0.65 * at.parting[rows]

    def _eyes(self, albedo: Array, hair: Array, c: Complexion) -> None:
        iris = IRIS + c.iris_light * np.array([0.029, 0.023, 0.016]) + c.iris_blue * np.array([-0.007, 0.009, 0.020])
        white = WHITE * (1.0 + 0.03 * c.eye_white)
        for side in ("left", "right"):
            piece = self.mesh.pieces[f"eye_{side}"]
            colours = _eye_colours(piece.coordinates, iris, white, 1.0 if side == "left" else -1.0)
            albedo[piece.rows] = colours * _lid_shade(self.mesh.points[piece.rows])[:, None]
            rim = self.mesh.pieces[f"lid_rim_{side}"]
            upper = rim.coordinates[:, 1] >= (rim.coordinates[:, 1].max() + 1) / 2
            lashes = 0.85 * upper * smoothstep(20.0, 24.0, np.abs(self.mesh.points[rim.rows, 0]))
            albedo[rim.rows] = _blend(albedo[rim.rows] * [0.8, 0.55, 0.52], 0.35 * hair, lashes)

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


def _eye_colours(coordinates: Array, iris: Array, white: Array, sign: float) -> Array:
    reach, angle = coordinates.T
    fibres = 1.0 + 0.16 * np.sin(9 * angle + 1.0) * np.sin(23 * angle) + 0.10 * np.sin(37 * angle)
    # A dark ring bounds the iris, and about the pupil it is lighter.
    radial = np.interp(reach, [PUPIL_RADIUS, 2.6, 3.6, 4.9, 5.5, IRIS_RADIUS], [0.65, 1.35, 1.15, 0.95, 0.42, 0.30])
    colour = iris * (fibres * radial)[:, None]
    colour = np.where(reach[:, None] < PUPIL_RADIUS, 0.006, colour)
    # The wet cornea mirrors a lamp, which reflectance alone cannot; without it eyes look dull.
    glint = bump(sign * reach * np.cos(angle), reach * np.sin(angle), -1.5, 1.9, 0.5, 0.5)
    colour = _blend(colour, np.array([0.8, 0.8, 0.8]), glint)
    ball = white * np.interp(reach, [6, 9, 12, 15], [1.0, 0.95, 0.8, 0.6])[:, None]
    red = np.interp(reach, [7, 10, 15], [0.0, 0.15, 0.6])[:, None]
    red = red * np.where(np.cos(angle) < 0, 1.0, 0.4)[:, None]
    ball = ball * (1 - red * np.array([0.15, 0.62, 0.62]))
    limbus = smoothstep(IRIS_RADIUS - 0.3, IRIS_RADIUS + 0.9, reach)
    return _blend(colour, ball, limbus)


def _lid_shade(points: Array) -> Array:
    """What light reaches the eyeball between the lids, whose edges and lashes shade it, the upper ones most."""
    x, y = np.abs(points[:, 0]), points[:, 1]
    share = np.clip((x - outlines.EYE_INNER[0]) / (outlines.EYE_OUTER[0] - outlines.EYE_INNER[0]), 0.0, 1.0)
    below = outlines.lid_line(share, upper=True)[:, 1] - y
    above = y - outlines.lid_line(share, upper=False)[:, 1]
    shade = (0.42 + 0.58 * smoothstep(-0.6, 3.2, below)) * (0.72 + 0.28 * smoothstep(-0.4, 1.6, above))
    return np.asarray(shade * (0.6 + 0.4 * smoothstep(0.0, 0.22, share) * smoothstep(1.0, 0.8, share)))


def _cover(albedo: Array, colour: Array, alpha: Array, *, tint: bool = False) -> None:
    """Lays a colour over the reflectance float[3, V], in place; a tint is a share of what is there."""
    rows = np.flatnonzero(abs(alpha) > _FAINT)
    below = albedo[:, rows]
    above = below * colour[:, None] if tint else colour[:, None]
    albedo[:, rows] = below + alpha[rows] * (above - below)


def _blend(below: Array, above: Array, alpha: Array) -> Array:
    return below + alpha[:, None] * (above - below)
