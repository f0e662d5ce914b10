"""The trained generator: a source expression and any intensities in, the new expression out."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from au_tf.facs import MAX_INTENSITY
from au_tf.morphable.model import MorphableModel
from au_tf.morphable.signature import FaceSignature
from au_tf.resources import saved_model
from au_tf.synthesis import networks
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.caae import CAAE
from au_tf.synthesis.calling import generate_rows
from au_tf.synthesis.config import CAAEConfig
from au_tf.synthesis.stored import Stored, read_generator, write_generator

SHIPPED = "caae-builtin"


def generate_expression(
    encoder: Callable[[Any], Any], generator: Callable[[Any], Any], bounds: Bounds, source: Any, intensities: Any
) -> tf.Tensor:
    """G(E(x), y) between real units: x is scaled by the bounds and clipped to them, y from [0, 5] to [-1, 1].

    Args:
      encoder: E, float32[B, E] in [-1, 1] to float32[B, Z].
      generator: G, float32[B, Z + 12] to float32[B, E] in [-1, 1].
      bounds: of the training split.
      source: float32[B, E], standard deviations.
      intensities: float32[B, 12] in [0, 5].

    Returns:
      float32[B, E], standard deviations, within the bounds.
    """
    code = encoder(tf.clip_by_value(bounds.to_network(source), -1.0, 1.0))
    label = intensities * (2.0 / MAX_INTENSITY) - 1.0
    return bounds.from_network(generator(tf.concat([code, label], -1)))


@dataclass(frozen=True, eq=False)
class Generator:
    """E and G of a trained CAAE with all that their use needs."""

    encoder: keras.Model
    """E."""
    generator: keras.Model
    """G."""
    config: CAAEConfig
    """How they were made."""
    bounds: Bounds
    """Range of each coefficient in the training split."""
    face: FaceSignature
    """The face model whose coefficients these are."""

    @classmethod
    def of(cls, caae: CAAE, model: MorphableModel) -> Self:
        """Takes E and G out of a CAAE that was trained on expressions of `model`."""
        return cls(caae.encoder, caae.generator, caae.config, caae.bounds, FaceSignature.of(model))

    @cached_property
    def run(self) -> tf.types.experimental.PolymorphicFunction:
        """`generate_expression` compiled for any batch: (float32[B, E], float32[B, 12]) to float32[B, E]."""
        sizes = self.config.expression_size, self.config.label_size
        return tf.function(
            lambda source, intensities: generate_expression(
                self.encoder, self.generator, self.bounds, source, intensities
            ),
            input_signature=[tf.TensorSpec([None, size], tf.float32) for size in sizes],
        )

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> NDArray[np.float32]:
        """Generates expressions; leading axes are broadcast, e.g. one source with many intensities.

        A source outside the bounds of the training split is clipped to them, coefficient by coefficient: beyond them
        the networks have seen nothing, and E would answer by chance.

        Args:
          source_expression: float[..., E], standard deviations.
          intensities: float[..., 12] in [0, 5].

        Returns:
          float32[..., E], standard deviations, within the bounds.

        Raises:
          InputError: for a wrong last axis, an intensity outside [0, 5] or a value that is not finite.
        """
        size = self.config.expression_size
        return generate_rows(
            lambda source, asked, _: self.run(source, asked).numpy(), source_expression, intensities, size
        )

    def check(self, model: MorphableModel) -> None:
        """Makes sure that the generator's coefficients are those of `model`.

        Raises:
          InputError: if it was trained on another face model.
        """
        self.face.require(model)

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Writes `generator.npz`, which `load` reads, into a directory that is made if need be."""
        parts = {"encoder": self.encoder, "generator": self.generator}
        write_generator(directory, Stored(parts, self.config, self.bounds, self.face))

    @classmethod
    def load(cls, directory: str | os.PathLike[str] | None = None) -> Self:
        """Reads what `save` wrote; without a directory, the generator for the built-in face that ships with au_tf.

        Raises:
          InputError: if the file is missing, damaged, or does not fit together.
        """
        stored = read_generator(saved_model(SHIPPED) if directory is None else directory, CAAEConfig, _networks)
        parts = stored.parts
        return cls(parts["encoder"], parts["generator"], stored.config, stored.bounds, stored.face)


def _networks(config: CAAEConfig) -> dict[str, keras.Model]:
    return {
        "encoder": networks.encoder(config.expression_size, config.latent_size, config.hidden),
        "generator": networks.generator(config.label_size, config.latent_size, config.expression_size, config.hidden),
    }
