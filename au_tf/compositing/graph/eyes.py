"""Eyes without lids in TensorFlow ops; see `native.eyes`."""

import numpy as np
import tensorflow as tf

from au_tf.arrays import Float64, Tensor
from au_tf.compositing import tuning
from au_tf.compositing.lids import SHUT, WINK
from au_tf.geometry.landmarks import LEFT_EYE, RIGHT_EYE
from au_tf.rendering.graph.alignment import grid
from au_tf.rendering.graph.sampling import blur, fill, smoothstep


def closures(landmarks: Tensor) -> Tensor:
    """As `lids.closures`."""
    height = tf.divide(*_sizes(landmarks))
    apart = tf.abs(height[0] - height[1])
    return 1.0 - smoothstep(*SHUT, tf.where(apart < WINK, tf.reduce_mean(height), height))


def rooms(landmarks: Tensor, heights: Float64) -> tuple[Tensor, Tensor]:
    """As `lids.rooms`, of a face model with eyes of such heights over their widths, float64[2]."""
    height, width = _sizes(landmarks)
    return width * np.float32(heights), tf.minimum(height / (width * np.float32(heights)), 1.0)


def _sizes(landmarks: Tensor) -> tuple[Tensor, Tensor]:
    """Heights and widths of the right and the left eye of landmarks float32[68, 2], float32[2] each."""
    eyes = tf.stack([landmarks[eye] for eye in (RIGHT_EYE, LEFT_EYE)])
    height = tf.reduce_mean(tf.norm(eyes[:, 1:3] - eyes[:, 5:3:-1], axis=-1), 1)
    return height, tf.norm(eyes[:, 3] - eyes[:, 0], axis=-1)


def shut_eyes(landmarks: Tensor, shape: tuple[int, int]) -> Tensor:
    """As `native.eyes.shut_eyes`."""
    middles = (tf.reduce_mean(landmarks[eye], 0) for eye in (RIGHT_EYE, LEFT_EYE))
    right, left = (tf.norm(grid(*shape) - middle, axis=-1, keepdims=True) for middle in middles)
    return tf.where(right < left, *tf.unstack(closures(landmarks)))


def without_lids(photo: Tensor, cover: Tensor, landmarks: Tensor) -> Tensor:
    """As `native.eyes.without_lids`, but what lids hide is filled in smoothly."""
    shut = shut_eyes(landmarks, photo.shape[:2])
    seen = tf.cast(cover > tuning.EYE_SEEN, tf.float32)
    colours = tf.where(shut > 0.5, photo, fill(photo, seen))
    return tf.concat([colours, 1.0 - shut, (1.0 - shut) * (1.0 - seen)], -1)


def lid_shade(cover: Tensor, millimetre: float) -> Tensor:
    """As `native.eyes.lid_shade`."""
    sigma = max(0.5, tuning.LID_SHADE * millimetre)
    above = tf.roll(blur(cover, sigma), round(sigma), 0)
    return tuning.LEAST_EYE + (1.0 - tuning.LEAST_EYE) * smoothstep(0.2, 0.9, above)
