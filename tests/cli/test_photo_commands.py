"""The commands that begin with a photo: what they write, and that they print it."""

import io
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

import au_tf
from au_tf.cli import main
from au_tf.faces import gallery
from au_tf.pictures.images import read_image, write_image


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    write_image(folder / "astronaut.png", data.astronaut())
    return folder


@pytest.fixture
def known(astronaut, monkeypatch):
    """Fits nothing anew: every photo is the astronaut's."""
    monkeypatch.setattr(au_tf.Face, "from_photo", lambda *given, **more: astronaut)


def run(*words):
    assert main.main([str(word) for word in words]) == 0


def test_synthesize_writes_what_the_library_makes(folder, astronaut, known, capsys):
    paths = [folder / name for name in ("smile.png", "render.png", "face.obj")]
    out = ("--out", paths[0], "--render", paths[1], "--mesh", paths[2])
    run("synthesize", folder / "astronaut.png", "--au", "AU1=5,AU2=5", "--au", "AU26=5", *out)
    listed = capsys.readouterr().out.splitlines()
    assert listed[:3] == [str(path) for path in paths] and len(listed) == 5
    surprise = astronaut.express(AU1=5, AU2=5, AU26=5)
    np.testing.assert_array_equal(read_image(paths[0]), surprise.photo)
    np.testing.assert_array_equal(read_image(paths[1]), surprise.render)
    assert all((folder / path).is_file() for path in listed)


def test_the_settings_beside_a_picture_make_it_again(folder, known, tmp_path, capsys):
    first, second = tmp_path / "first.png", tmp_path / "second.jpg"
    run("synthesize", folder / "astronaut.png", "--au", "AU1=5", "--au", "L12=4", "-o", first, "--open-eyes", "--mark")
    settings = tomllib.loads((tmp_path / "first.png.toml").read_text())
    assert settings == {"au": ["AU1=5", "L12=4"], "mark": True, "open-eyes": True}
    run("synthesize", folder / "astronaut.png", "--config", tmp_path / "first.png.toml", "-o", tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == first.read_bytes()
    assert tomllib.loads((tmp_path / "again.png.toml").read_text()) == settings
    (tmp_path / "second.jpg.toml").touch()
    words = ["synthesize", str(folder / "astronaut.png"), "--au", "AU1=5", "-o", str(second), "--no-overwrite"]
    assert main.main(words) == 2
    assert f"--out {second}.toml: place: found one that is taken" in capsys.readouterr().err
    # A result whose settings cannot be kept is one nevertheless.
    long = tmp_path / f"{'a' * 248}.png"
    run("synthesize", folder / "astronaut.png", "--au", "AU1=5", "-o", long)
    assert long.exists() and "The settings are not kept" in capsys.readouterr().err


def test_several_photos_go_to_places_of_their_names(folder, known, tmp_path, monkeypatch, capsys):
    given = [folder / "astronaut.png", folder / "gone.png", folder / "again.png"]
    write_image(given[2], data.astronaut())
    known_photo = au_tf.Face.from_photo
    monkeypatch.setattr(au_tf.Face, "from_photo", lambda path, **more: read_image(path) is not None and known_photo())
    words = ["synthesize", *map(str, given), "--au", "AU12=3", "--out", str(tmp_path / "{}-smile.png"), "--json"]
    assert main.main(words) == 2
    told = capsys.readouterr()
    made = [str(tmp_path / f"{name}-smile.png") for name in ("astronaut", "again")]
    assert json.loads(told.out)["paths"] == made and all(map(Path.exists, map(Path, made)))
    assert json.loads(told.out)["failed"] == [f"{given[1]}: file: found nothing, expected a picture"]
    assert told.err.count("gone.png") == 1
    assert sorted(path.name for path in tmp_path.glob("*.toml")) == ["again-smile.png.toml", "astronaut-smile.png.toml"]
    for more, line in (
        (["--no-overwrite"], f"--out {made[0]}: place: found one that is taken"),
        (["--render", "one.png"], "--render one.png: name: found one for 3 photos, expected {} in it"),
        (["--mesh", str(tmp_path / "{}.x")], ".x, expected"),
    ):
        assert main.main([*words, *more]) == 2
        assert line in capsys.readouterr().err
    (folder / "talk.csv").write_text("time,AU26\n0,0\n0.1,5\n")
    run("animate", given[0], given[2], folder / "talk.csv", "--out", tmp_path / "{}.gif")
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / f"{n}.gif") for n in ("astronaut", "again")]
    assert main.main(["animate", str(given[0]), "--out", str(tmp_path / "a.gif")]) == 2
    assert "time line: found none after it" in capsys.readouterr().err


