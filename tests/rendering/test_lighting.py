import math

import numpy as np
import tensorflow as tf
from tensorflow_graphics.math import spherical_harmonics

from au_tf.rendering.lighting import AMBIENT, irradiance, lamp, sh_basis


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


def test_ambient_light_is_the_same_from_every_side():
    np.testing.assert_allclose(irradiance(_directions(30), AMBIENT), 1.0, rtol=1e-6)


def test_lamp_is_the_clamped_cosine_to_degree_two():
    direction, colour = np.array([1.0, 2.0, -0.5]), np.array([1.0, 0.5, 0.25])
    cosine = _directions(40) @ (direction / np.linalg.norm(direction))
    # The first three terms of max(c, 0) in Legendre polynomials.
    expected = 1 / 4 + cosine / 2 + 5 / 16 * (3 * cosine**2 - 1) / 2
    received = irradiance(_directions(40), lamp(direction, colour))
    np.testing.assert_allclose(received, np.outer(expected, colour), atol=1e-5)


def test_derivatives_exist_at_the_poles():
    normals = tf.constant([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    lighting = tf.constant(np.random.default_rng(0).normal(size=(9, 3)), tf.float32)
    analytic, numeric = tf.test.compute_gradient(irradiance, [normals, lighting], delta=1e-2)
    for a, n in zip(analytic, numeric, strict=True):
        np.testing.assert_allclose(a, n, atol=5e-3)
