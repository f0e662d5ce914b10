"""Networks trained against each other as a Keras model: what CGAN and CAAE have in common."""

from typing import ClassVar

import keras
import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.synthesis.adversarial.batches import Batch
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import NetworkConfig


class AdversarialModel(keras.Model):
    """Parties that each move networks of their own by an optimizer of their own, all in one step.

    Inputs and outputs are in the scale of the networks, [-1, 1]; `bounds` say what that is in standard deviations,
    and travel with the model. A subclass sets the two class attributes, makes its networks before
    `super().__init__` returns to it, and says what each party moves (`networks`) and minimises (`goals`).
    """

    LOSSES: ClassVar[tuple[str, ...]]
    """Names of the losses that are reported, keys of `sample_losses`."""
    PARTIES: ClassVar[tuple[str, ...]]
    """Names of the parties, the generator's side first; the optimizer of each is the attribute NAME_optimizer."""
    XLA: ClassVar[bool] = True
    """Whether many steps are faster if XLA compiles them."""

    def __init__(self, config: NetworkConfig, bounds: Bounds) -> None:
        super().__init__(name=config.KIND)
        self.config = config
        self.bounds = bounds
        self.trackers = {loss: keras.metrics.Mean(name=loss) for loss in self.LOSSES}

    def networks(self, party: str) -> list[keras.Model]:
        """What the optimizer of a party, and no other, moves."""
        raise NotImplementedError

    def sample_losses(self, batch: Batch) -> dict[str, Tensor]:
        """Every loss of a batch, float32[B] each: those of `LOSSES` and what `goals` needs besides."""
        raise NotImplementedError

    def goals(self, values: dict[str, Tensor]) -> dict[str, Tensor]:
        """What each party minimises, float32[B] each, of the losses of a batch."""
        raise NotImplementedError

    def compile(self, *optimizers: keras.optimizers.Optimizer) -> None:
        """Takes an optimizer for each of `PARTIES`, in their order, and builds them.

        An optimizer that is not built before training or loading would lose its state without a word.
        """
        super().compile(optimizer=None)
        for party, optimizer in zip(self.PARTIES, optimizers, strict=True):
            setattr(self, f"{party}_optimizer", optimizer)
            optimizer.build(self.moved(party))

    def optimizer_of(self, party: str) -> keras.optimizers.Optimizer:
        """The optimizer that `compile` took for a party."""
        return getattr(self, f"{party}_optimizer")

    def moved(self, party: str) -> list[keras.Variable]:
        """The variables that the optimizer of a party moves."""
        return [variable for network in self.networks(party) for variable in network.trainable_variables]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return list(self.trackers.values())

    def train_step(self, data: Batch) -> dict[str, Tensor]:
        """One simultaneous step of all parties.

        Args:
          data: a `Batch`, in this replica's share.

        Returns:
          The running means of the losses, by name.
        """
        with tf.GradientTape(persistent=True) as tape:
            values = self.sample_losses(Batch(*data))
            goals = {party: _global_mean(goal) for party, goal in self.goals(values).items()}
        gradients = {party: tape.gradient(goals[party], self.moved(party)) for party in self.PARTIES}
        for party, gradient in gradients.items():
            self.optimizer_of(party).apply(gradient, self.moved(party))
        return self._track(values)

    def _track(self, values: dict[str, Tensor]) -> dict[str, Tensor]:
        for loss, tracker in self.trackers.items():
            tracker.update_state(values[loss])
        return {loss: tracker.result() for loss, tracker in self.trackers.items()}


def _global_mean(losses: Tensor) -> Tensor:
    """This replica's part of the mean over the global batch; the parts of all replicas are summed later."""
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return tf.nn.compute_average_loss(losses, global_batch_size=tf.shape(losses)[0] * replicas)
