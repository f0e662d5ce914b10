"""What a mouth shows that closes, and a cheek that a smile leaves: continued from the photo's own lips and skin."""

import cv2
import numpy as np

from au_tf.arrays import Bool, Float32, Float64
from au_tf.geometry.landmarks import MOUTH_CORNERS
from au_tf.rendering.native.sampling import blur, fill, smoothstep

_FINE, _FORM = 0.5, 6.0
"""Blurs in mm: the narrow one leaves out the texture of skin, the wide one its folds too."""
_MIDDLE = 8.0
"""mm from the middle of the mouth to where left and right are told apart."""
_CORNER = 0.2
"""How far about its corners a mouth that closes leaves no shade, a share of its width."""
_CORNER_FOLD = 2.5
"""Half the width in mm of the shade."""
_MOST_LIGHT, _NO_SKIN = 3.0, (2.0, 4.0)
"""How much brighter it becomes at most, and by how much too dark that is which is no skin."""


def continued(photo: Float32, shown: Bool) -> Float32:
    """The colours of lips or skin float32[h, w, 3], linear, carried on: their form smoothly, their texture mirrored.

    Args:
      photo: float32[h, w, 3], linear RGB.
      shown: bool[h, w], what shows them.
    """
    known = shown[..., np.newaxis].astype(np.float32)
    form = fill(photo, known)
    sigma = max(1.0, 0.01 * photo.shape[0])
    texture = photo / np.maximum(within(photo, known, sigma), 1e-4)
    row, column = np.indices(shown.shape)
    near_row, near_column = np.divmod(_nearest(shown), shown.shape[1])
    there = (
        np.clip(2 * near_row - row, 0, shown.shape[0] - 1),
        np.clip(2 * near_column - column, 0, shown.shape[1] - 1),
    )
    found = shown[there][..., np.newaxis]
    return np.where(shown[..., np.newaxis], photo, form * np.where(found, np.clip(texture[there], 0.75, 1.15), 1.0))


def within(photo: Float32, known: Float32, sigma: float) -> Float32:
    """The photo blurred by what is known of it alone, as far as that reaches."""
    share = blur(known, sigma)
    return np.where(share > 1e-3, blur(photo * known, sigma) / np.maximum(share, 1e-3), photo)


def _nearest(area: Bool) -> Float64:
    """int[h, w], the number of the pixel of an area that is nearest to each pixel."""
    _, labels = cv2.distanceTransformWithLabels(
        (~area).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    number = np.zeros(labels.max() + 1, np.int64)
    inside = np.flatnonzero(area)
    number[labels.reshape(-1)[inside]] = inside
    return number[labels]


def without_corners(skin: Float32, landmarks: Float64, millimetre: float) -> Float32:
    """The skin float32[h, w, 3] without the shade in and beside the corners of an open mouth."""
    width = float(np.linalg.norm(np.subtract(*landmarks[MOUTH_CORNERS])))
    rows, columns = np.indices(skin.shape[:2], np.float32)
    weight = np.zeros(skin.shape[:2], np.float32)
    for column, row in landmarks[MOUTH_CORNERS]:
        away = np.hypot(columns - np.float32(column), rows - np.float32(row))
        weight = np.maximum(weight, 1.0 - smoothstep(0.5 * _CORNER * width, _CORNER * width, away))
    form = blur(skin, max(0.6, _FINE * millimetre))
    side = 2 * max(1, round(_CORNER_FOLD * millimetre)) + 1
    disc = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
    bright = blur(cv2.morphologyEx(form, cv2.MORPH_CLOSE, disc), max(0.6, _FINE * millimetre))
    gain = np.maximum(bright / np.maximum(form, 1e-4), 1.0)
    lit = np.minimum(gain, _MOST_LIGHT) * skin
    lit += smoothstep(*_NO_SKIN, gain) * (bright - lit)
    return np.asarray(skin + weight[..., np.newaxis] * (lit - skin), np.float32)


def unfolded(skin: Float32, plain: Float32, millimetre: float) -> Float32:
    """The skin float32[h, w, 3] without folds: its form, of what is plain skin [h, w, 1] alone, and its texture."""
    form = within(skin, plain, max(1.0, _FORM * millimetre))
    texture = skin / np.maximum(blur(skin, max(0.6, _FINE * millimetre)), 1e-4)
    return np.asarray(form * np.clip(texture, 0.92, 1.1), np.float32)


def sideways(landmarks: Float64, shape: tuple[int, int], millimetre: float) -> Float32:
    """Which way is away from the middle of the mouth, float32[h, w, 1]: -1 left of it to 1 right of it."""
    middle = np.float32(landmarks[MOUTH_CORNERS, 0].mean())
    aside = np.tanh((np.arange(shape[1], dtype=np.float32) - middle) / np.float32(_MIDDLE * millimetre))
    return np.broadcast_to(aside[np.newaxis, :, np.newaxis], (*shape, 1))
