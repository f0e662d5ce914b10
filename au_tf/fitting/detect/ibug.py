"""The 68 landmarks of iBUG 300-W from MediaPipe's dense ones.

Inside the face each is a dense point, or the middle of two. Those of the jaw are where the face ends in the picture:
of a strip of points from there towards the mouth the outermost one. Chosen by what lies nearest to dlib's on photos.
"""

import numpy as np

from au_tf.arrays import Float, Float64, Int64
from au_tf.geometry.landmarks import INNER, JAW

MIDLINE = (
    *(0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 94, 151, 152, 164, 168, 175, 195, 197, 199, 200),
)
"""The dense points between right and left."""


def _mirrored() -> Int64:
    """int64[468], of each dense point the one on the other side."""
    right = np.setdiff1d(np.arange(248), MIDLINE)
    result = np.arange(468)
    result[right], result[248:] = np.arange(248, 468), right
    return result


MIRRORED = _mirrored()
"""int64[468], of each dense point the one on the other side."""
EYE_CORNERS = (33, 133), (263, 362)
"""Outer and inner, of the right and the left eye."""
_STRIPS = (
    ((127, 34, 143, 35, 31, 228, 25, 110),),
    ((234, 227, 116, 117, 118, 119), (93, 137, 123, 50, 101)),
    ((132, 177, 187, 205),),
    ((58, 192, 207, 216, 206),),
    ((172, 214, 212, 57, 186),),
    ((136, 210, 202, 43, 61, 76, 62, 78),),
    ((149, 170, 106, 91, 90),),
    ((148, 171, 208, 201, 83, 84),),
    ((152, 175, 199, 200, 18, 17),),
)
"""Of the jaw, from before the right ear to the chin; of two strips the middle is meant."""
_RIGHT_INNER = {
    17: (156, 46),
    18: (63,),
    19: (105, 66),
    20: (66, 107),
    21: (107,),
    31: (75,),
    32: (97,),
    36: (33,),
    37: (160,),
    38: (158,),
    39: (133,),
    40: (153,),
    41: (144,),
    48: (61,),
    49: (39, 40),
    50: (37,),
    58: (84,),
    59: (181, 91),
    60: (78,),
    61: (82,),
    67: (87,),
}
_MIDDLE = {27: (168,), 28: (197,), 29: (5,), 30: (4,), 33: (2,), 51: (0,), 57: (17,), 62: (13,), 66: (14,)}
_LEFT_INNER = (26, 25, 24, 23, 22, 35, 34, 45, 44, 43, 42, 47, 46, 54, 53, 52, 56, 55, 64, 63, 65)


def _inner() -> Int64:
    """int64[51, 2], the two dense points between which each of `INNER` lies, which may be the same."""
    pairs = zip(_LEFT_INNER, _RIGHT_INNER.values(), strict=True)
    left = {k: tuple(MIRRORED[list(points)].tolist()) for k, points in pairs}
    every = _RIGHT_INNER | _MIDDLE | left
    return np.array([(every[k] * 2)[:2] for k in range(INNER.start, INNER.stop)])


_INNER = _inner()


def ibug_landmarks(dense: Float) -> Float64:
    """The 68 landmarks.

    Args:
      dense: float[478, 2 or 3], (column, row) in pixels first.

    Returns:
      float64[68, 2], (column, row) in pixels.
    """
    places = np.asarray(dense, np.float64)[:, :2]
    result = np.empty((68, 2))
    result[INNER] = places[_INNER].mean(1)
    across = places[EYE_CORNERS[1][0]] - places[EYE_CORNERS[0][0]]
    result[JAW] = _outline(places, across / max(float(np.linalg.norm(across)), 1e-9))
    return result


def _jaw() -> Int64:
    """int64[17, 2, 8], the strips of each landmark of the jaw; short ones begin again, a single one is there twice."""
    rows = [[np.resize(strip, 8) for strip in (strips * 2)[:2]] for strips in _STRIPS]
    right = np.array(rows)
    return np.concatenate([right, MIRRORED[right[7::-1]]])


_JAW = _jaw()


def _outline(places: Float64, across: Float64) -> Float64:
    """The landmarks of the jaw, float64[17, 2], in a picture in which the line between the eyes runs `across`."""
    index = np.arange(17)
    # How far below the eyes a landmark lies tells the direction in which the face ends there.
    slope = np.pi / 2 * (np.minimum(index, 16 - index) - 1) / 7
    along, down = np.where(index <= 8, -1.0, 1.0) * np.cos(slope), np.sin(slope)
    rays = along[:, None] * across + down[:, None] * np.array([-across[1], across[0]])
    strips = places[_JAW]
    last = (strips @ rays[:, None, :, None])[..., 0].argmax(-1)
    return np.asarray(np.take_along_axis(strips, last[..., None, None], 2)[:, :, 0].mean(1))
