import json

import numpy as np
import pytest
import trimesh
from PIL import Image
from skimage import data

from au_tf import facs
from au_tf.cli import gallery, job, main, meshes
from au_tf.morphable import Coefficients
from au_tf.pictures.images import read_image, write_image


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    write_image(folder / "astronaut.png", data.astronaut())
    return folder


@pytest.fixture(scope="module")
def subject(folder):
    return job.prepare(data.astronaut(), "the astronaut", 0, "builtin", None)


def run(*words):
    assert main.main([str(word) for word in words]) == 0


def test_synthesize_writes_photo_render_and_mesh(folder, subject, monkeypatch, capsys):
    monkeypatch.setattr(job, "prepare", lambda *given: subject)
    paths = [folder / name for name in ("smile.png", "render.jpg", "face.glb")]
    out = ("--out", paths[0], "--render", paths[1], "--mesh", paths[2])
    run("synthesize", folder / "astronaut.png", "--au", "AU1=5,AU2=5", "--au", "AU26=5", *out)
    assert capsys.readouterr().out.splitlines()[-3:] == [str(path) for path in paths]
    photo, source = read_image(paths[0]).astype(int), data.astronaut().astype(int)
    changed = np.abs(photo - source).max(-1) > 16
    left, top, right, bottom = map(int, subject.fit.face.box)
    assert changed[top:bottom, left:right].mean() > 0.1
    changed[top - 60 : bottom + 60, left - 60 : right + 60] = False
    assert not changed.any()
    assert read_image(paths[1]).shape == source.shape
    mesh = trimesh.load(paths[2]).geometry["face"]
    assert len(mesh.faces) == len(subject.model.triangles)
    # A head with its neck, in metres.
    assert 0.2 < mesh.extents[1] < 0.4
    assert mesh.visual.material.baseColorTexture.size[0] >= 1024


def test_mesh_of_any_kind_shows_the_expression(folder, subject):
    asked = facs.parse("AU12=5,AU26=3")
    (face,) = job.expressions(subject, asked[np.newaxis])
    expected = subject.model.shape(face.identity, face.expression) * 1e-3
    for suffix in meshes.SUFFIXES:
        path = folder / f"a face{suffix}"
        meshes.write(path, subject, face, asked)
        assert all(part.is_file() for part in meshes.files(path))
        mesh = trimesh.load(path, force="mesh", process=False)
        assert len(mesh.faces) == len(subject.model.triangles)
        if suffix != ".glb":
            assert mesh.bounds == pytest.approx(np.stack([expected.min(0), expected.max(0)]), abs=1e-6)
    shapes = meshes.blend_shapes(subject, asked)
    assert shapes.names == facs.AU_NAMES
    np.testing.assert_allclose(shapes.weights[[6, 11]], [1.0, 0.6])
    none, full = job.expressions(subject, np.stack([0 * asked, facs.parse("AU9=5")]))
    np.testing.assert_allclose(none.expression + shapes.expressions[5], full.expression, atol=1e-5)


def header_of(path):
    data = path.read_bytes()
    return json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])


def test_animate_moves_the_photo_and_the_mesh(folder, subject, monkeypatch, capsys):
    monkeypatch.setattr(job, "prepare", lambda *given: subject)
    timeline = folder / "talk.csv"
    timeline.write_text("time,AU26,AU7\n0,0,0\n0.2,5,1\n")
    run("animate", folder / "astronaut.png", timeline, "--out", folder / "talk.gif", "--fps", "10")
    assert "left out, since they are not coded: AU7" in capsys.readouterr().out
    with Image.open(folder / "talk.gif") as film:
        assert (film.n_frames, film.size) == (3, (512, 512))
        shown = [np.asarray(film.convert("RGB")).astype(int) for k in range(3) if film.seek(k) is None]
    # The more the jaw drops, the further the picture is from the first.
    near, far = (np.abs(picture - shown[0]).mean() for picture in shown[1:])
    assert 0.2 < near < far
    run("animate", folder / "astronaut.png", timeline, "--out", folder / "talk.glb")
    (animation,) = header_of(folder / "talk.glb")["animations"]
    assert animation["channels"][0]["target"]["path"] == "weights"


def test_extract_writes_what_can_be_read_back(folder, capsys):
    path = folder / "astronaut.npz"
    run("extract", folder / "astronaut.png", "--out", path)
    coefficients = Coefficients.load(path)
    assert coefficients.identity.shape == (100,)
    assert coefficients.expression.shape == (79,)
    assert coefficients.lighting.shape == (9, 3)
    with np.load(path) as arrays:
        assert arrays["landmarks"].shape == (68, 2)
        assert arrays["image_size"].tolist() == [512, 512]
        assert 0 < arrays["landmark_error"] < 0.03
        assert str(arrays["face_model"]) == "builtin"


def test_demo_writes_what_it_lists(tmp_path, subject, monkeypatch, capsys):
    monkeypatch.setattr(job, "prepare", lambda *given: subject)
    # Neutral and full intensity only: a fifth of the faces.
    monkeypatch.setattr(gallery, "LEVELS", (0, 5))
    run("demo", "--out", tmp_path / "demo")
    listed = [line for line in capsys.readouterr().out.splitlines() if line.startswith(str(tmp_path))]
    assert sorted(listed) == sorted(str(path) for path in (tmp_path / "demo").iterdir())
    assert {path.rsplit(".", 1)[1] for path in listed} == {"png", "glb", "npz"}
    for path in listed:
        if path.endswith(".png"):
            assert min(Image.open(path).size) > 400
    with np.load(tmp_path / "demo" / "coefficients.npz") as arrays:
        assert arrays["intensities"].shape == (13, 12)
        assert arrays["expressions"].shape == (13, 79)
