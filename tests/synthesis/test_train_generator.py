"""From people to a folder: what is trained, and what its card tells."""

import re
from dataclasses import replace

import keras
import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.facs import ACTIONS
from au_tf.simulation.population import record
from au_tf.simulation.population_config import SimulationConfig
from au_tf.synthesis import train_generator as module
from au_tf.synthesis.generators import load_generator
from au_tf.synthesis.mixed_effects import learn_mixed
from au_tf.synthesis.mixed_generator import MixedGenerator
from au_tf.synthesis.network_config import CAAEConfig, CGANConfig, TrainingConfig
from au_tf.synthesis.train_generator import publish, train_generator
from au_tf.synthesis.training_people import RecordedPeople, frames_of
from au_tf.training.frame_table import FrameTable

SMALL = {"hidden": (8,), "discriminator_hidden": (8,)}
SHORT = TrainingConfig(iterations=6, batch_size=8, steps_per_call=2)
FEW = SimulationConfig(people=3, frames=20)


@pytest.fixture(autouse=True)
def _measured_on_few(monkeypatch):
    monkeypatch.setattr(module, "UNSEEN", SimulationConfig(people=4, frames=40, seed=99))


@pytest.fixture(scope="module")
def face(cloud_face):
    """A face whose expression coefficients are its actions."""
    return cloud_face(np.eye(len(ACTIONS), dtype=np.float32))


@pytest.fixture(scope="module")
def recorded(face):
    """Three people of a data set."""
    made = record(face, FEW)
    nothing = np.zeros(len(made.person), np.int32)
    frames = FrameTable(made.expression, made.intensities.astype(np.int32), made.person + 7, nothing, nothing)
    return RecordedPeople("simulated_disfa/mine", frames, simulated=True)


def quiet(*_):
    """A progress that shows nothing."""


def card(folder):
    """The card, without the ends of lines."""
    return re.sub(r"\s+", " ", (folder / "README.md").read_text())


@pytest.fixture
def trained(face):
    """Trains and reads what was stored."""

    def run(folder, *given, **more):
        train_generator(folder, face, *given, progress=quiet, **more)
        return load_generator(folder)

    return run


def test_a_cgan_of_a_data_set(trained, face, recorded, tmp_path):
    generator = trained(tmp_path, CGANConfig(**SMALL), SHORT, recorded)
    generator.check(face)
    assert generator.config == CGANConfig(expression_size=48, **SMALL)
    expression = recorded.frames.expression
    np.testing.assert_array_equal(generator.bounds.lower, expression.min(0))
    np.testing.assert_array_equal(generator.bounds.upper, expression.max(0))
    text = card(tmp_path)
    assert text.startswith('# CGAN for the face model "cloud" Turns the intensities of 12 Action Units and noise into')
    assert "on 60 frames of the 3 people of the data set `simulated_disfa/mine` (split `train`); they are" in text
    options = "--iterations 6 --batch-size 8 --steps-per-call 2 --dataset simulated_disfa/mine"
    assert f"au-tf train cgan --hidden 8 --discriminator-hidden 8 {options} --out {tmp_path}" in text
    assert "## Measured on 4 people simulated for the purpose" in text
    for about_sources in ("shown by the source", "resting face", "Sources", "cross-frame", "neutral sources"):
        assert about_sources not in text


def test_the_card_of_people_who_were_filmed(trained, recorded, tmp_path):
    filmed = replace(recorded, name="disfa/coefficients_paper", simulated=False, data_dir=tmp_path / "my data")
    trained(tmp_path, CAAEConfig(**SMALL), replace(SHORT, cross_frame=0.5), filmed)
    text = card(tmp_path)
    assert "the data set `disfa/coefficients_paper` (split `train`). On this face model" in text
    assert f"--dataset disfa/coefficients_paper --data-dir '{tmp_path}/my data'" in text
    assert "licence" in text and "simulated people" not in text and "no recording of anyone" not in text
    assert "in 50% of the samples another frame of the person" in text


def test_a_caae_of_simulated_people(trained, tmp_path):
    trained(tmp_path, CAAEConfig(**SMALL), SHORT, FEW)
    text = card(tmp_path)
    assert '3 simulated people on the face model "cloud"; no recording of anyone was used' in text
    assert "left when nothing is asked" in text and "cross-frame" not in text
    rows = re.findall(r"^\| AU\d+ \|(?: -?\d\.\d\d \|){7}$", (tmp_path / "README.md").read_text(), re.MULTILINE)
    assert len(rows) == 12


def test_a_generator_without_networks_is_published_alike(face, recorded, tmp_path):
    made = learn_mixed(frames_of(recorded, face), face)
    publish(tmp_path, made, face, recorded, "au-tf train it", "It was made in a moment.")
    assert type(load_generator(tmp_path)) is MixedGenerator
    text = card(tmp_path)
    assert text.startswith('# MIXED for the face model "cloud" Turns a source expression and the intensities')
    # Mean, precision, gain, learnt effects, rate and calibrated effects, of 48 coefficients and 12 Action Units.
    assert f"holds {48 + 2 * 48**2 + 2 * 12 * 48 + 1:,} weights" in text
    assert f"au-tf train it --out {tmp_path} on 60 frames" in text and "It was made in a moment." in text


class Stop(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = True


def test_a_training_that_was_stopped_goes_on_from_its_checkpoint(trained, recorded, tmp_path):
    given = CGANConfig(**SMALL), SHORT, recorded
    state = tmp_path / "state.npz"
    stopped = trained(tmp_path / "stopped", *given, checkpoint=state, callbacks=[Stop()])
    resumed, whole = trained(tmp_path / "resumed", *given, checkpoint=state), trained(tmp_path / "whole", *given)
    one, two, three = (made.parts["generator"].get_weights() for made in (stopped, resumed, whole))
    assert not np.array_equal(one[0], two[0])
    assert all(np.array_equal(a, b) for a, b in zip(two, three, strict=True))


def test_what_cannot_be_trained_leaves_nothing(trained, face, recorded, tmp_path):
    still = replace(face, actions=np.zeros_like(face.actions))
    with pytest.raises(InputError, match=r"still\.npz: actions: found none that moves the face"):
        train_generator(tmp_path / "a", still, CGANConfig(), SHORT, recorded, source="still.npz")
    with pytest.raises(InputError, match="devices: found GPU:9"):
        trained(tmp_path / "b", CGANConfig(), SHORT, recorded, devices=("GPU:9",))
    assert list(tmp_path.iterdir()) == []
