"""The objectives of the paper, eqs. 3-10: pure functions, one value a sample.

Discriminators answer with logits, `D = sigmoid(logit)`, so that every logarithm stays finite:
`log D = -softplus(-logit)` and `log(1 - D) = -softplus(logit)`. Nothing here averages over the
batch: whoever trains does, once, over the global batch, so that several replicas agree with one.
"""

import tensorflow as tf

from au_tf.arrays import Tensor


def adversarial_value(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """log D(real) + log(1 - D(fake)), which D maximises and its opponent minimises.

    Eq. 3 with samples of CGAN's generator, eq. 6 with draws of the prior against codes of the encoder,
    eq. 8 with expressions against those that the autoencoder generates.

    Args:
      real_logits: float32[B], D's logits of samples of the distribution to imitate.
      fake_logits: float32[B], D's logits of the imitations.

    Returns:
      float32[B], at most 0.
    """
    return -tf.nn.softplus(-real_logits) - tf.nn.softplus(fake_logits)


def non_saturating_loss(fake_logits: Tensor) -> Tensor:
    """-log D(fake), which pulls the same way as log(1 - D(fake)) and does not vanish where D is sure.

    Not in the paper: Goodfellow et al. 2014, section 3, for the opponent's side of eqs. 3, 6 and 8.

    Args:
      fake_logits: float32[B].

    Returns:
      float32[B], at least 0.
    """
    return tf.nn.softplus(-fake_logits)


def reconstruction_loss(expression: Tensor, reconstruction: Tensor) -> Tensor:
    """Mean absolute difference over the dimensions, L_G (eq. 7).

    Args:
      expression: float32[B, E].
      reconstruction: float32[B, E].

    Returns:
      float32[B], at least 0.
    """
    return tf.reduce_mean(tf.abs(expression - reconstruction), axis=-1)


def range_loss(expression: Tensor, lower: Tensor, upper: Tensor) -> Tensor:
    """L1 norm of what lies outside the limits, L_R (eqs. 4 and 9).

    Args:
      expression: float32[B, E], generated.
      lower: float32[E] or scalar.
      upper: float32[E] or scalar.

    Returns:
      float32[B], at least 0, and 0 inside the limits.
    """
    above = tf.maximum(expression - upper, 0.0)
    below = tf.maximum(lower - expression, 0.0)
    return tf.reduce_sum(above, axis=-1) + tf.reduce_sum(below, axis=-1)


def cgan_objective(range_: Tensor, expression_value: Tensor, range_weight: float) -> Tensor:
    """Overall objective of CGAN (eq. 5).

    Args:
      range_: float32[B], L_R (eq. 4).
      expression_value: float32[B], eq. 3.
      range_weight: beta.

    Returns:
      float32[B].
    """
    return range_weight * range_ + expression_value


def caae_objective(
    reconstruction: Tensor,
    range_: Tensor,
    prior_value: Tensor,
    expression_value: Tensor,
    reconstruction_weight: float,
    range_weight: float,
) -> Tensor:
    """Overall objective of CAAE (eq. 10), minimised by E and G, maximised by D_z and D_exp.

    Args:
      reconstruction: float32[B], L_G (eq. 7).
      range_: float32[B], L_R (eq. 9).
      prior_value: float32[B], eq. 6.
      expression_value: float32[B], eq. 8.
      reconstruction_weight: lambda.
      range_weight: beta.

    Returns:
      float32[B].
    """
    return reconstruction_weight * reconstruction + range_weight * range_ + prior_value + expression_value
