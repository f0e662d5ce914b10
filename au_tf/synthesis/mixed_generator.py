"""The generator that a linear mixed model makes: learnt in seconds, called and stored like those of the networks."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np

from au_tf.arrays import Array, ArrayLike, Float, Float32, Tensor
from au_tf.errors import InputError
from au_tf.facs import ACTION_UNITS, MAX_INTENSITY
from au_tf.files import Place
from au_tf.model_files import read_network
from au_tf.morphable.signature import FaceSignature
from au_tf.startup import tensorflow as tf
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.calling import generate_rows
from au_tf.synthesis.network_config import MixedEffectsConfig
from au_tf.synthesis.stored import StoredGenerator

# People show an Action Unit more strongly than the mean person at 5, but hardly twice.
_MOST_SHOWN = 2 * MAX_INTENSITY
_SWEEPS = 30


class Predictor(NamedTuple):
    """The resting face of somebody of whom one frame is known."""

    mean: Float
    """float64[E], mean resting face."""
    precision: Float
    """float64[E, E], inverse covariance of a frame without Action Units."""
    gain: Float
    """float64[E, E], difference of a frame from the mean face to that of its person's resting face."""
    learnt: Float
    """float64[12, E], L."""
    rate: float
    """Of the prior of intensities."""

    def shown(self, source: Tensor) -> Tensor:
        """The most probable intensities float64[N, 12] of frames float64[N, E]: least squares with a price on each.

        Maximises the posterior of a Gaussian frame and exponential intensities by coordinate descent.
        """
        pull = (source - self.mean) @ (self.precision @ self.learnt.T) - self.rate
        gram = self.learnt @ self.precision @ self.learnt.T

        def sweep(round_: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
            columns = tf.unstack(found, axis=1)
            for k, own in enumerate(np.diag(gram)):
                # An Action Unit that moves nothing cannot be seen.
                if own > 0:
                    left = pull[:, k] - tf.linalg.matvec(tf.stack(columns, 1), gram[:, k]) + columns[k] * own
                    columns[k] = tf.clip_by_value(left / own, 0.0, _MOST_SHOWN)
            return round_ + 1, tf.stack(columns, 1)

        start = tf.constant(0), tf.zeros_like(pull)
        return tf.while_loop(lambda round_, _: round_ < _SWEEPS, sweep, start)[1]

    def rest(self, source: Tensor) -> Tensor:
        """Predicts the resting faces float64[N, E] of the people in frames float64[N, E]."""
        return self.mean + (source - self.shown(source) @ self.learnt - self.mean) @ self.gain.T


@dataclass(frozen=True, eq=False, repr=False)
class MixedGenerator(StoredGenerator):
    """The predicted resting face of the source's person, and the calibrated effects of what is asked for."""

    KIND = "mixed"
    CONFIG = MixedEffectsConfig
    ABOUT = (
        "Turns a source expression and the intensities of 12 Action Units into the expression with these Action Units "
        "(`au_tf.synthesis.mixed_generator.MixedGenerator`): a linear mixed model, in which the resting face of the "
        "source's person is predicted and each Action Unit adds its effect, calibrated so that a linear estimator and "
        "the mesh read what was asked for (`au_tf.synthesis.mixed_effects`)."
    )

    config: MixedEffectsConfig
    predictor: Predictor
    """Of the resting face."""
    effects: Float
    """float64[12, E], B, standard deviations an intensity."""

    @property
    def given_size(self) -> int:
        """E."""
        return len(self.bounds.lower)

    def expression(self, given: Tensor, intensities: Tensor) -> Tensor:
        """The predicted resting face and the effects, in double precision before it is rounded."""
        made = self.predictor.rest(tf.cast(given, tf.float64)) + tf.cast(intensities, tf.float64) @ self.effects
        return tf.clip_by_value(tf.cast(made, tf.float32), self.bounds.lower, self.bounds.upper)

    @cached_property
    def run(self) -> "tf.types.experimental.PolymorphicFunction":
        """`expression` compiled for any batch: (float32[B, E], float32[B, 12]) to float32[B, E]."""
        sizes = self.given_size, len(ACTION_UNITS)
        return tf.function(self.expression, input_signature=[tf.TensorSpec([None, size], tf.float32) for size in sizes])

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> Float32:
        """Generates expressions, as `StoredGenerator.generate`."""
        return generate_rows(
            lambda source, asked, _: self.run(source, asked).numpy(), source_expression, intensities, self.given_size
        )

    def learned(self) -> dict[str, Array]:
        """The arrays of the predictor, and the effects."""
        return self.predictor._asdict() | {"effects": self.effects}

    @classmethod
    def restored(cls, path: Place, config: MixedEffectsConfig, bounds: Bounds, face: FaceSignature) -> Self:
        """Reads what `learned` gave."""
        size = len(bounds.lower)
        shapes = {
            "mean": (size,),
            "precision": (size, size),
            "gain": (size, size),
            "learnt": (len(ACTION_UNITS), size),
            "rate": (),
            "effects": (len(ACTION_UNITS), size),
        }
        arrays = read_network(path, list(shapes))
        for name, shape in shapes.items():
            if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
                raise InputError(path, name, f"shape {arrays[name].shape}", f"finite numbers of shape {shape}")
        effects, rate = arrays.pop("effects"), float(arrays.pop("rate"))
        return cls(config, bounds, face, Predictor(**arrays, rate=rate), effects)
