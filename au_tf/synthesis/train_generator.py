"""Training of a generator, from people and a face model to the folder with its model card."""

import os
import shlex
from collections.abc import Sequence
from dataclasses import replace

import keras

from au_tf.errors import InputError
from au_tf.files import Place, place, write_whole
from au_tf.morphable import MorphableModel
from au_tf.simulation.mechanics import shown_units
from au_tf.simulation.population import Recording, record
from au_tf.simulation.population_config import SimulationConfig
from au_tf.synthesis.action_quality import ActionQuality, measure
from au_tf.synthesis.adversarial.adversarial_training import train, with_optimizers
from au_tf.synthesis.adversarial.batches import Frames
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.generators import generator_class
from au_tf.synthesis.model_card import about_sources, generator_command, model_card
from au_tf.synthesis.network_config import NetworkConfig, TrainingConfig
from au_tf.synthesis.stored import StoredGenerator
from au_tf.synthesis.training_people import People, frames_of
from au_tf.training.devices import strategy_for
from au_tf.training.loop import Progress

# People to measure on, drawn from a seed that no training uses by default.
UNSEEN = SimulationConfig(people=60, frames=100, seed=1_000_003)


def train_generator(
    directory: str | os.PathLike[str] | Place,
    face: MorphableModel,
    networks: NetworkConfig,
    training: TrainingConfig = TrainingConfig(),
    people: People = SimulationConfig(),
    *,
    source: str = "builtin",
    devices: Sequence[str] = (),
    checkpoint: str | os.PathLike[str] | Place | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    progress: Progress | None = None,
) -> ActionQuality:
    """Trains a generator, measures it on simulated people on the face model, and stores it with its model card.

    Args:
      directory: where the generator and its README.md go.
      face: the face model, whose actions move simulated people.
      networks: which networks, and their objective; their size of an expression is the face model's.
      training: batches and steps.
      people: whom it learns from.
      source: the face model as it was named, for the model card.
      devices: to train on, as `strategy_for` takes them.
      checkpoint: as in `adversarial_training.train`.
      callbacks: as in `adversarial_training.train`.
      progress: as in `adversarial_training.train`.

    Returns:
      What was measured on people that the training has not seen.

    Raises:
      InputError: if no Action Unit moves the face, a device is not there, a checkpoint is of another training, or a
        loss is no longer finite.
    """
    if not shown_units(face).any():
        raise InputError(source, "actions", "none that moves the face", "a face model with Action Units")
    generator = learn(
        frames_of(people, face),
        face,
        networks,
        training,
        devices=devices,
        checkpoint=checkpoint,
        callbacks=callbacks,
        progress=progress,
    )
    command = generator_command(networks, training, people, source, devices)
    remark = about_sources(training) if generator.TAKES_SOURCE else ""
    return publish(directory, generator, face, people, command, remark)


def learn(
    recording: Recording,
    face: MorphableModel,
    networks: NetworkConfig,
    training: TrainingConfig,
    *,
    devices: Sequence[str] = (),
    checkpoint: str | os.PathLike[str] | Place | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    progress: Progress | None = None,
) -> StoredGenerator:
    """Trains a generator on frames, whose range is that of its bounds.

    Args:
      recording: the frames.
      face: whose coefficients they are.
      networks: which; their size of an expression is the face model's.
      training: batches and steps.
      devices: as in `train_generator`, as are the further arguments.

    Returns:
      The generator.

    Raises:
      InputError: if a device is not there, a checkpoint is of another training, or a loss is no longer finite.
    """
    networks = replace(networks, expression_size=len(face.expression_basis))
    kind, strategy = generator_class(networks), strategy_for(devices)
    bounds = Bounds.of(recording.expression)
    frames = Frames.of(recording.expression, recording.observed, recording.intensities, recording.person, bounds)
    keras.utils.set_random_seed(training.seed)
    with strategy.scope():
        model = with_optimizers(kind.model(networks, bounds), training)
    train(model, frames, training, progress, checkpoint, callbacks)
    return kind.of(model, face)


def publish(
    directory: str | os.PathLike[str] | Place,
    generator: StoredGenerator,
    face: MorphableModel,
    people: People,
    command: str,
    remark: str = "",
) -> ActionQuality:
    """Measures a generator on simulated people on the face model, and stores it with its model card.

    Args:
      directory: where the generator and its README.md go.
      generator: trained.
      face: the face model it was trained for.
      people: whom it has learnt from.
      command: that trains it, without `--out`.
      remark: for the card, on how it was trained.

    Returns:
      What was measured.
    """
    quality = measure(generator, face, record(face, UNSEEN))
    generator.save(directory)
    command = f"{command} --out {shlex.quote(str(directory))}"
    card = model_card(generator, face, people, command, quality, UNSEEN, remark)
    write_whole(place(directory) / "README.md", card)
    return quality
