"""The skin of a person out of a photo: what was painted is found again, where it was and nowhere else."""

import numpy as np
import pytest

from au_tf.compositing.photo import PhotoCompositor
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, Part
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.detail import detail_of
from au_tf.pictures.colour import to_linear
from au_tf.rendering.details import Likeness
from au_tf.rendering.framing import face_vertices, frontal_camera, portrait
from au_tf.rendering.lighting import ambient, lamp
from au_tf.rendering.native.renderer import render_face
from au_tf.texture.completion import Completed, completed, regions
from au_tf.texture.likeness import likeness_of, model_skin, packed
from au_tf.texture.unwrapped import unwrapped

SIZE = 512
MOLE = (38.0, -30.0)
"""On the left cheek, mm on the map."""
LIGHT = ambient([0.5, 0.5, 0.5]) + lamp([0.4, 0.5, 0.8], [0.5, 0.5, 0.5])


def texel(u: float, v: float) -> tuple[int, int]:
    return int((chart.TOP - v) * chart.PER_MM), int((u - chart.LEFT) * chart.PER_MM)


def person(yaw: float) -> Coefficients:
    return portrait(builtin_face(), yaw=yaw, lighting=LIGHT)


def painted() -> Likeness:
    """The mean face with a mole."""
    model = builtin_face()
    skin = model_skin(model, person(0.0).albedo, unwrapped(model))
    row, column = texel(*MOLE)
    skin[row - 15 : row + 15, column - 15 : column + 15] *= 0.4
    whole = Completed(skin, np.ones(skin.shape[:2], np.float32), np.ones(3, np.float32))
    return packed(model, person(0.0), whole, model.mean_albedo, np.ones(3, np.float32))


def found(photo: np.ndarray, face: Coefficients, camera: Camera) -> Likeness:
    model = builtin_face()
    places = camera.project(face_vertices(model, face))[model.landmarks, :2]
    parts = PhotoCompositor(photo, model, face, camera, places.astype(np.float32))
    return likeness_of(model, face, parts.placement, parts.layers)


def darkness(own: Likeness, u: float, v: float) -> float:
    """By how much skin is darker at a place than about it."""
    row, column = texel(u, v)
    skin = unwrapped(builtin_face()).spread(own.albedo) * (1.0 + own.added[0])
    here = skin[row - 5 : row + 5, column - 5 : column + 5]
    about = skin[row - 40 : row + 40 : 79, column - 40 : column + 40 : 79]
    return float(about.mean() / here.mean())


@pytest.mark.parametrize(("yaw", "mirrored"), [(0.0, False), (-40.0, True)])
def test_a_mole_is_found_and_mirrored_only_to_skin_that_is_hidden(yaw: float, mirrored: bool) -> None:
    face, camera = person(yaw), frontal_camera(SIZE)
    model = builtin_face()
    seen = np.float32([1.0, 0.0, 0.0]) @ face.pose.matrix.T
    assert (seen[2] > 0.3) == mirrored, "the left cheek is turned to the camera"
    own = found(render_face(model, face, camera, likeness=painted()), face, camera)
    assert darkness(own, *MOLE) > 1.4
    assert (darkness(own, -MOLE[0], MOLE[1]) > 1.4) == mirrored


def test_drawn_where_it_was_taken_it_is_the_photo() -> None:
    face, camera, model = person(0.0), frontal_camera(SIZE), builtin_face()
    photo = render_face(model, face, camera, likeness=painted())
    own = found(photo, face, camera)
    again = render_face(model, face.replace(lighting=face.lighting * own.relit), camera, likeness=own)
    places = camera.project(face_vertices(model, face))[model.landmarks, :2]
    (left, top), (right, bottom) = places[17:].min(0).astype(int), places[17:].max(0).astype(int)
    part = slice(top, bottom), slice(left, right)
    assert np.abs(to_linear(photo[part]) - to_linear(again[part])).mean() < 0.02


def test_light_that_differs_between_the_sides_is_taken_out() -> None:
    model = builtin_face()
    skin = model_skin(model, person(0.0).albedo, unwrapped(model))
    u, _ = chart.texels()
    lit = skin * np.exp(0.3 * u / 60.0)[..., np.newaxis].astype(np.float32)
    whole = completed(lit, np.ones(skin.shape[:2], np.float32), skin)
    check = (regions().middle > 0.9) & (regions().features < 0.1) & unwrapped(model).shown
    wrong, left = (np.log(each[check] / skin[check]).std() for each in (lit, whole.colour))
    assert left < 0.2 * wrong


def test_landmarks_go_where_the_photo_has_them() -> None:
    face, camera, model = person(-25.0), frontal_camera(SIZE), builtin_face()
    photo = render_face(model, face, camera)
    places = camera.project(face_vertices(model, face))[model.landmarks, :2]
    # A nose that is longer than the fit has it.
    places[27:36, 1] += 6.0
    parts = PhotoCompositor(photo, model, face, camera, places.astype(np.float32))
    own = likeness_of(model, face, parts.placement, parts.layers)
    vertices = face_vertices(model, face) + own.moved @ face.pose.matrix.T
    off = np.linalg.norm(camera.project(vertices)[model.landmarks[31:36], :2] - places[31:36], axis=1)
    assert off.max() < 1.5
    head = (model.parts == Part.SKIN) & (model.mask == 0.0)
    assert np.abs(own.moved[head]).mean() < 0.05


def test_the_map_is_spread_by_its_own_places() -> None:
    model = builtin_face()
    skin = unwrapped(model)
    spread = skin.spread(detail_of(model).places)
    row, column = np.nonzero(skin.shown)
    np.testing.assert_allclose(spread[skin.shown], np.stack([column, row], -1), atol=0.01)
