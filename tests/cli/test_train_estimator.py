"""`au-tf train estimator`: its options, and what it says of bad ones."""

from dataclasses import fields

import pytest

from au_tf.cli import train_estimator
from au_tf.cli.arguments import build_parser
from au_tf.cli.main import main
from au_tf.estimation.config import EstimatorTraining


def test_there_is_an_option_for_each_setting():
    assert {name.replace("-", "_") for name in train_estimator.SETTINGS} == {f.name for f in fields(EstimatorTraining)}


def test_options_become_settings_and_the_card_tells_the_command():
    words = "train estimator --dataset simulated_disfa/frames_fold0 --augmented a b --backbone small --epochs 3 --out x"
    args = build_parser().parse_args(words.split())
    training = train_estimator.training_of(args)
    assert training == EstimatorTraining("small", epochs=3) and training.learning_rate == 1e-3
    assert train_estimator.command_line(args, training) == f"au-tf {words}"
    words = ["train", "estimator", "--out", "x", "--devices", "CPU:0", "CPU:1", "--validation-people", "2"]
    args = build_parser().parse_args(words)
    training = train_estimator.training_of(args)
    assert training == EstimatorTraining(learning_rate=1e-4)
    told = "au-tf train estimator --dataset simulated_disfa --validation-people 2 --devices CPU:0 CPU:1 --out x"
    assert train_estimator.command_line(args, training) == told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "{}/missing/there"], "--out {}/missing/there: folder: found no {}/missing"),
        (["--out", "{}/x", "--epochs", "0"], "epochs: found 0, expected a whole number of at least 1"),
        (["--out", "{}/x", "--dataset", "imagenet"], "--dataset: name: found imagenet/frames_paper"),
        (["--out", "{}/x", "--dataset", "simulated_disfa/none"], "config: found none, expected one of"),
        (["--out", "{}/x", "--augmented", "{}"], "{}: data set: found none that is finished"),
        (["--out", "{}/x", "--devices", "GPU:7"], "--devices: device: found GPU:7"),
    ],
)
def test_bad_input_is_one_line(words, message, tmp_path, capsys):
    status = main(["train", "estimator", *(word.format(tmp_path) for word in words)])
    told = capsys.readouterr().err
    assert status == 2 and told.count("\n") == 1 and message.replace("{}", str(tmp_path)) in told
    assert not list(tmp_path.iterdir())
