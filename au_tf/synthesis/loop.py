"""Training of adversarial models: many steps a call on data resident in the graph, or by `model.fit`."""

import hashlib
import importlib.util
import json
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from au_tf.errors import InputError
from au_tf.synthesis.adversarial import AdversarialModel
from au_tf.synthesis.batches import Batch, Frames, draw_batch, draw_batches
from au_tf.synthesis.config import TrainingConfig
from au_tf.training.checkpoints import Checkpoint
from au_tf.training.devices import check_batch

Progress = Callable[[int, dict[str, float]], None]
_Model = TypeVar("_Model", bound=AdversarialModel)

XLA_FROM = 2000
"""Steps from which on `train` compiles its loop by XLA: it is then twice as fast, after some seconds at the start."""
# Batches drawn at a time: little memory, and enough work for a call into XLA.
_BLOCK = 50


def with_optimizers(model: _Model, config: TrainingConfig) -> _Model:
    """Compiles a model with Adam for each of its parties, as in the paper."""
    rates = [config.learning_rate, *[config.discriminator_learning_rate] * (len(model.PARTIES) - 1)]
    model.compile(*(_adam(rate, config) for rate in rates))
    return model


def _adam(rate: float, config: TrainingConfig) -> keras.optimizers.Optimizer:
    if config.decay == "constant":
        return keras.optimizers.Adam(rate)
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, config.iterations))


