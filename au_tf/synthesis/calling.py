"""The calling convention of all that makes expressions: a source expression and intensities in, an expression out."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from au_tf.arrays import ArrayLike, Float32
from au_tf.errors import InputError
from au_tf.facs import ACTION_UNITS, MAX_INTENSITY

_ROWS_A_CALL = 1 << 15


class MakesExpressions(Protocol):
    """What generators and baselines have in common."""

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> Float32:
        """Expressions float32[..., E] for float[..., E] and float[..., 12] in [0, 5], whose leading axes broadcast."""
        ...


def generate_rows(
    run: Callable[[Float32, Float32, int], ArrayLike], source_expression: ArrayLike, intensities: ArrayLike, size: int
) -> Float32:
    """Checks and broadcasts what a generator is called with, and calls it on not too many rows at a time.

    Args:
      run: of float32[n, E], float32[n, 12] and the number of the first of these rows; returns float32[n, E].
      source_expression: float[..., E], standard deviations.
      intensities: float[..., 12] in [0, 5].
      size: E.

    Returns:
      float32[..., E].

    Raises:
      InputError: for a wrong last axis, an intensity outside [0, 5] or a value that is not finite.
    """
    source = _checked("source_expression", source_expression, size, -np.inf, np.inf)
    asked = _checked("intensities", intensities, len(ACTION_UNITS), 0.0, MAX_INTENSITY)
    lead = np.broadcast_shapes(source.shape[:-1], asked.shape[:-1])
    source, asked = (np.broadcast_to(a, (*lead, a.shape[-1])).reshape(-1, a.shape[-1]) for a in (source, asked))
    starts = range(0, len(source), _ROWS_A_CALL)
    parts = [np.asarray(run(source[i : i + _ROWS_A_CALL], asked[i : i + _ROWS_A_CALL], i)) for i in starts]
    return np.concatenate([np.empty((0, size), np.float32), *parts]).reshape(*lead, size)


def _checked(field: str, values: ArrayLike, size: int, least: float, greatest: float) -> Float32:
    array = np.asarray(values, np.float32)
    if array.ndim < 1 or array.shape[-1] != size:
        raise InputError("generate", field, f"shape {array.shape}", f"a last axis of {size}")
    if not np.all(np.isfinite(array) & (array >= least) & (array <= greatest)):
        wrong = array[~(np.isfinite(array) & (array >= least) & (array <= greatest))].flat[0]
        raise InputError("generate", field, wrong, f"finite values from {least:g} to {greatest:g}")
    return array
