"""What is believed of a face before its pixels are looked at."""

from typing import NamedTuple, Self

import numpy as np

from au_tf.arrays import Float64
from au_tf.fitting.refine.landmark_term import Placed


class Prior(NamedTuple):
    """A normal distribution of shape and pose: standard normal coefficients, or what a regressor has found."""

    middle: Placed
    """The likeliest face."""
    precision: Float64
    """float64[6 + K, 6 + K], inverse covariance of the steps of `Placed.moved` that lead from there."""

    @classmethod
    def standard(cls, start: Placed) -> Self:
        """Coefficients are standard normal, and of the pose nothing is known."""
        shape = np.zeros_like(start.shape)
        # What is added for the pose keeps equations solvable with few landmarks.
        return cls(Placed(start.turn, start.shift, shape), np.diag(np.repeat([1e-9, 1.0], [6, len(shape)])))

    def step(self, placed: Placed) -> Float64:
        """float64[6 + K], that which leads from the middle to a face."""
        turn = (placed.turn * self.middle.turn.inv()).as_rotvec()
        return np.concatenate([turn, placed.shift - self.middle.shift, placed.shape - self.middle.shape])

    def cost(self, placed: Placed) -> float:
        """The squared step in standard deviations."""
        step = self.step(placed)
        return float(step @ self.precision @ step)
