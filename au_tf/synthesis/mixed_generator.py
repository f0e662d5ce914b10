"""The generator that a linear mixed model makes: learnt in seconds, called and stored like those of the networks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from au_tf.errors import InputError
from au_tf.facs import ACTION_UNITS, MAX_INTENSITY
from au_tf.morphable.model import MorphableModel, read_npz
from au_tf.morphable.signature import FaceSignature
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.calling import generate_rows
from au_tf.synthesis.mixed_effects import (
    Floats,
    MixedEffectsConfig,
    Predictor,
    calibrated,
    components,
    linear_reader,
    predictor,
)
from au_tf.synthesis.quality import ActionMeter
from au_tf.synthesis.simulation import Recording
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
    effects: Floats
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

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> NDArray[np.float32]:
        """Generates expressions, as `StoredGenerator.generate`."""

        def run(source: NDArray[np.float32], asked: NDArray[np.float32], _: int) -> NDArray[np.float32]:
            made = self.predictor.rest(source.astype(np.float64)) + asked @ self.effects
            return np.clip(made.astype(np.float32), self.bounds.lower, self.bounds.upper)

        return generate_rows(run, source_expression, intensities, len(self.bounds.lower))

    def learned(self) -> dict[str, NDArray[Any]]:
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
