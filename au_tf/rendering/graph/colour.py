"""As `pictures.colour`, in TensorFlow ops."""

import tensorflow as tf
from tensorflow_graphics.image.color_space import linear_rgb

from au_tf.arrays import ArrayLike, Tensor
from au_tf.pictures.colour import linear_levels, srgb_levels


def to_linear(image: ArrayLike | Tensor) -> Tensor:
    """Decodes sRGB, uint8[..., 3] or float[..., 3] in [0, 1], to linear RGB float32[..., 3] in [0, 1]."""
    image = tf.convert_to_tensor(image)
    if image.dtype == tf.uint8:
        return tf.gather(linear_levels(), tf.cast(image, tf.int32))
    return linear_rgb.from_srgb(tf.clip_by_value(tf.cast(image, tf.float32), 0.0, 1.0))


def to_levels(linear: Tensor) -> Tensor:
    """Encodes linear RGB float[..., 3] as sRGB uint8[..., 3], clipping the rest; by the table of `pictures.colour`."""
    values = tf.clip_by_value(tf.cast(linear, tf.float32), 0.0, 1.0)
    return tf.gather(srgb_levels(), tf.cast(values * 65535.0 + 0.5, tf.int32))
