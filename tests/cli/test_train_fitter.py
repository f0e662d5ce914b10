"""`au-tf train fitter`: its options, and what it says of bad ones."""

from dataclasses import fields

import numpy as np
import pytest

from au_tf.cli import train_fitter
from au_tf.cli.arguments import build_parser
from au_tf.cli.main import main
from au_tf.fitting.regress.config import RegressorTraining
from au_tf.fitting.regress.train_regressor import command_line


def test_there_is_an_option_for_each_setting():
    assert {name.replace("-", "_") for name in train_fitter.SETTINGS} == {f.name for f in fields(RegressorTraining)}


def test_options_become_settings_and_the_card_tells_the_command():
    words = ["train", "fitter", "--out", "x", "--pictures", "300", "--learning-rate", "0.01", "--seed", "4"]
    args = build_parser().parse_args(words)
    assert args.run is train_fitter.run
    training = train_fitter.training_of(args)
    assert training == RegressorTraining(pictures=300, learning_rate=0.01, seed=4)
    told = command_line(training, "my face.npz")
    assert told == "au-tf train fitter --face-model 'my face.npz' --pictures 300 --learning-rate 0.01 --seed 4"
    assert (
        train_fitter.training_of(build_parser().parse_args([*told.split()[1:3], "--out", "x"])) == RegressorTraining()
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "{}/missing/there"], "--out {}/missing/there: folder: found no {}/missing"),
        (["--out", "{}/x", "--work", "{}/missing/there"], "--work {}/missing/there: folder: found no {}/missing"),
        (["--out", "{}/x", "--pictures", "0"], "pictures: found 0, expected a whole number of at least 1"),
        (["--out", "{}/x", "--learning-rate", "7"], "learning-rate: found 7.0"),
        (["--out", "{}/x", "--face-model", "{}/none.npz"], "none.npz"),
    ],
)
def test_bad_input_is_one_line(words, message, tmp_path, capsys):
    status = main(["train", "fitter", *(word.format(tmp_path) for word in words)])
    told = capsys.readouterr().err
    assert status == 2 and told.count("\n") == 1 and message.replace("{}", str(tmp_path)) in told
    assert not list(tmp_path.iterdir())


def test_pictures_of_another_training_are_refused(tmp_path, capsys, monkeypatch):
    from au_tf.fitting.regress import train_regressor as train
    from au_tf.fitting.synthetic.landmark_errors import DetectorError

    (tmp_path / "work").mkdir()
    none = DetectorError.none()
    np.savez(tmp_path / "work" / "detector.npz", **{f.name: getattr(none, f.name) for f in fields(none)})
    folder = tmp_path / "work" / "pictures"
    folder.mkdir()
    (folder / "state.json").write_text('{"model": "other", "count": 3, "seed": 0, "size": 112, "done": 0}')
    monkeypatch.setattr(train, "train", None)
    assert main(["train", "fitter", "--out", str(tmp_path / "x"), "--work", str(tmp_path / "work")]) == 2
    assert "pictures: found" in capsys.readouterr().err
