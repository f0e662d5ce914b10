"""A linear estimator of intensities, which the support vector regressions fit."""

from dataclasses import dataclass

import numpy as np

from au_tf.arrays import ArrayLike, Float32, Float64
from au_tf.errors import InputError
from au_tf.facs import ACTION_UNITS, MAX_INTENSITY


@dataclass(frozen=True, eq=False)
class LinearEstimator:
    """Intensities as a linear function of expression coefficients, clipped to [0, 5]."""

    weights: Float64
    """float64[E, 12], intensity per standard deviation of each coefficient."""
    bias: Float64
    """float64[12], intensity where every coefficient is 0."""

    def predict(self, coefficients: ArrayLike) -> Float32:
        """Estimates intensities.

        Args:
          coefficients: float[..., E], standard deviations.

        Returns:
          float32[..., 12] in [0, 5].

        Raises:
          InputError: for another last axis.
        """
        x = np.asarray(coefficients, np.float64)
        if x.ndim < 1 or x.shape[-1] != len(self.weights):
            raise InputError("estimator", "coefficients", f"shape {x.shape}", f"a last axis of {len(self.weights)}")
        return np.clip(x @ self.weights + self.bias, 0.0, MAX_INTENSITY).astype(np.float32)


def training_table(coefficients: ArrayLike, intensities: ArrayLike) -> tuple[Float64, Float64]:
    """Checks what an estimator is fitted to.

    Args:
      coefficients: float[N, E], standard deviations.
      intensities: [N, 12] in [0, 5].

    Returns:
      Both as float64.

    Raises:
      InputError: for shapes that do not belong together, no rows, or a value that is not finite or out of range.
    """
    x, y = np.asarray(coefficients, np.float64), np.asarray(intensities, np.float64)
    if x.ndim != 2 or y.shape != (len(x), len(ACTION_UNITS)) or x.size == 0:
        expected = f"[N, E] and [N, {len(ACTION_UNITS)}] with rows"
        raise InputError("estimator", "coefficients and intensities", f"{x.shape} and {y.shape}", expected)
    if not np.isfinite(x).all():
        raise InputError("estimator", "coefficients", "a value that is not finite", "finite standard deviations")
    if not ((y >= 0) & (y <= MAX_INTENSITY)).all():
        raise InputError("estimator", "intensities", "a value out of range", f"intensities in [0, {MAX_INTENSITY:g}]")
    return x, y


@dataclass(frozen=True, eq=False)
class Standardiser:
    """Brings every coefficient to mean 0 and deviation 1 over the training frames, and weights back."""

    mean: Float64
    """float64[E]."""
    deviation: Float64
    """float64[E], positive; 1 for a coefficient that never changes."""

    @classmethod
    def of(cls, x: Float64) -> "Standardiser":
        """Learns mean and deviation of float64[N, E]."""
        return cls(x.mean(0), np.where(x.max(0) > x.min(0), x.std(0), 1.0))

    def apply(self, x: Float64) -> Float64:
        """Standardised float64[..., E]."""
        return (x - self.mean) / self.deviation

    def estimator(self, weights: Float64, bias: Float64) -> LinearEstimator:
        """The same function of coefficients that are not standardised."""
        own = weights / self.deviation[:, None]
        return LinearEstimator(own, bias - self.mean @ own)
