"""What trained generators have in common: one file with weights, settings, bounds and the face model they belong to."""

import json
import os
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from au_tf.errors import InputError
from au_tf.morphable.model import MorphableModel, read_npz, write_npz
from au_tf.morphable.signature import FaceSignature
from au_tf.synthesis.adversarial import AdversarialModel
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.config import NetworkConfig

FILE = "generator.npz"


@dataclass(frozen=True, eq=False)
class StoredGenerator(ABC):
    """Networks of a trained model with all that their use needs; a subclass says how they are called."""

    MODEL: ClassVar[type[AdversarialModel]]
    """What is trained."""
    PARTS: ClassVar[tuple[str, ...]]
    """The attributes of it that hold the networks to be kept."""
    ABOUT: ClassVar[str]
    """What it is and where it is from, as its model card begins."""
    TAKES_SOURCE: ClassVar[bool] = True
    """Whether the source expression counts."""

    parts: dict[str, keras.Model]
    """The networks by the names of `PARTS`."""
    config: NetworkConfig
    """How they were made."""
    bounds: Bounds
    """Range of each coefficient in the training split."""
    face: FaceSignature
    """The face model whose coefficients these are."""

    @classmethod
    def of(cls, trained: AdversarialModel, face: MorphableModel) -> Self:
        """Takes the networks out of a model that was trained on expressions of `face`."""
        return cls._of(trained, FaceSignature.of(face))

    @classmethod
    def _of(cls, model: AdversarialModel, face: FaceSignature) -> Self:
        return cls({part: getattr(model, part) for part in cls.PARTS}, model.config, model.bounds, face)

    @abstractmethod
    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> NDArray[np.float32]:
        """Generates expressions; leading axes are broadcast, e.g. one source with many intensities.

        Args:
          source_expression: float[..., E], standard deviations.
          intensities: float[..., 12] in [0, 5].

        Returns:
          float32[..., E], standard deviations, within the bounds.

        Raises:
          InputError: for a wrong last axis, an intensity outside [0, 5] or a value that is not finite.
        """

    def check(self, model: MorphableModel) -> None:
        """Makes sure that the generator's coefficients are those of `model`.

        Raises:
          InputError: if it was trained on another face model.
        """
        self.face.require(model)

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Writes `generator.npz`, which `load` reads, into a directory that is made if need be.

        Raises:
          InputError: if the place cannot be written.
        """
        weights = {f"{part}/{i}": w for part, net in self.parts.items() for i, w in enumerate(net.get_weights())}
        limits = {"bounds/lower": self.bounds.lower, "bounds/upper": self.bounds.upper}
        settings = {"kind": self.config.KIND, "config": json.dumps(asdict(self.config))}
        write_npz(Path(directory) / FILE, settings | limits | self.face.arrays() | weights)

    @classmethod
    def load(cls, directory: str | os.PathLike[str]) -> Self:
        """Reads what `save` wrote.

        Raises:
          InputError: if the file is missing, damaged, of another kind, or does not fit together.
        """
        path = Path(directory) / FILE
        kind = read_kind(directory)
        if kind != cls.MODEL.CONFIG.KIND:
            raise InputError(path, "kind", kind, cls.MODEL.CONFIG.KIND)
        a = read_npz(path, ["bounds/lower", "bounds/upper", "face/name", "face/digest", "face/motion"])
        face = FaceSignature.from_arrays(a)
        model = _read_model(path, cls.MODEL, Bounds(a["bounds/lower"], a["bounds/upper"]))
        _check_sizes(path, model, face)
        generator = cls._of(model, face)
        for part, net in generator.parts.items():
            _set_weights(net, part, path)
        return generator


def read_kind(directory: str | os.PathLike[str]) -> str:
    """Which kind of generator a directory holds, a `NetworkConfig.KIND`.

    Raises:
      InputError: if the file is missing or damaged.
    """
    return str(read_npz(Path(directory) / FILE, ["kind"])["kind"])


def _read_model(path: Path, model: type[AdversarialModel], bounds: Bounds) -> AdversarialModel:
    text = str(read_npz(path, ["config"])["config"])
    try:
        return model(model.CONFIG(**json.loads(text)), bounds)
    except (TypeError, ValueError) as error:
        expected = f"the settings of a {model.__name__}"
        raise InputError(path, "config", f"{text[:60]!r} ({error})", expected) from error


def _check_sizes(path: Path, model: AdversarialModel, face: FaceSignature) -> None:
    size = model.config.expression_size
    for name, array in (("bounds/lower", model.bounds.lower), ("face/motion", face.motion)):
        if array.shape[:1] != (size,):
            raise InputError(path, name, f"shape {array.shape}", f"{size} coefficients, as in config")


def _set_weights(net: keras.Model, part: str, path: Path) -> None:
    names = [f"{part}/{i}" for i in range(len(net.weights))]
    arrays = list(read_npz(path, names).values())
    for name, array, variable in zip(names, arrays, net.weights, strict=True):
        if array.shape != tuple(variable.shape) or not np.all(np.isfinite(array)):
            raise InputError(path, name, f"shape {array.shape}", f"finite numbers of shape {tuple(variable.shape)}")
    net.set_weights(arrays)
