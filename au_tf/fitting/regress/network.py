"""The network of the regressor: a picture of normal shape and its 68 landmarks to all coefficients."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

import keras
import numpy as np
import tensorflow as tf

from au_tf.arrays import ArrayLike, Float32, Tensor
from au_tf.errors import InputError
from au_tf.fitting.regress.normalizer import SIZE
from au_tf.fitting.view import Place
from au_tf.geometry.alignment import ALIGNED_SIZE

layers = keras.layers

_PIXELS_A_UNIT = 8.0


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

    identity: Any
    """float32[B, I], standard deviations."""
    albedo: Any
    """float32[B, A], standard deviations."""
    expression: Any
    """float32[B, E], standard deviations."""
    place: Place
    """Where the face is in the picture."""
    lighting: Any
    """float32[B, 9, 3], in the space of the aligned picture's camera."""
    error: Any
    """float32[B], logarithm of the root mean square distance in mm that the vertices are expected to be off."""

    @classmethod
    def split(cls, rows: Tensor, config: RegressorConfig) -> Self:
        """Takes rows float32[B, sum of `config.sizes`] apart."""
        parts = dict(zip(config.sizes, tf.split(rows, list(config.sizes.values()), -1), strict=True))
        place = Place(parts["turn"], parts["shift"], parts["size"][:, 0])
        lighting = tf.reshape(parts["lighting"], [-1, 9, 3])
        names = parts["identity"], parts["albedo"], parts["expression"]
        return cls(*names, place, lighting, parts["error"][:, 0])


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


def build(config: RegressorConfig, scales: Scales) -> keras.Model:
    """The network with random weights, from keras' global seed.

    Args:
      config: its sizes.
      scales: of inputs and outputs.

    Returns:
      A model from `picture` uint8[B, 96, 96, 3], as `Normalizer` makes it, `landmarks` float32[B, 68, 2] in pixels of
      the aligned picture and `view` float32[B, 3], the features of a `View`, to rows for `Estimate.split`. What the
      landmarks tell by themselves and what the picture adds are summed.
    """
    picture = keras.Input((SIZE, SIZE, 3), dtype="uint8", name="picture")
    landmarks = keras.Input((68, 2), name="landmarks")
    view = keras.Input((3,), name="view")
    size = sum(config.sizes.values())
    known = x = LandmarkFeatures(scales.landmarks)([landmarks, view])
    for width in config.landmark_features:
        x = layers.Dense(width, activation="relu")(x)
    told = layers.Dense(size, kernel_initializer="zeros", name="told")(x)
    seen = layers.Dense(config.picture_features, activation="relu")(layers.Flatten()(_trunk(picture, config)))
    both = layers.Dense(config.hidden, activation="relu")(layers.Concatenate()([seen, x, known]))
    added = layers.Dense(size, kernel_initializer="zeros", name="added")(both)
    rows = layers.Rescaling(scales.spread.tolist(), scales.mean.tolist(), name="rows")(layers.Add()([told, added]))
    return keras.Model({"picture": picture, "landmarks": landmarks, "view": view}, rows, name="regressor")


@keras.saving.register_keras_serializable("au_tf")
class LandmarkFeatures(keras.layers.Layer):
    """Landmarks about their mean and the view, in one row."""

    def __init__(self, mean: ArrayLike, **more: object) -> None:
        super().__init__(**more)
        self.mean = np.asarray(mean, np.float32)

    def call(self, inputs: tuple[Tensor, Tensor]) -> tf.Tensor:
        landmarks, view = inputs
        return tf.concat([tf.reshape((landmarks - self.mean) / _PIXELS_A_UNIT, [-1, 136]), view], -1)

    def compute_output_shape(self, shapes: Sequence[tuple[int | None, ...]]) -> tuple[Any, int]:
        return shapes[0][0], 136 + 3

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"mean": self.mean.tolist()}


def _trunk(picture: Tensor, config: RegressorConfig) -> Any:
    """Residual convolutions (He et al. 2016), 6 x 6 pixels of the last width for four stages."""
    x = layers.Rescaling(1.0 / 127.5, -1.0)(picture)
    for width, blocks in zip(config.widths, config.blocks, strict=True):
        x = layers.ReLU()(_convolution(x, width, 2))
        for _ in range(blocks):
            y = layers.ReLU()(_convolution(x, width, 1))
            x = layers.ReLU()(layers.Add()([x, _convolution(y, width, 1)]))
    return x


def _convolution(x: Tensor, width: int, stride: int) -> Any:
    x = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.98, epsilon=1e-3)(x)
