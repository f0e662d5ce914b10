"""Eyeballs of a mesh: which of its pieces they are, where they look, what colours they have."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Bool, Int
from au_tf.morphable.builtin.parts import IRIS_RADIUS
from au_tf.morphable.builtin.sculpt import EYEBALL_RADIUS
from au_tf.morphable.completion.reference import reference
from au_tf.morphable.completion.surface import pieces, unit

# An eyeball's centre is no further than this from where it is looked for, mm, and its radius in these bounds, mm.
_NEAR, _RADII = 10.0, (8.0, 17.0)
# An eyeball is a sphere: the median of what it stands off from one is less than this, mm.
_ROUND = 0.6


@dataclass(frozen=True)
class Sphere:
    """A sphere."""

    centre: Array
    """float[3]."""
    radius: float


def fit_sphere(points: Array) -> Sphere:
    """The sphere that most of some points float[N, 3] lie on; what bulges out of it counts little."""
    middle = points.mean(0)
    rows = np.concatenate([2.0 * (points - middle), np.ones((len(points), 1))], 1)
    square = ((points - middle) ** 2).sum(1)
    weight = np.ones(len(points))
    centre, radius = middle, 0.0
    for _ in range(12):
        solved = np.linalg.lstsq(rows * weight[:, None], square * weight, rcond=None)[0]
        centre, radius = middle + solved[:3], float(np.sqrt(max(solved[3] + solved[:3] @ solved[:3], 0.0)))
        weight = 1.0 / (0.2 + np.abs(np.linalg.norm(points - centre, axis=1) - radius))
    return Sphere(centre, radius)


def find_eyeballs(points: Array, triangles: Int, laid: Array) -> Bool:
    """Tells which vertices belong to eyeballs: connected pieces of their own, round, and where eyes are.

    Args:
      points: float[V, 3], mm at the built-in head's size.
      triangles: int[T, 3].
      laid: float[V', 3], the built-in head laid over the mesh.

    Returns:
      bool[V].
    """
    ref = reference()
    label = pieces(len(points), triangles)
    used = np.zeros(len(points), bool)
    used[triangles] = True
    eyes = np.zeros(len(points), bool)
    for side in ("left", "right"):
        own = laid[ref.mesh.pieces[f"eye_{side}"].rows]
        expected = fit_sphere(own).centre
        near = used & (np.linalg.norm(points - expected, axis=1) < _RADII[1] + _NEAR)
        for piece in np.unique(label[near]):
            rows = (label == piece) & used
            if near[rows].all() and _is_eyeball(points[rows], expected):
                eyes |= rows
    return eyes


def _is_eyeball(points: Array, expected: Array) -> bool:
    if len(points) < 20:
        return False
    ball = fit_sphere(points)
    off = np.abs(np.linalg.norm(points - ball.centre, axis=1) - ball.radius)
    return bool(
        np.linalg.norm(ball.centre - expected) < _NEAR
        and _RADII[0] < ball.radius < _RADII[1]
        and np.median(off) < _ROUND
    )


def paint_eyeballs(points: Array, eyes: Bool, triangles: Int, values: Array) -> Array:
    """Colours of eyeballs: pupil and iris about the axis along which each looks, and the white.

    Args:
      points: float[V, 3], mm at the built-in head's size.
      eyes: bool[V], their vertices; those of other parts stay 0.
      triangles: int[T, 3]; vertices of none do not tell where an eye looks.
      values: float[V', C], colours of the built-in head.

    Returns:
      float[V, C].
    """
    colours = np.zeros((len(points), values.shape[1]), values.dtype)
    used = np.zeros(len(points), bool)
    used[triangles] = True
    for side in (1.0, -1.0):
        rows = eyes & (side * points[:, 0] > 0)
        seen = points[rows & used]
        if len(seen) >= 4:
            colours[rows] = _colours(points[rows], fit_sphere(seen), _gaze(seen), side, values)
    return colours


def _gaze(points: Array) -> Array:
    """The direction in which the cornea stands out of the eyeball, or else straight ahead."""
    ball = fit_sphere(points)
    offset = points - ball.centre
    bulge = np.linalg.norm(offset, axis=1) - ball.radius
    ahead = np.array([0.0, 0.0, 1.0])
    cornea = (bulge > 0.5 * bulge.max()) & (unit(offset) @ ahead > 0.7)
    if bulge.max() < 0.03 * ball.radius or not cornea.any():
        return ahead
    return np.asarray(unit(offset[cornea].mean(0)))


def _colours(points: Array, ball: Sphere, gaze: Array, side: float, values: Array) -> Array:
    """Those that the built-in eyeball has at the same distance from its axis, in the same direction."""
    ref = reference()
    offset = points - ball.centre
    across = offset - np.outer(offset @ gaze, gaze)
    # The white behind is all alike, as it is beside the iris.
    reach = np.where(offset @ gaze > 0, np.linalg.norm(across, axis=1), EYEBALL_RADIUS)
    size = max(ball.radius / EYEBALL_RADIUS, 1.0)
    white = IRIS_RADIUS + (reach - IRIS_RADIUS) / size
    place = np.where(reach > IRIS_RADIUS, white, reach)[:, None] * unit(across[:, :2])
    piece = ref.mesh.pieces["eye_left" if side > 0 else "eye_right"]
    own, angle = piece.coordinates.T
    tree = cKDTree(own[:, None] * np.stack([side * np.cos(angle), np.sin(angle)], -1))
    distance, found = tree.query(place, 3)
    share = 1.0 / (distance + 0.05)
    share /= share.sum(1, keepdims=True)
    return np.asarray(np.einsum("nk,nkc->nc", share, values[piece.rows][found]))
