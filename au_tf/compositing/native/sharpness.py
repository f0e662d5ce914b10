"""How sharp a photo is and how grainy, so that what is rendered into it is so too."""

import cv2
import numpy as np

from au_tf.arrays import Bool, Float32, Pixels
from au_tf.compositing.fields import DARKEST, LUMINANCE
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
_PORES, _CALM, _COARSEST = 0.7, 25.0, 0.12
"""Blur in mm that pores and fine lines are finer than; the percentile of skin, by how uneven it is, that counts; and
how much brighter or darker than their surroundings they are at most."""
_LINES, _STRONGEST = 0.6, 0.3
"""Blur in mm that lines and pores are finer than, and the change of log light that none of them exceeds."""
_SMOOTH, _ROUGH, _LEAST_WRINKLED = 0.025, 0.085, 0.4
"""Root mean square of these in young skin and in old, of ten people; and how deep wrinkles of the young are, over
those of the old."""
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
    tile = _tile(fine, face, millimetre, 0.0)
    return _tiled(np.clip(tile - tile.mean(), -_LOUDEST, _LOUDEST), grey.shape)


def pores(photo: Float32, face: Float32, millimetre: float) -> Float32:
    """The texture of skin, a share of its light, float32[h, w, 1]: that of a calm part of a face, tiled.

    Args:
      photo: float32[h, w, 3], linear RGB.
      face: float32[h, w, 1], coverage by skin.
      millimetre: pixels a mm.
    """
    light = np.maximum(photo @ LUMINANCE, DARKEST)
    fine = light / blur(light, max(1.0, _PORES * millimetre)) - np.float32(1.0)
    tile = _tile(fine, face, millimetre, _CALM)
    return _tiled(np.clip(tile - tile.mean(), -_COARSEST, _COARSEST), light.shape)


def _tile(fine: Float32, face: Float32, millimetre: float, percentile: float) -> Float32:
    """The square of a fine texture float32[h, w] on a face that is so calm, float32[S, S]; 0 if the face has none."""
    side = max(8, round(8.0 * millimetre))
    loud = cv2.boxFilter(np.square(fine), cv2.CV_32F, (side, side))
    whole = cv2.erode((face[..., 0] > 0.99).astype(np.uint8), np.ones((side + 1, side + 1), np.uint8)) > 0
    if not whole.any():
        return np.zeros((side, side), np.float32)
    wanted = np.percentile(loud[whole], percentile)
    row, column = np.unravel_index(np.where(whole, np.abs(loud - wanted), np.inf).argmin(), fine.shape)
    corner = np.array([row, column]) - side // 2
    top, left = np.clip(corner, 0, np.maximum(np.array(fine.shape) - side, 0)).tolist()
    return fine[top : top + side, left : left + side]


def _tiled(tile: Float32, shape: tuple[int, ...]) -> Float32:
    """A tile, mirrored from one to the next, float32[*shape, 1]."""
    mirrored = np.block([[tile, tile[:, ::-1]], [tile[::-1], tile[::-1, ::-1]]])
    times = [-(-size // length) for size, length in zip(shape, mirrored.shape, strict=True)]
    return np.tile(mirrored, times)[: shape[0], : shape[1], np.newaxis]


def wrinkled(photo: Float32, plain: Bool, millimetre: float) -> float:
    """How deep wrinkles are that an expression draws, over those of old skin, in (0, 1].

    Skin that shows fine lines at rest folds deeply; smooth skin, and a photo that shows no lines, hardly.

    Args:
      photo: float32[h, w, 3], linear RGB.
      plain: bool[h, w], skin without features and beard.
      millimetre: pixels a mm.
    """
    if not plain.any():
        return 1.0
    light = np.log(np.maximum(photo @ LUMINANCE, DARKEST))
    fine = np.clip((light - blur(light, max(0.5, _LINES * millimetre)))[plain], -_STRONGEST, _STRONGEST)
    rough = float(np.sqrt(np.square(fine).mean()))
    return _LEAST_WRINKLED + (1.0 - _LEAST_WRINKLED) * float(np.clip((rough - _SMOOTH) / (_ROUGH - _SMOOTH), 0.0, 1.0))
