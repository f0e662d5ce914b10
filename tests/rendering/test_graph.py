"""What only TensorFlow's engine can: derivatives, tracing into graphs, and work in portions."""

import math

import numpy as np
import pytest
import tensorflow as tf
import trimesh
from PIL import Image
from tensorflow_graphics.math import spherical_harmonics

from au_tf.geometry.alignment import align_face, alignment_matrix
from au_tf.geometry.camera import Camera
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.framing import face_vertices, portrait
from au_tf.rendering.graph import alignment, rasterizer
from au_tf.rendering.graph.cameras import project, to_camera
from au_tf.rendering.graph.lighting import irradiance, sh_basis
from au_tf.rendering.graph.rasterizer import interpolate, rasterize
from au_tf.rendering.graph.renderer import render
from au_tf.rendering.lighting import STUDIO

HEIGHT, WIDTH = 37, 51


def _triangles():
    """Screen float32[V, 3] and triangles int32[T, 3]: small ones, and a few that are huge."""
    rng = np.random.default_rng(3)
    sizes = np.repeat([8.0, 300.0], [60, 5])[:, None, None]
    corners = rng.uniform([0, 0], [WIDTH, HEIGHT], [65, 1, 2]) + sizes * rng.normal(size=(65, 3, 2))
    screen = np.concatenate([corners, rng.uniform(400, 700, [65, 3, 1])], -1)
    return np.float32(screen.reshape(-1, 3)), np.arange(195, dtype=np.int32).reshape(65, 3)


def test_small_portions_give_the_same(monkeypatch):
    screen, triangles = _triangles()
    whole = rasterize(screen[None], triangles, HEIGHT, WIDTH)
    attributes = np.random.default_rng(0).normal(size=(1, len(screen), 2)).astype(np.float32)
    pixels = interpolate(whole, triangles, attributes)
    monkeypatch.setattr(rasterizer, "_CANDIDATES", 500)
    monkeypatch.setattr(rasterizer, "_BAND", 400)
    # Traced anew, since the first trace holds the constants.
    monkeypatch.setattr(rasterizer, "_visible", tf.function(rasterizer._visible.python_function))
    parts = rasterize(screen[None], triangles, HEIGHT, WIDTH)
    np.testing.assert_array_equal(parts.triangle, whole.triangle)
    np.testing.assert_array_equal(parts.barycentric, whole.barycentric)
    np.testing.assert_array_equal(interpolate(parts, triangles, attributes), pixels)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_batch_is_its_images(compiled):
    screen, triangles = _triangles()
    batch = np.stack([screen, screen[::-1], screen + np.array([3, 2, 0])]).astype(np.float32)
    attributes = np.random.default_rng(0).normal(size=(3, len(screen), 4)).astype(np.float32)

    def draw(batch, attributes):
        fragments = rasterize(batch, triangles, HEIGHT, WIDTH)
        return *fragments, interpolate(fragments, triangles, attributes)

    spec = [tf.TensorSpec([None, *a.shape[1:]], tf.float32) for a in (batch, attributes)]
    drawn = (tf.function(draw, input_signature=spec) if compiled else draw)(batch, attributes)
    for k in range(3):
        for all_images, one in zip(drawn, draw(batch[k : k + 1], attributes[k : k + 1]), strict=True):
            np.testing.assert_allclose(all_images[k], one[0], atol=1e-6)
    if compiled:
        empty = tf.function(draw, input_signature=spec)(batch[:0], attributes[:0])
        assert [tuple(e.shape) for e in empty] == [(0, HEIGHT, WIDTH), (0, HEIGHT, WIDTH, 3), (0, HEIGHT, WIDTH, 4)]


