"""Programs' tables against labels: measures by hand, pictures matched by their numbers, DISFA's own files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import au_tf
from au_tf.errors import InputError
from au_tf.evaluation.cross_tool import Coded, balanced_error, f1, matched
from au_tf.facs import AU_NUMBERS

NAMES = [f"AU{number:02d}_r" for number in AU_NUMBERS]


def labelled() -> np.ndarray:
    """float[40, 12]."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 6, (40, 12)) * (rng.random((40, 12)) < 0.5)


def write_openface(path: Path, intensities: np.ndarray, first: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(intensities, columns=NAMES)
    table.insert(0, "frame", np.arange(len(table)) + first)
    table.insert(1, "success", 1)
    table.to_csv(path, index=False)


def write_pyfeat(path: Path, intensities: np.ndarray) -> None:
    """It counts from 0, knows shares, and lacks AU2."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(intensities / 5.0, columns=[f"AU{number:02d}" for number in AU_NUMBERS]).drop(columns="AU02")
    table.insert(0, "frame", np.arange(len(table)))
    table.insert(1, "FaceScore", 0.99)
    table.to_csv(path, index=False)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    truth = labelled()
    write_openface(tmp_path / "labels" / "SN001" / "smile.csv", truth)
    # What one program says is the truth, less its last ten pictures; the other one errs by 1 everywhere.
    write_pyfeat(tmp_path / "tools" / "py-feat" / "SN001" / "smile.csv", truth[:30])
    write_openface(tmp_path / "tools" / "OpenFace" / "SN001" / "smile.csv", np.abs(truth - 1.0))
    return tmp_path / "tools", tmp_path / "labels"


def test_programs_are_compared_picture_by_picture(folders: tuple[Path, Path], tmp_path: Path) -> None:
    told = au_tf.evaluate_cross_tool(tmp_path / "out", *folders)
    openface, pyfeat = told.scores
    assert (openface.tool, pyfeat.tool) == ("OpenFace", "py-feat")
    assert (pyfeat.pictures, pyfeat.missed) == (30, 10)
    known = np.arange(12) != 1
    assert np.isnan(pyfeat.values["F1"][1]) and pyfeat.values["F1"][known] == pytest.approx(1.0)
    assert pyfeat.values["MAE"][known] == pytest.approx(0.0, abs=1e-6)
    assert openface.values["MAE"] == pytest.approx(1.0)
    assert openface.values["balanced MAE"] == pytest.approx(1.0)
    truth = labelled()
    for k in range(12):
        assert openface.values["F1"][k] == pytest.approx(f1(truth[:, k] >= 2, np.abs(truth[:, k] - 1) >= 2))
    table = pd.read_csv(told.paths[1])
    assert len(table) == 2 * 6 * 12
    assert "## F1" in told.paths[0].read_text()


def test_pictures_that_lack_numbers_come_in_order_and_missing_ones_are_missed() -> None:
    labels = Coded(np.array([0, 5, 9]), np.ones((3, 12), np.float32))
    readings = Coded(np.array([5, 5, 7]), np.array([[2.0], [3.0], [4.0]], np.float32) * np.ones(12, np.float32))
    _, found = matched(labels, readings)
    assert np.isnan(found[[0, 2]]).all()
    assert (found[1] == 2.0).all()


def test_measures_by_hand() -> None:
    assert f1(np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)) == 0.5
    assert np.isnan(f1(np.zeros(3, bool), np.ones(3, bool)))
    # Nine zeros read as 0 and one 5 read as 0: an error of 0.5, but of 2.5 where both intensities count alike.
    assert balanced_error(np.array([0.0] * 9 + [5.0]), np.zeros(10)) == 2.5


def test_disfa_s_own_labels_are_read(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow_datasets")
    truth = labelled()
    folder = tmp_path / "ActionUnit_Labels" / "SN001"
    folder.mkdir(parents=True)
    trial = tmp_path / "Labels" / "SN003" / "A1_AU1_TrailNo_1"
    trial.mkdir(parents=True)
    for unit, column in zip(AU_NUMBERS, truth.T, strict=True):
        lines = [f"{frame},{value}" for frame, value in enumerate(column, 1)]
        (folder / f"SN001_au{unit}.txt").write_text("\n".join(lines))
        lines = [f"{frame:03d}.jpg     {value}" for frame, value in enumerate(column)]
        (trial / f"AU{unit}.txt").write_text("\n".join(["one", "two", *lines]))
    write_openface(tmp_path / "tools" / "mine" / "SN001.csv", truth)
    write_openface(tmp_path / "tools" / "mine" / "SN003" / "A1_AU1_TrailNo_1.csv", truth)
    for labels in ("ActionUnit_Labels", "Labels"):
        (mine,) = au_tf.evaluate_cross_tool(tmp_path / "out", tmp_path / "tools", tmp_path / labels).scores
        assert mine.values["MAE"] == pytest.approx(0.0, abs=1e-6)


def test_what_is_missing_is_told(folders: tuple[Path, Path], tmp_path: Path) -> None:
    tools, labels = folders
    (tools / "OpenFace" / "SN001" / "smile.csv").unlink()
    with pytest.raises(InputError, match="OpenFace: recording: found no table of SN001/smile"):
        au_tf.evaluate_cross_tool(tmp_path / "out", tools, labels)
    with pytest.raises(InputError, match="labels: found none"):
        au_tf.evaluate_cross_tool(tmp_path / "out", tools, tmp_path / "out")
    with pytest.raises(InputError, match="predictions: found no folder"):
        au_tf.evaluate_cross_tool(tmp_path / "out", labels / "SN001", labels)
