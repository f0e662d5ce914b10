"""Options from configurations: every one has help, and what is told of a configuration gives it again."""

import shlex
from dataclasses import fields

import pytest

import au_tf
from au_tf.cli.given import documented
from au_tf.cli.main import COMMANDS, build_app, main
from au_tf.command_line import changed, command_line
from au_tf.estimation.estimator_config import EstimatorTraining
from au_tf.fitting.regress.regressor_config import RegressorTraining
from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.pipelines.table_config import AugmentationCurveConfig, Table1Config, Table2Config
from au_tf.simulation.population_config import SimulationConfig
from au_tf.synthesis.model_card import generator_command, mixed_command
from au_tf.synthesis.network_config import (
    FIXED,
    RECIPES,
    SHIPPED_CAAE,
    SHIPPED_TRAINING,
    CAAEConfig,
    CGANConfig,
    MixedEffectsConfig,
    TrainingConfig,
)

RATE = 1.2345678e-3
"""Six digits would not do for it."""


@pytest.fixture
def called(monkeypatch):
    """What the library is asked for by a command: the arguments of the call, which does nothing."""

    def call(command):
        found = []
        for name in ("train_generator", "train_mixed", "train_regressor", "train_estimator", "augment"):
            monkeypatch.setitem(vars(au_tf), name, lambda *given, **more: found.append((given, more)) or 1 / 0)
        for name in ("evaluate_table1", "evaluate_table2", "evaluate_augmentation", "reproduce"):
            monkeypatch.setitem(vars(au_tf), name, lambda *given, **more: found.append((given, more)) or 1 / 0)
        words = shlex.split(command)[1:]
        with pytest.raises(ZeroDivisionError):
            main(words if "--out" in words else [*words, "--out", "x"])
        return found[0]

    return call


