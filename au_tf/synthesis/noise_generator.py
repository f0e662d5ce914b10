"""The trained generator of a CGAN: intensities in, an expression of nobody in particular out."""

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from au_tf.facs import MAX_INTENSITY
from au_tf.morphable.model import MorphableModel
from au_tf.morphable.signature import FaceSignature
from au_tf.synthesis import networks
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.calling import generate_rows
from au_tf.synthesis.cgan import CGAN
from au_tf.synthesis.config import CGANConfig
from au_tf.synthesis.stored import Stored, read_generator, write_generator


@dataclass(frozen=True, eq=False)
class NoiseGenerator:
    """G of a trained CGAN with all that its use needs; it is called like `Generator`."""

    generator: keras.Model
    """G."""
    config: CGANConfig
    """How it was made."""
    bounds: Bounds
    """Range of each coefficient in the training split."""
    face: FaceSignature
    """The face model whose coefficients these are."""
    seed: int = 0
    """Of the noise: the same rows in one call get the same expressions."""

    @classmethod
    def of(cls, cgan: CGAN, model: MorphableModel) -> Self:
        """Takes G out of a CGAN that was trained on expressions of `model`."""
        return cls(cgan.generator, cgan.config, cgan.bounds, FaceSignature.of(model))

    @cached_property
    def run(self) -> tf.types.experimental.PolymorphicFunction:
        """G between real units, compiled: (float32[B, 12] in [0, 5], int32[2], a seed) to float32[B, E]."""

        def expression(intensities: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
            shape = tf.stack([tf.shape(intensities)[0], self.config.latent_size])
            noise = tf.random.stateless_uniform(shape, seed, -1.0, 1.0)
            label = intensities * (2.0 / MAX_INTENSITY) - 1.0
            return self.bounds.from_network(self.generator(tf.concat([noise, label], -1)))

        signature = [tf.TensorSpec([None, self.config.label_size], tf.float32), tf.TensorSpec([2], tf.int32)]
        return tf.function(expression, input_signature=signature)

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> NDArray[np.float32]:
        """Generates expressions; the source counts by its shape only (section 3.2: independent of the source).

        Arguments, result and errors as of `Generator.generate`.
        """
        return generate_rows(
            lambda source, asked, begin: self.run(asked, np.array([self.seed, begin], np.int32)).numpy(),
            source_expression,
            intensities,
            self.config.expression_size,
        )

    def check(self, model: MorphableModel) -> None:
        """Makes sure that the generator's coefficients are those of `model`.

        Raises:
          InputError: if it was trained on another face model.
        """
        self.face.require(model)

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Writes `generator.npz`, which `load` reads, into a directory that is made if need be."""
        write_generator(directory, Stored({"generator": self.generator}, self.config, self.bounds, self.face))

    @classmethod
    def load(cls, directory: str | os.PathLike[str]) -> Self:
        """Reads what `save` wrote.

        Raises:
          InputError: if the file is missing, damaged, or does not fit together.
        """
        stored = read_generator(directory, CGANConfig, _networks)
        return cls(stored.parts["generator"], stored.config, stored.bounds, stored.face)


def _networks(config: CGANConfig) -> dict[str, keras.Model]:
    make = networks.generator
    return {"generator": make(config.label_size, config.latent_size, config.expression_size, config.hidden)}