def test_pipes_are_read_and_written(folder, known, monkeypatch, capfdbinary):
    """What goes out is what the same command writes to a file, and nothing else does."""
    kept: list[bytes] = []
    known_photo = au_tf.Face.from_photo
    monkeypatch.setattr(
        au_tf.Face, "from_photo", lambda path, **more: (kept.append(Path(path).read_bytes()), known_photo())[1]
    )
    photo = (folder / "astronaut.png").read_bytes()
    run("synthesize", folder / "astronaut.png", "--au", "AU12=3", "-o", folder / "piped.png", "-q")
    for out in (["-o", "-"], ["--out=-"]):
        capfdbinary.readouterr()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(photo)))
        run("synthesize", "-", "--au", "AU12=3", *out, "--render", folder / "beside.png", "-q")
        assert capfdbinary.readouterr() == ((folder / "piped.png").read_bytes(), b"")
    assert kept[1:] == [photo, photo] and (folder / "beside.png").exists()
    assert main.main(["synthesize", "-", "--au", "AU12=3", "-o", "-", "--json"]) == 2
    assert b"au-tf: --out -: use: found --json" in capfdbinary.readouterr().err


def test_what_comes_through_a_pipe_has_its_name_where_it_is_wrong(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"no picture")))
    assert main.main(["synthesize", "-", "--au", "AU12=3", "-o", "-"]) == 2
    told = capsys.readouterr()
    assert told.err.splitlines()[-1].startswith("au-tf: /dev/stdin: file: found no picture") and told.out == ""


def test_synthesize_draws_only_what_is_asked_for(folder, known, monkeypatch):
    monkeypatch.setattr("au_tf.faces.expressive.render_face", lambda *given: pytest.fail("drawn for nobody"))
    monkeypatch.setattr("au_tf.faces.expressive.likeness_of", lambda *given: pytest.fail("baked for nobody"))
    run("synthesize", folder / "astronaut.png", "--au", "AU12=5", "-o", folder / "smile.png")


def test_animate_writes_a_film(folder, known, capsys):
    (folder / "talk.csv").write_text("time,AU26,AU7\n0,0,0\n0.2,5,1\n")
    run("animate", folder / "astronaut.png", folder / "talk.csv", "--out", folder / "talk.gif", "--fps", "10")
    told = capsys.readouterr()
    assert told.out == f"{folder / 'talk.gif'}\n"
    assert "left out, since they are not coded: AU7" in told.err
    with Image.open(folder / "talk.gif") as film:
        assert film.n_frames == 3


def test_demo_writes_what_it_lists(tmp_path, known, monkeypatch, capsys):
    # Neutral and full intensity only: a fifth of the faces.
    monkeypatch.setattr(gallery, "LEVELS", (0, 5))
    run("demo", "--out", tmp_path / "demo")
    listed = capsys.readouterr().out.splitlines()
    told = {str(path) for path in (tmp_path / "demo").iterdir()}
    assert {*listed, str(tmp_path / "demo" / "config.toml")} == told
    assert {path.rsplit(".", 1)[1] for path in listed} == {"png", "glb", "npz"}
    for path in listed:
        if path.endswith(".png"):
            assert min(Image.open(path).size) > 400
    with np.load(tmp_path / "demo" / "coefficients.npz") as arrays:
        assert arrays["intensities"].shape == (13, 12)
        assert arrays["expressions"].shape == (13, 79)
