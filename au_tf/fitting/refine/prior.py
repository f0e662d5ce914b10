"""What is believed of a face before its pixels are looked at."""

from typing import NamedTuple, Self

import cv2
import numpy as np

from au_tf.arrays import Float64
from au_tf.fitting.refine.landmark_term import Placed


class Prior(NamedTuple):
    """A normal distribution of shape and pose: what faces are like, or what a regressor has found."""

    middle: Placed
    """The likeliest face."""
    precision: Float64
    """float64[6 + K, 6 + K], inverse covariance of the steps of `Placed.moved` that lead from there."""

    @classmethod
    def usual(cls, start: Placed, shape: Float64) -> Self:
        """Of coefficients about 0 with a precision float64[K, K]; of the pose nothing is known."""
        # What is added for the pose keeps equations solvable with few landmarks.
        precision = np.diag(np.repeat([1e-9, 0.0], [6, len(shape)]))
        precision[6:, 6:] = shape
        return cls(Placed(start.turn, start.shift, np.zeros_like(start.shape)), precision)

    def step(self, placed: Placed) -> Float64:
        """float64[6 + K], that which leads from the middle to a face."""
        turn = cv2.Rodrigues(placed.axes @ self.middle.axes.T)[0]
        return np.concatenate([turn.ravel(), placed.shift - self.middle.shift, placed.shape - self.middle.shape])

    def cost(self, placed: Placed) -> float:
        """The squared step in standard deviations."""
        step = self.step(placed)
        return float(step @ self.precision @ step)
