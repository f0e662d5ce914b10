"""Trained generators on disk: one file with weights, settings, bounds and the face model they belong to."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, TypeVar

import keras
import numpy as np

from au_tf.errors import InputError
from au_tf.morphable.model import read_npz, write_npz
from au_tf.morphable.signature import FaceSignature
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.config import NetworkConfig

FILE = "generator.npz"

_Config = TypeVar("_Config", bound=NetworkConfig)


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
    limits = {"bounds/lower": stored.bounds.lower, "bounds/upper": stored.bounds.upper}
    arrays = {"config": json.dumps(asdict(stored.config))} | limits | stored.face.arrays() | weights
    write_npz(Path(directory) / FILE, arrays)


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
    return Stored(parts, config, Bounds(a["bounds/lower"], a["bounds/upper"]), FaceSignature.from_arrays(a))


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
