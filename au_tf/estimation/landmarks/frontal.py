"""Dense landmarks turned to the front, so that what is left of their places is the face and what it does."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import ArrayLike, Float64
from au_tf.fitting.detect.ibug import MIRRORED

POINTS = 478
"""Points of MediaPipe's face mesh: 468 of the skin, ten of the irises."""

# What expressions hardly move: corners of the eyes, and the nose from its root to its tip.
STEADY = (33, 133, 263, 362, 168, 6, 197, 195, 5, 4)
# The face's outline, which hair and turns of the head move more than expressions do.
_OUTLINE = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
MIRRORED_POINTS = np.concatenate([MIRRORED, np.arange(473, 478), np.arange(468, 473)])
"""int64[478], of each point the one on the other side."""
_LOOKED_AT = np.setdiff1d(np.arange(POINTS), _OUTLINE)
INNER_POINTS = _LOOKED_AT[MIRRORED_POINTS[_LOOKED_AT] >= _LOOKED_AT]
"""int64[229], the points that are looked at, one of each pair."""
_OUTER_EYE_CORNERS = (33, 263)


class Frontal(NamedTuple):
    """Faces as seen from the front, in distances of the outer eye corners, at the place of a reference."""

    points: Float64
    """float64[N, 478, 3], +x to the picture's right, +y up, +z out of the face."""
    turn: Float64
    """float64[N, 3, 3], rotations from a face that looks into the camera to the one seen."""


def turned(points: ArrayLike, reference: Float64) -> Frontal:
    """Lays faces over a reference by the points that expressions hardly move (Umeyama 1991).

    Args:
      points: float[N, 478, 3], in pixels: column, row, and depth growing away from the camera.
      reference: float64[478, 3], as `reference_of` makes it.
    """
    upright = np.asarray(points, np.float64) * (1.0, -1.0, -1.0)
    steady = upright[:, STEADY]
    middle = steady.mean(1, keepdims=True)
    spread, target = steady - middle, reference[list(STEADY)]
    place = target.mean(0)
    left, sizes, right = np.linalg.svd(np.einsum("npi,pj->nij", spread, target - place))
    signs = np.ones_like(sizes)
    signs[:, 2] = np.linalg.det(left) * np.linalg.det(right)
    back = np.einsum("nij,nj,njk->nik", left, signs, right)
    scale = (sizes * signs).sum(1) / np.square(spread).sum((1, 2))
    aligned = scale[:, None, None] * np.einsum("npi,nij->npj", upright - middle, back) + place
    return Frontal(aligned, back)


def reference_of(points: ArrayLike) -> Float64:
    """The mean of faces, symmetric and looking straight ahead: float64[478, 3] in distances of the outer eye corners.

    Args:
      points: float[N, 478, 3] as for `turned`.
    """
    given = np.asarray(points, np.float64)
    mean = _levelled(given[0] * (1.0, -1.0, -1.0))
    for _ in range(5):
        mean = turned(given, mean).points.mean(0)
        mean = _levelled((mean + _mirrored(mean)) / 2)
    return mean


def _levelled(face: Float64) -> Float64:
    """The same shape with the eyes level, the face's plane facing +z, and the eyes 1 apart."""
    right, left = face[list(_OUTER_EYE_CORNERS)]
    across = left - right
    size = np.linalg.norm(across)
    x = across / size
    up = face[10] - face[152]
    y = up - (up @ x) * x
    y /= np.linalg.norm(y)
    axes = np.stack([x, y, np.cross(x, y)])
    return (face - (right + left) / 2) @ axes.T / size


def _mirrored(points: Float64) -> Float64:
    return points[..., MIRRORED_POINTS, :] * (-1.0, 1.0, 1.0)


def described(frontal: Frontal) -> Float64:
    """What an estimator sees of faces, float64[N, 2 * 229]: places of the inner points, outward and up.

    Both sides are averaged: nothing else is of use to a linear estimator of what is the same on both.
    """
    even = (frontal.points + _mirrored(frontal.points)) / 2
    return even[:, INNER_POINTS, :2].reshape(len(even), -1)
