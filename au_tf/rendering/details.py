"""What is drawn of faces beyond their vertices: how deep their wrinkles are, and how marks tint their skin."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float32
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.detail.detail import Detail, detail_of

NOSE_ROOT = 27
"""The landmark whose distance from the camera tells which level of the maps a face is drawn from."""


class FaceDetail(NamedTuple):
    """Of one face."""

    depths: Float32
    """float32[P], of each patch of wrinkles, mm."""
    tints: Float32
    """float32[MARKS, 3], what each mark adds, a share of the skin's colour."""


class FaceDetails(NamedTuple):
    """Of faces of one model."""

    detail: Detail
    """The model's."""
    depths: Float32
    """float32[B, P], mm."""
    tints: Float32
    """float32[B, MARKS, 3]."""

    @classmethod
    def of(cls, model: MorphableModel, coefficients: Coefficients) -> "FaceDetails":
        """Those of coefficients with or without batch axis; identity and albedo may be those of one person."""
        detail = detail_of(model)
        depths = np.atleast_2d(detail.depths(coefficients.identity, coefficients.expression))
        tints = detail.tints(coefficients.albedo)
        return cls(detail, depths, np.broadcast_to(tints, (len(depths), *tints.shape[-2:])))

    def face(self, number: int) -> FaceDetail:
        """Of one of them."""
        return FaceDetail(self.depths[number], self.tints[number])
