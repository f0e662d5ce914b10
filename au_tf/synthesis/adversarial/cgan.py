"""The conditional generative adversarial network (section 3.2 of the paper) as a Keras model."""

import keras
import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.synthesis.adversarial import losses, networks
from au_tf.synthesis.adversarial.adversarial_model import AdversarialModel
from au_tf.synthesis.adversarial.batches import Batch
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import CGANConfig


class CGAN(AdversarialModel):
    """Generator and discriminator, trained against each other (eqs. 3-5); no source enters.

    The noise z is what a batch holds as `prior`: the paper leaves its distribution open, here it is the uniform one
    in [-1, 1] that the paper names for CAAE.
    """

    LOSSES = ("range", "expression_value", "objective")
    PARTIES = ("generator", "expression")
    config: CGANConfig

    def __init__(self, config: CGANConfig, bounds: Bounds) -> None:
        super().__init__(config, bounds)
        c = config
        self.generator = networks.generator(c.label_size, c.latent_size, c.expression_size, c.hidden)
        self.expression_discriminator = networks.expression_discriminator(
            c.expression_size, c.label_size, c.discriminator_hidden
        )
        self.built = True

    def networks(self, party: str) -> list[keras.Model]:
        return [self.generator if party == "generator" else self.expression_discriminator]

    def call(self, inputs: Tensor) -> Tensor:
        """G(z, label) for inputs (z float32[B, Z], label float32[B, 12])."""
        return self.generator(tf.concat(inputs, -1))

    def sample_losses(self, batch: Batch) -> dict[str, Tensor]:
        """Every loss of a batch, float32[B] each.

        Returns:
          The terms of eq. 5 by the names of `LOSSES`, and "opponent", what G minimises: eq. 5 itself, or with
          -log D for log(1 - D).
        """
        c = self.config
        generated = self.call((batch.prior, batch.asked))
        real = networks.judge(self.expression_discriminator, batch.target, batch.label)
        fake = networks.judge(self.expression_discriminator, generated, batch.asked)
        range_ = losses.range_loss(generated, -c.range_limit, c.range_limit)
        value = losses.adversarial_value(real, fake)
        objective = losses.cgan_objective(range_, value, c.range_weight)
        opponent = objective
        if c.adversarial == "non-saturating":
            opponent = losses.cgan_objective(range_, losses.non_saturating_loss(fake), c.range_weight)
        return {"range": range_, "expression_value": value, "objective": objective, "opponent": opponent}

    def goals(self, values: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"generator": values["opponent"], "expression": -values["expression_value"]}
