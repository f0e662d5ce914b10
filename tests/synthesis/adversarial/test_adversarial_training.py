import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from au_tf.errors import InputError
from au_tf.files import read_npz, write_npz
from au_tf.synthesis.adversarial import adversarial_training as loop
from au_tf.synthesis.adversarial.batches import Frames, draw_batch
from au_tf.synthesis.adversarial.caae import CAAE
from au_tf.synthesis.adversarial.cgan import CGAN
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import CAAEConfig, CGANConfig, TrainingConfig
from au_tf.training import loop as rounds
from au_tf.training.checkpoints import Checkpoint
from au_tf.training.devices import strategy_for

SIZES = {"expression_size": 6, "latent_size": 4, "hidden": (8,), "discriminator_hidden": (8,)}
KINDS = {"caae": (CAAE, CAAEConfig(**SIZES)), "cgan": (CGAN, CGANConfig(**SIZES))}
SHORT = TrainingConfig(
    iterations=7,
    batch_size=8,
    learning_rate=1e-2,
    decay="cosine",
    soft_labels="uniform",
    cross_frame=0.5,
    steps_per_call=3,
)
LONG = replace(SHORT, iterations=90)


def recorded(seed=0):
    rng = np.random.default_rng(seed)
    expression = rng.normal(size=(40, 6))
    return Frames.of(expression, expression, rng.integers(0, 6, (40, 12)), np.arange(40) // 8, Bounds.of(expression))


def make(kind, config):
    keras.utils.set_random_seed(1)
    model, networks = KINDS[kind]
    return loop.with_optimizers(model(networks, Bounds.of(recorded().expression)), config)


def state(model):
    """All that the next step depends on."""
    owners = [(model.moved(party), model.optimizer_of(party).variables) for party in model.PARTIES]
    return [tf.convert_to_tensor(variable.value).numpy() for pair in owners for part in pair for variable in part]


def quiet(*_):
    """A progress that shows nothing."""


def fit(model, frames, config):
    """The same training as Keras makes it: the mean losses of every epoch by name."""
    resident = Frames(*map(tf.constant, frames))
    steps = tf.data.Dataset.range(config.iterations)
    batches = steps.map(lambda step: draw_batch(resident, config, model.config.latent_size, step))
    epochs = -(-config.iterations // config.steps_per_call)
    with pytest.warns(UserWarning, match="ran out of data"):  # the last epoch is shorter than the others
        return model.fit(
            batches, epochs=epochs, steps_per_epoch=config.steps_per_call, shuffle=False, verbose=0
        ).history


@pytest.mark.parametrize(("kind", "xla_from"), [("caae", 1), ("cgan", loop.XLA_FROM)])
def test_the_compiled_loop_and_fit_are_the_same_training(kind, xla_from, monkeypatch):
    monkeypatch.setattr(loop, "XLA_FROM", xla_from)
    looped, fitted = (make(kind, SHORT) for _ in range(2))
    seen = []
    losses = loop.train(looped, recorded(), SHORT, lambda step, losses: seen.append((step, losses)))
    history = fit(fitted, recorded(), SHORT)
    for one, other in zip(state(looped), state(fitted), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert [step for step, _ in seen] == [3, 6, 7] and losses == seen[-1][1]
    for name in looped.LOSSES:
        np.testing.assert_allclose(history[name], [means[name] for _, means in seen], rtol=1e-5, atol=1e-7)


def test_training_stops_where_a_loss_is_no_number(tmp_path):
    """What is wrong in the discriminator is in the generator after a step, and then in every loss."""
    model = make("cgan", SHORT)
    model.expression_discriminator.set_weights(
        [np.full_like(w, np.nan) for w in model.expression_discriminator.get_weights()]
    )
    with pytest.raises(InputError, match="training: range at step 3: found nan, expected a finite loss"):
        loop.train(model, recorded(), SHORT, quiet, checkpoint=tmp_path / "state.npz")
    assert not (tmp_path / "state.npz").exists()


def train_and_tell(path):
    """What the process does that is killed: it would not end by itself."""

    def tell(step, _):
        print(step, flush=True)
        if step == 60:
            time.sleep(600)

    loop.XLA_FROM = 1
    loop.train(make("cgan", LONG), recorded(), LONG, tell, path)


KILLED = """
import sys
sys.path.insert(0, {folder!r})
import test_adversarial_training as own
own.train_and_tell({path!r})
"""


def test_a_killed_training_goes_on_as_if_never_stopped(tmp_path, monkeypatch):
    """By XLA, as every long training; the next tests do it without."""
    monkeypatch.setattr(loop, "XLA_FROM", 1)
    path = tmp_path / "state.npz"
    code = KILLED.format(folder=str(Path(__file__).parent), path=str(path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.strip() == "6":
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL
    assert 6 <= int(read_npz(path, ["step"])["step"]) < LONG.iterations
    whole, resumed, again = (make("cgan", LONG) for _ in range(3))
    losses = loop.train(whole, recorded(), LONG, quiet)
    assert loop.train(resumed, recorded(), LONG, quiet, path) == losses
    # At its end there is nothing left to do.
    assert loop.train(again, recorded(), LONG, quiet, path) == losses
    for model in (resumed, again):
        for one, other in zip(state(model), state(whole), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("kind", "config", "seed", "differs"),
    [
        ("caae", replace(SHORT, learning_rate=1e-3), 0, "learning_rate"),
        ("caae", SHORT, 1, "frames"),
        ("cgan", SHORT, 0, "model"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(kind, config, seed, differs, tmp_path):
    path = tmp_path / "state.npz"
    model = make("caae", SHORT)
    Checkpoint(path, loop.identity_of(model, recorded(), SHORT)).save(loop.state_of(model), 3, [])
    with pytest.raises(InputError, match=f"training: found one with another {differs}"):
        loop.train(make(kind, config), recorded(seed), config, quiet, path)


def test_a_damaged_checkpoint_is_refused_and_changes_nothing(tmp_path):
    path = tmp_path / "state.npz"
    model = make("cgan", SHORT)
    checkpoint = Checkpoint(path, loop.identity_of(model, recorded(), SHORT))
    checkpoint.save(loop.state_of(model), 3, [])
    arrays = dict(np.load(path))
    before = state(model)
    write_npz(path, arrays | {"expression/network/1": np.zeros(2)})
    with pytest.raises(InputError, match=r"expression/network/1: found shape \(2,\), expected shape \(8,\)"):
        checkpoint.restore(loop.state_of(model))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"state\.npz"):
        checkpoint.restore(loop.state_of(model))
    assert all(np.array_equal(one, other) for one, other in zip(state(model), before, strict=True))


class Recorder(keras.callbacks.Callback):
    """Notes what it is told, and stops after an epoch."""

    def __init__(self, last):
        super().__init__()
        self.last, self.told = last, []

    def on_train_begin(self, logs=None):
        self.told.append("begin")

    def on_epoch_end(self, epoch, logs=None):
        self.told.append((epoch, tuple(sorted(logs))))
        self.model.stop_training = epoch == self.last

    def on_train_end(self, logs=None):
        self.told.append("end")


def test_callbacks_are_told_of_every_epoch_and_a_stopped_training_goes_on(tmp_path):
    names = tuple(sorted(CGAN.LOSSES))
    whole, stopped, resumed = (make("cgan", SHORT) for _ in range(3))
    for model, last, epochs in ((whole, None, (0, 1, 2)), (stopped, 1, (0, 1)), (resumed, None, (2,))):
        recorder = Recorder(last)
        path = None if model is whole else tmp_path / "state.npz"
        loop.train(model, recorded(), SHORT, quiet, checkpoint=path, callbacks=[recorder])
        assert recorder.told == ["begin", *((epoch, names) for epoch in epochs), "end"]
    for one, other in zip(state(resumed), state(whole), strict=True):
        np.testing.assert_array_equal(one, other)


def test_tensorboard_is_an_extra(tmp_path, monkeypatch):
    if rounds.importlib.util.find_spec("tensorboard") is not None:
        callback = rounds.tensorboard(tmp_path)
        loop.train(make("cgan", SHORT), recorded(), SHORT, quiet, callbacks=[callback])
        (events,) = tmp_path.rglob("events.out.tfevents*")
        tags = {v.tag for e in tf.compat.v1.train.summary_iterator(str(events)) for v in e.summary.value}
        assert {f"epoch_{name}" for name in CGAN.LOSSES} <= tags
    monkeypatch.setattr(rounds.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install 'au_tf\[tensorboard\]'"):
        rounds.tensorboard(tmp_path)


def test_devices_that_are_not_there_are_refused():
    with pytest.raises(InputError, match="devices: found TPU:7, expected one of CPU:0"):
        strategy_for(["TPU:7"])
    with pytest.raises(InputError, match="CPU:0 twice"):
        strategy_for(["CPU:0", "CPU:0"])
    assert strategy_for(["CPU:0"]).num_replicas_in_sync == strategy_for([]).num_replicas_in_sync == 1


def test_identity_tells_settings_apart():
    model = make("cgan", SHORT)
    identity = json.loads(loop.identity_of(model, recorded(), SHORT))
    assert identity["model"] == "CGAN" and identity["networks"]["latent_size"] == 4
    assert identity["training"]["seed"] == 0 and identity["frames"]
