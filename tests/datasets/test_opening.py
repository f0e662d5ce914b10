"""Data sets by name, as the commands take them."""

import importlib.util
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from au_tf.cli import main
from au_tf.datasets.recordings.frame_tables import read_frames
from au_tf.datasets.recordings.opening import check_face_model, open_recordings
from au_tf.datasets.simulated_disfa import Builder
from au_tf.datasets.simulated_disfa.config import SimulatedDisfaConfig
from au_tf.errors import InputError
from au_tf.files import place
from au_tf.morphable.builtin import builtin_face
from au_tf.stores import sent
from au_tf.synthesis.generators import load_generator

NAME = "simulated_disfa/few_frames"


@pytest.fixture(scope="module")
def data_dir(few_frames):
    return Path(few_frames.data_dir).parents[2]


@pytest.fixture
def copied(data_dir, tmp_path):
    """A copy of the data set, to be spoilt; where it is, and what to open it in."""
    shutil.copytree(data_dir / "simulated_disfa", tmp_path / "simulated_disfa")
    return next(tmp_path.rglob("dataset_info.json")).parent, tmp_path


def test_a_config_of_the_user_s_own_is_found_where_it_was_built(few_frames, data_dir):
    builder = open_recordings(NAME, data_dir)
    assert Path(builder.data_dir) == few_frames.data_path
    rows = sum(len(read_frames(builder, split)) for split in ("train", "test"))
    assert rows == 64 - few_frames.info.metadata["frames_not_registered"]
    check_face_model(builder, builtin_face())


def test_a_simulated_one_is_built_once(tmp_path, capsys, caplog, monkeypatch):
    caplog.set_level("INFO", "au_tf")
    config = SimulatedDisfaConfig(name="coefficients_paper", train=("SN001",), test=("SN032",), size="tiny")
    monkeypatch.setattr(Builder, "builder_configs", {config.name: config})
    monkeypatch.setattr(sys, "argv", ["au-tf", "train", "caae", "--runner", "NoSuchRunner"])
    first, second = (open_recordings("simulated_disfa", tmp_path) for _ in range(2))
    assert first.is_prepared() and second.data_path == first.data_path
    assert caplog.text.count("Building the data set simulated_disfa/coefficients_paper") == 1
    assert capsys.readouterr().out == ""


def test_one_in_a_store_is_copied_and_a_new_one_is_put_there(data_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "cache"))
    store = place(f"memory://{tmp_path.name}")
    sent(data_dir / "simulated_disfa", store / "simulated_disfa", "dataset_info.json")
    rows = [len(read_frames(open_recordings(NAME, where), "train")) for where in (data_dir, store)]
    assert rows[0] == rows[1] > 0
    config = SimulatedDisfaConfig(name="coefficients_paper", train=("SN001",), test=("SN032",), size="tiny")
    monkeypatch.setattr(Builder, "builder_configs", {config.name: config})
    assert open_recordings("simulated_disfa", store).is_prepared()
    built = {path.name for path in (store / "simulated_disfa" / config.name / "1.0.0").iterdir()}
    assert {"dataset_info.json", "features.json"} < built and any("tfrecord" in name for name in built)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("imagenet", "dataset: found imagenet, expected one of disfa, disfa_plus, simulated_disfa"),
        ("simulated_disfa/mine", "config: found mine, expected one of coefficients_paper, .*, few_frames$"),
        (
            "disfa/../simulated_disfa",
            "config: found ../simulated_disfa, expected one of coefficients_paper, ",
        ),
        (
            "disfa/coefficients_fold1",
            "disfa/coefficients_fold1: data set: found none in .*, expected one that was built by: tfds build "
            r"datasets/disfa --manual_dir DIR --config coefficients_fold1 --data_dir .* \(docs/datasets.md\)",
        ),
    ],
)
def test_what_is_not_there_is_told_in_a_line(name, message, data_dir):
    before = sorted(data_dir.rglob("*"))
    with pytest.raises(InputError, match=message) as caught:
        open_recordings(name, data_dir)
    assert "\n" not in str(caught.value)
    assert sorted(data_dir.rglob("*")) == before


@pytest.mark.parametrize("file", ["dataset_info.json", "metadata.json", "features.json"])
def test_damaged_files_are_told_in_a_line(file, copied):
    folder, data_dir = copied
    (folder / file).write_bytes((folder / file).read_bytes()[:40])
    with pytest.raises(InputError, match=r"few_frames/1.0.0: data set: found a damaged one"):
        open_recordings(NAME, data_dir)


def test_damaged_frames_are_told_in_a_line(copied):
    folder, data_dir = copied
    builder = open_recordings(NAME, data_dir)
    path = next(folder.glob("*train.tfrecord*"))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"split train: found truncated record .*, expected whole files"):
        read_frames(builder, "train")
    path.unlink()
    with pytest.raises(InputError, match=r"split train: found .*No such file"):
        read_frames(builder, "train")


def test_another_face_model_is_refused(few_frames):
    face = builtin_face()
    other = replace(face, name="other", expression_basis=face.expression_basis[::-1])
    with pytest.raises(InputError, match=r"^face_model: found other .*expected builtin") as caught:
        check_face_model(few_frames, other)
    assert other.digest[:12] in str(caught.value) and face.digest[:12] in str(caught.value)


def test_the_extra_is_named(data_dir, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"no tensorflow_datasets and no apache_beam, .*pip install 'au_tf\[data\]'"):
        open_recordings(NAME, data_dir)


def test_the_command_trains_on_it(data_dir, tmp_path):
    words = ["--dataset", NAME, "--data-dir", str(data_dir), "--iterations", "3", "--batch-size", "8"]
    assert main.main(["train", "cgan", *words, "--out", str(tmp_path)]) == 0
    generator, frames = load_generator(tmp_path), read_frames(open_recordings(NAME, data_dir), "train")
    np.testing.assert_array_equal(generator.bounds.upper, frames.expression.max(0))
    card = (tmp_path / "README.md").read_text()
    command = f"au-tf train cgan --iterations 3 --batch-size 8 --dataset {NAME} --data-dir {data_dir} --out {tmp_path}"
    assert command in card and f"on {len(frames)} frames of the 1 person of the data set `{NAME}`" in card


def test_the_command_refuses_the_data_set_of_another_face(data_dir, tmp_path, capsys):
    face = builtin_face()
    replace(face, name="other", expression_basis=face.expression_basis[::-1]).save(tmp_path / "other.npz")
    words = ["--dataset", NAME, "--data-dir", str(data_dir), "--face-model", str(tmp_path / "other.npz")]
    assert main.main(["train", "caae", *words, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "--face-model: found other" in told and told.count("\n") == 1
    assert not (tmp_path / "out").exists()
