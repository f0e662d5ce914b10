"""What a face model does not know of people: hair, beards, skin that is not even."""

import numpy as np

from au_tf.arrays import Bool, Float32
from au_tf.morphable import Part
from au_tf.morphable.hair.looks import draw_look
from au_tf.morphable.hair.styles import GLASSES
from au_tf.rendering.native.batch_renderer import People
from au_tf.rendering.native.hair import Strands
from au_tf.rendering.native.hairdresser import Hairdresser

_UNEVEN = 0.06
"""Largest standard deviation of the skin's tone from place to place, as a share of it."""


def dress(hairdresser: Hairdresser, people: People, rng: np.random.Generator) -> tuple[list[Strands], Bool]:
    """Gives people skin that is not even, in place, hair and beards.

    Args:
      hairdresser: of the face model.
      people: one for each face, as `BatchRenderer.people` makes them; changed.
      rng: where the randomness comes from.

    Returns:
      What each wears, for `BatchRenderer.render`, and who wears glasses, bool[N].
    """
    looks = [draw_look(rng, light) for light in hairdresser.lightness(people)]
    model = hairdresser.model
    rows = np.flatnonzero(model.parts == Part.SKIN)
    for albedo in people.albedo.reshape(len(people.albedo), 3, -1):
        coarse, fine = _waves(model.mean_shape[rows], rng, 60.0, 2), _waves(model.mean_shape[rows], rng, 6.0, 3)
        albedo[:, rows] *= 1.0 + np.float32(rng.uniform(0.0, _UNEVEN)) * (coarse + 0.5 * fine)
    glasses = [any(style in GLASSES.values() for style, _ in look.worn) for look in looks]
    return hairdresser.dress(people, looks), np.array(glasses, bool)


def _waves(places: Float32, rng: np.random.Generator, length: float, count: int) -> Float32:
    """float32[S], a sum of waves of about that length in mm, of variance 1."""
    vectors = rng.standard_normal((3, count)) * (2.0 * np.pi / length / np.sqrt(3.0))
    phases = places @ vectors.astype(np.float32) + rng.uniform(0.0, 2.0 * np.pi, count).astype(np.float32)
    return np.asarray(np.sin(phases).sum(1) * np.sqrt(2.0 / count), np.float32)
