"""How far smiles and stretched lips draw the corners of a mouth apart in photos: not farther than people's go.

The face model's broadest smile widens a mouth by 40 %; smiles of people by 27 % (Tarantili et al. 2005), the one film
that was measured by 26 %, lips stretched as far as they go by 25 % (ICT-FaceKit's mouthStretch).
"""

from typing import Any, NamedTuple

import numpy as np

from au_tf.arrays import Float32
from au_tf.geometry.landmarks import MOUTH_CORNERS, eye_distance
from au_tf.morphable import MorphableModel, Part

_WIDEST = 0.215
"""How far apart corners go at the very most, a share of the distance between the outer corners of the eyes."""
_KNEE = 3.0
"""How suddenly they are held: half of that widening is left as it is to 4 %."""
_REACH = 14.0
"""mm about a corner within which skin goes back with it (standard deviation)."""


class MouthCorners(NamedTuple):
    """The corners of the mouth of a face model, and what is about them."""

    rows: tuple[int, int]
    """Vertices, the person's right and left corner."""
    share: Float32
    """float32[V, 2], how far each vertex goes with these."""
    widest: float
    """mm."""

    @classmethod
    def of(cls, model: MorphableModel) -> "MouthCorners":
        """Those of a face model."""
        points = model.mean_shape
        right, left = model.landmarks[MOUTH_CORNERS].tolist()
        away = np.stack([np.linalg.norm(points - points[row], axis=1) for row in (right, left)], -1)
        share = np.exp(-0.5 * np.square(away / _REACH)) * (model.parts != Part.TEETH)[:, np.newaxis]
        widest = _WIDEST * float(eye_distance(points[model.landmarks]))
        return cls((right, left), share.astype(np.float32), widest)

    def held(self, motion: Any) -> Any:
        """What brings corners back that go too far apart, [V, 3] in mm; lips go with them, both alike.

        Args:
          motion: float32[V, 3], of the face from rest, in the model's axes; an array or a tensor.
        """
        right, left = (motion[row] for row in self.rows)
        apart = left[0] - right[0]
        over = 0.5 * (apart + abs(apart)) / self.widest
        return ((1.0 + over**_KNEE) ** (-1.0 / _KNEE) - 1.0) * (self.share[:, :1] * right + self.share[:, 1:] * left)
