"""The conditional adversarial autoencoder (section 3.3 of the paper) as a Keras model."""

from dataclasses import asdict
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from au_tf.synthesis import losses, networks
from au_tf.synthesis.batches import Batch
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.config import CAAEConfig

LOSSES = ("reconstruction", "range", "prior_value", "expression_value", "objective")


@keras.saving.register_keras_serializable(package="au_tf")
class CAAE(keras.Model):
    """Encoder, generator and the two discriminators, trained against each other (eqs. 6-10).

    Its inputs and outputs are in the scale of the networks, [-1, 1]; `bounds` say what that is in standard
    deviations, and travel with the model.
    """

    def __init__(self, config: CAAEConfig, bounds: Bounds, name: str = "caae", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.config = config
        self.bounds = bounds
        c = config
        self.encoder = networks.encoder(c.expression_size, c.latent_size, c.hidden)
        self.generator = networks.generator(c.label_size, c.latent_size, c.expression_size, c.hidden)
        self.expression_discriminator = networks.expression_discriminator(
            c.expression_size, c.label_size, c.discriminator_hidden
        )
        self.prior_discriminator = networks.prior_discriminator(c.latent_size, c.discriminator_hidden)
        self.trackers = {loss: keras.metrics.Mean(name=loss) for loss in LOSSES}
        self.built = True

    def compile(
        self,
        autoencoder_optimizer: keras.optimizers.Optimizer,
        expression_optimizer: keras.optimizers.Optimizer,
        prior_optimizer: keras.optimizers.Optimizer,
        **kwargs: Any,
    ) -> None:
        """Takes one optimizer for E and G together and one for each discriminator, and builds them.

        An optimizer that is not built before training or loading would lose its state without a word.
        """
        super().compile(optimizer=None, **kwargs)
        self.autoencoder_optimizer = autoencoder_optimizer
        self.expression_optimizer = expression_optimizer
        self.prior_optimizer = prior_optimizer
        for optimizer, variables in self._parties():
            optimizer.build(variables)

    def _parties(self) -> list[tuple[keras.optimizers.Optimizer, list[Any]]]:
        """Each optimizer with the variables that it, and no other, moves."""
        return [
            (self.autoencoder_optimizer, self.encoder.trainable_variables + self.generator.trainable_variables),
            (self.expression_optimizer, self.expression_discriminator.trainable_variables),
            (self.prior_optimizer, self.prior_discriminator.trainable_variables),
        ]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return list(self.trackers.values())

    def call(self, inputs: Any) -> tf.Tensor:
        """G(E(source), label) for inputs (source float32[B, E], label float32[B, 12])."""
        source, label = inputs
        return self.generator(tf.concat([self.encoder(source), label], -1))

    def sample_losses(self, batch: Batch) -> dict[str, tf.Tensor]:
        """Every loss of a batch, float32[B] each.

        Returns:
          The terms of eq. 10 by the names of `LOSSES`, and "opponents", what E and G minimise: eq. 10 itself, or
          with -log D for log(1 - D).
        """
        c = self.config
        code = self.encoder(batch.source)
        reconstruction = self.generator(tf.concat([code, batch.label], -1))
        generated = reconstruction if batch.asked is batch.label else self.generator(tf.concat([code, batch.asked], -1))
        real = self._judge(batch.target, batch.label)
        fake = self._judge(generated, batch.asked)
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

    def _objective(self, terms: dict[str, tf.Tensor], prior: tf.Tensor, expression: tf.Tensor) -> tf.Tensor:
        weights = self.config.reconstruction_weight, self.config.range_weight
        return losses.caae_objective(terms["reconstruction"], terms["range"], prior, expression, *weights)

    def _judge(self, expression: Any, label: Any) -> tf.Tensor:
        return self.expression_discriminator(tf.concat([expression, label], -1))[:, 0]

    def train_step(self, data: Batch) -> dict[str, Any]:
        """One simultaneous step of all four networks.

        Args:
          data: a `Batch`, in this replica's share.

        Returns:
          The running means of the losses, by name.
        """
        batch = Batch(*data)
        with tf.GradientTape(persistent=True) as tape:
            values = self.sample_losses(batch)
            goals = [
                _global_mean(values["opponents"]),
                -_global_mean(values["expression_value"]),
                -_global_mean(values["prior_value"]),
            ]
        gradients = [tape.gradient(g, variables) for g, (_, variables) in zip(goals, self._parties(), strict=True)]
        for (optimizer, variables), gradient in zip(self._parties(), gradients, strict=True):
            optimizer.apply(gradient, variables)
        return self._track(values)

    def test_step(self, data: Batch) -> dict[str, Any]:
        """The losses of a batch, without a step."""
        return self._track(self.sample_losses(Batch(*data)))

    def _track(self, values: dict[str, tf.Tensor]) -> dict[str, Any]:
        for loss, tracker in self.trackers.items():
            tracker.update_state(values[loss])
        return {loss: tracker.result() for loss, tracker in self.trackers.items()}

    def get_config(self) -> dict[str, Any]:
        limits = {"lower": self.bounds.lower.tolist(), "upper": self.bounds.upper.tolist()}
        return {"name": self.name, "config": asdict(self.config), "bounds": limits}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        limits = {k: np.asarray(v, np.float32) for k, v in config["bounds"].items()}
        return cls(CAAEConfig(**config["config"]), Bounds(**limits), name=config["name"])

    def get_compile_config(self) -> dict[str, Any]:
        names = ("autoencoder_optimizer", "expression_optimizer", "prior_optimizer")
        return {n: keras.saving.serialize_keras_object(getattr(self, n)) for n in names}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        self.compile(**{n: keras.saving.deserialize_keras_object(o) for n, o in config.items()})


def _global_mean(losses: tf.Tensor) -> tf.Tensor:
    """This replica's part of the mean over the global batch; the parts of all replicas are summed later."""
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return tf.nn.compute_average_loss(losses, global_batch_size=tf.shape(losses)[0] * replicas)
