"""How sharp a photo is and how grainy, so that what is rendered into it is so too."""

import cv2
import numpy as np

from au_tf.arrays import Float32, Pixels
from au_tf.rendering.native.sampling import blur

_REACH = 4
"""Pixels about an edge within which its light and its dark side are looked for."""
_STEEP, _EDGES = 97.0, 0.02
"""Percentile of the steepness of a photo's edges that counts for its sharpness, and share of a face that has edges."""
_RENDERED = 1.0
"""Blur, in pixels, that this finds in what is rendered: differences of pixels blur, too."""
_MOST = 3.0
_TILE = 1.6
"""Blur in pixels that grain is finer than."""
_LOUDEST = 0.04
"""Grain, in sRGB from 0 to 1, beyond which it is texture."""


def softness(image: Pixels, face: Float32) -> float:
    """By how many pixels of blur a photo is less sharp than what is rendered, by the steepest edges of its face.

    An edge of contrast c that is blurred by sigma is at most c / (sigma sqrt(2 pi)) steep.

    Args:
      image: uint8[h, w, 3], sRGB.
      face: float32[h, w, 1], coverage by the face, features included.
    """
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32)
    side = np.ones((2 * _REACH + 1,) * 2, np.uint8)
    contrast = cv2.dilate(grey, side) - cv2.erode(grey, side)
    inside = face[..., 0] > 0.5
    if not inside.any():
        return 0.0
    strong = inside & (contrast > max(30.0, np.percentile(contrast[inside], 100.0 * (1.0 - _EDGES))))
    if strong.sum() < 20:
        return 0.0
    across, down = np.gradient(grey)
    steep = np.percentile((np.hypot(across, down) / np.maximum(contrast, 1.0))[strong], _STEEP)
    sigma = 1.0 / (np.sqrt(2.0 * np.pi) * max(float(steep), 1e-3))
    return float(np.sqrt(np.clip(sigma**2 - _RENDERED**2, 0.0, _MOST**2)))


def grain(image: Pixels, face: Float32, millimetre: float) -> Float32:
    """The grain of a photo, float32[h, w, 1] in sRGB from 0 to 1: that of the calmest part of its skin, tiled.

    Args:
      image: uint8[h, w, 3], sRGB.
      face: float32[h, w, 1], coverage by skin.
      millimetre: pixels a mm.
    """
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32) / np.float32(255.0)
    fine = grey - blur(grey, _TILE)
    side = max(8, round(8.0 * millimetre))
    loud = cv2.boxFilter(np.square(fine), cv2.CV_32F, (side, side))
    whole = cv2.erode((face[..., 0] > 0.99).astype(np.uint8), np.ones((side + 1, side + 1), np.uint8)) > 0
    if not whole.any():
        return np.zeros((*grey.shape, 1), np.float32)
    row, column = np.unravel_index(np.where(whole, loud, np.inf).argmin(), grey.shape)
    corner = np.array([row, column]) - side // 2
    top, left = np.clip(corner, 0, np.maximum(np.array(grey.shape) - side, 0)).tolist()
    tile = fine[top : top + side, left : left + side]
    tile = np.clip(tile - tile.mean(), -_LOUDEST, _LOUDEST)
    mirrored = np.block([[tile, tile[:, ::-1]], [tile[::-1], tile[::-1, ::-1]]])
    times = [-(-size // length) for size, length in zip(grey.shape, mirrored.shape, strict=True)]
    return np.tile(mirrored, times)[: grey.shape[0], : grey.shape[1], np.newaxis]
