"""Requests row by row: what is wrong with one row is told in its status and never touches the others."""

from collections.abc import Sequence

import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.facs import MAX_INTENSITY

OK = "ok"
"""Status of a row that was answered."""


def require_alike(*inputs: Tensor) -> list[Tensor]:
    """The inputs [B, ...] of a request, which fails as a whole unless they have the same number of rows."""
    counts = tf.stack([tf.shape(each)[0] for each in inputs])
    alike = tf.debugging.Assert(tf.reduce_all(counts == counts[0]), ["inputs: found different numbers of rows", counts])
    # What uses them waits, or it might fail first, with a message of its own.
    with tf.control_dependencies([alike]):
        return [tf.identity(each) for each in inputs]


def inside(values: Tensor, low: float, high: float) -> Tensor:
    """bool[B], whether all numbers of a row of float32[B, ...] are finite and from `low` to `high`."""
    good = tf.math.is_finite(values) & (values >= low) & (values <= high)
    return tf.reduce_all(good, axis=list(range(1, values.shape.rank)))


def asked(intensities: Tensor) -> tuple[Tensor, str]:
    """The rule that intensities are within their range, as `status` takes it."""
    return inside(intensities, 0.0, MAX_INTENSITY), f"intensities: found one that is not from 0 to {MAX_INTENSITY:g}"


def status(rules: Sequence[tuple[Tensor, str]]) -> Tensor:
    """The first rule that a row breaks.

    Args:
      rules: bool[B], whether rows keep it, and what to say if not.

    Returns:
      string[B], `OK` for rows that keep all.
    """
    told = tf.fill(tf.shape(rules[0][0]), OK)
    for kept, reason in reversed(rules):
        told = tf.where(kept, told, reason)
    return told


def only(good: Tensor, values: Tensor) -> Tensor:
    """Values [B, ...] with 0 in the rows where `good` bool[B] does not hold."""
    shape = tf.concat([tf.shape(good), tf.ones([values.shape.rank - 1], tf.int32)], 0)
    return tf.where(tf.reshape(good, shape), values, tf.zeros([], values.dtype))
