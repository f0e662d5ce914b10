"""What makes a drawn face look alive beyond its reflectance: gloss, shade in hollows, wet eyes, a mouth that is dark.

Of a face model it is baked once, by looking at the mean head from all sides; of a face only some numbers are computed.
The equations, in which both engines agree, with the unit normal n of a vertex, the direction s of most light, v towards
the camera and h halfway between them:

    light that gets into hollows  o = clip(a + b . s, 0, 1)
    gloss  G = g (n.s)+ a^2 / ((n.h)^2 (a^2 - 1) + 1)^2   (Walter et al. 2007; visibility and Fresnel term of s.h)
    colour = albedo E(n) o (1 + BOUNCE (1 - o)) + (G lamp + RIM (1 - n.v)+^4 mean) o

On an eye s and h are bent towards v, as the cornea is more curved than the eyeball, and the iris, which lies hollow
behind it, is shaded by a normal that leans the other way.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from au_tf.arrays import Array, Bool, Float32, Int32
from au_tf.geometry.landmarks import INNER_LIPS, LEFT_EYE, RIGHT_EYE
from au_tf.morphable.builtin.parts import IRIS_RADIUS
from au_tf.morphable.completion.eyes import fit_sphere
from au_tf.morphable.detail.chart import LEFT, PER_MM, TOP
from au_tf.morphable.detail.detail import Detail
from au_tf.morphable.detail.regions import ellipse, step
from au_tf.morphable.model import MorphableModel, Part
from au_tf.rendering.native.normals import vertex_normals
from au_tf.rendering.native.rasterizer import rasterize

BOUNCE = np.array([0.30, -0.06, -0.20], np.float32)
"""How much more of each channel what is dim gets: light that skin throws back is red."""
SCATTER = np.repeat(np.array([[1.0, 1.0, 1.0], [0.94, 0.99, 1.0], [0.86, 0.98, 1.0]], np.float32), (1, 3, 5), 0)
"""float32[9, 3], what is left of each harmonic of the light: red light goes on below the skin into the shade."""
REFLECTED = 0.028
"""Share of light that skin mirrors at right angles (refractive index 1.4)."""
MOUTH_BOUNCE = np.array([0.9, 0.2, -0.1], np.float32)
"""The same among gums and tongue."""
RIM = 0.05
"""Most of the light about that skin mirrors where it is seen along."""
LEAST_HALF = 0.35
"""Least cosine between the light and half way to the camera that is reckoned with."""
CORNEA = 0.62
"""How far half way is on an eye, over that on skin: the curvature of the eyeball over that of the cornea."""
WET = np.float32(0.2), np.float32(0.06**2)
"""Strength and squared roughness of the gloss of eyes."""
TAWNY = np.array([0.0, 0.5, 0.26], np.float32)
"""Least of each channel on an eye, over its red: no iris is more yellow."""
HOLLOW_IRIS = 1.1
"""How far an iris's normal leans to the other side."""
SKY = np.array([0.45, 0.3, 1.1, 0.07], np.float32)
"""What a point behind the lips sees is the opening between them, blurred as widely as it is deep times the first, from
as far below as that times the second; to the power of the third; and the least light."""
PARTED = (0.25, 1.2)
"""mm between the lips up to which no light gets in, and from which on all does."""
_LOOKS, _SIDE, _NEAR, _NEAR_EYE = 72, 288, 2.2, 0.8
"""Directions to look from, pixels a side, and mm behind the nearest surface that still count as seen, on eyes too."""
_WIDE = 5.0
"""Concentration of the light about a direction (von Mises and Fisher)."""
_STRENGTH, _OPEN = 0.95, 0.02
"""How much of it is drawn, and how much more, so that what is open to all sides loses nothing."""
_SMOOTHED = 4
_RIGID = (36, 39, 42, 45, 33)
"""Landmarks that no expression moves: corners of the eyes, and below the nose."""


class Finish(NamedTuple):
    """Of a face model."""

    shade: Float32
    """float32[V, 4], a and b, in the model's space."""
    gloss: Float32
    """float32[V, 2], strength and squared roughness; none on eyes, whose is `WET`."""
    eyes: Int32
    """int32[N], vertices of eyeballs."""
    hollow: Float32
    """float32[N], 1 on the iris."""
    inside: Int32
    """int32[M], vertices within the mouth."""
    sunken: Float32
    """float32[M, 2], share of the light that the lower row of teeth, which the lip shades, gets; 1 where red shines."""
    landmarks: Int32
    """int32[13], those of `_RIGID` and the inner lips."""
    rest: Float32
    """float32[3, 3], axes of the mean face; see `axes`."""


