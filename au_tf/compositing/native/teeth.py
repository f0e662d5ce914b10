"""A person's own teeth, learnt from photos that show them and carried to those that do not."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float32
from au_tf.compositing import tuning
from au_tf.compositing.fields import Fields
from au_tf.compositing.layers import Layers
from au_tf.compositing.native.mouth import rendered
from au_tf.morphable import MorphableModel, Part
from au_tf.rendering.native.sampling import sample_bicubic

_SHOWN = 0.6
"""From which share on a pixel shows a tooth."""
_FEW = 20
"""Vertices of teeth that a photo must show."""


class OwnTeeth(NamedTuple):
    """What photos tell of the teeth of a person."""

    factor: Float32
    """float32[V, 3], of the face model's albedo; 1 but for teeth."""
    shown: Float32
    """float32[V], in how many photos each vertex shows."""


def teeth_of(model: MorphableModel, places: Float32, source: Fields, layers: Layers) -> OwnTeeth | None:
    """What a photo tells of its teeth; None if it shows too few.

    Args:
      model: the face model.
      places: float32[N, 2], where the vertices of its teeth are in the window.
      source: the fields of the fitted face itself.
      layers: the photo, taken apart.
    """
    rows = np.flatnonzero(model.parts == Part.TEETH)
    photo, core, closed, _, shade = np.split(layers.mouth, [3, 4, 5, 8], -1)
    drawn = rendered(source, layers.lamp, np.ones_like(photo), shade)
    weight = source.teeth * source.mouth_seen * source.mouth * core * (1.0 - closed)
    height, width = weight.shape[:2]
    inside = ((places >= 0) & (places <= (width - 1, height - 1))).all(1)
    values = sample_bicubic(np.concatenate([weight, photo, drawn], -1), places)
    seen = inside & (values[:, 0] > _SHOWN)
    if seen.sum() < _FEW:
        return None
    found = np.clip(values[:, 1:4] / np.maximum(values[:, 4:], tuning.DIM), *tuning.TOOTH_GAINS)
    usual = np.median(found[seen], 0)
    found *= np.clip(usual, *tuning.TOOTH_LIMITS) / usual
    factor, shown = np.ones((len(model.parts), 3), np.float32), np.zeros(len(model.parts), np.float32)
    factor[rows] = np.where(seen[:, np.newaxis], found, np.median(found[seen], 0))
    shown[rows[seen]] = 1.0
    return OwnTeeth(factor, shown)


def united(photos: Sequence[OwnTeeth]) -> OwnTeeth:
    """What several photos tell of the same teeth: the mean of those that show a vertex, else of all."""
    weight = np.stack([photo.shown for photo in photos])[..., np.newaxis] + np.float32(1e-3)
    factor = (weight * np.stack([photo.factor for photo in photos])).sum(0) / weight.sum(0)
    return OwnTeeth(np.asarray(factor, np.float32), np.asarray(sum(photo.shown for photo in photos), np.float32))
