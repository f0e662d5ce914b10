"""What goes wrong is told by the name of what is at fault, and before the work."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import au_tf
from au_tf.cli import extras
from au_tf.cli.commands import figures
from au_tf.cli.main import main
from au_tf.errors import InputError
from au_tf.facs import AU_NAMES
from au_tf.pictures.images import write_image

ROOT = Path(__file__).parents[2]


@pytest.fixture
def told(capsys):
    """The line by which a command ends."""

    def run(*words):
        assert main(words) == 2
        (line,) = capsys.readouterr().err.splitlines()
        return line

    return run


@pytest.mark.parametrize("given", [{}, 5, None])
def test_what_are_no_coefficients_is_told(given):
    with pytest.raises(InputError, match=f"coefficients: found {type(given).__name__}, expected Coefficients, or the"):
        au_tf.Face.from_coefficients(given)


def test_a_picture_is_no_file_of_arrays(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    with pytest.raises(InputError, match=r"a\.npz: file: found something else, expected an \.npz file$"):
        au_tf.Face.from_coefficients(tmp_path / "a.npz")


def test_an_action_unit_that_is_not_coded_is_like_no_other(told):
    line = told("synthesize", "a.jpg", "--au", "AU13=3", "--out", "x.png")
    assert line.endswith(f"AU13: found an Action Unit that is not coded, expected one of {', '.join(AU_NAMES)}")
    assert "did you mean AU12 or AU2?" in told("synthesize", "a.jpg", "--au", "AUU12=3", "--out", "x.png")


def test_what_is_missing_is_told_as_it_is_typed(told):
    assert told("synthesize", "a.jpg", "--out", "x.png").startswith("au-tf: It needs --au AU12=5. See au-tf synth")
    assert told("synthesize", "--au", "AU12=5").startswith("au-tf: It needs PHOTOS.")
    assert told("train", "caae").startswith("au-tf: It needs --out DIR|URL.")


def test_what_stands_in_the_environment_is_named_as_it_is_there(told, monkeypatch, tmp_path):
    write_image(tmp_path / "a.jpg", np.zeros((64, 64, 3), np.uint8))
    words = ("synthesize", str(tmp_path / "a.jpg"), "--au", "AU12=5", "--out", "x.png")
    monkeypatch.setenv("AU_TF_GENERATOR", "nowhere")
    assert told(*words).startswith("au-tf: AU_TF_GENERATOR nowhere: folder: found nothing")
    assert told(*words, "--generator", "here").startswith("au-tf: --generator here: folder: found nothing")
    monkeypatch.setenv("AU_TF_FACE", "x")
    assert "AU_TF_FACE" in told(*words)


def test_data_sets_are_not_asked_for_where_their_packages_are_missing(told, monkeypatch, tmp_path):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    line = told("train", "caae", "--dataset", "simulated_disfa", "--out", str(tmp_path / "x"))
    assert line.endswith("no tensorflow_datasets and no apache_beam, expected them: pip install 'au_tf[data]'")


def test_a_mesh_whose_texture_would_have_too_long_a_name_is_refused_before_the_work(told, tmp_path):
    long = tmp_path / f"{'a' * 250}.obj"
    line = told("synthesize", "a.jpg", "--au", "AU12=5", "--out", str(tmp_path / "x.png"), "--mesh", str(long))
    assert "--mesh" in line and "found File name too long, expected a name that a file can have" in line
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_there_is_announced(told, tmp_path, monkeypatch):
    monkeypatch.setattr(au_tf, "figures", lambda *_, **__: {"6": Figure(), "7": Figure()})
    monkeypatch.setattr(
        figures, "write_whole", lambda path, data: path.name == "figure-6.png" and path.write_bytes(data)
    )
    line = told("figures", "--out", str(tmp_path))
    assert line.endswith(
        "figure-7.png: file: found nothing, though it was to be made, expected a place that can be written"
    )


def test_facts_of_a_face_model_are_json_too(capsys):
    assert main(["face-model", "info", "builtin", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    model = au_tf.load_face_model("builtin")
    assert (facts["digest"], facts["vertices"], facts["paths"]) == (model.digest, len(model.mean_shape), [])
    assert list(facts["action_units"]) == list(AU_NAMES) and min(facts["action_units"].values()) > 1


def test_who_has_no_home_gets_no_folder_for_one(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "gone"))
    monkeypatch.setattr("au_tf.cli.commands.cache.cache_folder", lambda: Path(os.environ["HOME"]))
    monkeypatch.chdir(tmp_path)
    assert main(["cache", "info"]) == 0
    assert os.environ["HOME"] == str(tmp_path / "gone") and list(tmp_path.iterdir()) == []


def test_make_tells_which_python_it_needs_before_it_makes_anything(tmp_path):
    python = tmp_path / "python3.10"
    python.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.10.13\nexit 1\n')
    python.chmod(0o755)
    asked = ["make", "-C", str(ROOT), "demo", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"]
    done = subprocess.run(asked, capture_output=True, text=True)
    assert done.returncode == 2 and "is Python 3.10.13, expected Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (tmp_path / "venv").exists()