@lru_cache(maxsize=4)
def finish_of(detail: Detail) -> Finish:
    """The finish of a face model, which is baked once, in half a second."""
    model = detail.model
    marks = model.landmarks[[*_RIGID, *range(INNER_LIPS.start, INNER_LIPS.stop)]].astype(np.int32)
    inside = np.flatnonzero((model.parts == Part.TEETH) | (model.parts == Part.MOUTH)).astype(np.int32)
    lips = model.mean_shape[model.landmarks[INNER_LIPS], 1].mean()
    teeth = model.parts[inside] == Part.TEETH
    sunken = 1.0 - 0.4 * teeth * step(-1.0, -4.0, model.mean_shape[inside, 1] - lips)
    sunken = np.stack([sunken, np.where(teeth, 0.25, 1.0)], 1)
    eyes = np.flatnonzero(model.parts == Part.EYE).astype(np.int32)
    shade = _shade(model)
    # Within the mouth it is the opening that counts.
    shade[inside] = (1.0, 0.0, 0.0, 0.0)
    rest = axes(model.mean_shape[marks].T)
    return Finish(
        shade.astype(np.float32),
        _gloss(detail).astype(np.float32),
        eyes,
        _irises(model)[eyes].astype(np.float32),
        inside,
        sunken.astype(np.float32),
        marks,
        np.stack([np.stack(axis) for axis in rest]).astype(np.float32),
    )


def axes(marks: Array) -> tuple[tuple[Array, ...], ...]:
    """Unit axes of a face, to its left, up and forward, of landmarks [3, 13], as numbers or tensors."""
    x, y, z = marks[0], marks[1], marks[2]
    right, left = [(c[0] + c[1]) / 2 for c in (x, y, z)], [(c[2] + c[3]) / 2 for c in (x, y, z)]
    across = _unit(*(b - a for a, b in zip(right, left, strict=True)))
    up = [(a + b) / 2 - c[4] for a, b, c in zip(right, left, (x, y, z), strict=True)]
    forward = _unit(*_cross(across, up))
    return across, _cross(forward, across), forward


def _dot(a: Sequence[Array], b: Sequence[Array]) -> Array:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Sequence[Array], b: Sequence[Array]) -> tuple[Array, ...]:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _unit(x: Array, y: Array, z: Array) -> tuple[Array, ...]:
    scale = (x * x + y * y + z * z + 1e-12) ** -0.5
    return x * scale, y * scale, z * scale


Table = Any
"""Rows of numbers, or a tensor."""


class FaceLight(NamedTuple):
    """What the equations want to know of a placed face; numbers or tensors."""

    towards: tuple[Array, ...]
    """s, in the camera's space."""
    own: tuple[Array, ...]
    """s in the model's space, shorter the more light comes from everywhere."""
    view: tuple[Array, ...]
    """v."""
    half: tuple[Array, ...]
    """h on skin."""
    eye: tuple[Array, ...]
    """h on eyes."""
    lamp: tuple[Array, ...]
    """Colour of the light from s, times the Fresnel term over (s.h)^2, three channels."""
    mean: tuple[Array, ...]
    """Mean irradiance times `RIM`, three channels."""
    forward: tuple[Array, ...]
    """Where the face looks, in the camera's space."""
    lips: tuple[Array, ...]
    """Middle of the opening between the lips, 3 numbers, mm, half its width and height, and how far they are parted."""
    across: tuple[Array, ...]
    """To the face's left."""
    up: tuple[Array, ...]
    """Up."""


