"""Training of adversarial models: many steps a call, on data resident in the graph."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TypeVar

import keras
import numpy as np
import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.files import Place, place
from au_tf.synthesis.adversarial.adversarial_model import AdversarialModel
from au_tf.synthesis.adversarial.batches import Batch, Frames, draw_batches
from au_tf.synthesis.network_config import TrainingConfig
from au_tf.training.checkpoints import Checkpoint
from au_tf.training.devices import check_batch
from au_tf.training.loop import Losses, Progress, Round, round_ends, run_rounds

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
    checkpoint: str | os.PathLike[str] | Place | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Losses:
    """Trains a compiled model in place, `steps_per_call` steps a call of one compiled loop.

    A model that was made and compiled in the scope of a `tf.distribute` strategy is trained on all its devices.

    Args:
      model: compiled.
      frames: the training split.
      config: how long and on which batches.
      progress: told after each call; without one, a bar is shown.
      checkpoint: a file in which the state is kept after each call, and from which the training goes on if it is
        there; what comes out is the same to the last bit, however often it was stopped.
      callbacks: as for `run_rounds`.

    Returns:
      The mean losses over the last call, by name.

    Raises:
      InputError: as soon as a loss is no longer finite, for a batch that the devices do not divide, or for a
        checkpoint of another training.
    """
    check_batch(config.batch_size, model.distribute_strategy)
    run = _compiled(model, frames, config)

    def advance(part: Round) -> Losses:
        model.reset_metrics()
        run(tf.constant(part.start), tf.constant(part.stop))
        part.tell(part.stop - part.start)
        return {metric.name: float(metric.result()) for metric in model.metrics}

    ends = round_ends(config.iterations, config.steps_per_call)
    kept = Checkpoint(place(checkpoint), identity_of(model, frames, config)) if checkpoint else None
    return run_rounds(model, advance, ends, state_of(model), kept, callbacks, progress)[-1]


def identity_of(model: AdversarialModel, frames: Frames, config: TrainingConfig) -> str:
    """Networks, settings and frames of a training, as a `Checkpoint` tells it from others."""
    digest = hashlib.blake2b(digest_size=16)
    for part in frames:
        digest.update(np.ascontiguousarray(part).tobytes())
    settings = {"model": type(model).__name__, "networks": asdict(model.config), "training": asdict(config)}
    return json.dumps(settings | {"frames": digest.hexdigest()}, sort_keys=True)


def state_of(model: AdversarialModel) -> dict[str, keras.Variable]:
    """Weights and the states of the optimizers of a compiled model, by name."""
    state: dict[str, keras.Variable] = {}
    for party in model.PARTIES:
        for kind, variables in (("optimizer", model.optimizer_of(party).variables), ("network", model.moved(party))):
            state |= {f"{party}/{kind}/{i}": variable for i, variable in enumerate(variables)}
    return state


def _compiled(
    model: AdversarialModel, frames: Frames, config: TrainingConfig
) -> Callable[[tf.Tensor, tf.Tensor], None]:
    """Compiles the steps from one number up to another into a single call."""
    resident = Frames(*(tf.constant(a) for a in frames))
    strategy = model.distribute_strategy
    replicas = strategy.num_replicas_in_sync

    # XLA makes other random numbers of a seed, so batches are drawn outside; steps of several devices it refuses.
    @tf.function(autograph=False, jit_compile=model.XLA and replicas == 1 and config.iterations >= XLA_FROM)
    def steps(drawn: Batch, count: Tensor) -> None:
        def one(i: Tensor) -> tuple[Tensor]:
            strategy.run(lambda i: model.train_step(_share(drawn, i, config)), (i,))
            return (i + 1,)

        tf.while_loop(lambda i: i < count, one, (tf.constant(0),))

    @tf.function(autograph=False)
    def run(start: Tensor, stop: Tensor) -> None:
        def block(first: Tensor) -> tuple[Tensor]:
            drawn = draw_batches(resident, config, model.config.latent_size, first + tf.range(_BLOCK))
            steps(drawn, tf.minimum(_BLOCK, stop - first))
            return (first + _BLOCK,)

        tf.while_loop(lambda first: first < stop, block, (start,))

    return run


def _share(drawn: Batch, i: Tensor, config: TrainingConfig) -> Batch:
    """This replica's part of one of the batches drawn."""
    context = tf.distribute.get_replica_context()
    size = config.batch_size // context.num_replicas_in_sync
    begin = context.replica_id_in_sync_group * size
    batch = Batch(*(part[i, begin : begin + size] for part in drawn))
    # What is asked may be the label itself, which models make use of.
    return batch if config.permuted_labels else batch._replace(asked=batch.label)
