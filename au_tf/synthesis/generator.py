"""The trained generator of a CAAE: a source expression and any intensities in, the new expression out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from au_tf.arrays import ArrayLike, Float32, Tensor
from au_tf.facs import MAX_INTENSITY
from au_tf.startup import tensorflow as tf
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.calling import generate_rows
from au_tf.synthesis.network_config import CAAEConfig
from au_tf.synthesis.stored import NetworkGenerator

if TYPE_CHECKING:
    from au_tf.synthesis.adversarial.caae import CAAE


def generate_expression(
    encoder: Callable[[Tensor], Tensor],
    generator: Callable[[Tensor], Tensor],
    bounds: Bounds,
    source: Tensor,
    intensities: Tensor,
    clip: Callable[[Tensor, float, float], Tensor] = np.clip,
    join: Callable[[list[Tensor], int], Tensor] = np.concatenate,
) -> Tensor:
    """G(E(x), y) between real units: x is scaled by the bounds and clipped to them, y from [0, 5] to [-1, 1].

    Args:
      encoder: E, float32[B, E] in [-1, 1] to float32[B, Z].
      generator: G, float32[B, Z + 12] to float32[B, E] in [-1, 1].
      bounds: of the training split.
      source: float32[B, E], standard deviations.
      intensities: float32[B, 12] in [0, 5].
      clip: limits an array, or a tensor.
      join: puts such together.

    Returns:
      float32[B, E], standard deviations, within the bounds.
    """
    code = encoder(clip(bounds.to_network(source), -1.0, 1.0))
    label = intensities * (2.0 / MAX_INTENSITY) - 1.0
    return bounds.from_network(generator(join([code, label], -1)))


@dataclass(frozen=True, eq=False, repr=False)
class Generator(NetworkGenerator):
    """E and G of a trained CAAE with all that their use needs."""

    KIND = CAAEConfig.KIND
    CONFIG = CAAEConfig
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

    @classmethod
    def model(cls, config: CAAEConfig, bounds: Bounds) -> "CAAE":
        """A CAAE."""
        from au_tf.synthesis.adversarial.caae import CAAE

        return CAAE(config, bounds)

    @classmethod
    def sizes(cls, config: CAAEConfig) -> dict[str, tuple[int, ...]]:
        """Of E and G."""
        size, code, hidden = config.expression_size, config.latent_size, config.hidden
        return {"encoder": (size, *hidden, code), "generator": (code + config.label_size, *hidden, size)}

    def expression(self, given: Tensor, intensities: Tensor) -> Tensor:
        """`generate_expression` with its networks."""
        networks = self.parts["encoder"], self.parts["generator"]
        return generate_expression(*networks, self.bounds, given, intensities, tf.clip_by_value, tf.concat)

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> Float32:
        """Generates expressions, as `StoredGenerator.generate`.

        A source outside the bounds of the training split is clipped to them, coefficient by coefficient: beyond them
        the networks have seen nothing, and E would answer by chance.
        """

        def run(source: Float32, asked: Float32, _: int) -> Float32:
            networks = partial(self.run_part, "encoder"), partial(self.run_part, "generator")
            return np.asarray(generate_expression(*networks, self.bounds, source, asked), np.float32)

        return generate_rows(run, source_expression, intensities, self.config.expression_size)
