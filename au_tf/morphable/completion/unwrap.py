"""Texture coordinates for a mesh that has none."""

import numpy as np

from au_tf.arrays import Array, Float32, UInt8
from au_tf.morphable.model import Part

_HEAD = np.array([0.0, -25.0, -35.0])
"""The middle of the head, from which its skin is all in sight, mm."""
_CORNER = 0.13
# Where what is not skin goes: the middles of boxes in the corners.
_BOXES = {"right eye": (0.0, 0.0), "left eye": (1.0, 0.0), "mouth": (0.0, 1.0), "teeth": (1.0, 1.0)}


def unwrap(points: Array, parts: UInt8) -> Float32:
    """Texture coordinates float32[V, 2] in [0, 1], origin at the lower left, without a seam.

    The skin is a disc, as seen from the middle of the head: the middle of the face in the middle, what lies behind at
    the rim. Eyes, mouth and teeth lie in the square's corners. Where surfaces lie behind one another, as in an ear's
    folds, they share their texture.

    Args:
      points: float[V, 3], mm at the built-in head's size and place.
      parts: uint8[V], a `Part` each.
    """
    uv = np.full((len(points), 2), 0.5)
    skin = parts == Part.SKIN
    uv[skin] = 0.5 + 0.495 * _disc(points[skin] - _HEAD)
    left = points[:, 0] > 0
    eye = parts == Part.EYE
    groups = {
        "right eye": eye & ~left,
        "left eye": eye & left,
        "mouth": parts == Part.MOUTH,
        "teeth": parts == Part.TEETH,
    }
    for name, rows in groups.items():
        if rows.any():
            middle = np.array(_BOXES[name]) * (1.0 - _CORNER) + 0.5 * _CORNER
            uv[rows] = middle + 0.48 * _CORNER * _disc(points[rows] - points[rows].mean(0))
    return uv.clip(0.0, 1.0).astype(np.float32)


def _disc(offset: Array) -> Array:
    """Directions float[N, 3] on a disc of radius 1, float[N, 2], by Lambert's projection that keeps areas."""
    length = np.maximum(np.linalg.norm(offset, axis=1, keepdims=True), 1e-9)
    forward = (offset[:, 2:] / length).clip(-1.0, 1.0)
    around = offset[:, :2] / np.maximum(np.linalg.norm(offset[:, :2], axis=1, keepdims=True), 1e-9)
    reach = np.sqrt(0.5 * (1.0 - forward))
    return np.asarray(reach / max(reach.max(), 1e-9) * around)
