"""The range of each expression coefficient, by which networks see it in [-1, 1] (section 4.2)."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from au_tf.arrays import ArrayLike, Float32, Tensor
from au_tf.errors import InputError

# A dimension that never moves has no range of its own: it is mapped to 0, not divided by 0.
_LEAST_WIDTH = 1e-6


@dataclass(frozen=True, eq=False)
class Bounds:
    """Lower and upper limit of each expression coefficient."""

    lower: Float32
    """float32[E], standard deviations."""
    upper: Float32
    """float32[E], standard deviations, nowhere below `lower`."""

    def __post_init__(self) -> None:
        if self.lower.shape != self.upper.shape or self.lower.ndim != 1:
            raise InputError("bounds", "shape", f"{self.lower.shape} and {self.upper.shape}", "two vectors of one size")
        if not np.all(np.isfinite(self.lower) & np.isfinite(self.upper) & (self.lower <= self.upper)):
            raise InputError("bounds", "values", "a limit that is not finite or is crossed", "lower <= upper")

    @classmethod
    def of(cls, expressions: ArrayLike) -> Self:
        """Learns the limits as the least and greatest values of a training split, float[N, E]."""
        values = np.asarray(expressions, np.float32)
        if values.ndim != 2 or len(values) == 0:
            raise InputError("expressions", "shape", values.shape, "at least one row of coefficients")
        return cls(values.min(0), values.max(0))

    @property
    def middle(self) -> Float32:
        """float32[E], what a network sees as 0."""
        return ((self.lower + self.upper) / 2).astype(np.float32)

    @property
    def half_width(self) -> Float32:
        """float32[E], positive; what a network sees as 1 above 0."""
        return np.maximum((self.upper - self.lower) / 2, np.float32(_LEAST_WIDTH))

    def to_network(self, expressions: Tensor) -> Tensor:
        """Scales float[..., E] in standard deviations so that the bounds become -1 and 1; does not clip."""
        return (expressions - self.middle) / self.half_width

    def from_network(self, scaled: Tensor) -> Tensor:
        """Scales float[..., E] back to standard deviations."""
        return scaled * self.half_width + self.middle
