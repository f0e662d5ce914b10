"""Eqs. 1 and 2 of the paper in TensorFlow, with derivatives: `morphable.linear_model` for graphs."""

from functools import reduce
from weakref import WeakKeyDictionary

import tensorflow as tf

from au_tf.arrays import ArrayLike, Tensor
from au_tf.morphable.linear_model import LinearModel

_CONSTANTS: WeakKeyDictionary[LinearModel, list[tf.Tensor]] = WeakKeyDictionary()


def combined(model: LinearModel, *coefficients: Tensor | ArrayLike) -> tf.Tensor:
    """Mean + the sum of bases times coefficients.

    Args:
      model: of V vertices.
      coefficients: float32[..., K] for each of the bases.

    Returns:
      float32[..., V, 3].
    """
    mean, *bases = _constants(model)
    rows = (tf.convert_to_tensor(part, tf.float32)[..., tf.newaxis, :] for part in coefficients)
    offset = reduce(tf.add, [tf.linalg.matmul(part, basis) for part, basis in zip(rows, bases, strict=True)])
    return mean + tf.reshape(offset, tf.concat([tf.shape(offset)[:-2], [-1, 3]], 0))


def _constants(model: LinearModel) -> list[tf.Tensor]:
    """Mean and bases, put into TensorFlow once."""
    if model not in _CONSTANTS:
        # Made outside any graph that happens to be traced, or the cache would hold its symbols.
        with tf.init_scope():
            flat = [tf.constant(basis.reshape(len(basis), model.mean.size)) for basis in model.bases]
            _CONSTANTS[model] = [tf.constant(model.mean), *flat]
    return _CONSTANTS[model]
