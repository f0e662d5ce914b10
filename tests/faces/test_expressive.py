"""The main job as a notebook does it: one import, a face, an expression."""

import json

import numpy as np
import pytest
import trimesh
from PIL import Image
from skimage import data

import au_tf
from au_tf.faces import expressive
from au_tf.pictures.images import read_image, write_image
from au_tf.rendering.native.renderer import render_face

SMILE = "AU6=3,AU12=5"


@pytest.fixture(scope="module")
def smile(astronaut):
    return astronaut.express(AU6=3, AU12=5)


@pytest.fixture(scope="module")
def bare(astronaut):
    """The same face without its photo."""
    return au_tf.Face.from_coefficients(astronaut.coefficients, astronaut.camera)


def test_the_main_job_takes_one_import_and_two_calls(tmp_path):
    write_image(tmp_path / "me.png", data.astronaut())
    smile = au_tf.Face.from_photo(tmp_path / "me.png").express(AU6=3, AU12=5)
    changed = np.abs(smile.photo.astype(int) - data.astronaut()).max(-1) > 16
    left, top, right, bottom = map(int, smile.face.fit.face.box)
    assert changed[top:bottom, left:right].mean() > 0.1
    changed[top - 60 : bottom + 60, left - 60 : right + 60] = False
    assert not changed.any()


def test_all_ways_to_say_an_expression_agree(astronaut, smile):
    numbers = np.zeros(12, np.float32)
    numbers[[4, 6]] = 3, 5
    units = {"AU6": 3, "AU12": 5}
    for asked, more in ((SMILE, {}), ("AU06=3", {"AU12": 5}), (numbers, {}), (units, {}), (None, units)):
        other = astronaut.express(asked, **more)
        np.testing.assert_array_equal(other.intensities, numbers)
        np.testing.assert_array_equal(other.coefficients.expression, smile.coefficients.expression)
    several = astronaut.express(np.stack([0 * numbers, numbers]))
    assert [each.intensities.sum() for each in several] == [0, 8]
    np.testing.assert_array_equal(several[0].coefficients.expression, astronaut.neutral().coefficients.expression)
    np.testing.assert_array_equal(several[1].vertices, smile.vertices)


def test_nothing_is_drawn_before_it_is_asked_for_and_nothing_twice(astronaut, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        expressive, "render_face", lambda *given, likeness: drawn.append("render") or np.zeros((8, 8, 3), np.uint8)
    )
    monkeypatch.setattr(expressive, "bake_likeness", lambda *given: drawn.append("texture"))
    compose = expressive.PhotoCompositor.compose
    monkeypatch.setattr(expressive.PhotoCompositor, "compose", lambda *given: drawn.append("photo") or compose(*given))
    surprise = astronaut.express("AU1=5,AU26=5")
    assert surprise.vertices.shape == astronaut.model.mean_shape.shape and not drawn
    assert surprise.photo is surprise.photo and drawn == ["photo"]
    assert surprise.render is surprise.render and drawn == ["photo", "render"]


def test_suffixes_say_what_is_written(smile, tmp_path):
    photo, render, mesh, coefficients = (tmp_path / name for name in ("a.png", "b.png", "c d.obj", "e.npz"))
    assert smile.save(photo) == [photo]
    assert smile.save(render, render=True) == [render]
    np.testing.assert_array_equal(read_image(photo), smile.photo)
    np.testing.assert_array_equal(read_image(render), smile.render)
    assert all(path.is_file() for path in smile.save(mesh)) and len(smile.save(mesh)) == 3
    smile.save(coefficients)
    with np.load(coefficients) as arrays:
        np.testing.assert_array_equal(arrays["intensities"], smile.intensities)
    again = au_tf.Face.from_coefficients(coefficients)
    np.testing.assert_array_equal(again.coefficients.expression, smile.coefficients.expression)
    assert again.camera.focal == pytest.approx(smile.face.camera.focal) and again.camera.width == 512


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply"])
def test_meshes_show_the_expression(smile, tmp_path, suffix):
    (path, *_) = smile.save(tmp_path / f"a face{suffix}")
    mesh = trimesh.load(path, force="mesh", process=False)
    assert len(mesh.faces) == len(smile.face.model.triangles) == len(smile.mesh.faces)
    # The photo's landmarks lie some millimetres from the fit's.
    assert 1e-4 < np.abs(smile.mesh.vertices[: len(smile.vertices)] - smile.vertices * 1e-3).max() < 1.5e-2
    if suffix != ".glb":
        expected = smile.mesh.vertices
        assert mesh.bounds == pytest.approx(np.stack([expected.min(0), expected.max(0)]), abs=1e-6)


def test_blend_shapes_are_what_each_action_unit_does(astronaut, smile):
    shapes = astronaut.blend_shapes(smile.intensities)
    assert shapes.names == au_tf.AU_NAMES
    np.testing.assert_allclose(shapes.weights[[4, 6]], [0.6, 1.0])
    none, full = astronaut.neutral(), astronaut.express(AU9=5)
    moved = none.coefficients.expression + shapes.expressions[5]
    np.testing.assert_allclose(moved, full.coefficients.expression, atol=1e-5)


