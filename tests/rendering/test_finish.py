"""The finish of faces: hollows and mouths are shaded, and gloss lies where a mirror would show the lamp."""

import numpy as np
import pytest

from au_tf.facs import both_sides
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.detail.detail import detail_of
from au_tf.morphable.model import Part
from au_tf.rendering.finish import face_light, finish_of
from au_tf.rendering.framing import face_vertices, frontal_camera, portrait
from au_tf.rendering.lighting import AMBIENT, ambient, lamp
from au_tf.rendering.native.canvas import Canvas, PlacedFace
from au_tf.rendering.native.lighting import light_polynomial
from au_tf.rendering.native.normals import vertex_normals

MODEL = builtin_face()
FINISH = finish_of(detail_of(MODEL))


def drawn(face, albedo=None):
    """Colours of the vertices, float32[V, 3]."""
    canvas = Canvas.of(np.zeros(len(MODEL.mean_shape), np.float32), 64, 64, 1, detail_of(MODEL))
    shape = np.ascontiguousarray(face_vertices(MODEL, face).T)
    colours = MODEL.mean_albedo if albedo is None else albedo
    light = (light_polynomial() @ face.lighting).astype(np.float32)
    pose = PlacedFace(np.eye(3, dtype=np.float32), np.zeros(3, np.float32), frontal_camera(64).lens, light)
    canvas.draw(MODEL.triangles.copy(), shape, np.ascontiguousarray(colours.T), pose)
    return canvas.vertices[:, 4:7].copy()


def test_hollows_get_less_light_than_what_stands_out():
    reached = FINISH.shade[:, 0]
    nose, chin, brow = MODEL.landmarks[[30, 8, 27]]
    inner_corners = MODEL.landmarks[[39, 42]]
    assert reached[[nose, chin]].min() > 0.95
    assert reached[inner_corners].max() < 0.8 * reached[brow]
    # Below the nose it is darker the higher the lamp stands.
    below = FINISH.shade[MODEL.landmarks[33]]
    assert below[0] + 0.7 * below[2] + 0.7 * below[3] < below[0] + below[3]


@pytest.mark.parametrize("direction", [(-0.6, 0.5, 0.7), (0.2, -0.3, 1.0)])
def test_gloss_is_brightest_where_a_mirror_shows_the_lamp(direction):
    face = portrait(MODEL, lighting=ambient([0.1] * 3) + lamp(direction, [1.0] * 3))
    black = drawn(face, np.zeros_like(MODEL.mean_albedo))[:, 1]
    towards = np.array(direction) / np.linalg.norm(direction)
    marks = face_vertices(MODEL, face)[FINISH.landmarks].T
    found = face_light(marks, light_polynomial() @ face.lighting, FINISH.rest)
    np.testing.assert_allclose(found.towards, towards, atol=1e-5)
    half = np.array(found.half)
    normals = vertex_normals(face_vertices(MODEL, face), MODEL.triangles)
    nose = np.linalg.norm(MODEL.mean_shape - MODEL.mean_shape[MODEL.landmarks[30]], axis=1) < 18.0
    brightest = normals[nose][black[nose].argmax()]
    assert brightest @ half > np.cos(np.radians(12))
    assert np.isfinite(black).all() and black.min() >= 0.0


def test_a_mouth_is_the_darker_the_less_it_is_open():
    teeth = MODEL.parts == Part.TEETH
    means = []
    for unit in (0.0, 0.4, 1.0):
        face = portrait(MODEL, lighting=AMBIENT).with_expression(unit * MODEL.actions[both_sides(25)].sum(0))
        means.append(drawn(face)[teeth].mean())
    assert means[0] < 0.35 * means[2] and means[0] < means[1] < means[2]
