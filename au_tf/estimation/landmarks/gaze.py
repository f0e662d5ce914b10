"""Where eyes look, from dense landmarks."""

import numpy as np

from au_tf.arrays import Float64
from au_tf.estimation.landmarks.frontal import Frontal

# Corners and middle of the iris of each eye, the person's right one first.
_EYES = ((33, 133, 468), (362, 263, 473))
_RADIUS = 0.45
"""Distance of the iris from the eyeball's centre over the width of the eye's opening: 12 of 27 mm."""


def gaze_of(frontal: Frontal) -> Float64:
    """Where the eyes look, mean of both, float64[N, 2] in radians: to the picture's right, and down.

    By where the iris lies between the corners of the eye, with the head's turn added; looking into the camera is 0.
    """
    inward = np.mean([_in_head(frontal, *eye) for eye in _EYES], 0)
    sight = np.concatenate([inward, np.sqrt(np.clip(1.0 - np.square(inward).sum(1, keepdims=True), 0.0, 1.0))], 1)
    seen = np.einsum("nij,nj->ni", frontal.turn, sight)
    return np.stack([np.arctan2(seen[:, 0], seen[:, 2]), np.arctan2(-seen[:, 1], seen[:, 2])], 1)


def _in_head(frontal: Frontal, first: int, second: int, iris: int) -> Float64:
    """Sine of the angles by which an eye is turned in the head, float64[N, 2], across and up."""
    corners = frontal.points[:, [first, second], :2]
    width = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1, keepdims=True)
    off = frontal.points[:, iris, :2] - corners.mean(1)
    return np.clip(off / (_RADIUS * width), -0.9, 0.9)
