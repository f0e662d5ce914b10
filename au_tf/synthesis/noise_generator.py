"""The trained generator of a CGAN: intensities in, an expression of nobody in particular out."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from au_tf.arrays import ArrayLike, Float32, Tensor
from au_tf.facs import MAX_INTENSITY
from au_tf.startup import tensorflow as tf
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.calling import generate_rows
from au_tf.synthesis.network_config import CGANConfig
from au_tf.synthesis.stored import NetworkGenerator

if TYPE_CHECKING:
    from au_tf.synthesis.adversarial.cgan import CGAN


@dataclass(frozen=True, eq=False, repr=False)
class NoiseGenerator(NetworkGenerator):
    """G of a trained CGAN with all that its use needs; it is called like `Generator`."""

    KIND = CGANConfig.KIND
    CONFIG = CGANConfig
    PARTS = ("generator",)
    ABOUT = (
        "Turns the intensities of 12 Action Units and noise into an expression with these Action Units "
        "(`au_tf.synthesis.noise_generator.NoiseGenerator`): the generator of the conditional generative adversarial "
        'network of Liu et al., "Conditional Adversarial Synthesis of 3D Facial Action Units", section 3.2. No source '
        "expression enters: what comes out is nobody's in particular, and other noise gives another."
    )
    TAKES_SOURCE = False
    config: CGANConfig
    seed: int = 0
    """Of the noise: the same rows in one call get the same expressions."""

    @property
    def given_size(self) -> int:
        """Z."""
        return int(self.config.latent_size)

    @classmethod
    def model(cls, config: CGANConfig, bounds: Bounds) -> "CGAN":
        """A CGAN."""
        from au_tf.synthesis.adversarial.cgan import CGAN

        return CGAN(config, bounds)

    @classmethod
    def sizes(cls, config: CGANConfig) -> dict[str, tuple[int, ...]]:
        """Of G."""
        return {"generator": (config.latent_size + config.label_size, *config.hidden, config.expression_size)}

    def expression(self, given: Tensor, intensities: Tensor) -> Tensor:
        """G(z, y) between real units."""
        label = intensities * (2.0 / MAX_INTENSITY) - 1.0
        return self.bounds.from_network(self.parts["generator"](tf.concat([given, label], -1)))

    @cached_property
    def run(self) -> "tf.types.experimental.PolymorphicFunction":
        """`expression` of drawn noise, compiled: (float32[B, 12] in [0, 5], int32[2], a seed) to float32[B, E]."""

        def drawn(intensities: Tensor, seed: Tensor) -> Tensor:
            shape = tf.stack([tf.shape(intensities)[0], self.given_size])
            return self.expression(tf.random.stateless_uniform(shape, seed, -1.0, 1.0), intensities)

        signature = [tf.TensorSpec([None, self.config.label_size], tf.float32), tf.TensorSpec([2], tf.int32)]
        return tf.function(drawn, input_signature=signature)

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> Float32:
        """Generates expressions, as `StoredGenerator.generate`; the source counts by its shape only (section 3.2)."""
        return generate_rows(
            lambda source, asked, begin: self.run(asked, np.array([self.seed, begin], np.int32)).numpy(),
            source_expression,
            intensities,
            self.config.expression_size,
        )
