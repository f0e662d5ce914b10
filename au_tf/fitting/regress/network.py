"""The network of the regressor in Keras, to be trained and exported; `forward` computes the same without TensorFlow."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from au_tf.arrays import ArrayLike, Float32, Tensor
from au_tf.fitting.regress.estimate import RegressorConfig, Scales
from au_tf.fitting.regress.forward import EPSILON, PIXELS_A_UNIT
from au_tf.fitting.regress.normalizer import SIZE
from au_tf.fitting.regress.regressor import Regressor
from au_tf.geometry.landmarks import INNER
from au_tf.morphable import MorphableModel
from au_tf.morphable.signature import FaceSignature

layers = keras.layers


def untrained(
    model: MorphableModel,
    config: RegressorConfig | None = None,
    scales: Scales | None = None,
    mean_error: float = 1.0,
) -> Regressor:
    """A regressor of a face model with random weights, which finds the mean face everywhere."""
    bases = model.identity_basis, model.albedo_basis, model.expression_basis
    identities, albedos, expressions = map(len, bases)
    config = replace(config or RegressorConfig(), identities=identities, albedos=albedos, expressions=expressions)
    scales = scales or Scales.plain(config)
    origin = model.mean_shape[model.landmarks[INNER]].mean(0)
    face = FaceSignature.of(model, ("identity", "expression"))
    covariance = np.eye(6 + identities + expressions, dtype=np.float32)
    return Regressor(weights_of(build(config, scales)), config, scales, origin, mean_error, face, covariance)


def network_of(regressor: Regressor) -> keras.Model:
    """The network of a regressor, as `build` makes it."""
    network, left = build(regressor.config, regressor.scales), iter(regressor.weights)
    for layer in _weighted(network):
        layer.set_weights([next(left) for _ in layer.weights])
    return network


def weights_of(network: keras.Model) -> tuple[Float32, ...]:
    """The weights in the order of `forward.weight_shapes`."""
    return tuple(weight for layer in _weighted(network) for weight in layer.get_weights())


def _weighted(network: keras.Model) -> list[keras.Layer]:
    """Convolutions and their normalisations, then fully connected layers, each from the input on."""
    found = [layer for layer in network.layers if layer.weights]
    return sorted(found, key=lambda layer: isinstance(layer, layers.Dense))


def build(config: RegressorConfig, scales: Scales) -> keras.Model:
    """The network with random weights, from keras' global seed.

    Args:
      config: its sizes.
      scales: of inputs and outputs.

    Returns:
      A model from `picture` uint8[B, 96, 96, 3], as `Normalizer` makes it, `landmarks` float32[B, 68, 2] in pixels of
      the aligned picture and `view` float32[B, 3], `view.features`, to rows for `Estimate.split`. What the
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
        return tf.concat([tf.reshape((landmarks - self.mean) / PIXELS_A_UNIT, [-1, 136]), view], -1)

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
    return layers.BatchNormalization(momentum=0.98, epsilon=EPSILON)(x)