def options_of(words):
    _, apps, _ = build_app().parse_commands(words.split())
    return apps[-1].assemble_argument_collection(parse_docstring=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_help_and_no_name_is_cut_short(command):
    options = [option for option in options_of(command) if not option.children]
    assert [option.name for option in options if not option.parameter.help] == []
    assert all(name.startswith(("--", "-o")) or not name.startswith("-") for o in options for name in o.names)


@pytest.mark.parametrize(
    ("command", "configs", "without"),
    [
        ("train caae", (CAAEConfig, TrainingConfig, SimulationConfig), FIXED),
        ("train cgan", (CGANConfig, TrainingConfig, SimulationConfig), (*FIXED, "cross_frame", "fitted_share")),
        ("train mixed", (MixedEffectsConfig,), ()),
        ("train fitter", (RegressorTraining,), ()),
        ("train estimator", (EstimatorTraining,), ()),
        ("augment", (Augmentation,), ()),
        ("evaluate table1", (Table1Config,), ()),
        ("evaluate table2", (Table2Config,), ()),
        ("evaluate augmentation", (AugmentationCurveConfig,), ()),
    ],
)
def test_every_setting_is_an_option_with_its_docstring_as_help(command, configs, without):
    options = {option.field_info.name: option for option in options_of(command)}
    for config in configs:
        for name, told in documented(config).items():
            assert told and (name in options) == (name not in without)
            if name in options and name not in ("seed", "count"):
                assert options[name].parameter.help == told
                assert options[name].name == f"--{name.replace('_', '-')}"


@pytest.mark.parametrize(("kind", "networks"), [("caae", CAAEConfig), ("cgan", CGANConfig)])
@pytest.mark.parametrize("training", [{}, {"iterations": 20, "learning_rate": RATE, "decay": "cosine", "seed": 7}])
def test_the_command_of_a_generator_gives_its_configurations(kind, networks, training, called):
    chosen = (
        networks(latent_size=8, hidden=(32, 16), adversarial="non-saturating", range_weight=2.5),
        TrainingConfig(permuted_labels=True, **training),
        SimulationConfig(people=3, frames=9, style=0.5, seed=training.get("seed", 0)),
    )
    command = generator_command(*chosen)
    assert command.startswith(f"au-tf train {kind} ") and command.count("--seed") == bool(training)
    given, _ = called(command)
    assert given[1:] == chosen


def test_recipes_are_those_of_the_shipped_generator_and_of_the_paper(called):
    assert called("au-tf train caae")[0][1:] == (SHIPPED_CAAE, SHIPPED_TRAINING, SimulationConfig())
    assert called("au-tf train caae --recipe paper")[0][1:3] == (CAAEConfig(), TrainingConfig())
    assert called("au-tf train cgan --recipe paper")[0][1:3] == (CGANConfig(), TrainingConfig())


def test_a_recipe_survives_one_option_of_it(called):
    _, _, training, _ = called(f"au-tf train caae --learning-rate {RATE}")[0]
    assert changed(training, SHIPPED_TRAINING) == {"learning_rate": RATE}
    _, networks, training, people = called("au-tf train caae --latent-size 3")[0]
    assert (changed(networks, SHIPPED_CAAE), training, people) == (
        {"latent_size": 3},
        SHIPPED_TRAINING,
        SimulationConfig(),
    )


def test_what_a_recipe_switches_on_can_be_switched_off(monkeypatch, called):
    own = (CGANConfig(latent_size=20), TrainingConfig(permuted_labels=True))
    monkeypatch.setitem(RECIPES, "cgan", {"paper": own})
    command = generator_command(own[0], TrainingConfig())
    assert command == "au-tf train cgan --no-permuted-labels"
    assert called(command)[0][1:3] == (own[0], TrainingConfig())


@pytest.mark.parametrize(
    ("command", "config", "base"),
    [
        ("train fitter", RegressorTraining(300, 2, 3, RATE, 5, 6, 7), RegressorTraining()),
        ("train estimator", EstimatorTraining("small", 3, 2, RATE, 0.5, 4, 5), EstimatorTraining()),
        (
            "augment --count 64",
            Augmentation(
                64,
                "disfa",
                "d",
                ("a", "b c"),
                "list",
                0.25,
                "l",
                "photo",
                32,
                "parquet",
                3,
                "g",
                "m",
                False,
                5,
                6,
                128,
                7,
            ),
            Augmentation(64),
        ),
        ("evaluate table1", Table1Config(2, "paper", "validation", ("linear", "ours")), Table1Config()),
        ("evaluate table2", Table2Config(2, "paper", ("ours",), 50), Table2Config()),
        (
            "evaluate augmentation",
            AugmentationCurveConfig(2, "paper", (20, 300), ("balanced",), "ours", "small", 3, 4),
            AugmentationCurveConfig(),
        ),
    ],
)
def test_what_is_told_of_a_configuration_gives_it_again(command, config, base, called):
    settings = changed(config, base)
    # A policy takes either `labels` or `errors`, and people are drawn or in `photos`.
    others = {"errors", "people", "maps"}
    assert set(settings) | others == {f.name for f in fields(config)} - {"count"} | others
    given, _ = called(command_line(command, settings))
    assert config in given


def test_the_command_of_a_mixed_model_gives_its_configuration(called):
    config = MixedEffectsConfig(1.0, 2.0, 0.1, 0.25, 3.0)
    assert called(mixed_command(config))[0][1] == config


def test_settings_come_from_files_and_the_environment_too(called, tmp_path, monkeypatch):
    (tmp_path / "own.toml").write_text('recipe = "paper"\niterations = 30\nhidden = [8, 9]\npermuted-labels = true\n')
    monkeypatch.setenv("AU_TF_BATCH_SIZE", "5")
    monkeypatch.setenv("AU_TF_ITERATIONS", "6")
    given, _ = called(f"au-tf train caae --config {tmp_path / 'own.toml'} --latent-size 4 --batch-size 7")
    assert changed(given[1], CAAEConfig()) == {"hidden": (8, 9), "latent_size": 4}
    assert changed(given[2], TrainingConfig()) == {"iterations": 6, "batch_size": 7, "permuted_labels": True}
    monkeypatch.setenv("AU_TF_FACE_MODEL", "other.npz")
    assert called("au-tf train caae")[1]["model"] == "other.npz"
    (tmp_path / "own.toml").write_text("iteration = 30\n")
    assert main(["train", "caae", "--config", str(tmp_path / "own.toml"), "--out", "x"]) == 2
