"""The trained generator of a CAAE: a source expression and any intensities in, the new expression out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import tensorflow as tf

from au_tf.arrays import ArrayLike, Float32, Tensor
from au_tf.facs import MAX_INTENSITY
from au_tf.synthesis.adversarial.caae import CAAE
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.calling import generate_rows
from au_tf.synthesis.network_config import CAAEConfig
from au_tf.synthesis.stored import NetworkGenerator


def generate_expression(
    encoder: Callable[[Tensor], Tensor],
    generator: Callable[[Tensor], Tensor],
    bounds: Bounds,
    source: Tensor,
    intensities: Tensor,
) -> Tensor:
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
class Generator(NetworkGenerator):
    """E and G of a trained CAAE with all that their use needs."""

    KIND = CAAEConfig.KIND
    CONFIG = CAAEConfig
    MODEL = CAAE
    PARTS = ("encoder", "generator")
    ABOUT = (
        "Turns a source expression and the intensities of 12 Action Units into the expression with these Action Units "
        "(`au_tf.synthesis.generator.Generator`): encoder and generator of the conditional adversarial autoencoder of "
        'Liu et al., "Conditional Adversarial Synthesis of 3D Facial Action Units", section 3.3.'
    )
    config: CAAEConfig

    @property
    def given_size(self) -> int:
        """E."""
        return int(self.config.expression_size)

    def expression(self, given: Tensor, intensities: Tensor) -> Tensor:
        """`generate_expression` with its networks."""
        return generate_expression(self.parts["encoder"], self.parts["generator"], self.bounds, given, intensities)

    @cached_property
    def run(self) -> tf.types.experimental.PolymorphicFunction:
        """`expression` compiled for any batch: (float32[B, E], float32[B, 12]) to float32[B, E]."""
        sizes = self.config.expression_size, self.config.label_size
        return tf.function(self.expression, input_signature=[tf.TensorSpec([None, size], tf.float32) for size in sizes])

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> Float32:
        """Generates expressions, as `StoredGenerator.generate`.

        A source outside the bounds of the training split is clipped to them, coefficient by coefficient: beyond them
        the networks have seen nothing, and E would answer by chance.
        """
        size = self.config.expression_size
        return generate_rows(
            lambda source, asked, _: self.run(source, asked).numpy(), source_expression, intensities, size
        )
