"""The generator that a linear mixed model makes: learnt in seconds, called and stored like those of the networks."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import tensorflow as tf

from au_tf.arrays import Array, ArrayLike, Float, Float32
from au_tf.errors import InputError
from au_tf.facs import ACTION_UNITS, MAX_INTENSITY
from au_tf.files import read_npz
from au_tf.morphable.model import MorphableModel
from au_tf.morphable.signature import FaceSignature
from au_tf.simulation.population import Recording
from au_tf.synthesis.action_quality import ActionMeter
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.calling import generate_rows
from au_tf.synthesis.mixed_effects import (
    MixedEffectsConfig,
    Predictor,
    calibrated,
    components,
    linear_reader,
    predictor,
)
from au_tf.synthesis.stored import StoredGenerator


@dataclass(frozen=True, eq=False)
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

    @classmethod
    def of(
        cls,
        frames: Recording,
        face: MorphableModel,
        config: MixedEffectsConfig = MixedEffectsConfig(),  # noqa: B008
    ) -> Self:
        """Learns from recorded or simulated people.

        Args:
          frames: theirs.
          face: the face model whose coefficients they hold.
          config: what is not learnt.

        Raises:
          InputError: for frames of fewer than two people, without Action Units, or of another face model.
        """
        size, found = len(face.expression_basis), frames.expression.shape[1]
        if size != found:
            raise InputError("frames", "expression", f"{found} coefficients", f"{size}, as {face.name} has")
        parts = components(frames)
        effects = calibrated(parts, linear_reader(frames), ActionMeter.of(face).inverse * MAX_INTENSITY, config)
        bounds = Bounds.of(frames.expression)
        return cls(config, bounds, FaceSignature.of(face), predictor(parts, config), effects)

    @property
    def given_size(self) -> int:
        """E."""
        return len(self.bounds.lower)

    def expression(self, given: Any, intensities: Any) -> tf.Tensor:
        """The predicted resting face and the effects, in double precision before it is rounded."""
        made = self.predictor.rest(tf.cast(given, tf.float64)) + tf.cast(intensities, tf.float64) @ self.effects
        return tf.clip_by_value(tf.cast(made, tf.float32), self.bounds.lower, self.bounds.upper)

    @cached_property
    def run(self) -> tf.types.experimental.PolymorphicFunction:
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
    def restored(cls, path: Path, config: MixedEffectsConfig, bounds: Bounds, face: FaceSignature) -> Self:
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
        arrays = read_npz(path, list(shapes))
        for name, shape in shapes.items():
            if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
                raise InputError(path, name, f"shape {arrays[name].shape}", f"finite numbers of shape {shape}")
        effects, rate = arrays.pop("effects"), float(arrays.pop("rate"))
        return cls(config, bounds, face, Predictor(**arrays, rate=rate), effects)
