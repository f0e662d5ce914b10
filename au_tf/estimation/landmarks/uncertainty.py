"""How far a reading may be wrong, by how the face is seen and by what is read."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import cv2
import numpy as np

from au_tf.arrays import ArrayLike, Float64
from au_tf.estimation.landmarks.frontal import Frontal
from au_tf.estimation.landmarks.skin import Crop
from au_tf.facs import MAX_INTENSITY

VIEWS, TERMS = 5, 8
"""How many numbers tell how a face is seen, and of how many the logarithm of the variance is a sum."""
MOST = 2.0
"""Greatest error that is told: where more would be, less than that is true."""
_UNKNOWN_SCATTER = 0.02
"""Of a landmarks' reader that does not tell: about the usual one."""
_STEPS, _RIDGE, _LEAST = 30, 3.0, 0.01


def views(frontal: Frontal, crops: Sequence[Crop], scatter: ArrayLike) -> Float64:
    """How faces are seen, float64[N, 5].

    Squares of how far they are turned to the side and up or down, in units of 30 degrees; the logarithm of how far the
    answers of the landmarks' network lie apart; that of how sharp the skin is; how bright the picture is, in [0, 1].

    Args:
      frontal: of N faces.
      crops: N.
      scatter: float[N], `DetectedFace.scatter`; not a number where it is unknown.
    """
    ahead = frontal.turn[:, :, 2]
    turns = np.degrees(np.stack([np.arctan2(ahead[:, 0], ahead[:, 2]), np.arcsin(np.clip(ahead[:, 1], -1, 1))], 1))
    apart = np.asarray(scatter, np.float64)
    apart = np.where(np.isnan(apart), _UNKNOWN_SCATTER, np.maximum(apart, 1e-4))
    greys = [crop.grey for crop in crops]
    sharp = np.array([cv2.Laplacian(grey, cv2.CV_32F).std() / (grey.std() + 1.0) for grey in greys])
    bright = np.array([grey.mean() / 255.0 for grey in greys])
    return np.column_stack([np.square(turns / 30.0), np.log(apart), np.log(sharp + 1e-3), bright])


class Spread(NamedTuple):
    """The variance of readings' errors: its logarithm is linear in how a face is seen and in what is read."""

    weights: Float64
    """float64[8, 12]: of one, of `views`, of the intensity read, and of its square."""

    @classmethod
    def of(cls, seen: Float64, readings: Float64, error: Float64) -> Self:
        """Most likely for normal errors, by Fisher's scoring with a weak pull towards one variance for all.

        Args:
          seen: float64[N, 5], as `views` has them.
          readings: float64[N, 12], of people whom the estimator has not seen.
          error: float64[N, 12].
        """
        columns = []
        for k in range(error.shape[1]):
            table = _table(seen, readings[:, k])
            square = np.square(error[:, k]) + _LEAST
            pull = _RIDGE * np.diag([0.0] + [1.0] * (table.shape[1] - 1))
            weights = np.zeros(table.shape[1])
            weights[0] = np.log(square.mean())
            for _ in range(_STEPS):
                # Steps of the logarithm beyond 2 are of those that err by far more than told.
                excess = np.clip(square * np.exp(-table @ weights) - 1.0, -1.0, 2.0)
                step = np.linalg.solve(table.T @ table + pull, table.T @ excess - pull @ weights)
                weights = weights + step
            # The clipping above makes it too sure by a factor that is the same for all.
            weights[0] += np.log((square * np.exp(-table @ weights)).mean())
            columns.append(weights)
        return cls(np.stack(columns, 1))

    def __call__(self, seen: Float64, readings: Float64) -> Float64:
        """Root mean square errors to be expected, float64[N, 12], for `views` and readings."""
        logs = [_table(seen, readings[:, k]) @ column for k, column in enumerate(self.weights.T)]
        return np.sqrt(np.exp(np.clip(np.stack(logs, 1), -8.0, 2.0 * np.log(MOST))))


def _table(seen: Float64, reading: Float64) -> Float64:
    read = np.clip(reading, 0.0, MAX_INTENSITY) / MAX_INTENSITY
    return np.column_stack([np.ones(len(seen)), seen, read, np.square(read)])
