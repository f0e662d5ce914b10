"""Finds where a face lies in a cloud of points, by its relief seen from the front."""

from functools import cache

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Array
from au_tf.geometry.similarity import Similarity
from au_tf.morphable.completion.reference import reference
from au_tf.morphable.completion.surface import front_relief

LARGEST = 700.0
"""mm of width or height beyond which no face is looked for."""

_CELL = 6.0
_SCALES = 1.07 ** np.arange(-5, 6)
# A cell's difference counts up to this many mm, and so much where the cloud has nothing.
_CAP = 12.0


def find_face(cloud: Array) -> Similarity:
    """Where and how large the built-in head would have to be to look most like a surface, unturned.

    Args:
      cloud: float[N, 3], mm, points of a surface that is upright and faces +z, LARGEST wide or high at most.
    """
    return min((_best_place(cloud, scale) for scale in _SCALES), key=lambda found: found[0])[1]


@cache
def _face() -> Array:
    """The built-in face's skin, float[N, 3], mm."""
    ref = reference()
    return np.asarray(ref.points[ref.skin & (ref.mask > 0.3)])


def _best_place(cloud: Array, scale: float) -> tuple[float, Similarity]:
    """Mean difference of the reliefs where it is least, mm, and the place, for one size."""
    face, relief = (front_relief(p, c)[0].astype(np.float32) for p, c in ((_face(), _CELL), (cloud, _CELL * scale)))
    pad = np.array(face.shape) // 3 + np.maximum(np.array(face.shape) - relief.shape, 0)
    relief = np.pad(relief, [(pad[0], pad[0]), (pad[1], pad[1])], constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(relief, face.shape)
    seen = ~np.isnan(face)
    difference = windows.reshape(-1, face.size)[:, seen.ravel()] / np.float32(scale) - face[seen]
    known = np.isfinite(difference).sum(1)
    # NaN sorts last.
    depth = np.take_along_axis(np.sort(difference, 1), known[:, None] // 2, 1)
    cost = np.fmin(np.abs(difference - depth), _CAP).mean(1)
    cost[known < 0.4 * seen.sum()] = _CAP
    best = int(np.argmin(cost))
    row, column = np.unravel_index(best, windows.shape[:2])
    corner = cloud[:, :2].min(0) + _CELL * scale * (np.array([column, row]) - pad[::-1])
    shift = np.append(corner - scale * _face()[:, :2].min(0), scale * depth[best, 0])
    return float(cost[best]), Similarity(float(scale), Rotation.identity(), shift)
