"""What a face looks like at rest, from a film in which it does all kinds of things."""

import numpy as np

from au_tf.arrays import Float64
from au_tf.estimation.landmarks.frontal import turned
from au_tf.estimation.landmarks.landmark_estimator import LandmarkEstimator

_SHARE, _LEAST = 0.1, 5


def resting_face(points: Float64, estimator: LandmarkEstimator) -> Float64:
    """The median of the frames in which a face shows least, as float64[478, 3], turned to the front.

    Args:
      points: float64[N, 478, 3], one face in the frames of a film.
      estimator: tells how much each frame shows.
    """
    shown = np.square(estimator.estimate(points)).sum(1)
    calm = np.argsort(shown)[: max(int(_SHARE * len(points)), _LEAST)]
    return np.median(turned(points[calm], estimator.reference).points, 0) * (1.0, -1.0, -1.0)