def test_derivatives_inside_the_triangles():
    screen = tf.constant([[[2.0, 1.0, 500.0], [13.0, 3.0, 620.0], [5.0, 12.0, 450.0], [14.0, 13.0, 700.0]]], tf.float32)
    triangles = np.int32([[0, 1, 2], [1, 3, 2]])
    attributes = tf.constant([[[0.3, -1.0], [0.7, 0.4], [-0.5, 0.2], [0.1, 0.9]]])
    weights = rasterize(screen, triangles, 16, 16).barycentric.numpy().min(-1)
    inner = np.argwhere(weights > 0.06)[::12]
    assert len(inner) > 5

    @tf.function
    def draw(place, depth, attributes):
        # Depth is asked in units of 100 mm, so that one step suits all.
        fragments = rasterize(tf.concat([place, 100.0 * depth], -1), triangles, 16, 16)
        return tf.gather_nd(interpolate(fragments, triangles, attributes), inner)

    inputs = [screen[..., :2], screen[..., 2:] / 100.0, attributes]
    analytic, numeric = tf.test.compute_gradient(draw, inputs, delta=2e-2)
    for a, n in zip(analytic, numeric, strict=True):
        assert np.abs(n).max() > 0.05
        np.testing.assert_allclose(a, n, atol=1e-3)


def _ball(subdivisions, radius=80.0):
    ball = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return np.float32(ball.vertices), np.int32(ball.faces)


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


def _directions(count):
    directions = np.random.default_rng(0).normal(size=(count, 3))
    return (directions / np.linalg.norm(directions, axis=-1, keepdims=True)).astype(np.float32)


def test_basis_is_deep3ds():
    nx, ny, nz = np.float64(_directions(50)).T
    a = [np.pi, 2 * np.pi / np.sqrt(3), 2 * np.pi / np.sqrt(8)]
    c = [1 / np.sqrt(4 * np.pi), np.sqrt(3) / np.sqrt(4 * np.pi), 3 * np.sqrt(5) / np.sqrt(12 * np.pi)]
    expected = [
        a[0] * c[0] * np.ones_like(nx),
        -a[1] * c[1] * ny,
        a[1] * c[1] * nz,
        -a[1] * c[1] * nx,
        a[2] * c[2] * nx * ny,
        -a[2] * c[2] * ny * nz,
        a[2] * c[2] / (2 * np.sqrt(3)) * (3 * nz**2 - 1),
        -a[2] * c[2] * nx * nz,
        a[2] * c[2] / 2 * (nx**2 - ny**2),
    ]
    np.testing.assert_allclose(sh_basis(_directions(50)), np.transpose(expected), atol=2e-6)


def test_basis_is_tensorflow_graphics_harmonics_scaled_by_degree():
    directions = _directions(20)
    theta = np.arccos(directions[:, 2:])
    phi = np.arctan2(directions[:, 1:2], directions[:, :1]) % (2 * np.pi)
    degrees, orders = (np.tile(a, (20, 1)) for a in spherical_harmonics.generate_l_m_permutations(2))
    harmonics = spherical_harmonics.evaluate_spherical_harmonics(degrees, orders, theta, phi)
    scale = np.repeat([math.pi, 2 * math.pi / math.sqrt(3), 2 * math.pi / math.sqrt(8)], [1, 3, 5])
    np.testing.assert_allclose(sh_basis(directions), harmonics * scale, atol=2e-5)


def test_derivatives_exist_at_the_poles():
    normals = tf.constant([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    lighting = tf.constant(np.random.default_rng(0).normal(size=(9, 3)), tf.float32)
    analytic, numeric = tf.test.compute_gradient(irradiance, [normals, lighting], delta=1e-2)
    for a, n in zip(analytic, numeric, strict=True):
        np.testing.assert_allclose(a, n, atol=5e-3)


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.3])
def test_pictures_are_aligned_as_in_python(scale):
    height, width = round(300 * scale), round(340 * scale)
    picture = np.random.default_rng(0).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    picture = np.asarray(Image.fromarray(picture).resize((width, height)))
    model, camera = builtin_face(), Camera.default(height, width)
    face = project(face_vertices(model, portrait(model, yaw=20.0, fill=0.6)), camera)
    landmarks = np.asarray(face)[model.landmarks, :2]
    matrix = alignment.alignment_matrix(landmarks)
    np.testing.assert_allclose(matrix, alignment_matrix(landmarks), rtol=1e-9)
    found, (expected, _) = (
        alignment.warp(picture, alignment.inverse(matrix), 224).numpy(),
        align_face(picture, landmarks),
    )
    assert np.abs(found - expected).max() <= 2.0 and (np.abs(found - expected) > 1).mean() < 1e-3