def face_light(marks: Table, light: Table, rest: Table) -> FaceLight:
    """Of a face; written in signs of arithmetic alone, so that it holds for numbers and for tensors.

    Args:
      marks: float32[3, 13], `Finish.landmarks` of the placed face, mm.
      light: float32[10, 3], irradiance as a polynomial of the normal, see `kernels.shade`.
      rest: `Finish.rest`.
    """
    across, up, forward = axes(marks)
    linear = [0.2126 * light[k][0] + 0.7152 * light[k][1] + 0.0722 * light[k][2] for k in range(7)]
    mean = linear[0] + (linear[4] + linear[5] + linear[6]) / 3.0
    towards = _unit(*linear[1:4])
    # A single lamp's linear part is twice its mean.
    length = (linear[1] ** 2 + linear[2] ** 2 + linear[3] ** 2) ** 0.5
    share = _least(length / (2.0 * _most(mean, 1e-4)), 1.0)
    along = [_dot(axis, towards) for axis in (across, up, forward)]
    own = tuple(share * (along[0] * rest[0][c] + along[1] * rest[1][c] + along[2] * rest[2][c]) for c in range(3))
    middle = [(marks[c][5] + marks[c][9]) / 2 for c in range(3)]
    view = _unit(*(-1.0 * c for c in middle))
    half = _unit(*(s + v for s, v in zip(towards, view, strict=True)))
    eye = _unit(*(CORNEA * h + (1.0 - CORNEA) * v for h, v in zip(half, view, strict=True)))
    cosine = _most(_dot(half, towards), LEAST_HALF)
    fresnel = (REFLECTED + (1.0 - REFLECTED) * (1.0 - cosine) ** 5) / (cosine * cosine)
    lamp, round_about = [], []
    for c in range(3):
        strength = 2.0 * (light[1][c] * towards[0] + light[2][c] * towards[1] + light[3][c] * towards[2])
        lamp.append(_most(strength, 0.0) * fresnel)
        round_about.append(RIM * _most(light[0][c] + (light[4][c] + light[5][c] + light[6][c]) / 3.0, 0.0))
    return FaceLight(
        towards, own, view, half, eye, tuple(lamp), tuple(round_about), forward, _lips(marks, across, up), across, up
    )


def _lips(marks: Table, across: tuple[Array, ...], up: tuple[Array, ...]) -> tuple[Array, ...]:
    upper, lower = ([(marks[c][i] + marks[c][j] + marks[c][k]) / 3.0 for c in range(3)] for i, j, k in _ROWS)
    middle = [(a + b) / 2 for a, b in zip(upper, lower, strict=True)]
    wide = _dot([marks[c][9] - marks[c][5] for c in range(3)], across) / 2.0
    high = _dot([a - b for a, b in zip(upper, lower, strict=True)], up) / 2.0
    parted = _least(_most((2.0 * high - PARTED[0]) / (PARTED[1] - PARTED[0]), 0.0), 1.0)
    return *middle, _most(wide, 1.0), _most(high, 0.05), parted


_ROWS = ((6, 7, 8), (10, 11, 12))
"""Upper and lower inner lips among the landmarks."""


def _most(value: Array, other: float) -> Array:
    """The larger one, of numbers as of tensors."""
    return (value + other + abs(value - other)) / 2.0


def _least(value: Array, other: float) -> Array:
    return (value + other - abs(value - other)) / 2.0


def _gloss(detail: Detail) -> Array:
    """Strength and squared roughness [V, 2]: forehead and nose shine, lips, lids and eyes are wet."""
    model, (u, v) = detail.model, _places(detail)
    oily = 0.8 * ellipse(u, v, 0.0, 48.0, 26.0, 18.0) + ellipse(u, v, 0.0, -18.0, 6.0, 20.0)
    oily += ellipse(u, v, 0.0, -33.0, 11.0, 9.0) + 0.5 * ellipse(u, v, 36.0, -16.0, 14.0, 9.0)
    oily += 0.5 * ellipse(u, v, 0.0, -98.0, 12.0, 9.0) + 0.6 * ellipse(u, v, 30.0, 9.0, 14.0, 5.0)
    oily = np.clip(oily, 0.0, 1.0)
    lips = ellipse(u, v, 0.0, -67.5, 24.0, 7.0)
    lids = ellipse(u, v, 31.0, 0.0, 15.0, 5.5)
    strength = 1.1 + 0.8 * oily
    rough = 0.42 - 0.14 * oily
    scalp = step(74.0, 90.0, v) + step(95.0, 125.0, u)
    strength *= 1.0 - 0.7 * np.clip(scalp, 0.0, 1.0)
    strength, rough = strength + 0.3 * lips, rough + lips * (0.24 - rough)
    strength, rough = strength + 0.2 * lids, rough + lids * (0.30 - rough)
    for part, own, roughness in ((Part.EYE, 0.0, 1.0), (Part.MOUTH, 1.3, 0.20), (Part.TEETH, 1.0, 0.16)):
        rows = model.parts == part
        strength, rough = np.where(rows, own, strength), np.where(rows, roughness, rough)
    return np.stack([strength / (4.0 * (rough + 0.5)), rough * rough], 1)