def test_a_face_without_a_photo_is_drawn_as_a_render(bare, smile, tmp_path):
    other = bare.express(SMILE)
    np.testing.assert_array_equal(other.render, render_face(bare.model, smile.coefficients, bare.camera))
    other.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), other.render)
    assert bare.texture.shape == (1024, 1024, 3) and bare.ok and bare.confidence == 1.0
    with pytest.raises(au_tf.InputError, match="photo: found none"):
        _ = other.photo


def test_coefficients_alone_are_seen_from_the_front(bare):
    front = au_tf.Face.from_coefficients(bare.coefficients)
    picture = front.render
    skin = np.abs(picture.astype(int) - picture[0, 0]).max(-1) > 30
    rows, columns = np.nonzero(skin)
    assert picture.shape == (512, 512, 3) and np.ptp(rows) > 400 and abs(columns.mean() - 256) < 12


def test_what_a_face_is_shows_in_notebooks(astronaut, smile):
    assert repr(astronaut) == f"Face(photo, 512 x 512, confidence {astronaut.confidence:.2f}, face model builtin)"
    assert repr(smile) == "Expression(AU6=3,AU12=5 of photo)"
    text = smile._repr_html_()
    assert text.count("<tr") == 2 and "cheek raiser" in text and "data:image/jpeg;base64," in text
    assert len(text) < 20_000
    # Of the photo, in which the face is 85 pixels wide, the card shows the face.
    part = astronaut.close_up(astronaut.photo)
    assert 100 < len(part) < 250 and 100 < part.shape[1] < 250


@pytest.mark.parametrize(
    ("asked", "units", "told"),
    [
        ("AU7=3", {}, "intensities AU7=3: AU7: found an Action Unit that is not coded"),
        ("smile", {}, "intensities smile: smile: found no Action Unit"),
        (None, {"AU12": 9}, "intensities AU12=9: AU12: found 9, expected an intensity from 0 to 5"),
        (np.full(12, 6.0), {}, r"intensities float\[12\]: AU1: found 6.0, expected an intensity from 0 to 5"),
        (np.full(12, np.nan), {}, "AU1: found nan"),
        (np.zeros(11), {}, r"intensities float\[11\]: shape: found \(11,\), expected a last axis of 12"),
        (np.zeros(12), {"AU12": 1}, "AU12: found a name beside numbers"),
        ([[1] * 12, [1] * 11], {}, "intensities: found "),
        (["AU12", 5], {}, "intensities: found "),
        (np.zeros(12, complex), {}, "intensities: found "),
    ],
)
def test_errors_name_the_intensity(astronaut, asked, units, told):
    with pytest.raises(au_tf.InputError, match=told):
        astronaut.express(asked, **units)


def test_errors_name_what_is_wrong_with_a_face(astronaut, tmp_path):
    with pytest.raises(au_tf.InputError, match=r"photo: array: found float64\[9, 9, 3\]"):
        au_tf.Face.from_photo(np.zeros((9, 9, 3)))
    with pytest.raises(au_tf.InputError, match=r"none\.jpg: file: found nothing"):
        au_tf.Face.from_photo(tmp_path / "none.jpg")
    short = au_tf.Coefficients(**{**vars(astronaut.coefficients), "identity": np.zeros(7, np.float32)})
    with pytest.raises(au_tf.InputError, match=r"identity: found shape \(7,\), expected 100 numbers"):
        au_tf.Face.from_coefficients(short)
    with pytest.raises(au_tf.InputError, match=r"suffix: found \.stl"):
        astronaut.neutral().save(tmp_path / "a.stl")


def test_a_time_line_moves_the_photo_and_the_mesh(astronaut, tmp_path):
    (tmp_path / "talk.csv").write_text("time,AU26,AU7\n0,0,0\n0.2,5,1\n")
    talk = astronaut.animate(tmp_path / "talk.csv", rate=10)
    assert repr(talk) == "Animation(3 pictures at 10 a second of photo)"
    shown = [picture.astype(int) for picture in talk]
    # The more the jaw drops, the further the picture is from the first.
    near, far = (np.abs(picture - shown[0]).mean() for picture in shown[1:])
    assert 0.2 < near < far
    with Image.open(talk.save(tmp_path / "talk.gif")) as film:
        assert (film.n_frames, film.size) == (3, (512, 512))
    content = talk.save(tmp_path / "talk.glb").read_bytes()
    (animation,) = json.loads(content[20 : 20 + int.from_bytes(content[12:16], "little")])["animations"]
    assert animation["channels"][0]["target"]["path"] == "weights"
    rows = np.zeros((4, 12), np.float32)
    assert len(astronaut.animate(rows)) == 4
    with pytest.raises(au_tf.InputError, match="rate: found 0, expected more than 0"):
        astronaut.animate(rows, rate=0)
    with pytest.raises(au_tf.InputError, match=r"suffix: found \.mp3, expected \.mp4 or"):
        astronaut.animate(rows).save(tmp_path / "talk.mp3")
