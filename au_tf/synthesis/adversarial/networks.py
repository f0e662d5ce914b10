"""The sub-networks of the paper's Fig. 4: three fully connected layers each, ReLU inside."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from au_tf.arrays import Tensor


def dense_stack(name: str, inputs: int, hidden: Sequence[int], outputs: int, activation: str | None) -> keras.Model:
    """A stack of fully connected layers with ReLU between them, built and ready to be called.

    Args:
      name: of the network.
      inputs: size of the input.
      hidden: sizes of the hidden layers.
      outputs: size of the output.
      activation: of the output layer, e.g. "tanh"; None for logits.

    Returns:
      A model from float32[B, inputs] to float32[B, outputs].
    """
    layers = [keras.layers.Dense(units, activation="relu", name=f"hidden_{i}") for i, units in enumerate(hidden)]
    return keras.Sequential(
        [keras.Input((inputs,)), *layers, keras.layers.Dense(outputs, activation=activation, name="output")], name=name
    )


def encoder(expression: int, latent: int, hidden: Sequence[int]) -> keras.Model:
    """E: an expression in [-1, 1] to a code in [-1, 1] (Fig. 4f)."""
    return dense_stack("encoder", expression, hidden, latent, "tanh")


def generator(label: int, latent: int, expression: int, hidden: Sequence[int]) -> keras.Model:
    """G: a code or noise beside a label to an expression in [-1, 1] (Figs. 4a and 4d)."""
    return dense_stack("generator", latent + label, hidden, expression, "tanh")


def expression_discriminator(expression: int, label: int, hidden: Sequence[int]) -> keras.Model:
    """D_exp: an expression beside a label to one logit (Figs. 4b and 4c; the sigmoid is part of the loss)."""
    return dense_stack("expression_discriminator", expression + label, hidden, 1, None)


def prior_discriminator(latent: int, hidden: Sequence[int]) -> keras.Model:
    """D_z: a code to one logit (Fig. 4e; the sigmoid is part of the loss)."""
    return dense_stack("prior_discriminator", latent, hidden, 1, None)


def judge(discriminator: keras.Model, expression: Tensor, label: Tensor) -> Tensor:
    """Logits of D_exp, float32[B], for float32[B, E] and float32[B, 12]."""
    return discriminator(tf.concat([expression, label], -1))[:, 0]
