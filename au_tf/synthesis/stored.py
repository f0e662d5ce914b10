"""What trained generators have in common: one file with weights, settings, bounds and the face model they belong to."""

import hashlib
import json
import os
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from au_tf.arrays import Array, ArrayLike, Float32, Tensor
from au_tf.errors import InputError
from au_tf.files import Place, npz_content, place, write_npz
from au_tf.model_files import read_network
from au_tf.morphable.model import MorphableModel
from au_tf.morphable.signature import FaceSignature
from au_tf.startup import tensorflow as tf
from au_tf.synthesis.bounds import Bounds

if TYPE_CHECKING:
    import keras

    from au_tf.synthesis.adversarial.adversarial_model import AdversarialModel

FILE = "generator.npz"


@dataclass(frozen=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        coefficients = f"{len(self.bounds.lower)} coefficients of face model {self.face.name}"
        return f"{type(self).__name__}({self.KIND}, {coefficients})"

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
    def variables(self) -> "list[tf.Variable]":
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
    def restored(cls, path: Place, config: Any, bounds: Bounds, face: FaceSignature) -> Self:
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

    def save(self, directory: str | os.PathLike[str] | Place) -> None:
        """Writes `generator.npz`, which `load` reads, into a directory that is made if need be.

        Raises:
          InputError: if the place cannot be written.
        """
        write_npz(place(directory) / FILE, self.arrays())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file that `save` writes."""
        return hashlib.sha256(npz_content(self.arrays())).hexdigest()

    def arrays(self) -> dict[str, Any]:
        """What its file holds, by name: numbers, and settings as text."""
        settings = {"kind": self.KIND, "config": json.dumps(asdict(self.config))}
        limits = {"bounds/lower": self.bounds.lower, "bounds/upper": self.bounds.upper}
        return settings | limits | self.face.arrays() | self.learned()

    @classmethod
    def load(cls, directory: str | os.PathLike[str] | Place) -> Self:
        """Reads what `save` wrote.

        Raises:
          InputError: if the file is missing, damaged, of another kind, or does not fit together.
        """
        path = place(directory) / FILE
        kind = read_kind(directory)
        if kind != cls.KIND:
            raise InputError(path, "kind", kind, cls.KIND)
        a = read_network(path, ["config", "bounds/lower", "bounds/upper", "face/name", "face/digest", "face/motion"])
        bounds, face = Bounds(a["bounds/lower"], a["bounds/upper"]), FaceSignature.from_arrays(a)
        if face.motion.shape[:1] != bounds.lower.shape:
            raise InputError(path, "face/motion", f"shape {face.motion.shape}", f"{len(bounds.lower)} coefficients")
        text = str(a["config"])
        try:
            return cls.restored(path, cls.CONFIG(**json.loads(text)), bounds, face)
        except (TypeError, ValueError) as error:
            expected = f"the settings of a {cls.KIND.upper()}"
            raise InputError(path, "config", f"{text[:60]!r} ({error})", expected) from error


def read_kind(directory: str | os.PathLike[str] | Place) -> str:
    """Which kind of generator a directory holds, a `StoredGenerator.KIND`.

    Raises:
      InputError: if the file is missing or damaged.
    """
    return str(read_network(place(directory) / FILE, ["kind"])["kind"])


@dataclass(frozen=True, eq=False, repr=False)
class NetworkGenerator(StoredGenerator):
    """Networks of a trained adversarial model: fully connected layers with ReLU between them, and tanh at the end."""

    PARTS: ClassVar[tuple[str, ...]]
    """The attributes of the model that hold the networks to be kept."""

    weights: dict[str, tuple[Float32, ...]]
    """Of each network, by the names of `PARTS`: kernel and bias of each layer."""

    @classmethod
    @abstractmethod
    def model(cls, config: Any, bounds: Bounds) -> "AdversarialModel":
        """What is trained, with random weights."""

    @classmethod
    @abstractmethod
    def sizes(cls, config: Any) -> dict[str, tuple[int, ...]]:
        """Of each network its inputs, the widths of its hidden layers, and its outputs."""

    @classmethod
    def of(cls, trained: "AdversarialModel", face: MorphableModel) -> Self:
        """Takes the networks out of a model that was trained on expressions of `face`."""
        weights = {part: tuple(getattr(trained, part).get_weights()) for part in cls.PARTS}
        return cls(trained.config, trained.bounds, FaceSignature.of(face), weights)

    @cached_property
    def parts(self) -> "dict[str, keras.Model]":
        """The networks as Keras has them, by the names of `PARTS`."""
        # Outside any graph that happens to be traced, or the weights would be its symbols.
        with tf.init_scope():
            model = self.model(self.config, self.bounds)
            networks = {part: getattr(model, part) for part in self.PARTS}
            for part, network in networks.items():
                network.set_weights(self.weights[part])
        return networks

    def run_part(self, part: str, inputs: Float32) -> Float32:
        """What a network makes of float32[B, N]: each row by itself, whatever else is in the batch."""
        *hidden, last = zip(self.weights[part][::2], self.weights[part][1::2], strict=True)
        rows = inputs[:, np.newaxis]
        for kernel, bias in hidden:
            rows = np.maximum(rows @ kernel + bias, 0.0)
        return np.tanh(rows @ last[0] + last[1])[:, 0]

    @property
    def variables(self) -> "list[tf.Variable]":
        """The weights of all networks."""
        return [weight.value for net in self.parts.values() for weight in net.weights]

    def learned(self) -> dict[str, Array]:
        """The weights of each network."""
        return {f"{part}/{i}": w for part, weights in self.weights.items() for i, w in enumerate(weights)}

    @classmethod
    def restored(cls, path: Place, config: Any, bounds: Bounds, face: FaceSignature) -> Self:
        """Reads the networks' weights."""
        if bounds.lower.shape != (config.expression_size,):
            raise InputError(path, "bounds/lower", f"shape {bounds.lower.shape}", f"{config.expression_size} numbers")
        weights = {part: _weights(path, part, sizes) for part, sizes in cls.sizes(config).items()}
        return cls(config, bounds, face, weights)


def _weights(path: Place, part: str, sizes: tuple[int, ...]) -> tuple[Float32, ...]:
    shapes = [shape for pair in pairwise(sizes) for shape in (pair, pair[1:])]
    arrays = read_network(path, [f"{part}/{i}" for i in range(len(shapes))])
    for shape, (name, array) in zip(shapes, arrays.items(), strict=True):
        if array.shape != shape or not np.all(np.isfinite(array)):
            raise InputError(path, name, f"shape {array.shape}", f"finite numbers of shape {shape}")
    return tuple(np.asarray(array, np.float32) for array in arrays.values())
