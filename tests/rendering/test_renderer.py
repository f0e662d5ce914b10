import numpy as np
import pytest
import tensorflow as tf
import trimesh

from au_tf.morphable import MorphableModel
from au_tf.rendering import (
    AMBIENT,
    STUDIO,
    Camera,
    deformation_colormap,
    face_vertices,
    frontal_camera,
    over,
    portrait,
    project,
    rasterize,
    render,
    render_buffers,
    render_face,
    to_camera,
    vertex_normals,
)
from au_tf.rendering.deformation import colormap


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
        actions=np.zeros((36, 1), np.float32),
        styles=np.zeros((36, 3, 1), np.float32),
    )


def test_normals_of_a_sphere_point_outward():
    vertices, triangles = _ball(4)
    batch = np.stack([vertices, 2 * vertices])[:, np.newaxis]
    expected = np.broadcast_to(vertices / 80.0, batch.shape)
    np.testing.assert_allclose(vertex_normals(batch, triangles), expected, atol=8e-3)


def test_normal_of_a_lone_vertex_is_zero():
    normals = vertex_normals(np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]]), np.int32([[0, 1, 2]]))
    np.testing.assert_allclose(normals, [[0, 0, 1]] * 3 + [[0, 0, 0]], atol=1e-6)


def test_white_under_even_light_is_white():
    vertices, triangles = _ball(3)
    camera = Camera.default(48, 48)
    pixels = render(vertices[None] - [0, 0, 300], np.ones((1, *vertices.shape)), triangles, camera, AMBIENT[None], 2)[0]
    # Colour is multiplied by coverage, so it equals coverage wherever it is white.
    np.testing.assert_allclose(pixels[..., :3], np.repeat(pixels[..., 3:], 3, -1), atol=1e-5)
    np.testing.assert_allclose(over(pixels, [1.0, 1.0, 1.0]), 1.0, atol=1e-5)
    assert pixels.numpy()[..., 3].max() == pytest.approx(1.0, abs=1e-5)


def test_coverage_is_the_area():
    corners = np.float32([[[-3.1, -2.2, -10], [4.3, -1.7, -10], [0.4, 3.9, -10]]])
    camera = Camera(40.0, (31.5, 31.5), 64, 64)
    pixels = render(corners, np.ones_like(corners), np.int32([[0, 1, 2]]), camera, AMBIENT[None], supersample=4)
    edges = corners[0, 1:, :2] - corners[0, 0, :2]
    area = abs(np.linalg.det(edges)) / 2 * (40.0 / 10.0) ** 2
    assert float(tf.reduce_sum(pixels[..., 3])) == pytest.approx(area, rel=5e-3)


def test_attributes_are_spread_over_the_pixels():
    vertices, triangles = _ball(3)
    moved = vertices[None] - np.float32([0, 0, 300])
    camera = Camera.default(40, 40)
    buffers = render_buffers(moved, np.ones_like(moved), triangles, camera, AMBIENT[None], 2, project(moved, camera))
    solid = buffers.colour.numpy()[..., 3] > 0.999
    rows, columns = np.nonzero(solid[0])
    # Places on the screen, spread over the pixels, name the pixels. Perspective bends them a little inside a facet.
    np.testing.assert_allclose(buffers.attributes.numpy()[solid][:, :2], np.stack([columns, rows], -1), atol=0.05)
    assert buffers.fragments.triangle.shape == (1, 80, 80)


def test_batch_is_its_images_in_graph_and_eager():
    vertices, triangles = _ball(2)
    camera = Camera.default(32, 32)
    rng = np.random.default_rng(0)
    batch = np.float32(vertices + rng.normal(0, 3, [3, *vertices.shape]) - [0, 0, 400])
    albedo, lighting = np.float32(rng.random(batch.shape)), np.float32(rng.normal(size=[3, 9, 3]))
    spec = [tf.TensorSpec([None, *a.shape[1:]], tf.float32) for a in (batch, albedo, lighting)]

    @tf.function(input_signature=spec)
    def draw(vertices, albedo, lighting):
        return render(vertices, albedo, triangles, camera, lighting, 2)

    whole = draw(batch, albedo, lighting)
    for k in range(3):
        one = render(batch[k : k + 1], albedo[k : k + 1], triangles, camera, lighting[k : k + 1], 2)
        np.testing.assert_allclose(whole[k], one[0], atol=1e-5)


