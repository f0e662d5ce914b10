"""Rendered people as aligned pictures, with clutter, as an ordinary camera would take them."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Bool, Float32, Pixels
from au_tf.fitting.synthetic import clutter, sensor
from au_tf.fitting.synthetic.looks import dress
from au_tf.fitting.synthetic.scenes import Scenes
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.rendering.native.hairdresser import Hairdresser

_FINENESS = 0.4
"""Of hair in pictures of that size."""


class Taken(NamedTuple):
    """Pictures of faces."""

    pictures: Pixels
    """uint8[N, S, S, 3], sRGB."""
    covered: Float32
    """float32[N], the share of the face's visible skin that something is in front of."""
    hair: Float32
    """float32[N, S, S], how far each pixel shows hair, a cap or glasses with nothing before them, in [0, 1]."""
    glasses: Bool
    """bool[N], who wears some."""


class SyntheticCamera:
    """Takes pictures of people of one face model.

    Args:
      renderer: of the face model.
    """

    def __init__(self, renderer: BatchRenderer) -> None:
        self.renderer = renderer
        self.hairdresser = Hairdresser(renderer.model, _FINENESS)

    def take(self, scenes: Scenes, landmarks: Float32, size: int, rng: np.random.Generator) -> Taken:
        """Takes a picture of each face.

        Args:
          scenes: the faces before their cameras.
          landmarks: float32[N, 68, 2], (column, row) in pixels of the pictures.
          size: side of the pictures in pixels.
          rng: where the randomness comes from.
        """
        face = scenes.coefficients
        people = self.renderer.people(face.identity, face.albedo)
        hair, glasses = dress(self.hairdresser, people, rng)
        behind = np.stack([clutter.background(size, rng) for _ in range(len(scenes))])
        clean = self.renderer.render(face, replace(scenes.camera, height=size, width=size), 2, behind, people, hair)
        pictures, covered = np.empty_like(clean.image), np.zeros(len(scenes), np.float32)
        for k, skin in enumerate(clean.skin):
            picture, mask = clutter.cover(clean.image[k], landmarks[k], rng)
            pictures[k] = sensor.develop(picture, rng)
            clean.hair[k][mask] = 0.0
            covered[k] = skin[mask].sum() / max(float(skin.sum()), 1.0)
        return Taken(pictures, covered, clean.hair, glasses)
