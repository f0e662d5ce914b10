"""Similarity alignment: every face upright, of one size and in one place (section 5.1 of the paper)."""

import cv2
import numpy as np

from au_tf.arrays import Float, Float64, Pixels
from au_tf.geometry.landmarks import LEFT_EYE, NOSE_BASE, OUTER_LIPS, RIGHT_EYE

ALIGNED_SIZE = 224
"""Side of an aligned face in pixels."""

GROUPS = RIGHT_EYE, LEFT_EYE, NOSE_BASE, OUTER_LIPS
"""Landmarks whose averages expressions move little: each eye, the base of the nose, the mouth."""
# Where an average adult face has the averages, in mm from the point between the eyes, (right, down).
_MILLIMETRES = np.array([[-31.0, 0.0], [31.0, 0.0], [0.0, 43.0], [0.0, 64.0]])
# Brows to chin of a large face fit.
PIXELS_A_MM = 1.1
_BETWEEN_EYES = np.array([(ALIGNED_SIZE - 1) / 2, 88.0])
PLACES = _MILLIMETRES * PIXELS_A_MM + _BETWEEN_EYES
"""float64[4, 2], where the aligned picture has the averages, (column, row) in pixels."""


def alignment_matrix(landmarks: Float) -> Float64:
    """The similarity (Umeyama 1991) that brings a face to its place in the aligned picture.

    Args:
      landmarks: float[..., 68, 2], (column, row) in pixels of the photo.

    Returns:
      float64[..., 2, 3], from pixels of the photo to pixels of the aligned picture: turn, scale and shift, no mirror.
    """
    groups = [np.asarray(landmarks, np.float64)[..., group, :].mean(-2) for group in GROUPS]
    points = np.stack(groups, -2)
    middle = points.mean(-2), PLACES.mean(-2)
    # In the complex plane a similarity is a product with one number.
    given, wanted = ((x - m[..., None, :]) @ (1.0, 1.0j) for x, m in zip((points, PLACES), middle, strict=True))
    factor = (given.conj() * wanted).sum(-1) / (np.abs(given) ** 2).sum(-1)
    linear = np.stack([np.stack([factor.real, -factor.imag], -1), np.stack([factor.imag, factor.real], -1)], -2)
    shift = middle[1] - np.einsum("...ij,...j->...i", linear, middle[0])
    return np.concatenate([linear, shift[..., None]], -1)


def transform(matrices: Float, points: Float) -> Float64:
    """Takes points float[..., P, 2] of pictures through matrices float[..., 2, 3]."""
    return np.asarray(points @ np.swapaxes(matrices[..., :2], -1, -2) + matrices[..., None, :, 2], np.float64)


def align_face(image: Pixels, landmarks: Float) -> tuple[Pixels, Float64]:
    """Cuts the aligned face out of a photo.

    Args:
      image: uint8[height, width, 3], sRGB.
      landmarks: float[68, 2], (column, row) in pixels.

    Returns:
      uint8[224, 224, 3], beyond the photo's border its edge repeated; and the matrix of `alignment_matrix`.
    """
    matrix = alignment_matrix(landmarks)
    return warp(image, np.asarray(cv2.invertAffineTransform(matrix), np.float64), ALIGNED_SIZE), matrix


def warp(image: Pixels, matrix: Float64, size: int) -> Pixels:
    """Samples a square picture out of an image, with averaging where it shrinks.

    Args:
      image: uint8[height, width, 3].
      matrix: float64[2, 3], a similarity from pixels (column, row) of the result to pixels of the image.
      size: side of the result in pixels.

    Returns:
      uint8[size, size, 3], beyond the image's border its edge repeated.
    """
    shrink = min(1.0, 1.0 / float(np.hypot(matrix[0, 0], matrix[1, 0])))
    if shrink < 1.0:
        image, matrix = _shrunk_part(image, matrix, size, shrink)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    sampled = cv2.warpAffine(image, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.uint8)


def _shrunk_part(image: Pixels, matrix: Float64, size: int, shrink: float) -> tuple[Pixels, Float64]:
    """The part of the image that is sampled, shrunk by area averaging, and the matrix into it."""
    corners = np.array([[0.0, 0.0, 1.0], [size, 0.0, 1.0], [0.0, size, 1.0], [size, size, 1.0]]) @ matrix.T
    limits = np.array(image.shape[1::-1])
    low = np.clip(np.floor(corners.min(0) - 2.0 / shrink), 0, limits - 1).astype(int)
    high = np.clip(np.ceil(corners.max(0) + 2.0 / shrink), low + 1, limits).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    shape = np.maximum(np.round((high - low) * shrink), 1.0)
    scale = shape / (high - low)
    small = cv2.resize(part, tuple(shape.astype(int).tolist()), interpolation=cv2.INTER_AREA)
    inside = matrix.copy()
    inside[:, 2] -= low
    # Pixel centres lie at whole numbers, so scaling turns about (-1/2, -1/2).
    inside = inside * scale[:, None]
    inside[:, 2] += (scale - 1.0) / 2.0
    return np.asarray(small, np.uint8), inside
