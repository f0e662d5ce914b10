"""Pictures in TensorFlow ops: JPEG files that may be anything, and the warp of `fitting.alignment`."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from au_tf.pictures.images import MIN_SIDE
from au_tf.rendering.graph.sampling import sample_bilinear
from au_tf.serving import rows

MOST_PIXELS = 16 * 1024 * 1024
"""Pixels of the largest picture that is taken."""

LEAST_EYES = 8.0
"""Least distance of the eyes from each other and from the mouth, pixels."""


def decode(data: Any, field: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Decodes a file that may be damaged or no JPEG at all.

    Args:
      data: string[], the file.
      field: the name of the input, for the status.

    Returns:
      uint8[H, W, 3], sRGB, as stored: an orientation in EXIF data is not applied; 0 x 0 unless the status is `OK`.
      string[], the status. The size is judged by what the file declares, before a pixel is decoded.
    """
    nothing = tf.zeros([0, 0, 3], tf.uint8)
    shape = _unless_it_fails(tf.image.extract_jpeg_shape, data, tf.zeros([3], tf.int32))
    told = rows.status([(tf.strings.length(data) > 0, f"{field}: found an empty file"), *size_rules(shape, field)])
    readable = tf.where(told == rows.OK, data, "")
    picture = _unless_it_fails(lambda d: tf.io.decode_jpeg(d, 3, dct_method="INTEGER_ACCURATE"), readable, nothing)
    whole = (tf.size(picture) > 0) | (told != rows.OK)
    return picture, tf.where(whole, told, f"{field}: found a damaged JPEG")


def size_rules(shape: tf.Tensor, field: str) -> list[tuple[tf.Tensor, str]]:
    """The rules for the shape int32[3] of a picture; one that could not be read is 0 x 0 x 0."""
    height, width = tf.cast(shape[0], tf.int64), tf.cast(shape[1], tf.int64)
    return [
        (height * width > 0, f"{field}: found no JPEG"),
        (height * width <= MOST_PIXELS, f"{field}: found more than {MOST_PIXELS} pixels"),
        (tf.minimum(height, width) >= MIN_SIDE, f"{field}: found a side shorter than {MIN_SIDE} pixels"),
    ]


def landmark_rules(photo: Any, landmarks: Any) -> list[tuple[tf.Tensor, str]]:
    """The rules for landmarks float32[68, 2], (column, row), in a picture uint8[H, W, 3]."""
    size = tf.cast(tf.shape(photo)[1::-1], tf.float32)
    near = tf.reduce_all((landmarks > -0.5 * size) & (landmarks < 1.5 * size))
    middle = tf.reduce_mean(landmarks, 0)
    there = tf.reduce_all((middle > 0.0) & (middle < size))
    eyes, mouth = landmarks[36:48], landmarks[48:60]
    across = tf.norm(tf.reduce_mean(eyes[:6], 0) - tf.reduce_mean(eyes[6:], 0))
    down = tf.norm(tf.reduce_mean(mouth, 0) - tf.reduce_mean(eyes, 0))
    return [
        (near & there, "landmarks: found some far off the picture, or no numbers"),
        (tf.minimum(across, down) >= LEAST_EYES, f"landmarks: found eyes or mouth within {LEAST_EYES:g} pixels"),
    ]


def _unless_it_fails(function: Callable[[Any], tf.Tensor], data: Any, otherwise: tf.Tensor) -> tf.Tensor:
    """A function of one tensor, or something else of its type where an op in it fails.

    TensorFlow's graphs have no exceptions but those that a data set can pass over.
    """
    # Converting Python into graphs takes long, and there is nothing to convert.
    plain = tf.autograph.experimental.do_not_convert(function)
    tried = tf.data.Dataset.from_tensors(data).map(plain).ignore_errors()
    return tried.concatenate(tf.data.Dataset.from_tensors(otherwise)).take(1).get_single_element()


def warp(photo: Any, matrix: Any, size: int) -> tf.Tensor:
    """Samples a square picture out of a photo, with averaging where it shrinks, as `fitting.alignment.warp`.

    Args:
      photo: uint8[H, W, 3], sRGB.
      matrix: float64[2, 3], a similarity from pixels (column, row) of the result to pixels of the photo.
      size: side of the result in pixels.

    Returns:
      float32[size, size, 3], whole numbers from 0 to 255.
    """
    shrink = 1.0 / tf.sqrt(tf.reduce_sum(matrix[:, 0] ** 2))
    part, matrix = tf.cond(
        shrink < 1.0,
        lambda: _shrunk_part(photo, matrix, size, shrink),
        lambda: (tf.cast(photo, tf.float32), matrix),
    )
    places = transform(tf.cast(grid(size, size), tf.float64), matrix)
    return tf.round(sample_bilinear(tf.ensure_shape(part, [None, None, 3]), tf.cast(places, tf.float32)))


def _shrunk_part(photo: Any, matrix: Any, size: int, shrink: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The part of the photo that is sampled, shrunk by area averaging, and the matrix into it."""
    corners = transform(tf.constant([[0.0, 0.0], [size, 0.0], [0.0, size], [size, size]], tf.float64), matrix)
    limits = tf.cast(tf.shape(photo)[1::-1], tf.float64)
    low = tf.clip_by_value(tf.floor(tf.reduce_min(corners, 0) - 2.0 / shrink), 0.0, limits - 1.0)
    high = tf.clip_by_value(tf.math.ceil(tf.reduce_max(corners, 0) + 2.0 / shrink), low + 1.0, limits)
    (left, top), (right, bottom) = tf.unstack(tf.cast(low, tf.int32)), tf.unstack(tf.cast(high, tf.int32))
    shape = tf.maximum(tf.round((high - low) * shrink), 1.0)
    part = tf.cast(photo[top:bottom, left:right], tf.float32)
    small = tf.image.resize(part, tf.cast(shape[::-1], tf.int32), "area")
    scale = shape / (high - low)
    linear, shift = matrix[:, :2] * scale[:, tf.newaxis], (matrix[:, 2] - low) * scale + (scale - 1.0) / 2.0
    return tf.round(small), tf.concat([linear, shift[:, tf.newaxis]], 1)


def grid(height: Any, width: Any) -> tf.Tensor:
    """float32[height, width, 2], (column, row) of each pixel."""
    columns, rows_ = tf.range(tf.cast(width, tf.float32)), tf.range(tf.cast(height, tf.float32))
    return tf.stack(tf.meshgrid(columns, rows_), -1)


def transform(places: Any, matrix: Any) -> tf.Tensor:
    """Places float[..., 2] by an affine matrix float[2, 3]."""
    linear = tf.linalg.matmul(tf.reshape(places, [-1, 2]), matrix[:, :2], transpose_b=True)
    return tf.reshape(linear, tf.shape(places)) + matrix[:, 2]


def inverted(matrix: Any) -> tf.Tensor:
    """The inverse of a similarity float[2, 3]."""
    linear = tf.transpose(matrix[:, :2]) / tf.reduce_sum(matrix[:, 0] ** 2)
    return tf.concat([linear, -tf.linalg.matmul(linear, matrix[:, 2:])], 1)
