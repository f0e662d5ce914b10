"""`au-tf evaluate table2` and `augmentation`: their options, and what they say of bad ones."""

import pytest

from au_tf.cli.arguments import build_parser
from au_tf.cli.evaluate_pictures import ROWS, command_line
from au_tf.cli.main import main
from au_tf.evaluation.protocols import methods as rows


def test_rows_are_those_of_table1():
    assert set(ROWS) <= set(rows.ROWS)


@pytest.mark.parametrize(
    "words",
    [
        "table2 --dataset disfa/frames_fold0 --data-dir d --out x --rows linear ours --tested 50 --openface o",
        "augmentation --out x --added 20 300 --policies balanced --row ours --backbone small --epochs 3 --generator g",
    ],
)
def test_the_command_that_is_told_is_the_command_that_was_given(words):
    args = build_parser().parse_args(["evaluate", *words.split()])
    told = command_line(words.split()[0], args).split()
    again = build_parser().parse_args(told[1:])
    assert told[:2] == ["au-tf", "evaluate"] and vars(again) == vars(args)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("table2 --out {}/no/where", "--out {}/no/where: folder: found no {}/no"),
        ("table2 --out {}/x --openface {}/none", "--openface {}/none: program: found nothing that can be run"),
        ("table2 --out {}/x --rows dance", "--rows: row: found dance"),
        ("table2 --out {}/x --dataset imagenet/frames", "--dataset: name: found imagenet"),
        ("augmentation --out {}/x --generator {}/none", "--generator {}/none: folder: found nothing"),
        ("augmentation --out {}/x --dataset simulated_disfa/none", "config: found none, expected one of"),
    ],
)
def test_bad_input_is_one_line(words, message, tmp_path, capsys):
    assert main(["evaluate", *(word.format(tmp_path) for word in words.split())]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and message.replace("{}", str(tmp_path)) in told
    assert not list(tmp_path.iterdir())
