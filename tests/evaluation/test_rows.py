from dataclasses import replace
from typing import get_args, get_type_hints

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.evaluation.protocols import kept_networks, methods as rows
from au_tf.evaluation.protocols.methods import ROWS, SCHEDULES, Methods, makers
from au_tf.pipelines.table_config import Table1Config
from au_tf.synthesis.network_config import CGANConfig, TrainingConfig
from au_tf.synthesis.noise_generator import NoiseGenerator
from au_tf.training.checkpoints import Checkpoint

CGAN = CGANConfig(hidden=(8,), discriminator_hidden=(8,), latent_size=4)
SHORT = TrainingConfig(iterations=6, batch_size=16, steps_per_call=2, learning_rate=1e-2)


@pytest.fixture(scope="module")
def kept(train, face, tmp_path_factory):
    """A generator that was trained, and the folder that it is kept in."""
    models = tmp_path_factory.mktemp("models")
    generator = kept_networks.trained(CGAN, SHORT, train, face, models / "cgan")
    (folder,) = models.iterdir()
    return generator, folder


def answer(generator, face):
    return generator.generate(np.zeros((3, len(face.expression_basis))), np.ones(12)).tobytes()


def test_what_is_trained_is_kept(kept, train, face, monkeypatch):
    generator, folder = kept
    assert isinstance(generator, NoiseGenerator) and generator.config.expression_size == len(face.expression_basis)
    assert {path.name for path in folder.iterdir()} == {"generator.npz", "settings.json"}
    monkeypatch.setattr(kept_networks, "learn", lambda *given, **more: pytest.fail("trained again"))
    assert answer(kept_networks.trained(CGAN, SHORT, train, face, folder.parent / "cgan"), face) == answer(
        generator, face
    )


def test_other_settings_and_other_frames_are_another_training(train, face, tmp_path, monkeypatch):
    class Learnt:
        def save(self, place):
            (place / "generator.npz").touch()
            (place / "checkpoint.npz").touch()

    monkeypatch.setattr(kept_networks, "learn", lambda *given, **more: Learnt())
    monkeypatch.setattr(kept_networks, "load_generator", lambda place: place)
    other = train.where(slice(1, None)), replace(face, name="other", mean_shape=face.mean_shape + 1)
    variants = [(CGAN, SHORT, train, face), (CGAN, replace(SHORT, seed=1), train, face)]
    variants += [(replace(CGAN, latent_size=5), SHORT, train, face), (CGAN, SHORT, other[0], face)]
    variants += [(CGAN, SHORT, train, other[1])]
    places = [kept_networks.trained(*variant, tmp_path / "cgan") for variant in variants]
    assert len(set(places)) == 5 and all(place.parent == tmp_path for place in places)


def test_what_was_interrupted_goes_on_to_the_same_end(kept, train, face, tmp_path, monkeypatch):
    steps, save = [], Checkpoint.save

    def stop_after_two(self, model, step, losses):
        save(self, model, step, losses)
        steps.append(step)
        if len(steps) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        kept_networks.trained(CGAN, SHORT, train, face, tmp_path / "cgan")
    generator = kept_networks.trained(CGAN, SHORT, train, face, tmp_path / "cgan")
    assert steps == [2, 4, 6] and answer(generator, face) == answer(kept[0], face)
    (folder,) = tmp_path.iterdir()
    assert {path.name for path in folder.iterdir()} == {"generator.npz", "settings.json"}


def test_every_row_of_a_network_trains_what_its_name_says(train, face, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(rows, "trained", lambda networks, training, frames, face, folder: calls.append(
        (networks.KIND, training.soft_labels, training.seed, folder.name)
    ))  # fmt: skip
    recipes = {name: replace(recipe, soft_labels="normal") for name, recipe in SCHEDULES["paper"].items()}
    names = ["caae-uniform", "cgan", "caae-soft"]
    for make in makers(Methods(tmp_path, face, recipes), names).values():
        make(train, 7)
    # In the order of the table, whatever that of the names.
    assert calls == [
        ("cgan", "none", 7, "cgan-7"),
        ("caae", "normal", 7, "caae-normal-7"),
        ("caae", "uniform", 7, "caae-uniform-7"),
    ]


def test_rows_without_networks(train, face, effects, tmp_path):
    made = makers(Methods(tmp_path, face, {}), ["linear", "transfer"])
    assert list(made) == ["Transfer", "Linear"]
    asked = np.eye(12)
    linear = made["Linear"](train, 0).generate(np.zeros(len(face.expression_basis)), asked)
    np.testing.assert_allclose(linear, effects, atol=1e-4)
    assert made["Transfer"](train, 5).seed == 5
    with pytest.raises(InputError, match="rows: found dance, expected some of transfer, linear"):
        makers(Methods(tmp_path, face, {}), ["dance"])


def test_the_command_knows_all_schedules():
    assert set(SCHEDULES) == set(get_args(get_type_hints(Table1Config)["recipe"]))
    assert len({row.label for row in ROWS.values()}) == len(ROWS)
    for schedule in SCHEDULES.values():
        assert all(name == recipe.networks.KIND for name, recipe in schedule.items())
        assert all(recipe.training.soft_labels == "none" for recipe in schedule.values())
    paper = SCHEDULES["paper"]["caae"].training
    assert (paper.iterations, paper.batch_size, paper.learning_rate) == (150_000, 64, 1e-5)
