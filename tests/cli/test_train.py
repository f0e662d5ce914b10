from dataclasses import fields

import pytest

from au_tf.cli import main, train
from au_tf.synthesis.config import FIXED, SHIPPED_CAAE, SHIPPED_TRAINING, CAAEConfig, TrainingConfig
from au_tf.synthesis.model_card import command_line
from au_tf.synthesis.simulation import SimulationConfig


def configs(command):
    return train.caae_configs(main.build_parser().parse_args([*command.split()[1:], "--out", "x"]))


def test_every_setting_has_an_option():
    settings = {field.name for config in (CAAEConfig, TrainingConfig, SimulationConfig) for field in fields(config)}
    assert {name.replace("-", "_") for name in train.CAAE_OPTIONS} == settings - set(FIXED)


def test_recipes_are_those_of_the_shipped_generator_and_of_the_paper():
    assert configs("au-tf train caae") == (SHIPPED_CAAE, SHIPPED_TRAINING, SimulationConfig())
    assert configs("au-tf train caae --recipe paper") == (CAAEConfig(), TrainingConfig(), SimulationConfig())


def test_command_of_a_model_card_gives_the_same_configurations():
    chosen = (
        CAAEConfig(latent_size=8, hidden=(32, 16), adversarial="non-saturating", range_weight=2.5),
        TrainingConfig(iterations=20, learning_rate=1e-3, decay="cosine", permuted_labels=True, seed=7),
        SimulationConfig(people=3, frames=9, style=0.5, seed=7),
    )
    assert configs(command_line(*chosen)) == chosen


@pytest.mark.parametrize("words", [["--iterations", "0"], ["--decay", "cubic"], ["--hidden", "a"], ["--people", "-2"]])
def test_wrong_settings_are_one_line(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main.main(["train", "caae", "--out", "x", *words])
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_setting_refused_by_its_configuration_is_one_line(tmp_path, capsys):
    assert main.main(["train", "caae", "--out", str(tmp_path / "x"), "--learning-rate", "-1"]) == 2
    assert "learning_rate: found -1.0" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
