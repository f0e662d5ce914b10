"""Soft labels (eq. 11): noise on the integer intensities of a coder."""

from typing import get_args

import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.errors import InputError
from au_tf.synthesis.network_config import SoftLabels


def soften(labels: Tensor, kind: SoftLabels, seed: Tensor) -> Tensor:
    """Adds independent noise to each label, y + delta (eq. 11).

    The paper prints delta ~ N(-0.5, 0.5). "normal" is that to the letter, a normal distribution of mean -0.5
    and standard deviation 0.5; "uniform" reads it as the interval that a rounded intensity stands for,
    U(-0.5, 0.5); "none" leaves the labels as they are. Results are not clipped to [0, 5].

    Args:
      labels: float32[..., 12], intensities.
      kind: how the noise is drawn.
      seed: int32[2], of stateless random numbers.

    Returns:
      float32[..., 12], intensities.

    Raises:
      InputError: for another kind.
    """
    labels = tf.convert_to_tensor(labels, tf.float32)
    if kind == "none":
        return labels
    if kind == "normal":
        return labels + tf.random.stateless_normal(tf.shape(labels), seed, mean=-0.5, stddev=0.5)
    if kind == "uniform":
        return labels + tf.random.stateless_uniform(tf.shape(labels), seed, minval=-0.5, maxval=0.5)
    raise InputError("soft_labels", "kind", kind, f"one of {', '.join(get_args(SoftLabels))}")
