"""Training of the regressor: first what the landmarks tell by themselves, then what the picture adds."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy.spatial.transform import Rotation

from au_tf.arrays import Array, Float64, Int64, Tensor
from au_tf.fitting.regress.estimate import Estimate, RegressorConfig, Scales
from au_tf.fitting.regress.loss import WEIGHTS, Geometry, losses
from au_tf.fitting.regress.network import network_of, untrained, weights_of
from au_tf.fitting.regress.normalizer import Normalizer
from au_tf.fitting.regress.regressor import Regressor
from au_tf.fitting.regress.regressor_config import RegressorTraining
from au_tf.fitting.synthetic.landmark_errors import DetectorError, as_detected
from au_tf.fitting.synthetic.picture_store import SyntheticSet, Truth
from au_tf.fitting.view import Place, features
from au_tf.morphable import MorphableModel
from au_tf.training.checkpoints import Checkpoint
from au_tf.training.loop import Losses, Round, run_rounds

Step = Callable[[dict[str, Any], Truth], dict[str, Tensor]]
"""What makes a step on inputs and truth and returns the mean of each term of the loss."""

_SAVE_EVERY = 200
_COMPILED_FROM = 500
"""Steps that are worth the seconds that XLA takes to compile one."""
_HELD_OUT = 3000
"""Pictures that are not trained on, to measure how the regressor errs; a tenth if there are few."""


def train(
    model: MorphableModel,
    synthetic: SyntheticSet,
    error: DetectorError,
    sizes: RegressorConfig,
    training: RegressorTraining,
    state: str | os.PathLike[str] | None = None,
) -> Regressor:
    """Trains a regressor.

    Args:
      model: the face model.
      synthetic: pictures of it.
      error: the landmark detector's, drawn anew at every step.
      sizes: of the network; how many coefficients there are follows from the face model.
      training: the settings.
      state: a file where the training keeps its state, and from which it goes on.

    Returns:
      The regressor, its kernels rounded as they are stored.

    Raises:
      InputError: if the state is that of another training, or a loss is no longer finite.
    """
    keras.utils.set_random_seed(training.seed)
    truth, geometry = synthetic.truth(slice(None)), Geometry.of(model)
    regressor = untrained(model, sizes, scales_of(truth), mean_face_error(truth, geometry))
    trainer = _Trainer(regressor, synthetic, error, geometry, training)
    kept = None if state is None else Checkpoint(Path(state), _identity(regressor.config, training, model))
    trainer.run(kept)
    return with_covariance(replace(regressor, weights=weights_of(trainer.network)).rounded(), trainer)


def with_covariance(regressor: Regressor, trainer: "_Trainer") -> Regressor:
    """The regressor with its errors as measured on the pictures that it was not trained on."""
    rng = np.random.default_rng([trainer.training.seed, 3])
    held = np.arange(trainer.trained, len(trainer.synthetic.rows))
    parts = [trainer.inputs(rows, rng) for rows in np.array_split(held, -(-len(held) // 64))]
    errors = np.concatenate([errors_of(regressor.estimate(**inputs), truth) for inputs, truth in parts])
    covariance = errors.T @ errors / len(errors) + 1e-4 * np.diag(errors.var(0) + 1e-4)
    return replace(regressor, covariance=covariance.astype(np.float32))


def errors_of(found: Estimate, truth: Truth) -> Float64:
    """Steps from what was found to what is true, over the distance in mm that was expected, float64[N, 6 + I + E].

    A turn from the left, a shift in pixels, the logarithm of the size, identity, expression.
    """
    turns = (Rotation.from_rotvec(turn) for turn in (truth.place[:, :3], np.asarray(found.place.turn)))
    turn, back = next(turns), next(turns).inv()
    size = np.asarray(found.place.size)[:, None]
    rest = np.concatenate([found.place.shift, size, found.identity, found.expression], 1)
    true = np.concatenate([truth.place[:, 3:], truth.identity, truth.expression], 1)
    steps = np.concatenate([(turn * back).as_rotvec(), true - rest], 1)
    return np.asarray(steps / np.exp(found.error)[:, None], np.float64)


def scales_of(truth: Truth) -> Scales:
    """Means and standard deviations over the synthetic pictures."""
    outputs = np.concatenate([truth.identity, truth.albedo, truth.expression, truth.place, truth.lighting], 1)
    mean, spread = outputs.mean(0), np.maximum(outputs.std(0), 1e-3)
    landmarks = truth.landmarks.mean(0).reshape(68, 2)
    return Scales(landmarks, np.append(mean, np.float32(0.5)), np.append(spread, np.float32(0.5)))


def mean_face_error(truth: Truth, geometry: Geometry) -> float:
    """Root mean square distance in mm of the mean face's vertices from the people's, mean over them."""
    rows = np.concatenate([truth.identity, truth.expression], 1) @ geometry.shape
    return float(np.linalg.norm(rows, axis=1).mean())


def estimate_of(truth: Truth) -> Estimate:
    """The truth as the network should put it out; nothing is said of the error."""
    place = Place(truth.place[:, :3], truth.place[:, 3:5], truth.place[:, 5])
    lighting = tf.reshape(truth.lighting, [-1, 9, 3])
    return Estimate(truth.identity, truth.albedo, truth.expression, place, lighting, tf.zeros_like(place.size))


class _Trainer:
    """The two parts of the training over one network."""

    def __init__(
        self,
        regressor: Regressor,
        synthetic: SyntheticSet,
        error: DetectorError,
        geometry: Geometry,
        training: RegressorTraining,
    ) -> None:
        self.network, self.config = network_of(regressor), regressor.config
        self.synthetic, self.error, self.geometry, self.training = synthetic, error, geometry, training
        self.normalizer = Normalizer.of(regressor.scales.landmarks)
        self.landmarks_only = landmark_part(self.network)
        parts = (self.landmarks_only, training.landmark_steps), (self.network, training.steps)
        count = len(synthetic.rows)
        self.trained = count - min(_HELD_OUT, count // 10)
        self.optimizers = [_adam(training.learning_rate, steps, part) for part, steps in parts]

    def run(self, kept: Checkpoint | None) -> None:
        first, steps = self.training.landmark_steps, self.training.landmark_steps + self.training.steps
        parts = (
            (range(first), self.landmarks_only, self.optimizers[0], self.training.landmark_batch_size),
            (range(first, steps), self.network, self.optimizers[1], self.training.batch_size),
        )
        compiled: dict[range, Step] = {}

        def advance(part: Round) -> Losses:
            every, network, optimizer, size = parts[part.start >= first]
            if every not in compiled:
                by_xla = len(every) >= _COMPILED_FROM
                compiled[every] = _step_of(network, optimizer, self.config, self.geometry, by_xla)
            found = []
            for number in range(part.start, part.stop):
                found.append(compiled[every](*self._batch(number, size, network is self.network)))
                part.tell(1)
            return {name: float(np.mean([terms[name] for terms in found])) for name in found[0]}

        ends = sorted({*range(_SAVE_EVERY, steps, _SAVE_EVERY), first, steps} - {0})
        run_rounds(self.network, advance, ends, self.variables, kept)

    def _batch(self, number: int, size: int, pictures: bool) -> tuple[dict[str, Array], Truth]:
        """What goes into the network at one step and what is true; they depend on its number and the seed only."""
        count, start = self.trained, number * size
        epochs = range(start // count, (start + size - 1) // count + 1)
        orders = [np.random.default_rng([self.training.seed, 1, epoch]).permutation(count) for epoch in epochs]
        first = start - epochs.start * count
        # In the order of the disk.
        rows = np.sort(np.concatenate(orders)[first : first + size])
        return self.inputs(rows, np.random.default_rng([self.training.seed, 2, number]), pictures)

    def inputs(self, rows: Int64, rng: np.random.Generator, pictures: bool = True) -> tuple[dict[str, Array], Truth]:
        """What goes into the network for some of the synthetic pictures, with a new error of the landmarks."""
        truth = self.synthetic.truth(rows)
        true = truth.landmarks.reshape(-1, 68, 2).astype(np.float64)
        landmarks = as_detected(true, self.error.draw(true, truth.place[:, :3], rng)).astype(np.float32)
        inputs: dict[str, Array] = {"landmarks": landmarks, "view": features(truth.cameras)}
        if pictures:
            inputs["picture"] = self.normalizer.normalize(self.synthetic.pictures[rows], landmarks)
        return inputs, truth

    @property
    def variables(self) -> dict[str, keras.Variable]:
        """All that changes."""
        owners = {"network": self.network, "landmarks": self.optimizers[0], "whole": self.optimizers[1]}
        return {f"{name}/{k}": v for name, owner in owners.items() for k, v in enumerate(owner.variables)}


def landmark_part(network: keras.Model) -> keras.Model:
    """The part of the network that sees the landmarks and the view, to the same rows."""
    inputs = {name: network.input[name] for name in ("landmarks", "view")}
    return keras.Model(inputs, network.get_layer("rows")(network.get_layer("told").output))


def _adam(rate: float, steps: int, network: keras.Model) -> keras.optimizers.Optimizer:
    steps, warm = max(steps, 1), max(1, min(100, steps // 10))
    schedule = keras.optimizers.schedules.CosineDecay(rate / 10, steps, warmup_target=rate, warmup_steps=warm)
    optimizer = keras.optimizers.Adam(schedule, global_clipnorm=20.0)
    optimizer.build(network.trainable_variables)
    return optimizer


def _step_of(
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    config: RegressorConfig,
    geometry: Geometry,
    by_xla: bool,
) -> Step:
    """One step of an optimizer, compiled; it returns the mean of each term of the loss."""

    def step(inputs: Mapping[str, Tensor], truth: Truth) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            rows = network(inputs, training=True)
            terms = losses(Estimate.split(rows, config, tf.reshape), estimate_of(truth), truth.cameras, geometry)
            means = {name: tf.reduce_mean(term) for name, term in terms.items()}
            total = tf.add_n([WEIGHTS[name] * mean for name, mean in means.items()])
        gradients = tape.gradient(total, network.trainable_variables)
        optimizer.apply(gradients, network.trainable_variables)
        return means

    return tf.function(step, autograph=False, jit_compile=by_xla)


def _identity(sizes: RegressorConfig, training: RegressorTraining, model: MorphableModel) -> str:
    settings = {"network": asdict(sizes), "training": asdict(training), "model": model.digest}
    return json.dumps(settings, sort_keys=True)
