import os
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest

from au_tf.cli import arguments, main, train, train_mixed
from au_tf.simulation.config import SimulationConfig
from au_tf.synthesis.config import (
    FIXED,
    RECIPES,
    SHIPPED_CAAE,
    SHIPPED_TRAINING,
    CAAEConfig,
    CGANConfig,
    MixedEffectsConfig,
    TrainingConfig,
)
from au_tf.synthesis.generators import load_generator
from au_tf.synthesis.model_card import command_line
from au_tf.synthesis.training_people import RecordedPeople
from au_tf.training.frame_table import FrameTable


def parsed(command):
    return arguments.build_parser().parse_args([*command.split()[1:], "--out", "x"])


def configs(command):
    return train.configs(parsed(command))


def refused(capsys, *words):
    assert main.main(["train", *map(str, words)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("au-tf: ") and err.count("\n") == 1
    return err


@pytest.mark.parametrize("networks", [CAAEConfig, CGANConfig])
def test_every_setting_has_an_option(networks):
    settings = {field.name for config in (networks, TrainingConfig, SimulationConfig) for field in fields(config)}
    options = {name for group in train.SETTINGS.values() for name in group} - set(train.WITHOUT[networks.KIND])
    about_sources = {"cross_frame", "fitted_share"} if networks is CGANConfig else set()
    assert {name.replace("-", "_") for name in options} == settings - set(FIXED) - about_sources


def test_every_network_has_a_command_and_recipes():
    assert set(train.NETWORKS) == set(train.WITHOUT) == set(RECIPES)


def test_recipes_are_those_of_the_shipped_generator_and_of_the_paper():
    assert configs("au-tf train caae") == (SHIPPED_CAAE, SHIPPED_TRAINING, SimulationConfig())
    assert configs("au-tf train caae --recipe paper") == (CAAEConfig(), TrainingConfig(), SimulationConfig())
    assert configs("au-tf train cgan --recipe paper") == (CGANConfig(), TrainingConfig(), SimulationConfig())


@pytest.mark.parametrize("networks", [CAAEConfig, CGANConfig])
def test_command_of_a_model_card_gives_the_same_configurations(networks):
    chosen = (
        networks(latent_size=8, hidden=(32, 16), adversarial="non-saturating", range_weight=2.5),
        # Six digits would not do for the rate.
        TrainingConfig(iterations=20, learning_rate=1.2345678e-3, decay="cosine", permuted_labels=True, seed=7),
        SimulationConfig(people=3, frames=9, style=0.5, seed=7),
    )
    command = command_line(*chosen)
    assert configs(command) == chosen
    assert command.startswith(f"au-tf train {networks.KIND}") and command.count("--seed") == 1


def test_what_a_recipe_switches_on_can_be_switched_off(monkeypatch):
    own = (CGANConfig(latent_size=20), TrainingConfig(permuted_labels=True))
    monkeypatch.setitem(RECIPES, "cgan", {"own": own})
    chosen = (own[0], TrainingConfig(), SimulationConfig())
    assert command_line(*chosen) == "au-tf train cgan --no-permuted-labels"
    assert configs(command_line(*chosen)) == chosen


def test_command_for_a_data_set_and_devices():
    frames = FrameTable(*np.zeros((5, 1, 12), np.float32))
    people = RecordedPeople("simulated_disfa/mine", frames, simulated=True, data_dir="my data")
    given = command_line(CGANConfig(), TrainingConfig(seed=3), people, "a face.npz", ("CPU:0", "CPU:1"))
    assert given == (
        "au-tf train cgan --face-model 'a face.npz' --seed 3 --dataset simulated_disfa/mine --data-dir 'my data' "
        "--devices CPU:0 CPU:1"
    )


@pytest.mark.parametrize("words", [["--iterations", "0"], ["--decay", "cubic"], ["--hidden", "a"], ["--people", "-2"]])
def test_wrong_settings_are_one_line(words, capsys):
    assert main.main(["train", "caae", "--out", "x", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("words", [["--cross-frame", "1"], ["--reconstruction-weight", "1"], ["--recipe", "shipped"]])
def test_settings_of_the_caae_are_none_of_the_cgan(words, capsys):
    assert main.main(["train", "cgan", "--out", "x", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--learning-rate", "-1"], "--learning-rate: found -1.0"),
        (["--devices", "TPU:0"], "--devices: device: found TPU:0, expected one of CPU:0"),
        (["--devices", "CPU:0", "CPU:0"], "--devices: device: found CPU:0 twice"),
        (["--data-dir", "d"], "--data-dir: use: found without --dataset"),
        (
            ["--dataset", "disfa", "--people", "3"],
            "--people: use: found beside --dataset disfa, expected one ",
        ),
        (["--dataset", "disfa", "--gain-spread", "0"], "--gain-spread: use: found beside --dataset disfa"),
        (["--dataset", "imagenet"], "--dataset: name: found imagenet, expected one of disfa, simulated_disfa"),
        (["--checkpoint", "state.txt"], "--checkpoint state.txt: suffix: found .txt, expected .npz"),
        (["--checkpoint", "none/state.npz"], "--checkpoint none/state.npz: folder: found no none"),
        (["--checkpoint", "x/generator.npz"], "file: found x/generator.npz, as for the generator in --out"),
        (["--tensorboard", "none/logs"], "--tensorboard none/logs: folder: found no none"),
    ],
)
def test_what_is_refused_is_one_line_and_leaves_nothing(words, told, tmp_path, monkeypatch, capsys):
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path)
    assert told in refused(capsys, "cgan", "--out", "x", *words)
    assert [path.name for path in tmp_path.rglob("*")] == ["x"]


COMMAND = "import sys; from au_tf.cli.main import main; sys.exit(main())"


def test_two_processors_train_what_one_does(other_file, tmp_path):
    settings = ["--people", "3", "--frames", "10", "--iterations", "3", "--batch-size", "8"]
    words = ["train", "cgan", "--face-model", str(other_file), *settings]
    assert main.main([*words, "--out", str(tmp_path / "one")]) == 0
    two = subprocess.run(
        [sys.executable, "-c", COMMAND, *words, "--devices", "CPU:0", "CPU:1", "--out", str(tmp_path / "two")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
    )
    assert two.returncode == 0, two.stderr
    one, two = (load_generator(tmp_path / name).parts["generator"].get_weights() for name in ("one", "two"))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert "--devices CPU:0 CPU:1" in (tmp_path / "two" / "README.md").read_text()


def test_mixed_model_has_an_option_for_every_setting_and_is_made(tmp_path, capsys):
    assert {name.replace("-", "_") for name in train_mixed.SETTINGS} == {f.name for f in fields(MixedEffectsConfig)}
    place = tmp_path / "mixed"
    assert main.main(["train", "mixed", "--out", str(place), "--shown-rate", "1.5"]) == 0
    assert f"--generator {place}" in capsys.readouterr().out
    assert load_generator(place).config == MixedEffectsConfig(shown_rate=1.5)
    card = (place / "README.md").read_text()
    assert f"    au-tf train mixed --shown-rate 1.5 --out {place}\n" in card
    assert "diagonal" in refused(capsys, "mixed", "--out", place, "--diagonal", "0")
