"""What trained generators have in common: one file with weights, settings, bounds and the face model they belong to."""

import json
import os
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import keras
import numpy as np
import tensorflow as tf

from au_tf.arrays import Array, ArrayLike, Float32, Tensor
from au_tf.errors import InputError
from au_tf.files import read_npz, write_npz
from au_tf.morphable.model import MorphableModel
from au_tf.morphable.signature import FaceSignature
from au_tf.synthesis.adversarial.adversarial_model import AdversarialModel
from au_tf.synthesis.bounds import Bounds

FILE = "generator.npz"


@dataclass(frozen=True, eq=False)
class StoredGenerator(ABC):
    """A trained generator of any kind, with all that its use needs; a subclass says how it is called."""

    KIND: ClassVar[str]
    """What its file says it is."""
    CONFIG: ClassVar[type[Any]]
    """Class of its configuration, a dataclass."""
    ABOUT: ClassVar[str]
    """What it is and where it is from, as its model card begins."""
    TAKES_SOURCE: ClassVar[bool] = True
    """Whether the source expression counts."""

    config: Any
    """How it was made."""
    bounds: Bounds
    """Range of each coefficient in the training split."""
    face: FaceSignature
    """The face model whose coefficients these are."""

    @abstractmethod
    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> Float32:
        """Generates expressions; leading axes are broadcast, e.g. one source with many intensities.

        Args:
          source_expression: float[..., E], standard deviations.
          intensities: float[..., 12] in [0, 5].

        Returns:
          float32[..., E], standard deviations, within the bounds.

        Raises:
          InputError: for a wrong last axis, an intensity outside [0, 5] or a value that is not finite.
        """

    @property
    @abstractmethod
    def given_size(self) -> int:
        """Numbers in a row of what `expression` is given: E of a source expression, or Z of noise."""

    @property
    def variables(self) -> list[tf.Variable]:
        """What `expression` reads and a SavedModel has to keep."""
        return []

    @abstractmethod
    def expression(self, given: Tensor, intensities: Tensor) -> Tensor:
        """What `generate` computes, in TensorFlow ops and without its checks.

        Args:
          given: float32[B, E], source expressions in standard deviations; of a generator without `TAKES_SOURCE`,
            noise float32[B, Z] in [-1, 1].
          intensities: float32[B, 12] in [0, 5].

        Returns:
          float32[B, E], standard deviations, within the bounds.
        """

    @abstractmethod
    def learned(self) -> dict[str, Array]:
        """What it has learnt, by names for a file."""

    @classmethod
    @abstractmethod
    def restored(cls, path: Path, config: Any, bounds: Bounds, face: FaceSignature) -> Self:
        """Made of what `save` wrote; only what was learnt is still to be read from the file.

        Raises:
          InputError: if that does not fit the configuration.
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
        settings = {"kind": self.KIND, "config": json.dumps(asdict(self.config))}
        limits = {"bounds/lower": self.bounds.lower, "bounds/upper": self.bounds.upper}
        write_npz(Path(directory) / FILE, settings | limits | self.face.arrays() | self.learned())

    @classmethod
    def load(cls, directory: str | os.PathLike[str]) -> Self:
        """Reads what `save` wrote.

        Raises:
          InputError: if the file is missing, damaged, of another kind, or does not fit together.
        """
        path = Path(directory) / FILE
        kind = read_kind(directory)
        if kind != cls.KIND:
            raise InputError(path, "kind", kind, cls.KIND)
        a = read_npz(path, ["config", "bounds/lower", "bounds/upper", "face/name", "face/digest", "face/motion"])
        bounds, face = Bounds(a["bounds/lower"], a["bounds/upper"]), FaceSignature.from_arrays(a)
        if face.motion.shape[:1] != bounds.lower.shape:
            raise InputError(path, "face/motion", f"shape {face.motion.shape}", f"{len(bounds.lower)} coefficients")
        text = str(a["config"])
        try:
            return cls.restored(path, cls.CONFIG(**json.loads(text)), bounds, face)
        except (TypeError, ValueError) as error:
            expected = f"the settings of a {cls.KIND.upper()}"
            raise InputError(path, "config", f"{text[:60]!r} ({error})", expected) from error


def read_kind(directory: str | os.PathLike[str]) -> str:
    """Which kind of generator a directory holds, a `StoredGenerator.KIND`.

    Raises:
      InputError: if the file is missing or damaged.
    """
    return str(read_npz(Path(directory) / FILE, ["kind"])["kind"])


@dataclass(frozen=True, eq=False)
class NetworkGenerator(StoredGenerator):
    """Networks of a trained adversarial model."""

    MODEL: ClassVar[type[AdversarialModel]]
    """What is trained."""
    PARTS: ClassVar[tuple[str, ...]]
    """The attributes of it that hold the networks to be kept."""

    parts: dict[str, keras.Model]
    """The networks by the names of `PARTS`."""

    @classmethod
    def of(cls, trained: AdversarialModel, face: MorphableModel) -> Self:
        """Takes the networks out of a model that was trained on expressions of `face`."""
        return cls._of(trained, FaceSignature.of(face))

    @classmethod
    def _of(cls, model: AdversarialModel, face: FaceSignature) -> Self:
        return cls(model.config, model.bounds, face, {part: getattr(model, part) for part in cls.PARTS})

    @property
    def variables(self) -> list[tf.Variable]:
        """The weights of all networks."""
        return [weight.value for net in self.parts.values() for weight in net.weights]

    def learned(self) -> dict[str, Array]:
        """The weights of each network."""
        return {f"{part}/{i}": w for part, net in self.parts.items() for i, w in enumerate(net.get_weights())}

    @classmethod
    def restored(cls, path: Path, config: Any, bounds: Bounds, face: FaceSignature) -> Self:
        """Makes the networks and reads their weights."""
        if bounds.lower.shape != (config.expression_size,):
            raise InputError(path, "bounds/lower", f"shape {bounds.lower.shape}", f"{config.expression_size} numbers")
        generator = cls._of(cls.MODEL(config, bounds), face)
        for part, net in generator.parts.items():
            _set_weights(net, part, path)
        return generator


def _set_weights(net: keras.Model, part: str, path: Path) -> None:
    names = [f"{part}/{i}" for i in range(len(net.weights))]
    arrays = list(read_npz(path, names).values())
    for name, array, variable in zip(names, arrays, net.weights, strict=True):
        if array.shape != tuple(variable.shape) or not np.all(np.isfinite(array)):
            raise InputError(path, name, f"shape {array.shape}", f"finite numbers of shape {tuple(variable.shape)}")
    net.set_weights(arrays)
