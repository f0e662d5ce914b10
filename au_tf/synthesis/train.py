"""Training of a CAAE, with the data resident in the graph and many steps a call."""

import os
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import tensorflow as tf
from tqdm import tqdm

from au_tf.errors import InputError
from au_tf.files import write_whole
from au_tf.morphable import MorphableModel
from au_tf.synthesis.batches import Frames, draw_batch
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.caae import CAAE
from au_tf.synthesis.config import CAAEConfig, TrainingConfig
from au_tf.synthesis.generator import Generator
from au_tf.synthesis.mechanics import shown_units, units_are
from au_tf.synthesis.model_card import command_line, model_card
from au_tf.synthesis.quality import Quality, measure
from au_tf.synthesis.simulation import SimulationConfig, record

# People to measure on, drawn from a seed that no training uses by default.
_UNSEEN = SimulationConfig(people=60, frames=100, seed=1_000_003)

Progress = Callable[[int, dict[str, float]], None]


def compile_caae(model: CAAE, config: TrainingConfig) -> CAAE:
    """Gives a CAAE its three optimizers, Adam as in the paper."""
    model.compile(
        _adam(config.learning_rate, config),
        _adam(config.discriminator_learning_rate, config),
        _adam(config.discriminator_learning_rate, config),
    )
    return model


def _adam(rate: float, config: TrainingConfig) -> keras.optimizers.Optimizer:
    if config.decay == "constant":
        return keras.optimizers.Adam(rate)
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, config.iterations))


def batches(frames: Frames, config: TrainingConfig, latent_size: int) -> tf.data.Dataset:
    """The same batches that `train` draws, as a data set for `model.fit`."""
    resident = Frames(*(tf.constant(a) for a in frames))
    steps = tf.data.Dataset.range(config.iterations)
    return steps.map(lambda step: draw_batch(resident, config, latent_size, step))


def train(model: CAAE, frames: Frames, config: TrainingConfig, progress: Progress | None = None) -> dict[str, float]:
    """Trains a compiled CAAE in place.

    Args:
      model: compiled.
      frames: the training split.
      config: how long and on which batches.
      progress: called after each stretch with the number of steps made and the mean losses over it;
        without one, a bar is shown.

    Returns:
      The mean losses over the last stretch, by name.

    Raises:
      InputError: as soon as a loss is no longer finite.
    """
    run = _loop(model, frames, config)
    means: dict[str, float] = {}
    with tqdm(total=config.iterations, unit="step", desc="CAAE", disable=progress is not None) as bar:
        for start in range(0, config.iterations, config.steps_per_call):
            stop = min(start + config.steps_per_call, config.iterations)
            model.reset_metrics()
            run(tf.constant(start), tf.constant(stop))
            means = {m.name: float(m.result()) for m in model.metrics}
            _require_finite(means, stop)
            bar.update(stop - start)
            bar.set_postfix(reconstruction=f"{means['reconstruction']:.4f}")
            if progress is not None:
                progress(stop, means)
    return means


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
      progress: as in `train`.
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
    model = compile_caae(CAAE(caae, bounds), training)
    train(model, frames, training, progress)
    generator = Generator.of(model, face)
    quality = measure(generator, face, record(face, _UNSEEN))
    command = f"{command_line(caae, training, simulation, source)} --out {shlex.quote(str(directory))}"
    generator.save(directory)
    card = model_card(generator, units_are(face), command, simulation.people, _UNSEEN.people, quality)
    write_whole(Path(directory) / "README.md", card.encode())
    return quality


def _loop(model: CAAE, frames: Frames, config: TrainingConfig) -> Callable[[tf.Tensor, tf.Tensor], None]:
    """Compiles the steps from one number up to another into a single call."""
    resident = Frames(*(tf.constant(a) for a in frames))
    latent_size = model.config.latent_size

    def one(step: tf.Tensor) -> tuple[tf.Tensor]:
        model.train_step(draw_batch(resident, config, latent_size, step))
        return (step + 1,)

    # Without XLA, whose matrices of this size are slower on a CPU that is shared.
    @tf.function(autograph=False)
    def run(start: tf.Tensor, stop: tf.Tensor) -> None:
        tf.while_loop(lambda step: step < stop, one, (start,))

    return run


def _require_finite(means: dict[str, float], step: int) -> None:
    broken = [name for name, value in means.items() if not abs(value) < float("inf")]
    if broken:
        raise InputError("training", f"{broken[0]} at step {step}", means[broken[0]], "a finite loss; lower the rate")
