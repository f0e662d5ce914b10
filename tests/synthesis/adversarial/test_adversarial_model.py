import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest

from au_tf.synthesis.adversarial.adversarial_training import with_optimizers
from au_tf.synthesis.adversarial.batches import Frames, draw_batch
from au_tf.synthesis.adversarial.caae import CAAE
from au_tf.synthesis.adversarial.cgan import CGAN
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import CAAEConfig, CGANConfig, TrainingConfig

SIZES = {"expression_size": 6, "latent_size": 4, "hidden": (8, 8), "discriminator_hidden": (8, 8)}
SMALL = {CAAE: CAAEConfig(**SIZES), CGAN: CGANConfig(**SIZES)}
PARTIES = [(kind, party) for kind in SMALL for party in kind.PARTIES]


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    expression = rng.normal(size=(40, 6))
    frames = Frames.of(expression, expression, rng.integers(0, 6, (40, 12)), np.arange(40) // 8, Bounds.of(expression))
    return draw_batch(frames, TrainingConfig(batch_size=16, permuted_labels=True), 4, 0)


def make(kind, rate=0.0, mover=None, **settings):
    """A model with plain gradient descent for each party, or with all but one standing still."""
    keras.utils.set_random_seed(1)
    model = kind(replace(SMALL[kind], **settings), Bounds(np.full(6, -2, np.float32), np.full(6, 2, np.float32)))
    model.compile(*(keras.optimizers.SGD(rate if mover in (None, party) else 0.0) for party in kind.PARTIES))
    return model


def weights(model):
    return {party: np.concatenate([np.ravel(v) for v in model.moved(party)]) for party in model.PARTIES}


@pytest.mark.parametrize(("kind", "party"), PARTIES)
def test_each_optimizer_moves_only_its_networks(batch, kind, party):
    model = make(kind, 0.1, party)
    before = weights(model)
    model.train_step(batch)
    after = weights(model)
    assert {name for name in before if not np.array_equal(before[name], after[name])} == {party}


@pytest.mark.parametrize("kind", SMALL)
def test_every_weight_belongs_to_one_party(kind):
    model = make(kind)
    moved = [id(v) for party in kind.PARTIES for v in model.moved(party)]
    assert len(set(moved)) == len(moved) and set(moved) == {id(v) for v in model.trainable_variables}


@pytest.mark.parametrize(("kind", "party"), PARTIES)
@pytest.mark.parametrize("adversarial", ["minimax", "non-saturating"])
def test_a_small_step_lowers_what_the_party_minimises(batch, kind, party, adversarial):
    model = make(kind, 1e-3, party, adversarial=adversarial)
    before = np.mean(model.goals(model.sample_losses(batch))[party])
    model.train_step(batch)
    assert np.mean(model.goals(model.sample_losses(batch))[party]) - before < -1e-6


@pytest.mark.parametrize("kind", SMALL)
def test_losses_are_one_a_sample_and_reported_as_running_means(batch, kind):
    model = make(kind)
    values = model.sample_losses(batch)
    assert all(v.shape == (16,) for v in values.values())
    model.reset_metrics()
    for _ in range(2):
        reported = model.train_step(batch)
    assert tuple(reported) == kind.LOSSES
    for name in kind.LOSSES:
        np.testing.assert_allclose(reported[name], np.mean(values[name]), rtol=1e-6)


@pytest.mark.parametrize("kind", SMALL)
def test_each_party_has_its_rate(kind):
    model = with_optimizers(make(kind), TrainingConfig(learning_rate=1e-2, discriminator_learning_rate=1e-3))
    rates = [float(model.optimizer_of(party).learning_rate) for party in kind.PARTIES]
    np.testing.assert_allclose(rates, [1e-2] + [1e-3] * (len(rates) - 1))
    assert all(isinstance(model.optimizer_of(party), keras.optimizers.Adam) for party in kind.PARTIES)


REPLICAS = """
from au_tf import startup
startup.start_tensorflow()
import keras, numpy as np, tensorflow as tf
from au_tf.synthesis.adversarial.batches import Frames
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.adversarial.caae import CAAE
from au_tf.synthesis.adversarial.cgan import CGAN
from au_tf.synthesis.network_config import CAAEConfig, CGANConfig, TrainingConfig
from au_tf.training.devices import strategy_for
from au_tf.synthesis.adversarial.adversarial_training import train

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
rng = np.random.default_rng(0)
expression = rng.normal(size=(40, 6))
bounds = Bounds.of(expression)
frames = Frames.of(expression, expression, rng.integers(0, 6, (40, 12)), np.arange(40) // 8, bounds)
settings = dict(expression_size=6, latent_size=4, hidden=(8, 8), discriminator_hidden=(8, 8))
training = TrainingConfig(iterations=5, batch_size=8, steps_per_call=3, permuted_labels=True, soft_labels="uniform")

def update(kind, config, strategy):
    keras.utils.set_random_seed(1)
    with strategy.scope():
        model = kind(config, bounds)
        model.compile(*(keras.optimizers.SGD(0.05) for _ in kind.PARTIES))
    start = np.concatenate([w.ravel() for w in model.get_weights()])
    losses = train(model, frames, training, lambda *_: None)
    return np.concatenate([w.ravel() for w in model.get_weights()]) - start, losses

for kind, config in ((CAAE, CAAEConfig(**settings)), (CGAN, CGANConfig(**settings))):
    one, losses = update(kind, config, tf.distribute.get_strategy())
    two, means = update(kind, config, strategy_for(["CPU:0", "CPU:1"]))
    assert np.abs(one).max() > 0.01
    np.testing.assert_allclose(two, one, atol=1e-6, err_msg=kind.__name__)
    for name in kind.LOSSES:
        np.testing.assert_allclose(means[name], losses[name], rtol=1e-4, err_msg=name)
"""


def test_two_replicas_make_the_updates_of_one():
    done = subprocess.run([sys.executable, "-c", REPLICAS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
