"""The trained generator: a source expression and any intensities in, the new expression out."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from au_tf.errors import InputError
from au_tf.facs import MAX_INTENSITY
from au_tf.morphable.model import MorphableModel, read_npz, write_npz
from au_tf.resources import saved_model
from au_tf.synthesis import networks
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.caae import CAAE
from au_tf.synthesis.calling import generate_rows
from au_tf.synthesis.config import CAAEConfig

SHIPPED = "caae-builtin"
FILE = "generator.npz"

# Two computers may round a generated face differently in its last bits.
_SAME_FACE_MM = 0.02


@dataclass(frozen=True, eq=False)
class FaceSignature:
    """What each expression coefficient means on one face model."""

    name: str
    """Name of the model."""
    digest: str
    """Its `MorphableModel.digest`."""
    motion: NDArray[np.float32]
    """float32[E, 68, 3], motion of the landmarks by one standard deviation of each coefficient, mm."""

    @classmethod
    def of(cls, model: MorphableModel) -> Self:
        """The signature of a face model."""
        return cls(model.name, model.digest, model.expression_basis[:, model.landmarks].astype(np.float32))

    def matches(self, model: MorphableModel) -> bool:
        """Whether coefficients mean the same on `model`: equal in every bit, or to 0.02 mm at the landmarks."""
        if self.digest == model.digest:
            return True
        other = model.expression_basis[:, model.landmarks]
        return self.motion.shape == other.shape and bool(np.abs(self.motion - other).max() < _SAME_FACE_MM)


def generate_expression(
    encoder: Callable[[Any], Any], generator: Callable[[Any], Any], bounds: Bounds, source: Any, intensities: Any
) -> tf.Tensor:
    """G(E(x), y) between real units: x is scaled by the bounds and clipped to them, y from [0, 5] to [-1, 1].

    Args:
      encoder: E, float32[B, E] in [-1, 1] to float32[B, Z].
      generator: G, float32[B, Z + 12] to float32[B, E] in [-1, 1].
      bounds: of the training split.
      source: float32[B, E], standard deviations.
      intensities: float32[B, 12] in [0, 5].

    Returns:
      float32[B, E], standard deviations, within the bounds.
    """
    code = encoder(tf.clip_by_value(bounds.to_network(source), -1.0, 1.0))
    label = intensities * (2.0 / MAX_INTENSITY) - 1.0
    return bounds.from_network(generator(tf.concat([code, label], -1)))


@dataclass(frozen=True, eq=False)
class Generator:
    """E and G of a trained CAAE with all that their use needs."""

    encoder: keras.Model
    """E."""
    generator: keras.Model
    """G."""
    config: CAAEConfig
    """How they were made."""
    bounds: Bounds
    """Range of each coefficient in the training split."""
    face: FaceSignature
    """The face model whose coefficients these are."""

    @classmethod
    def of(cls, caae: CAAE, model: MorphableModel) -> Self:
        """Takes E and G out of a CAAE that was trained on expressions of `model`."""
        return cls(caae.encoder, caae.generator, caae.config, caae.bounds, FaceSignature.of(model))

    @cached_property
    def run(self) -> tf.types.experimental.PolymorphicFunction:
        """`generate_expression` compiled for any batch: (float32[B, E], float32[B, 12]) to float32[B, E]."""
        sizes = self.config.expression_size, self.config.label_size
        return tf.function(
            lambda source, intensities: generate_expression(
                self.encoder, self.generator, self.bounds, source, intensities
            ),
            input_signature=[tf.TensorSpec([None, size], tf.float32) for size in sizes],
        )

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> NDArray[np.float32]:
        """Generates expressions; leading axes are broadcast, e.g. one source with many intensities.

        A source outside the bounds of the training split is clipped to them, coefficient by coefficient: beyond them
        the networks have seen nothing, and E would answer by chance.

        Args:
          source_expression: float[..., E], standard deviations.
          intensities: float[..., 12] in [0, 5].

        Returns:
          float32[..., E], standard deviations, within the bounds.

        Raises:
          InputError: for a wrong last axis, an intensity outside [0, 5] or a value that is not finite.
        """
        size = self.config.expression_size
        return generate_rows(
            lambda source, asked, _: self.run(source, asked).numpy(), source_expression, intensities, size
        )

    def check(self, model: MorphableModel) -> None:
        """Makes sure that the generator's coefficients are those of `model`.

        Raises:
          InputError: if it was trained on another face model.
        """
        if not self.face.matches(model):
            found = f"one trained on {self.face.name} ({self.face.digest[:12]})"
            raise InputError("generator", "face model", found, f"one trained on {model.name} ({model.digest[:12]})")

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Writes `generator.npz`, which `load` reads, into a directory that is made if need be."""
        weights = {f"{part}/{i}": w for part, net in self._networks() for i, w in enumerate(net.get_weights())}
        face = {"face/name": self.face.name, "face/digest": self.face.digest, "face/motion": self.face.motion}
        limits = {"bounds/lower": self.bounds.lower, "bounds/upper": self.bounds.upper}
        write_npz(Path(directory) / FILE, {"config": json.dumps(asdict(self.config))} | limits | face | weights)

    def _networks(self) -> list[tuple[str, keras.Model]]:
        return [("encoder", self.encoder), ("generator", self.generator)]

    @classmethod
    def load(cls, directory: str | os.PathLike[str] | None = None) -> Self:
        """Reads what `save` wrote; without a directory, the generator for the built-in face that ships with au_tf.

        Raises:
          InputError: if the file is missing, damaged, or does not fit together.
        """
        path = (saved_model(SHIPPED) if directory is None else Path(directory)) / FILE
        config = _read_config(path)
        encoder = networks.encoder(config.expression_size, config.latent_size, config.hidden)
        generator = networks.generator(config.label_size, config.latent_size, config.expression_size, config.hidden)
        for part, net in (("encoder", encoder), ("generator", generator)):
            _set_weights(net, part, path)
        a = read_npz(path, ["bounds/lower", "bounds/upper", "face/name", "face/digest", "face/motion"])
        face = FaceSignature(str(a["face/name"]), str(a["face/digest"]), a["face/motion"])
        return cls(encoder, generator, config, Bounds(a["bounds/lower"], a["bounds/upper"]), face)


def _read_config(path: Path) -> CAAEConfig:
    text = str(read_npz(path, ["config"])["config"])
    try:
        return CAAEConfig(**json.loads(text))
    except (TypeError, ValueError) as error:
        raise InputError(path, "config", f"{text[:60]!r} ({error})", "the settings of a CAAE") from error


def _set_weights(net: keras.Model, part: str, path: Path) -> None:
    names = [f"{part}/{i}" for i in range(len(net.weights))]
    arrays = list(read_npz(path, names).values())
    for name, array, variable in zip(names, arrays, net.weights, strict=True):
        if array.shape != tuple(variable.shape) or not np.all(np.isfinite(array)):
            raise InputError(path, name, f"shape {array.shape}", f"finite numbers of shape {tuple(variable.shape)}")
    net.set_weights(arrays)
