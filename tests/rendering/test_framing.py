"""Faces before a camera, and the colours of what moves."""

import numpy as np
import trimesh

from au_tf.facs import ACTIONS
from au_tf.morphable import MorphableModel
from au_tf.rendering.deformation import colormap, deformation_colormap
from au_tf.rendering.framing import face_vertices, frontal_camera, portrait
from au_tf.rendering.graph.cameras import project
from au_tf.rendering.lighting import AMBIENT
from au_tf.rendering.native.renderer import render_face


def _ball(subdivisions, radius=80.0):
    ball = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return np.float32(ball.vertices), np.int32(ball.faces)


def _ball_model():
    """A ball that can grow a nose (expression 0)."""
    vertices, triangles = _ball(4)
    nose = np.zeros_like(vertices)
    nose[np.argmax(vertices[:, 2])] = [0, 0, 20]
    count = len(vertices)
    return MorphableModel(
        name="ball",
        mean_shape=vertices,
        identity_basis=np.zeros((1, count, 3), np.float32),
        expression_basis=nose[np.newaxis],
        mean_albedo=np.full((count, 3), 0.5, np.float32),
        albedo_basis=np.zeros((1, count, 3), np.float32),
        triangles=triangles,
        landmarks=np.zeros(68, np.int32),
        uv=np.zeros((count, 2), np.float32),
        parts=np.zeros(count, np.uint8),
        mask=np.ones(count, np.float32),
        actions=np.zeros((len(ACTIONS), 1), np.float32),
        styles=np.zeros((len(ACTIONS), 3, 1), np.float32),
    )


def test_portrait_fills_the_frame_and_turns_to_the_right():
    model, camera = _ball_model(), frontal_camera(200)
    screen = np.asarray(project(face_vertices(model, portrait(model, fill=0.8)), camera))
    size = np.ptp(screen[:, :2], 0)
    # A ball looks a little larger than its cross-section, since its rim is not at its middle.
    np.testing.assert_allclose(size, 160, rtol=0.02)
    np.testing.assert_allclose(screen[:, :2].mean(0), 99.5, atol=0.1)
    nose = np.argmax(model.mean_shape[:, 2])
    turned = np.asarray(project(face_vertices(model, portrait(model, yaw=30, pitch=10, fill=0.8)), camera))
    assert turned[nose, 0] > screen[nose, 0] + 20 and turned[nose, 1] < screen[nose, 1] - 5


def test_picture_of_a_face():
    model, camera = _ball_model(), frontal_camera(64)
    background = np.random.default_rng(0).integers(0, 256, [64, 64, 3], np.uint8)
    face = portrait(model, lighting=AMBIENT)
    picture = render_face(model, face, camera, background=background)
    assert picture.dtype == np.uint8 and picture.shape == (64, 64, 3)
    np.testing.assert_array_equal(picture[:2], background[:2])
    # Linear 0.5 is sRGB 188; nothing shades a ball, and it mirrors no light that comes from everywhere.
    np.testing.assert_allclose(picture[32, 32], [188] * 3, atol=1)


def test_deformation_colours_what_moved():
    model, camera = _ball_model(), frontal_camera(96)
    rest = portrait(model, lighting=AMBIENT)
    picture = deformation_colormap(model, rest, rest.with_expression([1.0]), camera, limit_mm=20).astype(int)
    still = deformation_colormap(model, rest, rest, camera, limit_mm=20).astype(int)
    assert np.abs(picture - still)[48, 48].max() > 60
    assert (picture == still)[20:28, 40:56].all()
    lightness = colormap(np.linspace(0, 1, 50)) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all()