def _places(detail: Detail) -> Array:
    """u, without its sign, and v of the vertices on the map, float[2, V], mm."""
    u, v = (detail.places / PER_MM + (LEFT, -TOP)).T.astype(np.float64)
    return np.stack([np.abs(u), -v])


def _irises(model: MorphableModel) -> Array:
    """float[V], 1 on irises."""
    found = np.zeros(len(model.mean_shape))
    eyes = model.parts == Part.EYE
    for side in (RIGHT_EYE, LEFT_EYE):
        middle = model.mean_shape[model.landmarks[side]].mean(0)
        own = eyes & (np.abs(model.mean_shape[:, 0] - middle[0]) < 25.0)
        if own.sum() < 8:
            continue
        ball = fit_sphere(model.mean_shape[own])
        off = model.mean_shape[own] - ball.centre
        reach = np.hypot(off[:, 0], off[:, 1])
        found[own] = step(IRIS_RADIUS, IRIS_RADIUS - 0.8, reach) * step(0.0, 1.0, off[:, 2])
    return found


def _shade(model: MorphableModel) -> Array:
    """Fits a and b [V, 4] to how much of wide light from each side reaches each vertex of the mean head."""
    normals = vertex_normals(model.mean_shape, model.triangles).astype(np.float64)
    directions = _all_round(_LOOKS)
    seen = np.stack([_seen(model, direction) for direction in directions], 1)
    cosine = np.maximum(normals @ directions.T, 0.0)
    wide = np.exp(_WIDE * (directions @ directions.T - 1.0))
    whole, reached = cosine @ wide, (cosine * seen) @ wide
    weight = whole / np.maximum(whole.max(1, keepdims=True), 1e-9)
    share = reached / np.maximum(whole, 1e-9)
    basis = np.concatenate([np.ones((_LOOKS, 1)), directions], 1)
    normal = np.einsum("vk,ki,kj->vij", weight, basis, basis) + 1e-3 * np.eye(4)
    fitted = np.linalg.solve(normal, np.einsum("vk,vk,ki->vi", weight, share, basis)[..., None])[..., 0]
    smooth = _smoothed(fitted, model)
    return smooth * (_STRENGTH + _OPEN) + (1.0 - _STRENGTH, 0.0, 0.0, 0.0)


def _seen(model: MorphableModel, direction: Array) -> Bool:
    """Which vertices nothing hides from a direction."""
    aside = np.cross(direction, [0.0, 1.0, 0.0] if abs(direction[1]) < 0.9 else [1.0, 0.0, 0.0])
    aside /= np.linalg.norm(aside)
    frame = np.stack([aside, np.cross(direction, aside), direction])
    turned = (model.mean_shape - model.mean_shape.mean(0)) @ frame.T
    low, high = turned.min(0), turned.max(0)
    scale = (_SIDE - 8) / max(high[:2] - low[:2])
    # So far away that what is interpolated is as good as the depth itself.
    far = 1e4 + high[2] - turned[:, 2]
    screen = np.concatenate([(turned[:, :2] - low[:2]) * scale + 4.0, far[:, None]], 1)
    found = rasterize(screen[np.newaxis], model.triangles, _SIDE, _SIDE, 1)
    depth = np.where(found.mask[0], found.depth[0], 1e6)
    column, row = np.rint(screen[:, :2]).astype(int).T
    return np.asarray(far < depth[row, column] + np.where(model.parts == Part.EYE, _NEAR_EYE, _NEAR))


def _smoothed(values: Array, model: MorphableModel) -> Array:
    row, column = model.triangles[:, [0, 1, 2, 1, 2, 0]].ravel(), model.triangles[:, [1, 2, 0, 0, 1, 2]].ravel()
    count = len(values)
    beside = csr_matrix((np.ones(len(row)), (row, column)), shape=(count, count))
    total = np.maximum(np.asarray(beside.sum(1)), 1.0)
    for _ in range(_SMOOTHED):
        values = 0.5 * values + 0.5 * (beside @ values) / total
    return values


def _all_round(count: int) -> Array:
    """Unit directions float[count, 3], evenly spread (Fibonacci)."""
    place = np.arange(count) + 0.5
    height, turn = 1.0 - 2.0 * place / count, np.pi * (1.0 + 5.0**0.5) * place
    ring = np.sqrt(1.0 - height**2)
    return np.stack([ring * np.cos(turn), height, ring * np.sin(turn)], 1)
