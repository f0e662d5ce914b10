"""Training of estimators, on a backbone of one layer."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.estimation import estimator_training as module
from au_tf.estimation.backbones import BUILDERS
from au_tf.estimation.estimator import load_estimator
from au_tf.estimation.estimator_config import BACKBONES, Backbone, EstimatorTraining
from au_tf.estimation.estimator_training import BEST, STATE, errors, train
from au_tf.estimation.labelled_pictures import ResidentPictures
from au_tf.training.checkpoints import Checkpoint


def one_layer(x):
    return keras.layers.Dropout(0.2)(keras.layers.Flatten()(x))


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setitem(BACKBONES, "tiny", Backbone(4, 1e-2))
    monkeypatch.setitem(BUILDERS, "tiny", one_layer)
    return EstimatorTraining("tiny", epochs=3, batch_size=10)


def drawn(count, seed):
    """Pictures of which a linear function is the label."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(0, 256, (count, 4, 4, 3)).astype(np.uint8)
    return ResidentPictures(pictures, pictures.reshape(count, 48)[:, :12] / 51.0)


PICTURES, OTHERS = drawn(64, 0), drawn(16, 1)


def quiet(*_):
    """A progress that shows nothing."""


def weights(trained):
    return trained.estimator.network.get_weights()


def test_it_learns_and_the_rate_falls_as_in_the_paper(short, tmp_path, monkeypatch):
    rates = []
    fit = keras.Model.fit

    def noted(self, *given, **named):
        history = fit(self, *given, **named)
        rates.append(float(self.optimizer.learning_rate))
        return history

    monkeypatch.setattr(keras.Model, "fit", noted)
    trained = train(PICTURES, OTHERS, replace(short, epochs=20), tmp_path, progress=quiet)
    assert trained.epochs[-1].loss < 0.6 * trained.epochs[0].loss
    np.testing.assert_allclose(rates, 1e-2 * 0.96 ** np.arange(1, 21), rtol=1e-5)


def test_the_best_epoch_on_the_validation_pictures_is_kept(short, tmp_path, monkeypatch):
    found = iter([(1.0, 3.0), (1.0, 2.0), (1.0, 2.5)])
    kept = []
    monkeypatch.setattr(
        module, "errors", lambda estimator, _: kept.append(estimator.network.get_weights()) or next(found)
    )
    trained = train(PICTURES, OTHERS, short, tmp_path, progress=quiet)
    assert trained.best == 1 and [epoch.mse for epoch in trained.epochs] == [3.0, 2.0, 2.5]
    for weight, own in zip(weights(trained), kept[1], strict=True):
        np.testing.assert_array_equal(weight, own)
    assert np.any(weights(trained)[0] != kept[2][0])


def test_the_last_passes_are_over_the_recorded_pictures_alone(short, tmp_path):
    """Synthesised labels that are the wrong way round are unlearnt by them."""
    made = ResidentPictures(PICTURES.pictures, 5.0 - PICTURES.intensities)
    config = replace(short, recorded_epochs=20)
    trained = train(made, OTHERS, config, tmp_path, progress=quiet, recorded=PICTURES)
    assert len(trained.epochs) == 23 and trained.best >= 3
    assert trained.epochs[-1].mse < 0.8 * trained.epochs[2].mse
    with pytest.raises(InputError, match="found 6 to train on"):
        train(made, OTHERS, config, tmp_path / "few", progress=quiet, recorded=drawn(6, 0))


@pytest.mark.parametrize("broken_at", [1, 2])
def test_a_training_that_was_stopped_goes_on_to_the_same_weights(short, broken_at, tmp_path, monkeypatch):
    whole = train(PICTURES, OTHERS, short, tmp_path / "whole", progress=quiet)
    calls, save = [], Checkpoint.save

    def stop(*given):
        calls.append(given)
        if len(calls) == broken_at:
            raise KeyboardInterrupt
        save(*given)

    monkeypatch.setattr(Checkpoint, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        train(PICTURES, OTHERS, short, tmp_path / "work", progress=quiet)
    monkeypatch.setattr(Checkpoint, "save", save)
    resumed = train(PICTURES, OTHERS, short, tmp_path / "work", progress=quiet)
    assert resumed.epochs == whole.epochs
    for one, other in zip(weights(resumed), weights(whole), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_finished_is_not_trained_again(short, tmp_path, monkeypatch):
    whole = train(PICTURES, OTHERS, short, tmp_path, progress=quiet)
    monkeypatch.setattr(keras.Model, "fit", None)
    again = train(PICTURES, OTHERS, short, tmp_path, progress=quiet)
    assert again.epochs == whole.epochs
    assert errors(load_estimator(tmp_path / BEST), OTHERS) == errors(whole.estimator, OTHERS)


@pytest.mark.parametrize(
    ("pictures", "changes", "differs"), [(PICTURES, {"seed": 1}, "seed"), (drawn(64, 5), {}, "train")]
)
def test_the_state_of_another_training_is_refused(pictures, changes, differs, short, tmp_path):
    train(PICTURES, OTHERS, short, tmp_path, progress=quiet)
    before = (tmp_path / STATE).read_bytes()
    with pytest.raises(InputError, match=rf"state\.npz: training: found one with another {differs}, expected"):
        train(pictures, OTHERS, replace(short, **changes), tmp_path, progress=quiet)
    assert (tmp_path / STATE).read_bytes() == before


def test_bad_settings_and_pictures_are_told(short, tmp_path):
    for wrong in ({"epochs": 0}, {"batch_size": 0}, {"learning_rate": 2.0}, {"decay": 1.0}, {"seed": -1}):
        (name,) = wrong
        with pytest.raises(InputError, match=f"^{name}: found"):
            replace(short, **wrong)
    with pytest.raises(InputError, match="backbone: found vgg"):
        EstimatorTraining("vgg")
    with pytest.raises(InputError, match="pictures: found 6 to train on and 16 to validate on"):
        train(drawn(6, 0), OTHERS, short, tmp_path, progress=quiet)
    with pytest.raises(InputError, match="pictures: shapes"):
        ResidentPictures(PICTURES.pictures, PICTURES.intensities[:3])
    assert not list(tmp_path.iterdir())


TWO_DEVICES = """
import json, sys
from au_tf import startup
startup.start_tensorflow()
from au_tf.training import devices
devices.provide_processors(["CPU:0", "CPU:1"])
sys.path.insert(0, sys.argv[1])
import keras
import test_estimator_training as own
own.BACKBONES["tiny"] = own.Backbone(4, 1e-2)
own.BUILDERS["tiny"] = lambda x: keras.layers.Flatten()(x)
short = own.EstimatorTraining("tiny", epochs=3, batch_size=10)
found = []
for devices in (["CPU:0"], ["CPU:0", "CPU:1"]):
    trained = own.train(own.PICTURES, own.OTHERS, short, f"{sys.argv[2]}/{len(devices)}", devices, own.quiet)
    found.append([w.ravel().tolist() for w in own.weights(trained)])
print(json.dumps(found))
"""


def test_two_devices_make_the_steps_of_one(tmp_path):
    words = [sys.executable, "-c", TWO_DEVICES, os.path.dirname(__file__), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    one, two = json.loads(done.stdout)
    for first, second in zip(one, two, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-6)
