from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from au_tf.synthesis.adversarial.adversarial_training import with_optimizers
from au_tf.synthesis.adversarial.batches import Batch
from au_tf.synthesis.adversarial.cgan import CGAN
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import CGANConfig, TrainingConfig

SMALL = CGANConfig(expression_size=6, latent_size=4, hidden=(8, 8), discriminator_hidden=(8, 8))


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    return Batch(*(rng.uniform(-1, 1, (16, size)).astype(np.float32) for size in (6, 6, 12, 12, 4)))


def make(config=SMALL):
    keras.utils.set_random_seed(1)
    size = config.expression_size
    return CGAN(config, Bounds(np.full(size, -2, np.float32), np.full(size, 2, np.float32)))


def test_networks_have_the_sizes_of_the_paper():
    model = make(CGANConfig())
    sizes = {"generator": (112, 79, "tanh"), "expression_discriminator": (91, 1, "linear")}
    for name, (inputs, outputs, last) in sizes.items():
        network = getattr(model, name)
        assert network.input_shape == (None, inputs) and network.output_shape == (None, outputs)
        assert [layer.activation.__name__ for layer in network.layers] == ["relu", "relu", last]
    assert model.config.range_weight == 10


def test_terms_are_those_of_the_equations(batch):
    """Eqs. 3-5 spelt out with sigmoids, on what the networks answer."""
    model = make(replace(SMALL, range_limit=0.1))
    values = model.sample_losses(batch)

    def chance(expression, label):
        logits = model.expression_discriminator(np.concatenate([expression, label], -1))[:, 0]
        return tf.sigmoid(logits).numpy().astype(np.float64)

    generated = model.generator(np.concatenate([batch.prior, batch.asked], -1)).numpy()
    value = np.log(chance(batch.target, batch.label)) + np.log(1 - chance(generated, batch.asked))
    outside = np.maximum(generated - 0.1, 0).sum(1) + np.maximum(-0.1 - generated, 0).sum(1)
    np.testing.assert_allclose(values["expression_value"], value, rtol=1e-4)
    np.testing.assert_allclose(values["range"], outside, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(values["objective"], 10 * outside + value, rtol=1e-4, atol=1e-5)


def test_the_source_does_not_enter(batch):
    model = make()
    other = batch._replace(source=-batch.source)
    for name, value in model.sample_losses(batch).items():
        np.testing.assert_array_equal(value, model.sample_losses(other)[name])


def test_a_distribution_that_depends_on_the_label_is_learnt():
    """Expressions around the mean of the first two labels: in time what is asked decides what comes."""
    rng = np.random.default_rng(0)
    config = replace(SMALL, adversarial="non-saturating", hidden=(32, 32), discriminator_hidden=(32, 32))
    model = with_optimizers(make(config), TrainingConfig(learning_rate=2e-3, discriminator_learning_rate=2e-3))
    step = tf.function(model.train_step)
    for _ in range(250):
        label = rng.uniform(-1, 1, (64, 12))
        target = 0.8 * np.tanh(label[:, :2].sum(1, keepdims=True) * np.ones(6)) + rng.normal(0, 0.05, (64, 6))
        parts = target, target, label, label, rng.uniform(-1, 1, (64, 4))
        step(Batch(*(tf.constant(part, tf.float32) for part in parts)))
    label = rng.uniform(-1, 1, (500, 12)).astype(np.float32)
    found = model((rng.uniform(-1, 1, (500, 4)).astype(np.float32), label)).numpy().mean(1)
    assert np.corrcoef(found, 0.8 * np.tanh(label[:, :2].sum(1)))[0, 1] > 0.8
