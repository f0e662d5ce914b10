"""Between sRGB pictures at the boundary and the linear light that rendering computes with."""

from typing import Any

import tensorflow as tf
from tensorflow_graphics.image.color_space import linear_rgb, srgb

from au_tf.arrays import Pixels


def to_linear(image: Any) -> tf.Tensor:
    """Decodes sRGB to linear RGB (IEC 61966-2-1).

    Args:
      image: uint8[..., 3], or float[..., 3] in [0, 1].

    Returns:
      float32[..., 3] in [0, 1].
    """
    image = tf.convert_to_tensor(image)
    values = tf.cast(image, tf.float32) / 255.0 if image.dtype == tf.uint8 else tf.cast(image, tf.float32)
    return linear_rgb.from_srgb(tf.clip_by_value(values, 0.0, 1.0))


def to_srgb(image: Any) -> tf.Tensor:
    """Encodes linear RGB as sRGB (IEC 61966-2-1), clipping what no screen can show.

    Args:
      image: float[..., 3], linear RGB.

    Returns:
      float32[..., 3] in [0, 1].
    """
    linear = tf.clip_by_value(tf.cast(image, tf.float32), 0.0, 1.0)
    return tf.clip_by_value(srgb.from_linear_rgb(linear), 0.0, 1.0)


def to_levels(image: Any) -> tf.Tensor:
    """Encodes linear RGB float[..., 3] as sRGB uint8[..., 3], rounded to the nearest level."""
    return tf.cast(tf.round(to_srgb(image) * 255.0), tf.uint8)


def to_uint8(image: Any) -> Pixels:
    """`to_levels` as an array."""
    return to_levels(image).numpy()
