"""Networks that read the intensities of the twelve Action Units off an aligned face."""

from collections.abc import Callable

import keras

from au_tf.arrays import Tensor
from au_tf.estimation.estimator_config import backbone_of
from au_tf.facs import ACTION_UNITS, MAX_INTENSITY

layers = keras.layers


def alexnet(x: Tensor) -> Tensor:
    """AlexNet (Krizhevsky et al. 2012) up to its second layer of 4096.

    In one tower, and without local response normalisation, as it is built since there are GPUs that hold it whole.
    """
    x = layers.Conv2D(96, 11, strides=4, activation="relu")(layers.ZeroPadding2D(2)(x))
    x = layers.MaxPooling2D(3, 2)(x)
    x = layers.Conv2D(256, 5, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(3, 2)(x)
    for width in (384, 384, 256):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
    x = layers.Flatten()(layers.MaxPooling2D(3, 2)(x))
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    return x


def small(x: Tensor) -> Tensor:
    """A residual network (He et al. 2016) of 0.5 million weights.

    Its last maps are not averaged over the picture: in an aligned face the place of a feature tells what it is.
    """
    for width, side, blocks in ((16, 5, 0), (32, 3, 0), (64, 3, 1), (96, 3, 1)):
        x = layers.ReLU()(_convolution(x, width, side, 2))
        for _ in range(blocks):
            y = layers.ReLU()(_convolution(x, width, 3, 1))
            x = layers.ReLU()(layers.Add()([x, _convolution(y, width, 3, 1)]))
    x = layers.Dropout(0.3)(layers.Flatten()(layers.ReLU()(_convolution(x, 48, 1, 1))))
    return layers.Dense(128, activation="relu")(x)


def _convolution(x: Tensor, width: int, side: int, stride: int) -> Tensor:
    x = layers.Conv2D(width, side, strides=stride, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.95, epsilon=1e-3)(x)


BUILDERS: dict[str, Callable[[Tensor], Tensor]] = {"alexnet": alexnet, "small": small}
"""From pixels in [-1, 1] to features [B, F], by the names of `BACKBONES`."""


def build(backbone: str) -> keras.Model:
    """A network with random weights, from keras' global seed.

    Args:
      backbone: one of `BACKBONES`.

    Returns:
      A model from pictures [B, S, S, 3] of aligned faces, sRGB in [0, 255], uint8 or float32, to float32[B, 12], which
      is not kept within [0, 5]: an intensity that was put out beyond them would have no gradient.

    Raises:
      InputError: for another name.
    """
    size = backbone_of(backbone).size
    picture = keras.Input((size, size, 3), name="picture")
    features = BUILDERS[backbone](layers.Rescaling(1.0 / 127.5, -1.0)(picture))
    # Labels are mostly 0, and so is what an untrained network should say.
    rows = layers.Dense(len(ACTION_UNITS), kernel_initializer="zeros", name="rows")(features)
    return keras.Model(picture, rows, name=backbone)


def clipped(network: keras.Model) -> keras.Model:
    """The same network with intensities within [0, 5]."""
    return keras.Model(network.input, layers.ReLU(MAX_INTENSITY, name="intensities")(network.output), name=network.name)
