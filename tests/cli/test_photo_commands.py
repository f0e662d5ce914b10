"""The commands that begin with a photo: what they write, and that they print it."""

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
    assert sorted(listed) == sorted(str(path) for path in (tmp_path / "demo").iterdir())
    assert {path.rsplit(".", 1)[1] for path in listed} == {"png", "glb", "npz"}
    for path in listed:
        if path.endswith(".png"):
            assert min(Image.open(path).size) > 400
    with np.load(tmp_path / "demo" / "coefficients.npz") as arrays:
        assert arrays["intensities"].shape == (13, 12)
        assert arrays["expressions"].shape == (13, 79)
