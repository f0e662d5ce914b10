from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from au_tf.cli import main
from au_tf.evaluation.protocols.methods import ROWS
from au_tf.evaluation.protocols.pixels import PIXELS
from au_tf.evaluation.reports import plots
from au_tf.morphable.builtin import builtin_face
from au_tf.pipelines import table1_component as pipeline
from au_tf.pipelines.table_config import Row, Table2Config
from au_tf.training.frame_table import FrameTable


def recorded(people):
    """Frames of people on the built-in face who do little, in coefficients that mean nothing."""
    rng = np.random.default_rng(people)
    person, camera = np.repeat(people, 40), np.tile([0, 1], 20 * len(people))
    intensities = rng.integers(0, 6, (len(person), 12)) * (rng.random((len(person), 12)) < 0.3)
    intensities[::5] = intensities[1::5] = 0
    rest = {p: rng.normal(size=79) for p in people}
    expression = np.stack([rest[p] for p in person]) + intensities @ rng.normal(size=(12, 79))
    columns = (column.astype(np.int32) for column in (intensities, person, camera, np.arange(len(person))))
    return FrameTable(expression.astype(np.float32), *columns)


@pytest.fixture
def data_set(monkeypatch):
    """A data set of seven people to train on and two to test on; how it was asked for is kept. Nothing is drawn."""
    monkeypatch.setattr(plots, "to_png", lambda figure: b"picture")
    asked, splits = [], {"train": recorded([0, 1, 2, 3, 4, 5, 6]), "test": recorded([20, 26])}
    config = SimpleNamespace(name="coefficients_paper")
    metadata = {"simulated": True, "face_model": "builtin", "face_model_digest": builtin_face().digest}
    builder = SimpleNamespace(name="simulated_disfa", builder_config=config, info=SimpleNamespace(metadata=metadata))
    monkeypatch.setattr(pipeline, "open_recordings", lambda *given: asked.append(given) or builder)
    monkeypatch.setattr(pipeline, "read_frames", lambda _, split: splits[split])
    return asked


def run(*words):
    return main.main(["evaluate", "table1", *map(str, words)])


def test_table_is_told_and_written(data_set, tmp_path, capsys):
    assert run("--out", tmp_path, "--rows", "transfer", "linear", "--seeds", 2, "--data-dir", "/data") == 0
    assert [(name, str(place)) for name, place in data_set] == [("simulated_disfa", "/data")]
    captured = capsys.readouterr()
    printed = captured.err
    assert "SVR on simulated DISFA, test people; the paper's figures are of DISFA" in printed
    assert "Seed 1: Linear: MAE and MSE by SVR 0." in printed
    assert printed.count("| Linear      |") == 2 and printed.count("| 0.489 |    1.00 |") == 1
    table = pd.read_csv(tmp_path / "table1.csv")
    assert set(table.row) == {"Real", "Transfer", "Linear", "Always zero", "Mean label"} and set(table.seed) == {0, 1}
    report = (tmp_path / "table1.md").read_text()
    assert "--rows transfer linear\n" in report and "frames of 7 people" in " ".join(report.split())
    assert "# Quality on simulated DISFA" in (tmp_path / "quality.md").read_text()
    written = {path.name for path in tmp_path.iterdir()}
    pictures = {f"{kind}_{by}.png" for kind in ("leakage", "response") for by in ("svr", "mesh")}
    tables = {"table1.md", "table1.csv", "table1.png", "quality.md", "quality.csv", *pictures}
    assert written == {*tables, "config.toml"} and {Path(line).name for line in captured.out.splitlines()} == tables


def test_validation_people_are_held_out_of_the_training_people(data_set, tmp_path):
    assert run("--out", tmp_path, "--rows", "linear", "--seeds", 1, "--people", "validation") == 0
    report = " ".join((tmp_path / "table1.md").read_text().split())
    assert "frames of 2 people" in report and "5 validation people" in report
    assert "of eq. 11" not in report


@pytest.mark.parametrize(
    "words",
    [
        ["--seeds", "0"],
        ["--seeds", "many"],
        ["--people", "train"],
        ["--recipe", "long"],
    ],
)
def test_wrong_usage_is_one_line(words, tmp_path, capsys):
    assert run("--out", tmp_path, *words) == 2 and capsys.readouterr().err.count("\n") == 1


def test_what_is_wrong_with_the_data_is_one_line(data_set, tmp_path, capsys, monkeypatch, other_file):
    assert run("--out", tmp_path / "no" / "folder") == 2
    assert "--out" in capsys.readouterr().err
    assert run("--out", tmp_path, "--rows", "linear", "dance") == 2
    assert "--rows: found dance, expected some of transfer, linear, cgan" in capsys.readouterr().err
    assert run("--out", tmp_path, "--face-model", other_file) == 2
    assert "--face-model: found other" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "table1 --out {}/x --dataset imagenet",
            "--dataset: found imagenet, expected one of disfa, disfa_plus, simulated_disfa",
        ),
        ("table2 --out {}/no/where", "--out {}/no/where: folder: found no {}/no"),
        ("table2 --out {}/x --openface {}/none", "--openface {}/none: program: found nothing that can be run"),
        ("table2 --out {}/x --rows dance", "ours, cdaae"),
        ("table2 --out {}/x --tested 0", "--tested: found 0"),
        ("table2 --out {}/x --dataset imagenet/frames", "--dataset: found imagenet"),
        ("augmentation --out {}/x --generator {}/none", "--generator {}/none: folder: found nothing"),
        ("augmentation --out {}/x --epochs 0", "--epochs: found 0"),
        ("augmentation --out {}/x --dataset simulated_disfa/none", "config: found none, expected one of"),
    ],
)
def test_bad_input_is_one_line(words, message, tmp_path, capsys):
    assert main.main(["evaluate", *(word.format(tmp_path) for word in words.split())]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and message.replace("{}", str(tmp_path)) in told
    assert not list(tmp_path.iterdir())


def test_rows_of_the_tables_of_pictures_are_those_of_table1():
    assert set(get_args(Row)) | set(Table2Config().rows) <= {*ROWS, PIXELS}
