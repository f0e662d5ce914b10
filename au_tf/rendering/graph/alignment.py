"""As `geometry.alignment`, in TensorFlow ops: photos brought into other frames."""

import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.geometry.alignment import GROUPS, PLACES
from au_tf.rendering.graph.sampling import sample_bilinear


def alignment_matrix(landmarks: Tensor) -> Tensor:
    """The similarity float64[2, 3] that brings landmarks float32[68, 2], (column, row), into the aligned picture."""
    points = tf.stack([tf.reduce_mean(tf.cast(landmarks[group], tf.float64), 0) for group in GROUPS])
    middle, target = tf.reduce_mean(points, 0), PLACES.mean(0)
    (x, y), (u, v) = tf.unstack(points - middle, axis=1), (PLACES - target).T
    size = tf.reduce_sum(x * x + y * y)
    real, imaginary = tf.reduce_sum(x * u + y * v) / size, tf.reduce_sum(x * v - y * u) / size
    linear = tf.stack([tf.stack([real, -imaginary]), tf.stack([imaginary, real])])
    return tf.concat([linear, (target - tf.linalg.matvec(linear, middle))[:, tf.newaxis]], 1)


def warp(photo: Tensor, matrix: Tensor, size: int) -> Tensor:
    """Samples a square picture out of a photo, with averaging where it shrinks, as `geometry.alignment.warp`.

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


def _shrunk_part(photo: Tensor, matrix: Tensor, size: int, shrink: Tensor) -> tuple[Tensor, Tensor]:
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


def grid(height: int | Tensor, width: int | Tensor) -> Tensor:
    """float32[height, width, 2], (column, row) of each pixel."""
    columns, rows = tf.range(tf.cast(width, tf.float32)), tf.range(tf.cast(height, tf.float32))
    return tf.stack(tf.meshgrid(columns, rows), -1)


def transform(places: Tensor, matrix: Tensor) -> Tensor:
    """Places float[..., 2] by an affine matrix float[2, 3]."""
    linear = tf.linalg.matmul(tf.reshape(places, [-1, 2]), matrix[:, :2], transpose_b=True)
    return tf.reshape(linear, tf.shape(places)) + matrix[:, 2]


def inverse(matrix: Tensor) -> Tensor:
    """The inverse of a similarity float[2, 3]."""
    linear = tf.transpose(matrix[:, :2]) / tf.reduce_sum(matrix[:, 0] ** 2)
    return tf.concat([linear, -tf.linalg.matmul(linear, matrix[:, 2:])], 1)


def resampled(picture: Tensor, size: int) -> Tensor:
    """A square picture uint8[S, S, 3] with another side: by area if that is shorter, else bilinearly."""
    values = tf.cast(picture, tf.float32)
    sides = [size, size]
    resized = tf.cond(
        tf.shape(picture)[0] > size,
        lambda: tf.image.resize(values, sides, "area"),
        lambda: tf.image.resize(values, sides, "bilinear"),
    )
    return tf.cast(tf.floor(resized + 0.5), tf.uint8)