def train(
    model: AdversarialModel,
    frames: Frames,
    config: TrainingConfig,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> dict[str, float]:
    """Trains a compiled model in place, `steps_per_call` steps a call of one compiled loop.

    A model that was made and compiled in the scope of a `tf.distribute` strategy is trained on all its devices.

    Args:
      model: compiled.
      frames: the training split.
      config: how long and on which batches.
      progress: called after each call with the number of steps made and the mean losses over it; without one, a bar
        is shown.
      checkpoint: a file in which the state is kept after each call, and from which the training goes on if it is
        there; what comes out is the same to the last bit, however often it was stopped.
      callbacks: of Keras, to which each call is an epoch; one that sets `model.stop_training` ends the training.

    Returns:
      The mean losses over the last call, by name.

    Raises:
      InputError: as soon as a loss is no longer finite, for a batch that the devices do not divide, or for a
        checkpoint of another training.
    """
    begin, losses, crew = _prepare(model, frames, config, checkpoint, callbacks)
    run = _loop(model, frames, config)
    hooks = keras.callbacks.CallbackList(crew, model=model, epochs=_epochs(config), steps=config.steps_per_call)
    model.stop_training = False
    hooks.on_train_begin()
    with tqdm(
        total=config.iterations, initial=begin, unit="step", desc=type(model).__name__, disable=progress is not None
    ) as bar:
        for epoch in range(_epoch_at(begin, config), _epochs(config)):
            start, stop = _steps_until(epoch - 1, config), _steps_until(epoch, config)
            model.reset_metrics()
            hooks.on_epoch_begin(epoch)
            run(tf.constant(start), tf.constant(stop))
            losses = {m.name: float(m.result()) for m in model.metrics}
            hooks.on_epoch_end(epoch, losses)
            bar.update(stop - start)
            bar.set_postfix({name: f"{losses[name]:.4f}" for name in model.LOSSES[:1]})
            if progress is not None:
                progress(stop, losses)
            if model.stop_training:
                break
    hooks.on_train_end(losses)
    return losses


def fit(
    model: AdversarialModel,
    frames: Frames,
    config: TrainingConfig,
    checkpoint: str | os.PathLike[str] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    **options: Any,
) -> keras.callbacks.History:
    """The same training as `train`, by `model.fit` on a data set of the same batches.

    Args:
      model: compiled.
      frames: the training split.
      config: how long and on which batches; an epoch has `steps_per_call` steps.
      checkpoint: as for `train`.
      callbacks: of Keras.
      **options: for `model.fit`, e.g. verbose.

    Returns:
      What `model.fit` returns: the mean losses of every epoch made, by name.

    Raises:
      InputError: as `train`.
    """
    begin, _, crew = _prepare(model, frames, config, checkpoint, callbacks)
    if begin == config.iterations:
        return keras.callbacks.History()
    with warnings.catch_warnings():
        # The last epoch may be shorter than the others.
        warnings.filterwarnings("ignore", "Your input ran out of data")
        return model.fit(
            batches(frames, config, model.config.latent_size, begin),
            epochs=_epochs(config),
            initial_epoch=_epoch_at(begin, config),
            steps_per_epoch=config.steps_per_call,
            shuffle=False,
            callbacks=crew,
            **options,
        )


def batches(frames: Frames, config: TrainingConfig, latent_size: int, begin: int = 0) -> tf.data.Dataset:
    """The batches that `train` draws from a step on, as a data set for `model.fit`."""
    resident = Frames(*(tf.constant(a) for a in frames))
    steps = tf.data.Dataset.range(begin, config.iterations)
    return steps.map(lambda step: draw_batch(resident, config, latent_size, step))


def tensorboard(directory: str | os.PathLike[str]) -> keras.callbacks.Callback:
    """A callback that writes the losses where TensorBoard finds them.

    Raises:
      InputError: if TensorBoard, an extra, is not installed.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise InputError("tensorboard", "package", "none", "TensorBoard: pip install 'au_tf[tensorboard]'")
    return keras.callbacks.TensorBoard(str(Path(directory)), write_graph=False)


class RequireFinite(keras.callbacks.Callback):
    """Stops a training as soon as the mean of a loss is no longer finite."""

    def __init__(self, config: TrainingConfig) -> None:
        super().__init__()
        self.config = config

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        means = {name: float((logs or {})[name]) for name in self.model.LOSSES}
        for name, value in means.items():
            if not abs(value) < float("inf"):
                field = f"{name} at step {_steps_until(epoch, self.config)}"
                raise InputError("training", field, value, "a finite loss; lower the rate")


class _KeepState(keras.callbacks.Callback):
    """Saves a checkpoint at the end of every epoch."""

    def __init__(self, checkpoint: Checkpoint, config: TrainingConfig) -> None:
        super().__init__()
        self.checkpoint, self.config = checkpoint, config

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        losses = {name: float(value) for name, value in (logs or {}).items()}
        self.checkpoint.save(state_of(self.model), _steps_until(epoch, self.config), losses)


def identity_of(model: AdversarialModel, frames: Frames, config: TrainingConfig) -> str:
    """Networks, settings and frames of a training, as a `Checkpoint` tells it from others."""
    digest = hashlib.blake2b(digest_size=16)
    for part in frames:
        digest.update(np.ascontiguousarray(part).tobytes())
    settings = {"model": type(model).__name__, "networks": asdict(model.config), "training": asdict(config)}
    return json.dumps(settings | {"frames": digest.hexdigest()}, sort_keys=True)


def state_of(model: AdversarialModel) -> dict[str, Any]:
    """Weights and the states of the optimizers of a compiled model, by name."""
    state: dict[str, Any] = {}
    for party in model.PARTIES:
        for kind, variables in (("optimizer", model.optimizer_of(party).variables), ("network", model.moved(party))):
            state |= {f"{party}/{kind}/{i}": variable for i, variable in enumerate(variables)}
    return state


def _prepare(
    model: AdversarialModel,
    frames: Frames,
    config: TrainingConfig,
    checkpoint: str | os.PathLike[str] | None,
    callbacks: Sequence[keras.callbacks.Callback],
) -> tuple[int, dict[str, float], list[keras.callbacks.Callback]]:
    """Restores what there is; steps made, the last losses, and all callbacks in the order they are to act."""
    check_batch(config.batch_size, model.distribute_strategy)
    crew: list[keras.callbacks.Callback] = [RequireFinite(config)]
    if checkpoint is None:
        return 0, {}, [*crew, *callbacks]
    place = Checkpoint(Path(checkpoint), identity_of(model, frames, config))
    begin, losses = place.restore(state_of(model))
    return begin, losses, [*crew, _KeepState(place, config), *callbacks]


def _loop(model: AdversarialModel, frames: Frames, config: TrainingConfig) -> Callable[[tf.Tensor, tf.Tensor], None]:
    """Compiles the steps from one number up to another into a single call."""
    resident = Frames(*(tf.constant(a) for a in frames))
    strategy = model.distribute_strategy
    replicas = strategy.num_replicas_in_sync

    # XLA makes other random numbers of a seed, so batches are drawn outside; steps of several devices it refuses.
    @tf.function(autograph=False, jit_compile=replicas == 1 and config.iterations >= XLA_FROM)
    def steps(drawn: Batch, count: tf.Tensor) -> None:
        def one(i: tf.Tensor) -> tuple[tf.Tensor]:
            strategy.run(lambda i: model.train_step(_share(drawn, i, config)), (i,))
            return (i + 1,)

        tf.while_loop(lambda i: i < count, one, (tf.constant(0),))

    @tf.function(autograph=False)
    def run(start: tf.Tensor, stop: tf.Tensor) -> None:
        def block(first: tf.Tensor) -> tuple[tf.Tensor]:
            drawn = draw_batches(resident, config, model.config.latent_size, first + tf.range(_BLOCK))
            steps(drawn, tf.minimum(_BLOCK, stop - first))
            return (first + _BLOCK,)

        tf.while_loop(lambda first: first < stop, block, (start,))

    return run


def _share(drawn: Batch, i: tf.Tensor, config: TrainingConfig) -> Batch:
    """This replica's part of one of the batches drawn."""
    context = tf.distribute.get_replica_context()
    size = config.batch_size // context.num_replicas_in_sync
    begin = context.replica_id_in_sync_group * size
    batch = Batch(*(part[i, begin : begin + size] for part in drawn))
    # What is asked may be the label itself, which models make use of.
    return batch if config.permuted_labels else batch._replace(asked=batch.label)


def _epochs(config: TrainingConfig) -> int:
    return -(-config.iterations // config.steps_per_call)


def _epoch_at(step: int, config: TrainingConfig) -> int:
    """The epoch that follows after so many steps."""
    return -(-step // config.steps_per_call)


def _steps_until(epoch: int, config: TrainingConfig) -> int:
    """Steps made when an epoch has ended."""
    return min((epoch + 1) * config.steps_per_call, config.iterations)
