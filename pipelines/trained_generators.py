"""Training of generators, from simulated people or those of a data set to a folder with a model card."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import lazy_loader

from au_tf.datasets.recordings.opening import check_face_model, open_recordings
from au_tf.errors import Argument, InputError
from au_tf.files import Place, place
from au_tf.morphable import MorphableModel
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.places import check_distinct, check_file, check_folder
from au_tf.simulation.population_config import SimulationConfig
from au_tf.synthesis import train_generator as learning
from au_tf.synthesis.action_quality import ActionQuality
from au_tf.synthesis.mixed_effects import learn_mixed
from au_tf.synthesis.model_card import mixed_command
from au_tf.synthesis.network_config import (
    SHIPPED_CAAE,
    SHIPPED_TRAINING,
    MixedEffectsConfig,
    NetworkConfig,
    TrainingConfig,
)
from au_tf.synthesis.training_people import People, RecordedPeople, frames_of
from au_tf.training import loop
from au_tf.training.devices import provide_processors, strategy_for

# Simulated people need none of the extra `data`.
frame_tables = lazy_loader.load("au_tf.datasets.recordings.frame_tables", suppress_warning=True)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TrainedGenerator:
    """A generator that was trained and stored."""

    paths: Place
    """The folder that `load_generator` takes, with a model card README.md."""
    quality: ActionQuality
    """What was measured on people that it has not seen."""


def train_generator(
    out: Path | str | Place,
    networks: NetworkConfig = SHIPPED_CAAE,
    training: TrainingConfig = SHIPPED_TRAINING,
    people: SimulationConfig = SimulationConfig(),
    *,
    model: str = BUILTIN,
    dataset: str | None = None,
    data_dir: str | Place | None = None,
    devices: Sequence[str] = (),
    checkpoint: Place | None = None,
    tensorboard: Path | None = None,
) -> TrainedGenerator:
    """Trains a CAAE or CGAN, measures it and stores it with its model card.

    Args:
      out: where the generator goes.
      networks: which, and their objective.
      training: batches and steps.
      people: who is simulated to learn from, without a data set.
      model: the face model, "builtin" or a path.
      dataset: name of a data set on whose split train to learn instead.
      data_dir: where TFDS keeps it; None is its default.
      devices: what to train on, such as "GPU:0".
      checkpoint: an .npz for the state of the training, from which the same call goes on.
      tensorboard: a folder for the losses.

    Raises:
      InputError: for a place, device, data set, face model or checkpoint that cannot be used, or a loss that is no
        longer finite.
    """
    out = place(out)
    check_folder("out", out)
    if checkpoint is not None:
        check_file("checkpoint", checkpoint, (".npz",))
        check_distinct(("out", out / "generator.npz"), ("checkpoint", checkpoint))
    if tensorboard is not None:
        check_folder("tensorboard", tensorboard)
    _check_data_set(dataset, data_dir)
    provide_processors(devices)
    strategy_for(devices)
    face = load_face_model(model)
    whom = _people(people, dataset, data_dir, face)
    logger.info("Training")
    callbacks: list[keras.callbacks.Callback] = [] if tensorboard is None else [loop.tensorboard(tensorboard)]
    quality = learning.train_generator(
        out, face, networks, training, whom, source=model, devices=devices, checkpoint=checkpoint, callbacks=callbacks
    )
    return TrainedGenerator(out, quality)


def train_mixed(
    out: Path | str | Place,
    config: MixedEffectsConfig = MixedEffectsConfig(),
    *,
    model: str = BUILTIN,
    dataset: str | None = None,
    data_dir: str | Place | None = None,
) -> TrainedGenerator:
    """Makes a linear mixed model, measures it and stores it with its model card; arguments as of `train_generator`.

    Raises:
      InputError: for a place, data set or face model that cannot be used.
    """
    out = place(out)
    check_folder("out", out)
    _check_data_set(dataset, data_dir)
    face = load_face_model(model)
    whom = _people(SimulationConfig(), dataset, data_dir, face)
    logger.info("Learning")
    generator = learn_mixed(frames_of(whom, face), face, config)
    return TrainedGenerator(out, learning.publish(out, generator, face, whom, mixed_command(config, whom, model)))


def _check_data_set(dataset: str | None, data_dir: str | Place | None) -> None:
    if dataset is None and data_dir is not None:
        raise InputError(Argument("data_dir", data_dir), "use", "without `dataset`", "a data set that lies there")


def _people(
    simulated: SimulationConfig, dataset: str | None, data_dir: str | Place | None, face: MorphableModel
) -> People:
    if dataset is None:
        return simulated
    builder = open_recordings(dataset, data_dir)
    check_face_model(builder, face)
    logger.info("Reading the data set")
    name = f"{builder.name}/{builder.builder_config.name}"
    return RecordedPeople(
        name, frame_tables.read_frames(builder, "train"), bool(builder.info.metadata.get("simulated")), data_dir
    )
