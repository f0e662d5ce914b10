import os

import numpy as np
import pytest
from skimage import data

from au_tf.cli import main
from au_tf.pictures.images import write_image


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "in" / "photo.png"
    write_image(path, data.astronaut())
    return path


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def refused(argv, out, capsys):
    """Runs a command that has to fail; returns the one line it prints on standard error."""
    assert main.main([*map(str, argv), "--quiet"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("au-tf: ")
    assert err.count("\n") == 1
    assert list(out.rglob("*")) == []
    return err


@pytest.mark.parametrize(
    ("au", "told"),
    [
        ("AU7=3", "AU7: found an Action Unit that is not coded"),
        ("AU12=9", "AU12: found 9, expected an intensity from 0 to 5"),
        ("AU12=-1", "AU12: found -1, expected an intensity from 0 to 5"),
        ("AU12=nan", "AU12: found nan, expected an intensity from 0 to 5"),
        ("smile", "smile: found no Action Unit"),
    ],
)
def test_intensities(au, told, photo, out, capsys):
    assert told in refused(["synthesize", photo, "--au", au, "--out", out / "a.png"], out, capsys)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--out", "a.bmp"], "suffix: found .bmp, expected .png or .jpg or .jpeg"),
        (["--out", "a"], "suffix: found none"),
        (["--out", "none/a.png"], "expected a folder that exists"),
        (["--out", "../in/photo.png"], "found that of PHOTOS, expected another file"),
        (["--out", "a.png", "--render", "a.png"], "found that of --out, expected another file"),
        (["--out", "a.png", "--render", "none/b.png"], "expected a folder that exists"),
        (["--out", "a.png", "--mesh", "b.stl"], "suffix: found .stl, expected .glb or .obj or .ply"),
        (
            ["--out", "b-texture.png", "--mesh", "b.obj"],
            "--mesh b-texture.png: file: found that of --out, expected another file",
        ),
        (["--out", "a.png", "--generator", "none"], "expected the folder of a trained generator"),
    ],
)
def test_places(options, told, photo, out, capsys, monkeypatch):
    monkeypatch.chdir(out)
    assert told in refused(["synthesize", photo, "--au", "AU12=5", *options], out, capsys)


@pytest.mark.parametrize(
    ("table", "options", "told"),
    [
        ("time,AU1\n0,1\n", ["--out", "a.mpg"], "suffix: found .mpg, expected .mp4 or .webm"),
        ("time,AU1\n0,1\n", ["--out", "none/a.mp4"], "expected a folder that exists"),
        ("time,AU1\n0,9\n", ["--out", "a.mp4"], "timeline.csv: line 2, AU1: found 9, expected a number from 0 to 5"),
        (None, ["--out", "a.mp4"], "timeline.csv: file: found nothing"),
        (
            "time,face_id,AU1\n0,0,1\n0,1,1\n",
            ["--out", "a.mp4"],
            "or which of them by --face-id",
        ),
        (
            "time,face_id,AU1\n0,0,1\n",
            ["--out", "a.mp4", "--face-id", "7"],
            "no such face, expected one of 0",
        ),
    ],
)
def test_time_lines(table, options, told, photo, out, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(out)
    if table is not None:
        (tmp_path / "timeline.csv").write_text(table)
    assert told in refused(["animate", photo, tmp_path / "timeline.csv", *options], out, capsys)


@pytest.mark.parametrize("rate", ["0", "x", "nan", "1000"])
def test_rates(rate, capsys):
    assert main.main(["animate", "a.png", "a.csv", "--out", "a.mp4", "--fps", rate]) == 2
    told = capsys.readouterr().err
    assert "--fps" in told and told.count("\n") == 1


def unwritable(tmp_path):
    """A folder that this user cannot write to; nothing stops root but a file system that takes no files."""
    if os.geteuid() == 0:
        return "/proc"
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    return folder


def test_folder_that_cannot_be_written(photo, out, tmp_path, capsys):
    folder = unwritable(tmp_path)
    told = "expected a folder that can be written"
    assert told in refused(["demo", "--out", folder], out, capsys)
    assert told in refused(["extract", photo, "--out", f"{folder}/a.npz"], out, capsys)
    assert told in refused(["demo", "--out", photo], out, capsys)


def empty(path):
    path.write_bytes(b"")


def text(path):
    path.write_text("not a picture")


def truncated(path):
    write_image(path, data.astronaut())
    path.write_bytes(path.read_bytes()[:9000])


def missing(path):
    pass


@pytest.mark.parametrize("make", [missing, empty, text, truncated])
@pytest.mark.parametrize(
    "command", [["synthesize", "--au", "AU12=5", "--out", "a.png"], ["extract", "--out", "a.npz"], ["demo"]]
)
def test_photos_that_are_none(make, command, out, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(out)
    path = tmp_path / "photo.jpg"
    make(path)
    words = ["--photo", path] if command == ["demo"] else [path]
    assert str(path) in refused([*command, *words], out, capsys)


def test_photos_without_the_face_asked_for(photo, out, capsys):
    command = ["extract", photo, "--out", out / "a.npz"]
    assert "face 1: found a single one, expected --face 0" in refused([*command, "--face", "1"], out, capsys)
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    write_image(photo, noise)
    assert "face: found none" in refused(command, out, capsys)
