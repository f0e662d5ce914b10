"""The conditional adversarial autoencoder (section 3.3 of the paper) as a Keras model."""

import keras
import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.synthesis.adversarial import losses, networks
from au_tf.synthesis.adversarial.adversarial_model import AdversarialModel
from au_tf.synthesis.adversarial.batches import Batch
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import CAAEConfig


class CAAE(AdversarialModel):
    """Encoder, generator and the two discriminators, trained against each other (eqs. 6-10)."""

    LOSSES = ("reconstruction", "range", "prior_value", "expression_value", "objective")
    PARTIES = ("autoencoder", "expression", "prior")
    config: CAAEConfig

    def __init__(self, config: CAAEConfig, bounds: Bounds) -> None:
        super().__init__(config, bounds)
        c = config
        self.encoder = networks.encoder(c.expression_size, c.latent_size, c.hidden)
        self.generator = networks.generator(c.label_size, c.latent_size, c.expression_size, c.hidden)
        self.expression_discriminator = networks.expression_discriminator(
            c.expression_size, c.label_size, c.discriminator_hidden
        )
        self.prior_discriminator = networks.prior_discriminator(c.latent_size, c.discriminator_hidden)
        self.built = True

    def networks(self, party: str) -> list[keras.Model]:
        return {
            "autoencoder": [self.encoder, self.generator],
            "expression": [self.expression_discriminator],
            "prior": [self.prior_discriminator],
        }[party]

    def call(self, inputs: Tensor) -> Tensor:
        """G(E(source), label) for inputs (source float32[B, E], label float32[B, 12])."""
        source, label = inputs
        return self.generator(tf.concat([self.encoder(source), label], -1))

    def sample_losses(self, batch: Batch) -> dict[str, Tensor]:
        """Every loss of a batch, float32[B] each.

        Returns:
          The terms of eq. 10 by the names of `LOSSES`, and "opponents", what E and G minimise: eq. 10 itself, or
          with -log D for log(1 - D).
        """
        c = self.config
        seen = self.encoder(batch.source)
        # A subclass may hand more on than the code.
        code = seen[:, : c.latent_size]
        reconstruction = self.generator(tf.concat([seen, batch.label], -1))
        generated = reconstruction if batch.asked is batch.label else self.generator(tf.concat([seen, batch.asked], -1))
        real = networks.judge(self.expression_discriminator, batch.target, batch.label)
        fake = networks.judge(self.expression_discriminator, generated, batch.asked)
        prior, encoded = self.prior_discriminator(batch.prior)[:, 0], self.prior_discriminator(code)[:, 0]
        terms = {
            "reconstruction": losses.reconstruction_loss(batch.target, reconstruction),
            "range": losses.range_loss(generated, -c.range_limit, c.range_limit),
            "prior_value": losses.adversarial_value(prior, encoded),
            "expression_value": losses.adversarial_value(real, fake),
        }
        objective = self._objective(terms, terms["prior_value"], terms["expression_value"])
        opponents = objective
        if c.adversarial == "non-saturating":
            pull = losses.non_saturating_loss(encoded), losses.non_saturating_loss(fake)
            opponents = self._objective(terms, *pull)
        return terms | {"objective": objective, "opponents": opponents}

    def goals(self, values: dict[str, Tensor]) -> dict[str, Tensor]:
        return {
            "autoencoder": values["opponents"],
            "expression": -values["expression_value"],
            "prior": -values["prior_value"],
        }

    def _objective(self, terms: dict[str, Tensor], prior: Tensor, expression: Tensor) -> Tensor:
        weights = self.config.reconstruction_weight, self.config.range_weight
        return losses.caae_objective(terms["reconstruction"], terms["range"], prior, expression, *weights)
