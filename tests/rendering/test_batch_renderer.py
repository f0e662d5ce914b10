from dataclasses import replace

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.model import Part
from au_tf.rendering.details import FaceDetails
from au_tf.rendering.framing import face_vertices, portrait
from au_tf.rendering.graph.cameras import project
from au_tf.rendering.lighting import STUDIO, lamp
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.rendering.native.rasterizer import interpolate, rasterize
from au_tf.rendering.native.renderer import render, render_face

CAMERA = Camera.default(72, 90)


@pytest.fixture(scope="module")
def renderer():
    return BatchRenderer(builtin_face(), threads=2)


def _faces(count, seed=0):
    """Faces of as many people, each turned another way, under light of different colours."""
    rng = np.random.default_rng(seed)
    model = builtin_face()
    light = STUDIO + lamp([1, 0, 1], [0.4, 0.1, 0.2])
    posed = [portrait(model, yaw=yaw, pitch=20 * rng.normal(), fill=0.8) for yaw in rng.uniform(-60, 60, count)]
    return Coefficients(
        identity=rng.normal(size=(count, 100)).astype(np.float32),
        albedo=rng.normal(size=(count, 100)).astype(np.float32),
        expression=rng.normal(size=(count, 79)).astype(np.float32),
        rotation=np.stack([face.rotation for face in posed]).reshape(count, 3),
        translation=np.stack([face.translation for face in posed]).reshape(count, 3),
        lighting=np.stack([light * rng.uniform(0.5, 1.5) for _ in posed]).astype(np.float32),
    )


def _face(faces, k):
    return faces[k]


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_draws_each_face_as_if_it_were_alone(renderer, samples):
    faces = _faces(2)
    rng = np.random.default_rng(1)
    walls = rng.integers(0, 256, (2, CAMERA.height, CAMERA.width, 3), np.uint8)
    pictures = renderer.render(faces, CAMERA, samples, walls)
    for k in range(2):
        expected = render_face(renderer.model, _face(faces, k), CAMERA, samples, walls[k], lashes=False).astype(int)
        off = np.abs(pictures.image[k] - expected)
        # Where an edge runs through a sample rounding decides.
        assert (off > 1).mean() < 5e-4 and (off > 0).mean() < 2e-2


def test_layers_are_linear_light_and_the_share_of_skin(renderer):
    faces, model = _faces(1), renderer.model
    vertices, albedo = face_vertices(model, faces), model.albedo(faces.albedo)
    layers = renderer.render_linear(faces, CAMERA, 2)
    expected = render(vertices, albedo, model.triangles, CAMERA, faces.lighting, 2, FaceDetails.of(model, faces))
    assert (np.abs(layers.colour - expected).max(-1) > 1e-3).mean() < 2e-3
    fine = CAMERA.scaled(2)
    seen = rasterize(project(vertices, fine), model.triangles, fine.height, fine.width)
    skin = (model.mask * (model.parts == Part.SKIN))[np.newaxis, :, np.newaxis]
    shown = interpolate(seen, model.triangles, skin).reshape(CAMERA.height, 2, CAMERA.width, 2).mean((1, 3))
    assert (np.abs(layers.skin[0] - shown) > 1e-3).mean() < 2e-3
    assert shown.max() > 0.99


def test_bytes_do_not_depend_on_batch_or_threads(renderer):
    faces = _faces(11)
    whole = renderer.render(faces, CAMERA).image
    turned = faces[::-1]
    np.testing.assert_array_equal(BatchRenderer(renderer.model, 1).render(turned, CAMERA).image[::-1], whole)
    few = faces[7:10]
    np.testing.assert_array_equal(BatchRenderer(renderer.model, 3).render(few, CAMERA).image, whole[7:10])


def test_one_person_is_everyone_with_the_same_coefficients(renderer):
    faces = _faces(3)
    one = replace(faces, identity=faces.identity[0], albedo=faces.albedo[0])
    every = replace(faces, identity=faces.identity[[0, 0, 0]], albedo=faces.albedo[[0, 0, 0]])
    expected = renderer.render(every, CAMERA).image
    np.testing.assert_array_equal(renderer.render(one, CAMERA).image, expected)
    known = renderer.people(one.identity, one.albedo)
    np.testing.assert_array_equal(renderer.render(one, CAMERA, people=known).image, expected)


def test_no_faces_are_no_pictures(renderer):
    pictures, empty = (renderer.render(faces, CAMERA, surfaces=True) for faces in (_faces(3, 0), _faces(1)[:0]))
    some, none = ([*drawn[:-1], *drawn.surfaces] for drawn in (pictures, empty))
    assert [(part.shape, part.dtype) for part in none] == [((0, *part.shape[1:]), part.dtype) for part in some]


def test_a_view_can_be_turned_and_moved_in_the_plane(renderer):
    faces = _faces(1)
    # Aligned by a quarter turn and whole pixels, a picture is the same picture turned and moved.
    matrix = np.array([[[0.0, 1.0, 0.0], [-1.0, 0.0, CAMERA.width - 1.0]]])
    upright = renderer.render_linear(faces, CAMERA, 1).colour
    turned = renderer.render_linear(faces, CAMERA.aligned(matrix, CAMERA.width, CAMERA.height), 1).colour
    assert (np.abs(turned[0] - np.rot90(upright[0])).max(-1) > 1e-3).mean() < 2e-3


def test_each_face_can_have_its_own_camera(renderer):
    faces = _faces(2)
    cameras = [replace(CAMERA, focal=150.0), replace(CAMERA, centre=(30.5, 40.0))]
    both = replace(CAMERA, focal=[c.focal for c in cameras], centre=[c.centre for c in cameras])
    drawn = renderer.render(faces, both).image
    for k, camera in enumerate(cameras):
        np.testing.assert_array_equal(drawn[k], renderer.render(faces, camera).image[k])


def test_a_colour_is_a_background_too(renderer):
    pictures = renderer.render(_faces(1), CAMERA, background=(1.0, 0.0, 0.5))
    np.testing.assert_array_equal(
        pictures.image[pictures.coverage == 0.0], [[255, 0, 128]] * (pictures.coverage == 0).sum()
    )


@pytest.mark.parametrize("name", ["identity", "expression", "translation"])
def test_numbers_that_are_none_are_refused(renderer, name):
    faces = _faces(2)
    broken = getattr(faces, name).copy()
    broken[1, 0] = np.nan
    with pytest.raises(InputError, match=name):
        renderer.render(replace(faces, **{name: broken}), CAMERA)


def test_counts_that_do_not_fit_are_refused(renderer):
    faces = _faces(3)
    two = faces[:2]
    with pytest.raises(InputError, match="people"):
        renderer.render(faces, CAMERA, people=renderer.people(two.identity, two.albedo))
    with pytest.raises(InputError, match="background"):
        renderer.render(faces, CAMERA, background=np.zeros((2, CAMERA.height, CAMERA.width, 3), np.uint8))
    with pytest.raises(InputError, match="camera"):
        renderer.render(faces, Camera([100.0, 100.0], [(0, 0), (0, 0)], 8, 8))
