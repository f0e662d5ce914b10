"""Training of a generator on simulated people, from the face model to the folder with its model card."""

import os
import shlex
from dataclasses import replace
from pathlib import Path

import keras

from au_tf.errors import InputError
from au_tf.files import write_whole
from au_tf.morphable import MorphableModel
from au_tf.synthesis.batches import Frames
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.caae import CAAE
from au_tf.synthesis.config import CAAEConfig, TrainingConfig
from au_tf.synthesis.generator import Generator
from au_tf.synthesis.loop import Progress, train, with_optimizers
from au_tf.synthesis.mechanics import shown_units, units_are
from au_tf.synthesis.model_card import command_line, model_card
from au_tf.synthesis.quality import Quality, measure
from au_tf.synthesis.simulation import SimulationConfig, record

# People to measure on, drawn from a seed that no training uses by default.
_UNSEEN = SimulationConfig(people=60, frames=100, seed=1_000_003)


def train_caae(
    directory: str | os.PathLike[str],
    face: MorphableModel,
    caae: CAAEConfig = CAAEConfig(),  # noqa: B008
    training: TrainingConfig = TrainingConfig(),  # noqa: B008
    simulation: SimulationConfig = SimulationConfig(),  # noqa: B008
    progress: Progress | None = None,
    source: str = "builtin",
) -> Quality:
    """Trains a generator on simulated people on a face model, measures it, and stores it with its model card.

    Args:
      directory: where the generator and its README.md go.
      face: the face model, whose actions move the people.
      caae: networks and objective; their size of an expression is the face model's.
      training: batches and steps.
      simulation: the people.
      progress: as in `loop.train`.
      source: what `--face-model` calls the face model, for the model card.

    Returns:
      What was measured on people that the training has not seen.

    Raises:
      InputError: if no Action Unit moves the face, or a loss is no longer finite.
    """
    if not shown_units(face).any():
        raise InputError(source, "actions", "none that moves the face", "a face model with Action Units")
    caae = replace(caae, expression_size=len(face.expression_basis))
    recording = record(face, simulation)
    bounds = Bounds.of(recording.expression)
    frames = Frames.of(recording.expression, recording.observed, recording.intensities, recording.person, bounds)
    keras.utils.set_random_seed(training.seed)
    model = with_optimizers(CAAE(caae, bounds), training)
    train(model, frames, training, progress)
    generator = Generator.of(model, face)
    quality = measure(generator, face, record(face, _UNSEEN))
    command = f"{command_line(caae, training, simulation, source)} --out {shlex.quote(str(directory))}"
    generator.save(directory)
    card = model_card(generator, units_are(face), command, simulation.people, _UNSEEN.people, quality)
    write_whole(Path(directory) / "README.md", card.encode())
    return quality
