"""Training of an estimator of Action Units by `model.fit`, on one device or several (section 4.3 of the paper)."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from au_tf.errors import InputError
from au_tf.estimation.backbones import build
from au_tf.estimation.estimator import Estimator, load_estimator
from au_tf.estimation.estimator_config import EstimatorTraining
from au_tf.estimation.labelled_pictures import LabelledPictures
from au_tf.files import Place, place
from au_tf.training.checkpoints import Checkpoint
from au_tf.training.devices import check_batch, strategy_for
from au_tf.training.loop import Losses, Progress, Round, run_rounds

STATE, BEST = "state.npz", "best"
"""In the folder of a training: where it goes on from, and the folder of the best estimator so far."""


class Epoch(NamedTuple):
    """What an epoch came to."""

    loss: float
    """Mean squared error over the training pictures, with dropout, while it went on."""
    mae: float
    """Mean absolute error over the validation pictures after it."""
    mse: float
    """Mean squared error over them, by which the best epoch is chosen."""


class Trained(NamedTuple):
    """A trained estimator and how it came about."""

    estimator: Estimator
    """That of the epoch with the least error on the validation pictures."""
    epochs: list[Epoch]
    """All of them."""

    @property
    def best(self) -> int:
        """The number of the epoch that is kept, from 0."""
        return int(np.argmin([epoch.mse for epoch in self.epochs]))


def train(
    pictures: LabelledPictures,
    validation: LabelledPictures,
    training: EstimatorTraining,
    work: str | os.PathLike[str] | Place,
    devices: Sequence[str] = (),
    progress: Progress | None = None,
    recorded: LabelledPictures | None = None,
) -> Trained:
    """Trains an estimator, or goes on with what was interrupted.

    Args:
      pictures: to train on, of the size that the backbone sees.
      validation: pictures of other people, to choose the best epoch by.
      training: the settings.
      work: a folder where the state and the best estimator so far are kept after each epoch; with the same arguments
        the training goes on from it and comes to the same weights, on one device to the last bit.
      devices: to train on, as `strategy_for` takes them; none is all GPUs, or the processor.
      progress: told after each epoch; without one, a bar is shown.
      recorded: those of them that `training.recorded_epochs` are made with; None is all.

    Returns:
      The best estimator.

    Raises:
      InputError: for fewer pictures than a batch has, a batch that the devices do not divide, a folder of another
        training, or a loss that is no longer finite.
    """
    passes = [pictures] * training.epochs + [recorded or pictures] * training.recorded_epochs
    fewest = min(each.count for each in passes)
    if fewest < training.batch_size or validation.count == 0:
        found = f"{fewest} to train on and {validation.count} to validate on"
        raise InputError("training", "pictures", found, f"at least {training.batch_size} and 1")
    strategy = strategy_for(devices or _all_gpus())
    check_batch(training.batch_size, strategy)
    steps, best = pictures.count // training.batch_size, place(work) / BEST
    keras.utils.set_random_seed(training.seed)
    with strategy.scope():
        network = _compiled(training, steps)
    estimator = Estimator.of(training.backbone, network)
    checkpoint = Checkpoint(place(work) / STATE, _identity(pictures, validation, training, recorded))
    ends = [int(end) for end in np.cumsum([each.count // training.batch_size for each in passes])]

    def advance(part: Round) -> Losses:
        number = ends.index(part.stop)
        batches = _batches(passes[number], training, number)
        told = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: part.tell(1))
        loss = network.fit(batches, epochs=1, verbose=0, shuffle=False, callbacks=[told]).history["loss"][0]
        epoch = Epoch(loss, *errors(estimator, validation))
        # Written before the state that counts this epoch: whatever interrupts, the best is not lost.
        if epoch.mse < min((earlier["mse"] for earlier in part.history), default=np.inf):
            estimator.save(best)
        return epoch._asdict()

    history = run_rounds(network, advance, ends, _variables(network), checkpoint, progress=progress)
    return Trained(load_estimator(best), [Epoch(**losses) for losses in history])


def errors(estimator: Estimator, pictures: LabelledPictures) -> tuple[float, float]:
    """Mean absolute and mean squared error over pictures and Action Units."""
    found = estimates(estimator, pictures)
    error = found.estimates - found.intensities
    return float(np.abs(error).mean()), float(np.square(error).mean())


class Estimates(NamedTuple):
    """What an estimator says of pictures, and what a coder says."""

    estimates: np.ndarray
    """float32[N, 12] in [0, 5]."""
    intensities: np.ndarray
    """float32[N, 12] in [0, 5]."""


def estimates(estimator: Estimator, pictures: LabelledPictures) -> Estimates:
    """Estimates of all pictures in their order, with their labels."""
    batches = pictures.ordered().batch(64).prefetch(tf.data.AUTOTUNE)
    rows = [(estimator.run(batch).numpy(), labels.numpy()) for batch, labels in batches]
    return Estimates(*(np.concatenate(columns) for columns in zip(*rows, strict=True)))


def _compiled(training: EstimatorTraining, steps: int) -> keras.Model:
    network = build(training.backbone)
    schedule = keras.optimizers.schedules.ExponentialDecay(training.rate, steps, 1.0 - training.decay, staircase=True)
    network.compile(keras.optimizers.Adam(schedule), "mean_squared_error", jit_compile=False)
    # What is not built yet would not be restored.
    network.optimizer.build(network.trainable_variables)
    return network


def _batches(pictures: LabelledPictures, training: EstimatorTraining, epoch: int) -> tf.data.Dataset:
    seed = int(np.random.default_rng([training.seed, epoch]).integers(2**31))
    # Several devices cannot share a batch that is short.
    shuffled = pictures.shuffled(seed).batch(training.batch_size, drop_remainder=True)
    # Where frames are chosen while reading, TensorFlow does not know how many are left.
    known = shuffled.apply(tf.data.experimental.assert_cardinality(pictures.count // training.batch_size))
    return known.prefetch(tf.data.AUTOTUNE)


def _all_gpus() -> list[str]:
    gpus = tf.config.list_logical_devices("GPU")
    return [gpu.name.removeprefix("/device:") for gpu in gpus] if len(gpus) > 1 else []


def _identity(
    pictures: LabelledPictures,
    validation: LabelledPictures,
    training: EstimatorTraining,
    recorded: LabelledPictures | None,
) -> str:
    seen = {"train": pictures.identity, "validation": validation.identity}
    if recorded is not None and training.recorded_epochs:
        seen["recorded"] = recorded.identity
    return json.dumps({"training": asdict(training), "pictures": seen}, sort_keys=True)


def _variables(network: keras.Model) -> dict[str, keras.Variable]:
    """All that changes: weights, statistics and seeds of the network, and the optimizer's state."""
    both = (("network", network.variables), ("optimizer", network.optimizer.variables))
    return {f"{kind}/{i}": variable for kind, variables in both for i, variable in enumerate(variables)}
