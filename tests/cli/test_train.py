import os
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest

from au_tf.cli import main
from au_tf.estimation.estimator_config import EstimatorTraining
from au_tf.fitting.regress import train_regressor as regressor_train
from au_tf.fitting.regress.regressor_config import RegressorTraining
from au_tf.fitting.regress.train_regressor import regressor_command
from au_tf.fitting.synthetic.landmark_errors import DetectorError
from au_tf.pipelines.trained_estimators import estimator_command
from au_tf.synthesis.generators import load_generator
from au_tf.synthesis.model_card import generator_command
from au_tf.synthesis.network_config import CGANConfig, MixedEffectsConfig, TrainingConfig
from au_tf.synthesis.training_people import RecordedPeople
from au_tf.training.frame_table import FrameTable


def refused(capsys, *words):
    assert main.main(["train", *map(str, words)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("au-tf: ") and err.count("\n") == 1
    return err


def test_command_for_a_data_set_and_devices():
    frames = FrameTable(*np.zeros((5, 1, 12), np.float32))
    people = RecordedPeople("simulated_disfa/mine", frames, simulated=True, data_dir="my data")
    given = generator_command(CGANConfig(), TrainingConfig(seed=3), people, "a face.npz", ("CPU:0", "CPU:1"))
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
        (["--devices", "TPU:0"], "--devices: found TPU:0, expected one of CPU:0"),
        (["--devices", "CPU:0", "CPU:0"], "--devices: found CPU:0 twice"),
        (["--data-dir", "d"], "--data-dir d: use: found without --dataset"),
        (
            ["--dataset", "disfa", "--people", "3"],
            "--people 3: use: found beside --dataset disfa, expected one ",
        ),
        (["--dataset", "disfa", "--gain-spread", "0"], "--gain-spread 0.0: use: found beside --dataset disfa"),
        (["--dataset", "imagenet"], "--dataset: found imagenet, expected one of disfa, disfa_plus, simulated_disfa"),
        (["--checkpoint", "state.txt"], "--checkpoint state.txt: suffix: found .txt, expected .npz"),
        (["--checkpoint", "none/state.npz"], "--checkpoint none/state.npz: folder: found no none"),
        (
            ["--checkpoint", "x/generator.npz"],
            "--checkpoint x/generator.npz: file: found that of --out",
        ),
        (["--tensorboard", "none/logs"], "--tensorboard none/logs: folder: found no none"),
    ],
)
def test_what_is_refused_is_one_line_and_leaves_nothing(words, told, tmp_path, monkeypatch, capsys):
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path)
    assert told in refused(capsys, "cgan", "--out", "x", *words)
    assert [path.name for path in tmp_path.rglob("*")] == ["x"]


def test_two_processors_train_what_one_does(other_file, tmp_path):
    settings = ["--people", "3", "--frames", "10", "--iterations", "3", "--batch-size", "8"]
    words = ["train", "cgan", "--face-model", str(other_file), *settings]
    assert main.main([*words, "--out", str(tmp_path / "one")]) == 0
    two = subprocess.run(
        [sys.executable, "-P", "-m", "au_tf", *words, "--devices", "CPU:0", "CPU:1", "--out", str(tmp_path / "two")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
    )
    assert two.returncode == 0, two.stderr
    one, two = (load_generator(tmp_path / name).parts["generator"].get_weights() for name in ("one", "two"))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert "--devices CPU:0 CPU:1" in (tmp_path / "two" / "README.md").read_text()


def test_mixed_model_is_made_with_its_settings_beside_it(tmp_path, capsys):
    place = tmp_path / "mixed"
    assert main.main(["train", "mixed", "--out", str(place), "--shown-rate", "1.5"]) == 0
    told = capsys.readouterr()
    assert f"--generator {place}" in told.err and told.out == f"{place}\n"
    assert (place / "config.toml").read_text().splitlines()[1:] == ["shown-rate = 1.5"]
    assert load_generator(place).config == MixedEffectsConfig(shown_rate=1.5)
    card = (place / "README.md").read_text()
    assert f"    au-tf train mixed --shown-rate 1.5 --out {place}\n" in card
    assert "diagonal" in refused(capsys, "mixed", "--out", place, "--diagonal", "0")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("fitter --out {}/missing/there", "--out {}/missing/there: folder: found no {}/missing"),
        ("fitter --out {}/x --work {}/missing/there", "--work {}/missing/there: folder: found no {}/missing"),
        ("fitter --out {}/x --pictures 0", "--pictures: found 0, expected a whole number of at least 1"),
        ("fitter --out {}/x --learning-rate 7", "--learning-rate: found 7.0"),
        ("fitter --out {}/x --face-model {}/none.npz", "none.npz"),
        ("estimator --out {}/missing/there", "--out {}/missing/there: folder: found no {}/missing"),
        ("estimator --out {}/x --epochs 0", "--epochs: found 0, expected a whole number of at least 1"),
        ("estimator --out {}/x --dataset imagenet", "--dataset: found imagenet/frames_paper"),
        ("estimator --out {}/x --dataset simulated_disfa/none", "config: found none, expected one of"),
        ("estimator --out {}/x --augmented {}", "{}: data set: found none that is finished"),
        ("estimator --out {}/x --devices GPU:7", "--devices: found GPU:7"),
        ("estimator --out {}/x --backbone vgg", '"vgg" for --backbone'),
    ],
)
def test_bad_input_is_one_line(words, message, tmp_path, capsys):
    told = refused(capsys, *(word.format(tmp_path) for word in words.split()))
    assert message.replace("{}", str(tmp_path)) in told
    assert not list(tmp_path.iterdir())


def test_pictures_of_another_training_are_refused(tmp_path, capsys, monkeypatch):
    (tmp_path / "work").mkdir()
    none = DetectorError.none()
    np.savez(tmp_path / "work" / "detector.npz", **{f.name: getattr(none, f.name) for f in fields(none)})
    folder = tmp_path / "work" / "pictures"
    folder.mkdir()
    (folder / "state.json").write_text('{"model": "other", "count": 3, "seed": 0, "size": 112, "done": 0}')
    monkeypatch.setattr(regressor_train, "train", None)
    assert "pictures: found" in refused(capsys, "fitter", "-q", "--out", tmp_path / "x", "--work", tmp_path / "work")


def test_commands_of_regressors_and_estimators_tell_what_differs():
    told = regressor_command(RegressorTraining(pictures=300, learning_rate=0.01, seed=4), "my face.npz")
    assert told == "au-tf train fitter --face-model 'my face.npz' --pictures 300 --learning-rate 0.01 --seed 4"
    data, more = {"dataset": "simulated_disfa/frames_fold0", "augmented": ("a", "b")}, {"out": "x"}
    told = estimator_command(EstimatorTraining("small", epochs=3), data, more)
    words = "--dataset simulated_disfa/frames_fold0 --augmented a b --backbone small --epochs 3 --out x"
    assert told == f"au-tf train estimator {words}"
    assert estimator_command(EstimatorTraining(learning_rate=1e-4), {}, {}) == "au-tf train estimator"
