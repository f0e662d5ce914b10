"""What the regressor finds of a face, and how large its network is."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

import numpy as np

from au_tf.arrays import Float32, Tensor
from au_tf.errors import InputError
from au_tf.fitting.view import Place
from au_tf.geometry.alignment import ALIGNED_SIZE


@dataclass(frozen=True)
class RegressorConfig:
    """Sizes of the regressor's network and of what it finds."""

    identities: int = 100
    """Identity coefficients of the face model."""
    albedos: int = 100
    """Its albedo coefficients."""
    expressions: int = 79
    """Its expression coefficients."""
    widths: tuple[int, ...] = (16, 40, 80, 128)
    """Channels of each stage of convolutions; each halves the picture's side."""
    blocks: tuple[int, ...] = (0, 0, 1, 1)
    """Residual blocks of each stage."""
    picture_features: int = 256
    """Features of the picture."""
    landmark_features: tuple[int, ...] = (256, 256)
    """Widths of the layers that see the landmarks."""
    hidden: int = 384
    """Width of the layer that sees both."""

    def __post_init__(self) -> None:
        # A saved model brings its tuples back as lists.
        for name in ("widths", "blocks", "landmark_features"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for field in fields(self):
            value = getattr(self, field.name)
            least = 0 if field.name in ("identities", "albedos", "expressions", "blocks") else 1
            if min(value if isinstance(value, tuple) else (value,), default=-1) < least:
                raise InputError("regressor", field.name, value, f"whole numbers of at least {least}")
        if len(self.widths) != len(self.blocks):
            raise InputError("regressor", "blocks", self.blocks, f"one number for each of {len(self.widths)} stages")

    @property
    def sizes(self) -> dict[str, int]:
        """How many numbers of each kind the network puts out, in their order."""
        coefficients = {"identity": self.identities, "albedo": self.albedos, "expression": self.expressions}
        return coefficients | {"turn": 3, "shift": 2, "size": 1, "lighting": 27, "error": 1}


class Estimate(NamedTuple):
    """What the network finds of each face."""

    identity: Tensor | Float32
    """float32[B, I], standard deviations."""
    albedo: Tensor | Float32
    """float32[B, A], standard deviations."""
    expression: Tensor | Float32
    """float32[B, E], standard deviations."""
    place: Place
    """Where the face is in the picture."""
    lighting: Tensor | Float32
    """float32[B, 9, 3], in the space of the aligned picture's camera."""
    error: Tensor | Float32
    """float32[B], logarithm of the root mean square distance in mm that the vertices are expected to be off."""

    @classmethod
    def split(cls, rows: Tensor | Float32, config: RegressorConfig, reshape: Callable[..., Any] = np.reshape) -> Self:
        """Takes rows float32[B, sum of `config.sizes`] apart; those of a graph by TensorFlow's `reshape`."""
        ends = dict(zip(config.sizes, itertools.accumulate(config.sizes.values()), strict=True))
        parts = {name: rows[:, ends[name] - size : ends[name]] for name, size in config.sizes.items()}
        place = Place(parts["turn"], parts["shift"], parts["size"][:, 0])
        names = parts["identity"], parts["albedo"], parts["expression"]
        return cls(*names, place, reshape(parts["lighting"], (-1, 9, 3)), parts["error"][:, 0])


class Scales(NamedTuple):
    """Means and standard deviations over the training pictures, that the network is spared to learn."""

    landmarks: Float32
    """float32[68, 2], mean landmarks in the aligned picture, pixels."""
    mean: Float32
    """float32[O], of what the network puts out."""
    spread: Float32
    """float32[O]."""

    @classmethod
    def plain(cls, config: RegressorConfig) -> Self:
        """Those of a face that looks at the camera under white light from every side."""
        size = sum(config.sizes.values())
        return cls(_plain_landmarks(), np.zeros(size, np.float32), np.ones(size, np.float32))


def _plain_landmarks() -> Float32:
    """float32[68, 2], on a spiral about the middle of the aligned picture: no face, but not all in one place either."""
    turn = 0.7 * np.arange(68)
    ring = 10.0 + 0.9 * np.arange(68)
    return ((ALIGNED_SIZE - 1) / 2 + ring[:, None] * np.stack([np.cos(turn), np.sin(turn)], -1)).astype(np.float32)
