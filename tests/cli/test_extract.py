"""The command that extracts: one photo as one face, anything else as rows."""

import re
import shlex
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from skimage import data

from au_tf.cli import main
from au_tf.morphable import Coefficients
from au_tf.pictures.images import read_image, write_image


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_image("photos/a.png", data.astronaut())
    write_image("photos/b.jpg", data.coffee()[:200, :200])
    writer = cv2.VideoWriter("coffee.avi", cv2.VideoWriter.fourcc(*"MJPG"), 10, (200, 200))
    for _ in range(3):
        writer.write(data.coffee()[:200, :200])
    writer.release()
    return tmp_path


def run(*words):
    assert main.main(["extract", *map(str, words)]) == 0


def refused(capsys, *words):
    assert main.main(["extract", *map(str, words), "--quiet"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("au-tf: ") and err.count("\n") == 1
    return err


def test_one_photo_is_one_face_without_batch_axes(photos, capsys):
    run("./photos/a.png", "--out", "a.npz", "--csv", "a.csv", "--overlay", "over")
    face = Coefficients.load("a.npz")
    assert face.identity.shape == (100,) and face.lighting.shape == (9, 3)
    with np.load("a.npz") as arrays:
        assert arrays["landmark_error"] < 0.03 and arrays["confidence"] > 0.5 and arrays["success"]
        assert arrays["landmarks"].shape == (68, 2) and arrays["image_size"].tolist() == [512, 512]
        assert 0 < arrays["photometric_error"] < 0.1 and str(arrays["reason"]) == ""
    assert len(pd.read_csv("a.csv")) == 1
    assert read_image("over/00001-a-0.png").shape == (420, 1260, 3)
    assert capsys.readouterr().out.splitlines() == ["a.npz", "a.csv", "over/00001-a-0.png"]


def test_several_are_rows(photos, capsys):
    run("photos", "coffee.avi", "--out", "all.npz", "--csv", "all.csv")
    with np.load("all.npz") as arrays:
        assert arrays["success"].tolist() == [True, False, False, False, False]
        assert str(arrays["face_model"]) == "builtin" and arrays["expression"].shape == (5, 79)
    assert Coefficients.load("all.npz").rotation.shape == (5, 3)
    table = pd.read_csv("all.csv")
    assert table.source.tolist() == ["photos/a.png", "photos/b.jpg", *["coffee.avi"] * 3]
    assert table.frame.tolist() == [1, 2, 1, 2, 3] and set(table.reason[1:]) == {"face: found none"}
    assert "4 of 5 rows without a reliable fit" in capsys.readouterr().err


def test_the_documentation_tells_of_what_is_written(photos):
    run("photos", "--out", "all.npz", "--csv", "all.csv")
    text = (Path(__file__).parents[2] / "docs" / "extraction.md").read_text()
    commands = re.findall(r"^au-tf (extract .*)$", text, re.MULTILINE)
    assert len(commands) > 5
    app = main.build_app()
    for line in commands:
        app.parse_args(shlex.split(line, comments=True), exit_on_error=False, print_error=False)
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    landmarks = {f"{axis}_{k}" for axis in "xy" for k in range(68)}
    with np.load("all.npz") as arrays:
        assert set(arrays.files) | set(pd.read_csv("all.csv").columns) - landmarks <= named


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["photos/b.jpg", "--out", "a.npz"], "photos/b.jpg: face: found none"),
        (["none.mp4", "--out", "a.npz"], "none.mp4: file: found nothing, expected a picture or a video"),
        (["photos", "--out", "a.csv"], "suffix: found .csv, expected .npz"),
        (["photos", "--out", "a.npz", "--csv", "b.txt"], "suffix: found .txt, expected .csv"),
        (["photos", "--out", "a.npz", "--overlay", "none/here"], "folder: found no none"),
        (
            ["coffee.avi", "--out", "a.npz", "--overlay", "a.MP4"],
            "--overlay a.MP4: suffix: found .MP4, expected a folder",
        ),
        (["coffee.avi", "--out", "a.npz", "--face", "0"], "--face 0: source: found a recording"),
        (["photos", "--out", "a.npz", "--fps", "5", "--face", "0"], "--face 0: source: found a recording"),
        (["photos", "--out", "a.npz", "--album", "--face", "0"], "--face 0: source: found an album"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(words, told, photos, capsys):
    assert told in refused(capsys, *words)
    assert not list(photos.glob("*.npz")) and not list(photos.glob("*.csv"))


def test_a_film_in_the_camera_s_stead_and_what_a_camera_cannot_do(photos, capsys):
    run("--camera", "coffee.avi", "--out", "live.npz", "--csv", "live.csv")
    assert pd.read_csv("live.csv").reason.tolist() == ["face: found none"] * 3
    assert main.main(["estimate", "--camera", "coffee.avi", "--out", "aus.csv"]) == 0
    assert pd.read_csv("aus.csv").frame.tolist() == [1, 2, 3]
    assert refused(capsys, "--camera", "77", "--out", "a.npz").startswith("au-tf: --camera 77: device: found none")
    assert "expected photos or videos, or --camera" in refused(capsys, "--out", "a.npz")
    assert "either a camera or files" in refused(capsys, "photos", "--camera", "0", "--out", "a.npz")
    assert "seen twice" in refused(capsys, "--camera", "0", "--overlay", "look", "--out", "a.npz")
    assert not Path("a.npz").exists()


def test_a_plot_of_nobody_is_one_clear_line(photos, capsys):
    assert main.main(["estimate", "photos/b.jpg", "--out", "a.csv", "--plot", "a.png", "--quiet"]) == 2
    told = capsys.readouterr().err
    assert told == "au-tf: --plot a.png: faces: found none that can be read, expected a face in one of the pictures\n"
