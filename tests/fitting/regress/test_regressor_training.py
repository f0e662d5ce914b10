"""Training of the regressor on a small head: it learns, goes on where it was left, and refuses what does not fit."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from au_tf.errors import InputError
from au_tf.fitting.regress import regressor_training as regressor_training
from au_tf.fitting.regress.estimate import RegressorConfig
from au_tf.fitting.regress.forward import forward
from au_tf.fitting.regress.network import network_of
from au_tf.fitting.regress.normalizer import Normalizer
from au_tf.fitting.regress.regressor_config import RegressorTraining
from au_tf.fitting.regress.regressor_training import landmark_part, scales_of, train
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline
from au_tf.fitting.synthetic.picture_store import SceneSampler, SyntheticSet, make
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera
from au_tf.fitting.view import features
from au_tf.rendering.native.batch_renderer import BatchRenderer

SMALL = RegressorConfig(widths=(4, 8, 8), blocks=(0, 0, 1), picture_features=32, landmark_features=(64,), hidden=32)
QUICK = RegressorTraining(pictures=200, steps=12, batch_size=16, landmark_steps=150, landmark_batch_size=64)


@pytest.fixture(scope="module")
def sampler(head) -> SceneSampler:
    def expressions(count, rng):
        return rng.standard_normal((count, 5)).astype(np.float32)

    error = replace(
        DetectorError.none(), rest=np.random.default_rng(9).normal(0, 0.5, (50, 136)), turns=np.zeros((50, 3))
    )
    return SceneSampler(head, SyntheticCamera(BatchRenderer(head)), Outline.of(head), error, expressions)


@pytest.fixture(scope="module")
def synthetic(sampler, tmp_path_factory) -> SyntheticSet:
    return make(sampler, tmp_path_factory.mktemp("synthetic"), QUICK.pictures, 0)


@pytest.fixture(scope="module")
def trained(sampler, synthetic):
    return train(sampler.model, synthetic, sampler.error, SMALL, QUICK)


def answers(regressor, synthetic):
    truth = synthetic.truth(slice(0, 100))
    landmarks = truth.landmarks.reshape(-1, 68, 2)
    pictures = Normalizer.of(regressor.scales.landmarks).normalize(synthetic.pictures[:100], landmarks)
    inputs = {"picture": pictures, "landmarks": landmarks, "view": features(truth.cameras)}
    return forward(regressor.weights, regressor.config, regressor.scales, **inputs), truth


def test_it_learns_where_faces_look(synthetic, trained):
    rows, truth = answers(trained, synthetic)
    turn, true = rows[:, 14:17], truth.place[:, :3]
    assert np.abs(turn - true).mean() < 0.5 * np.abs(true - true.mean(0)).mean()
    assert trained.mean_error > 1.0


@pytest.fixture
def eagerly():
    """Compiling takes longer than a few steps."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.usefixtures("eagerly")
def test_an_interrupted_training_ends_with_the_same_weights(sampler, synthetic, tmp_path, monkeypatch):
    monkeypatch.setattr(regressor_training, "_SAVE_EVERY", 2)
    few = replace(QUICK, steps=4, landmark_steps=3)
    settings = sampler.model, synthetic, sampler.error, SMALL
    whole = train(*settings, few)
    own, calls = regressor_training._Trainer._batch, []

    def drawn(self, number, size, pictures):
        calls.append(number)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return own(self, number, size, pictures)

    monkeypatch.setattr(regressor_training._Trainer, "_batch", drawn)
    with pytest.raises(KeyboardInterrupt):
        train(*settings, few, tmp_path / "state.npz")
    resumed = train(*settings, few, tmp_path / "state.npz")
    assert calls == [0, 1, 2, 3, 4, 5, 4, 5, 6]
    for first, second in zip(whole.weights, resumed.weights, strict=True):
        # Threads may add up gradients in another order, and kernels are rounded to half precision.
        np.testing.assert_allclose(first, second, rtol=2e-3, atol=1e-4)
    with pytest.raises(InputError, match=r"state\.npz: training: found one with another seed"):
        train(*settings, replace(few, seed=1), tmp_path / "state.npz")


def test_the_landmarks_part_is_part_of_the_network(trained):
    network = network_of(trained)
    part = landmark_part(network)
    assert {v.path for v in part.trainable_variables} < {v.path for v in network.trainable_variables}
    assert not [v.path for v in part.trainable_variables if "conv" in v.path]


def test_the_scales_are_those_of_the_pictures(synthetic):
    truth = synthetic.truth(slice(None))
    scales = scales_of(truth)
    np.testing.assert_allclose(scales.mean[14:20], truth.place.mean(0), rtol=1e-4)
    np.testing.assert_allclose(scales.landmarks[30], truth.landmarks.reshape(-1, 68, 2)[:, 30].mean(0), rtol=1e-4)
    assert np.all(scales.spread > 0) and len(scales.mean) == sum(SMALL.sizes.values()) - 200 - 79 + 14


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("steps", 0, "steps: found 0, expected a whole number of at least 1"),
        ("learning_rate", 2.0, "learning_rate: found 2.0"),
        ("landmark_steps", -1, "landmark_steps: found -1, expected a whole number of at least 0"),
        ("seed", -1, "seed: found -1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(field, value, message):
    with pytest.raises(InputError, match=message):
        replace(QUICK, **{field: value})
