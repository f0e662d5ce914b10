from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from au_tf.synthesis.adversarial import losses
from au_tf.synthesis.adversarial.batches import Batch, Frames, draw_batch
from au_tf.synthesis.adversarial.caae import CAAE
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import CAAEConfig, TrainingConfig

SMALL = CAAEConfig(expression_size=6, latent_size=4, hidden=(8, 8), discriminator_hidden=(8, 8))


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    expression = rng.normal(size=(40, 6))
    intensities = rng.integers(0, 6, (40, 12))
    frames = Frames.of(expression, expression, intensities, np.arange(40) // 8, Bounds.of(expression))
    return draw_batch(frames, TrainingConfig(batch_size=16, permuted_labels=True), SMALL.latent_size, 0)


def make(config=SMALL, rate=0.0):
    keras.utils.set_random_seed(1)
    model = CAAE(config, Bounds(np.full(6, -2, np.float32), np.full(6, 2, np.float32)))
    model.compile(*(keras.optimizers.SGD(rate) for _ in range(3)))
    return model


def test_networks_have_the_sizes_of_the_paper():
    model = CAAE(CAAEConfig(), Bounds(-np.ones(79, np.float32), np.ones(79, np.float32)))
    sizes = {
        "encoder": (79, 50, "tanh"),
        "generator": (62, 79, "tanh"),
        # Logits: the sigmoid is part of the loss.
        "expression_discriminator": (91, 1, "linear"),
        "prior_discriminator": (50, 1, "linear"),
    }
    for name, (inputs, outputs, last) in sizes.items():
        network = getattr(model, name)
        assert network.input_shape == (None, inputs) and network.output_shape == (None, outputs)
        assert [layer.activation.__name__ for layer in network.layers] == ["relu", "relu", last]


def test_repeated_steps_reconstruct_a_batch(batch):
    model = make(replace(SMALL, adversarial="non-saturating"), 1e-3)
    before = np.mean(model.sample_losses(batch)["reconstruction"])
    step = tf.function(model.train_step)
    for _ in range(100):
        step(batch)
    assert np.mean(model.sample_losses(batch)["reconstruction"]) < 0.9 * before


def test_objective_is_the_sum_of_its_terms(batch):
    values = {k: np.asarray(v) for k, v in make().sample_losses(batch).items()}
    total = 100 * values["reconstruction"] + 10 * values["range"] + values["prior_value"] + values["expression_value"]
    np.testing.assert_allclose(values["objective"], total, rtol=1e-5)


def test_terms_are_those_of_the_equations(batch):
    """Eqs. 6-9 spelt out with sigmoids, on what the networks answer."""
    model = make(replace(SMALL, range_limit=0.1))
    values = model.sample_losses(batch)
    code = model.encoder(batch.source)

    def chance(network, *inputs):
        return tf.sigmoid(network(np.concatenate(inputs, -1))[:, 0]).numpy().astype(np.float64)

    generated = model((batch.source, batch.asked)).numpy()
    prior, encoded = (chance(model.prior_discriminator, z) for z in (batch.prior, code))
    real = chance(model.expression_discriminator, batch.target, batch.label)
    fake = chance(model.expression_discriminator, generated, batch.asked)
    np.testing.assert_allclose(values["prior_value"], np.log(prior) + np.log(1 - encoded), rtol=1e-4)
    np.testing.assert_allclose(values["expression_value"], np.log(real) + np.log(1 - fake), rtol=1e-4)
    np.testing.assert_allclose(values["range"], np.maximum(np.abs(generated) - 0.1, 0).sum(1), rtol=1e-4, atol=1e-6)
    own = losses.reconstruction_loss(batch.target, model((batch.source, batch.label)))
    np.testing.assert_allclose(values["reconstruction"], own, rtol=1e-6)


def test_batch_is_a_plain_tuple_for_any_loop(batch):
    assert Batch(*tuple(batch))._fields == ("source", "target", "label", "asked", "prior")
