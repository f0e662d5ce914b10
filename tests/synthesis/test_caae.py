import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from au_tf.errors import InputError
from au_tf.synthesis.batches import Batch, Frames, draw_batch
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.caae import CAAE, LOSSES
from au_tf.synthesis.config import CAAEConfig, TrainingConfig
from au_tf.synthesis.train import batches, compile_caae, train

SMALL = CAAEConfig(expression_size=6, latent_size=4, hidden=(8, 8), discriminator_hidden=(8, 8))
NETWORKS = ("encoder", "generator", "expression_discriminator", "prior_discriminator")


@pytest.fixture(scope="module")
def frames():
    rng = np.random.default_rng(0)
    expression = rng.normal(size=(40, 6))
    intensities = rng.integers(0, 6, (40, 12))
    return Frames.of(expression, expression, intensities, np.arange(40) // 8, Bounds.of(expression))


@pytest.fixture(scope="module")
def batch(frames):
    return draw_batch(frames, TrainingConfig(batch_size=16, permuted_labels=True), SMALL.latent_size, 0)


def make(config=SMALL, rates=(0.0, 0.0, 0.0)):
    keras.utils.set_random_seed(1)
    model = CAAE(config, Bounds(np.full(6, -2, np.float32), np.full(6, 2, np.float32)))
    model.compile(*(keras.optimizers.SGD(rate) for rate in rates))
    return model


def weights(model):
    return {name: np.concatenate([w.ravel() for w in getattr(model, name).get_weights()]) for name in NETWORKS}


@pytest.mark.parametrize("moved", [NETWORKS[:2], NETWORKS[2:3], NETWORKS[3:]])
def test_each_optimizer_moves_only_its_networks(batch, moved):
    model = make(rates=[0.1 * (party[0] in moved) for party in (NETWORKS[:1], NETWORKS[2:3], NETWORKS[3:])])
    before = weights(model)
    model.train_step(batch)
    after = weights(model)
    assert {name for name in NETWORKS if not np.array_equal(before[name], after[name])} == set(moved)


@pytest.mark.parametrize(
    ("rates", "loss", "sign"),
    [
        ((1e-3, 0.0, 0.0), "objective", -1),
        ((0.0, 1e-3, 0.0), "expression_value", 1),
        ((0.0, 0.0, 1e-3), "prior_value", 1),
    ],
)
def test_a_small_step_goes_the_way_of_eq_10(batch, rates, loss, sign):
    model = make(rates=rates)
    before = np.mean(model.sample_losses(batch)[loss])
    model.train_step(batch)
    assert sign * (np.mean(model.sample_losses(batch)[loss]) - before) > 1e-5


def test_repeated_steps_reconstruct_a_batch(batch):
    model = make(replace(SMALL, adversarial="non-saturating"), (1e-3, 1e-3, 1e-3))
    before = np.mean(model.sample_losses(batch)["reconstruction"])
    step = tf.function(model.train_step)
    for _ in range(100):
        result = step(batch)
    assert np.mean(model.sample_losses(batch)["reconstruction"]) < 0.9 * before
    assert set(result) == set(LOSSES)


def test_objective_is_the_sum_of_its_terms(batch):
    values = {k: np.asarray(v) for k, v in make().sample_losses(batch).items()}
    total = 100 * values["reconstruction"] + 10 * values["range"] + values["prior_value"] + values["expression_value"]
    np.testing.assert_allclose(values["objective"], total, rtol=1e-5)
    assert all(v.shape == (16,) for v in values.values())


def test_keras_file_brings_back_everything(batch, tmp_path):
    config = TrainingConfig(learning_rate=1e-2, decay="cosine", iterations=100)
    model = compile_caae(make(), config)
    model.train_step(batch)
    model.save(tmp_path / "caae.keras")
    again = keras.saving.load_model(tmp_path / "caae.keras")
    assert again.config == model.config and np.array_equal(again.bounds.lower, model.bounds.lower)
    assert all(o.built and o.iterations == 1 for o, _ in again._parties())
    # The next step needs the weights, the moments of Adam and the place in the schedule.
    model.train_step(batch)
    again.train_step(batch)
    for name in NETWORKS:
        assert np.array_equal(weights(model)[name], weights(again)[name])


def test_the_compiled_loop_and_fit_are_the_same_training(frames):
    config = TrainingConfig(iterations=7, batch_size=8, learning_rate=1e-2, cross_frame=0.5, steps_per_call=3)
    looped, fitted = (compile_caae(make(), config) for _ in range(2))
    seen = []
    train(looped, frames, config, lambda step, losses: seen.append((step, set(losses))))
    fitted.fit(batches(frames, config, SMALL.latent_size), shuffle=False, verbose=0)
    for name in NETWORKS:
        np.testing.assert_allclose(weights(looped)[name], weights(fitted)[name], atol=1e-6)
    assert seen == [(3, set(LOSSES)), (6, set(LOSSES)), (7, set(LOSSES))]


def test_training_stops_where_a_loss_is_no_number(frames):
    config = TrainingConfig(iterations=4, batch_size=8, steps_per_call=2)
    model = compile_caae(make(), config)
    model.generator.set_weights([np.full_like(w, np.nan) for w in model.generator.get_weights()])
    with pytest.raises(InputError, match="training: reconstruction at step 2: found nan"):
        train(model, frames, config, lambda *_: None)


REPLICAS = """
from au_tf import startup
startup.start_tensorflow()
import keras, numpy as np, tensorflow as tf
from au_tf.synthesis.batches import Batch
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.caae import CAAE
from au_tf.synthesis.config import CAAEConfig

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
rng = np.random.default_rng(0)
rows = Batch(*(rng.uniform(-1, 1, (8, n)).astype(np.float32) for n in (6, 6, 12, 12, 4)))

def update(strategy):
    keras.utils.set_random_seed(1)
    with strategy.scope():
        small = CAAEConfig(expression_size=6, latent_size=4, hidden=(8, 8), discriminator_hidden=(8, 8))
        model = CAAE(small, Bounds(-np.ones(6, np.float32), np.ones(6, np.float32)))
        model.compile(*(keras.optimizers.SGD(0.1) for _ in range(3)))
    start = np.concatenate([w.ravel() for w in model.get_weights()])
    model.fit(tf.data.Dataset.from_tensors(rows).unbatch().batch(8), verbose=0)
    return np.concatenate([w.ravel() for w in model.get_weights()]) - start

one = update(tf.distribute.get_strategy())
two = update(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]))
assert np.abs(one).max() > 0.1
np.testing.assert_allclose(one, two, atol=1e-6)
"""


def test_two_replicas_make_the_update_of_one():
    done = subprocess.run([sys.executable, "-c", REPLICAS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_batch_is_a_plain_tuple_for_any_loop(batch):
    assert Batch(*tuple(batch))._fields == ("source", "target", "label", "asked", "prior")
