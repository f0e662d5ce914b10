"""The conditional difference adversarial autoencoder of Zhou and Shi 2017, the pixel-level rival that the paper names.

"Photorealistic Facial Expression Synthesis by the Conditional Difference Adversarial Autoencoder", arXiv:1708.09126. It
is a CAAE of pictures of 32 x 32 whose encoder also hands its low-level features on: the generator makes, out of the
code and the label, the difference that they need to become those of the same person with another expression. Widths of
layers are ours, and so is the mean absolute difference (eq. 7) as reconstruction loss.
"""

import keras
import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.facs import MAX_INTENSITY
from au_tf.synthesis.adversarial import networks
from au_tf.synthesis.adversarial.adversarial_model import AdversarialModel
from au_tf.synthesis.adversarial.caae import CAAE
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import CDAAEConfig

_KERNEL = 5


class CDAAE(CAAE):
    """A CAAE of flat pictures float32[B, 32 * 32 * 3] in [-1, 1] with a feedforward path from encoder to generator."""

    # XLA's convolutions on processors are slower than TensorFlow's.
    XLA = False
    config: CDAAEConfig

    def __init__(self, config: CDAAEConfig, bounds: Bounds) -> None:
        AdversarialModel.__init__(self, config, bounds)
        self.encoder = _encoder(config)
        self.generator = _generator(config)
        self.expression_discriminator = _picture_discriminator(config)
        self.prior_discriminator = networks.prior_discriminator(config.latent_size, config.discriminator_hidden)
        self.built = True


def _encoder(config: CDAAEConfig) -> keras.Model:
    """A picture to its code in [-1, 1], followed by the features of the first layer."""
    pictures = keras.Input((config.expression_size,))
    features = keras.layers.Reshape((config.side, config.side, 3))(pictures)
    layers = []
    for channels in config.hidden:
        features = keras.layers.Conv2D(channels, _KERNEL, 2, "same", activation="relu")(features)
        layers.append(features)
    code = keras.layers.Dense(config.latent_size, "tanh")(keras.layers.Flatten()(features))
    seen = keras.layers.Concatenate()([code, keras.layers.Flatten()(layers[0])])
    return keras.Model(pictures, seen, name="encoder")


def _generator(config: CDAAEConfig) -> keras.Model:
    """A code, the features of the encoder's first layer and a label to a picture."""
    halves, low = config.side // 2, config.hidden[0]
    path = halves * halves * low
    given = keras.Input((config.latent_size + path + config.label_size,))
    code = keras.layers.Concatenate()([given[:, : config.latent_size], given[:, config.latent_size + path :]])
    own = keras.layers.Reshape((halves, halves, low))(given[:, config.latent_size : config.latent_size + path])
    least = config.side // 2 ** len(config.hidden)
    features = keras.layers.Dense(least * least * config.hidden[-1], "relu")(code)
    features = keras.layers.Reshape((least, least, config.hidden[-1]))(features)
    for channels in config.hidden[-2:0:-1]:
        features = keras.layers.Conv2DTranspose(channels, _KERNEL, 2, "same", activation="relu")(features)
    difference = keras.layers.Conv2DTranspose(low, _KERNEL, 2, "same")(features)
    features = keras.layers.Activation("relu")(keras.layers.Add()([difference, own]))
    picture = keras.layers.Conv2DTranspose(3, _KERNEL, 2, "same", activation="tanh")(features)
    return keras.Model(given, keras.layers.Flatten()(picture), name="generator")


def _picture_discriminator(config: CDAAEConfig) -> keras.Model:
    """A picture beside a label to one logit; each number of the label is a channel."""
    given = keras.Input((config.expression_size + config.label_size,))
    picture = keras.layers.Reshape((config.side, config.side, 3))(given[:, : config.expression_size])
    label = keras.layers.RepeatVector(config.side**2)(given[:, config.expression_size :])
    label = keras.layers.Reshape((config.side, config.side, config.label_size))(label)
    features = keras.layers.Concatenate()([picture, label])
    for channels in config.discriminator_hidden:
        features = keras.layers.Conv2D(channels, _KERNEL, 2, "same", activation="leaky_relu")(features)
    return keras.Model(given, keras.layers.Dense(1)(keras.layers.Flatten()(features)), name="expression_discriminator")


def generate_pictures(model: CDAAE, pictures: Tensor, intensities: Tensor) -> Tensor:
    """The same people with other expressions.

    Args:
      model: trained.
      pictures: [B, S, S, 3] in 0..255, sRGB.
      intensities: [B, 12] in [0, 5].

    Returns:
      float32[B, S, S, 3] in 0..255.
    """
    flat = tf.reshape(tf.cast(pictures, tf.float32), (len(pictures), model.config.expression_size))
    label = tf.cast(intensities, tf.float32) * (2.0 / MAX_INTENSITY) - 1.0
    made = model.bounds.from_network(model((model.bounds.to_network(flat), label)))
    return tf.reshape(made, pictures.shape)
