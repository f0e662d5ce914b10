"""Trained generators on disk: one file with weights, settings, bounds and the face model they belong to."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, Self, TypeVar

import keras
import numpy as np
from numpy.typing import NDArray

from au_tf.errors import InputError
from au_tf.morphable.model import MorphableModel, read_npz, write_npz
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.config import NetworkConfig

FILE = "generator.npz"

# Two computers may round a generated face differently in its last bits.
_SAME_FACE_MM = 0.02
_Config = TypeVar("_Config", bound=NetworkConfig)


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

    def require(self, model: MorphableModel) -> None:
        """Makes sure that coefficients mean the same on `model`.

        Raises:
          InputError: if this is another face model.
        """
        if not self.matches(model):
            found = f"one trained on {self.name} ({self.digest[:12]})"
            raise InputError("generator", "face model", found, f"one trained on {model.name} ({model.digest[:12]})")


@dataclass(frozen=True, eq=False)
class Stored(Generic[_Config]):
    """What a file of a generator holds."""

    parts: dict[str, keras.Model]
    """Its networks by name."""
    config: _Config
    """How they were made."""
    bounds: Bounds
    """Range of each coefficient in the training split."""
    face: FaceSignature
    """The face model whose coefficients these are."""


def write_generator(directory: str | os.PathLike[str], stored: Stored[_Config]) -> None:
    """Writes `generator.npz` into a directory that is made if need be.

    Raises:
      InputError: if the place cannot be written.
    """
    weights = {f"{part}/{i}": w for part, net in stored.parts.items() for i, w in enumerate(net.get_weights())}
    face = {"face/name": stored.face.name, "face/digest": stored.face.digest, "face/motion": stored.face.motion}
    limits = {"bounds/lower": stored.bounds.lower, "bounds/upper": stored.bounds.upper}
    write_npz(Path(directory) / FILE, {"config": json.dumps(asdict(stored.config))} | limits | face | weights)


def read_generator(
    directory: str | os.PathLike[str], kind: type[_Config], make: Callable[[_Config], dict[str, keras.Model]]
) -> Stored[_Config]:
    """Reads what `write_generator` wrote.

    Args:
      directory: where it lies.
      kind: of the configuration.
      make: the networks of a configuration, by name.

    Raises:
      InputError: if the file is missing, damaged, or does not fit together.
    """
    path = Path(directory) / FILE
    config = _read_config(path, kind)
    parts = make(config)
    for part, net in parts.items():
        _set_weights(net, part, path)
    a = read_npz(path, ["bounds/lower", "bounds/upper", "face/name", "face/digest", "face/motion"])
    face = FaceSignature(str(a["face/name"]), str(a["face/digest"]), a["face/motion"])
    return Stored(parts, config, Bounds(a["bounds/lower"], a["bounds/upper"]), face)


def _read_config(path: Path, kind: type[_Config]) -> _Config:
    text = str(read_npz(path, ["config"])["config"])
    try:
        return kind(**json.loads(text))
    except (TypeError, ValueError) as error:
        name = kind.__name__.removesuffix("Config")
        raise InputError(path, "config", f"{text[:60]!r} ({error})", f"the settings of a {name}") from error


def _set_weights(net: keras.Model, part: str, path: Path) -> None:
    names = [f"{part}/{i}" for i in range(len(net.weights))]
    arrays = list(read_npz(path, names).values())
    for name, array, variable in zip(names, arrays, net.weights, strict=True):
        if array.shape != tuple(variable.shape) or not np.all(np.isfinite(array)):
            raise InputError(path, name, f"shape {array.shape}", f"finite numbers of shape {tuple(variable.shape)}")
    net.set_weights(arrays)
