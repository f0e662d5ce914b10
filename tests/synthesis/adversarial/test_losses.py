import math

import numpy as np
import pytest
import tensorflow as tf

from au_tf.synthesis.adversarial import losses


def array(*values):
    return np.array(values, np.float32)


LN2, LN3, LN4 = math.log(2), math.log(3), math.log(4)


def test_adversarial_value_by_hand():
    # Eqs. 3, 6, 8. Logits ln 3, 0, -ln 3 are D = 3/4, 1/2, 1/4.
    value = losses.adversarial_value(array(LN3, 0.0, -LN3), array(-LN3, 0.0, LN3))
    # ln 3/4 + ln(1 - 1/4), ln 1/2 + ln 1/2, ln 1/4 + ln(1 - 3/4).
    np.testing.assert_allclose(value, [2 * (LN3 - LN4), -2 * LN2, -2 * LN4], rtol=1e-6)


def test_adversarial_value_stays_finite_where_a_sigmoid_would_round_to_one():
    # D(fake) = sigmoid(200) is 1 in float32 and log(1 - D) would be -inf; it is -200.
    logits = tf.constant([200.0])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = losses.adversarial_value(array(200.0), logits)
    np.testing.assert_allclose(value, [-200.0])
    np.testing.assert_allclose(tape.gradient(value, logits), [-1.0])


def test_non_saturating_loss_by_hand():
    # -ln 1/4 = ln 4, -ln 1/2 = ln 2.
    np.testing.assert_allclose(losses.non_saturating_loss(array(-LN3, 0.0)), [LN4, LN2], rtol=1e-6)


def test_reconstruction_loss_by_hand():
    # Eq. 7: (|1 - 0| + |2 - 4| + |-3 - -3|) / 3 = 1 and (0.5 + 0 + 1) / 3 = 0.5.
    value = losses.reconstruction_loss(
        array([1.0, 2.0, -3.0], [0.5, 0.0, 0.0]), array([0.0, 4.0, -3.0], [0.0, 0.0, -1.0])
    )
    np.testing.assert_allclose(value, [1.0, 0.5])


def test_range_loss_by_hand():
    # Eqs. 4 and 9, limits (-1, 2) and (0, 1): 3 - 2 = 1 above, 0 - -0.5 = 0.5 below; nothing at the limits.
    value = losses.range_loss(array([3.0, -0.5], [-1.0, 1.0]), array(-1.0, 0.0), array(2.0, 1.0))
    np.testing.assert_allclose(value, [1.5, 0.0])


def test_objectives_by_hand():
    # Eq. 5: 10 * 0.2 - 1.5. Eq. 10: 100 * 0.03 + 10 * 0.2 - 0.7 - 1.5.
    np.testing.assert_allclose(losses.cgan_objective(array(0.2), array(-1.5), 10.0), [0.5], rtol=1e-6)
    np.testing.assert_allclose(
        losses.caae_objective(*array([0.03], [0.2], [-0.7], [-1.5]), 100.0, 10.0), [2.8], rtol=1e-6
    )


@pytest.mark.parametrize("logit", [-2.0, 0.0, 2.0])
def test_both_opponents_of_a_discriminator_pull_the_same_way(logit):
    logits = tf.constant([logit])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        minimax = losses.adversarial_value(array(0.0), logits)
        non_saturating = losses.non_saturating_loss(logits)
    # Both fall as the fake looks more real: by D and by 1 - D (Goodfellow et al. 2014).
    d = 1 / (1 + math.exp(-logit))
    np.testing.assert_allclose(tape.gradient(minimax, logits), [-d], rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(non_saturating, logits), [d - 1], rtol=1e-6)
