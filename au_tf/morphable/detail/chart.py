"""The map of the face that all details are painted on, in millimetres, and where a face model's vertices lie on it.

The map is the face unrolled from a cylinder: u runs to the face's left, v up, from the middle between the eyes. The 52
landmarks that are fixed points of the skin lie where `LANDMARKS` says whatever the face model, so that what is painted
once fits all of them.
"""

import numpy as np
from scipy.interpolate import RBFInterpolator

from au_tf.arrays import Array, Float32
from au_tf.geometry.landmarks import LEFT_EYE, RIGHT_EYE
from au_tf.morphable.model import MorphableModel, Part

LEFT, RIGHT, BOTTOM, TOP = -80.0, 80.0, -128.0, 88.0
"""Borders of the map, mm."""
PER_MM = 5
"""Texels a millimetre of the finest map."""
ROWS, COLUMNS = round((TOP - BOTTOM) * PER_MM), round((RIGHT - LEFT) * PER_MM)
"""Of the finest map; its first row is at the top."""
_RADIUS = 80.0
"""mm, of the cylinder."""
_BEHIND = 75.0
"""How far its axis lies behind the corners of the eyes, mm."""

_LEAST_SPREAD = 5.0
"""mm, of landmarks about their middle; in life it is about 25."""

_LEFT_HALF = {
    22: (10.4, 24.9), 23: (22.4, 26.7), 24: (32.4, 28.0), 25: (45.3, 25.2), 26: (56.1, 21.3),
    34: (6.0, -46.7), 35: (10.3, -44.3),
    42: (17.3, -1.2), 43: (24.8, 3.8), 44: (35.0, 4.3), 45: (45.4, 1.2), 46: (35.1, -3.6), 47: (26.2, -4.3),
    52: (5.5, -58.7), 53: (14.6, -61.7), 54: (22.9, -66.1), 55: (14.6, -72.2), 56: (7.4, -73.9),
    63: (8.1, -65.8), 64: (19.6, -66.2), 65: (8.1, -65.5),
}  # fmt: skip
_MIDDLE = {
    8: -110.6, 27: 3.4, 28: -7.7, 29: -19.4, 30: -32.7, 33: -47.5, 51: -60.5, 57: -75.6, 62: -67.0, 66: -66.7,
}  # fmt: skip
_MIRRORED = {
    22: 21, 23: 20, 24: 19, 25: 18, 26: 17, 34: 32, 35: 31, 42: 39, 43: 38, 44: 37, 45: 36, 46: 41, 47: 40,
    52: 50, 53: 49, 54: 48, 55: 59, 56: 58, 63: 61, 64: 60, 65: 67,
}  # fmt: skip
LANDMARKS = (
    _LEFT_HALF
    | {number: (0.0, v) for number, v in _MIDDLE.items()}
    | {_MIRRORED[number]: (-u, v) for number, (u, v) in _LEFT_HALF.items()}
)
"""(u, v) in mm of each landmark that is a fixed point of the skin: those inside the face, and the chin."""


def texels() -> tuple[Array, Array]:
    """u and v of the middle of each texel of the finest map, float64[ROWS, COLUMNS] each."""
    u = LEFT + (np.arange(COLUMNS) + 0.5) / PER_MM
    v = TOP - (np.arange(ROWS) + 0.5) / PER_MM
    return np.meshgrid(u, v)


def places(model: MorphableModel) -> Float32:
    """Where the vertices of a face model's skin lie on the map, float32[V, 2], (u, v) in mm.

    What is no skin lies far outside, as does all of a model whose landmarks are not spread over a face.
    """
    marks = sorted(LANDMARKS)
    unrolled = _unrolled(model, model.mean_shape)
    found, wanted = unrolled[model.landmarks[marks]], np.array([LANDMARKS[number] for number in marks])
    spread = np.linalg.svd(found - found.mean(0), compute_uv=False)[1] / np.sqrt(len(found))
    near = (spread > _LEAST_SPREAD) & (model.parts == Part.SKIN) & (np.abs(unrolled) < 2.0 * _RADIUS).all(1)
    laid = np.full(unrolled.shape, 1e4)
    if not near.any():
        return laid.astype(np.float32)
    # Several landmarks of a mesh may share a vertex; with slack the plate has a solution all the same.
    bend = RBFInterpolator(found, wanted - found, kernel="thin_plate_spline", smoothing=0.5, degree=1)
    laid[near] = unrolled[near] + bend(unrolled[near])
    return laid.astype(np.float32)


def _unrolled(model: MorphableModel, points: Array) -> Array:
    """Points float[V, 3] on the cylinder, float64[V, 2], mm."""
    eyes = model.mean_shape[model.landmarks[RIGHT_EYE.start : LEFT_EYE.stop]].mean(0)
    x, y, z = (np.asarray(points, np.float64) - eyes + (0.0, 0.0, _BEHIND)).T
    return np.stack([_RADIUS * np.arctan2(x, z), y], -1)
