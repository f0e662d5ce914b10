"""As `pictures.colour`, in TensorFlow ops."""

import tensorflow as tf
from tensorflow_graphics.image.color_space import linear_rgb, srgb

from au_tf.arrays import ArrayLike, Tensor


def to_linear(image: ArrayLike | Tensor) -> Tensor:
    """Decodes sRGB, uint8[..., 3] or float[..., 3] in [0, 1], to linear RGB float32[..., 3] in [0, 1]."""
    image = tf.convert_to_tensor(image)
    values = tf.cast(image, tf.float32) / 255.0 if image.dtype == tf.uint8 else tf.cast(image, tf.float32)
    return linear_rgb.from_srgb(tf.clip_by_value(values, 0.0, 1.0))


def to_levels(linear: Tensor) -> Tensor:
    """Encodes linear RGB float[..., 3] as sRGB uint8[..., 3], rounded to the nearest level, clipping the rest."""
    encoded = srgb.from_linear_rgb(tf.clip_by_value(tf.cast(linear, tf.float32), 0.0, 1.0))
    return tf.cast(tf.round(255.0 * tf.clip_by_value(encoded, 0.0, 1.0)), tf.uint8)
