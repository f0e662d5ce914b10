"""What is drawn of faces beyond their vertices: how deep their wrinkles are, and how marks tint their skin."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float32
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.detail.detail import Detail, detail_of

NOSE_ROOT = 27
"""The landmark whose distance from the camera tells which level of the maps a face is drawn from."""


class Likeness(NamedTuple):
    """The person in a photo, beyond what the face model knows of people."""

    albedo: Float32
    """float32[V, 3], linear RGB reflectance of the vertices: what changes slowly, and what is no skin."""
    added: tuple[Float32, ...]
    """float32[rows, columns, 3] of each level of the maps: what the skin adds to that, a share of it."""
    depths: Float32
    """float32[P], mm, of the wrinkles that it shows anyhow."""
    relit: Float32
    """float32[3], factor of the fitted light under which it is as in the photo."""
    moved: Float32
    """float32[V, 3], mm in the model's space, from where the fit has vertices to where the photo shows them."""


class FaceDetail(NamedTuple):
    """Of one face."""

    depths: Float32
    """float32[P], of each patch of wrinkles, mm."""
    tints: Float32
    """float32[MARKS, 3], what each mark adds, a share of the skin's colour."""
    own: Likeness | None = None
    """Instead of the face model's marks."""


class FaceDetails(NamedTuple):
    """Of faces of one model."""

    detail: Detail
    """The model's."""
    depths: Float32
    """float32[B, P], mm."""
    tints: Float32
    """float32[B, MARKS, 3]."""
    own: Likeness | None = None
    """Of the one person that all of them are, instead of the face model's marks."""

    @classmethod
    def of(cls, model: MorphableModel, coefficients: Coefficients, own: Likeness | None = None) -> "FaceDetails":
        """Those of coefficients with or without batch axis; identity, albedo and skin may be those of one person."""
        detail = detail_of(model)
        depths = np.atleast_2d(detail.depths(coefficients.identity, coefficients.expression))
        tints = detail.tints(coefficients.albedo)
        return cls(detail, depths, np.broadcast_to(tints, (len(depths), *tints.shape[-2:])), own)

    def face(self, number: int) -> FaceDetail:
        """Of one of them."""
        return FaceDetail(self.depths[number], self.tints[number], self.own)