def test_derivatives_of_vertices_albedo_light_and_pose():
    vertices, triangles = _ball(0)
    camera = Camera.default(24, 24)
    turn, shift = tf.constant([0.2, -0.3, 0.1]), tf.constant([0.03, 0.02, -3.9])
    rng = np.random.default_rng(0)
    albedo = tf.constant(rng.uniform(0.2, 0.8, [1, *vertices.shape]), tf.float32)
    # Lengths are asked in units of 100 mm, so that one step suits all.
    shape = tf.constant(vertices / 100.0)
    screen = project(100.0 * to_camera(shape, turn, shift)[None], camera)
    # Away from edges, where visibility jumps, and from the rim, where the triangles are seen edge on.
    inner = np.argwhere(rasterize(screen, triangles, 24, 24).barycentric.numpy().min(-1) > 0.12)
    inner = inner[(np.abs(inner[:, 1:] - 12) < 5).all(-1)][::3]
    assert len(inner) > 4

    @tf.function
    def draw(shape, albedo, lighting, turn, shift):
        seen = 100.0 * to_camera(shape, turn, shift)[None]
        return tf.gather_nd(render(seen, albedo, triangles, camera, lighting), inner)[:, :3]

    inputs = [shape, albedo, tf.constant(STUDIO[np.newaxis]), turn, shift]
    analytic, numeric = tf.test.compute_gradient(draw, inputs, delta=4e-3)
    for a, n in zip(analytic, numeric, strict=True):
        assert np.abs(n).max() > 0.02
        np.testing.assert_allclose(a, n, atol=4e-3)


def test_portrait_fills_the_frame_and_turns_to_the_right():
    model, camera = _ball_model(), frontal_camera(200)
    screen = project(face_vertices(model, portrait(model, fill=0.8)), camera).numpy()
    size = np.ptp(screen[:, :2], 0)
    # A ball looks a little larger than its cross-section, since its rim is not at its middle.
    np.testing.assert_allclose(size, 160, rtol=0.02)
    np.testing.assert_allclose(screen[:, :2].mean(0), 99.5, atol=0.1)
    nose = np.argmax(model.mean_shape[:, 2])
    turned = project(face_vertices(model, portrait(model, yaw=30, pitch=10, fill=0.8)), camera).numpy()
    assert turned[nose, 0] > screen[nose, 0] + 20 and turned[nose, 1] < screen[nose, 1] - 5


def test_picture_of_a_face():
    model, camera = _ball_model(), frontal_camera(64)
    background = np.random.default_rng(0).integers(0, 256, [64, 64, 3], np.uint8)
    face = portrait(model, lighting=AMBIENT)
    picture = render_face(model, face, camera, background=background)
    assert picture.dtype == np.uint8 and picture.shape == (64, 64, 3)
    np.testing.assert_array_equal(picture[:2], background[:2])
    # Linear 0.5 is sRGB 188.
    np.testing.assert_array_equal(picture[32, 32], [188] * 3)


def test_deformation_colours_what_moved():
    model, camera = _ball_model(), frontal_camera(96)
    rest = portrait(model, lighting=AMBIENT)
    picture = deformation_colormap(model, rest, rest.with_expression([1.0]), camera, limit_mm=20).astype(int)
    still = deformation_colormap(model, rest, rest, camera, limit_mm=20).astype(int)
    assert np.abs(picture - still)[48, 48].max() > 60
    assert (picture == still)[20:28, 40:56].all()
    lightness = colormap(np.linspace(0, 1, 50)) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all()
