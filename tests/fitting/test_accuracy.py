"""Measures of a fit, by cases whose answer is known."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from au_tf.fitting.accuracy import aligned_distance, turn_between, weighted_correlation

RNG = np.random.default_rng(5)
POINTS = RNG.normal(0, 50, (300, 3))


def test_a_moved_and_turned_face_is_the_same():
    turn = Rotation.from_euler("XYZ", [2.0, -0.4, 1.0])
    assert aligned_distance(turn.apply(POINTS) + (5, -80, 700), POINTS) < 1e-9


def test_a_larger_face_is_not():
    radius = np.linalg.norm(POINTS - POINTS.mean(0), axis=1).mean()
    np.testing.assert_allclose(aligned_distance(1.1 * POINTS, POINTS), 0.1 * radius)


def test_a_larger_face_is_the_same_where_size_does_not_count():
    turn = Rotation.from_euler("XYZ", [2.0, -0.4, 1.0])
    assert aligned_distance(1.3 * turn.apply(POINTS) + (5, -80, 700), POINTS, scaled=True) < 1e-9
    assert aligned_distance(1.3 * POINTS + np.sin(POINTS), POINTS, scaled=True) < 1.3


def test_a_mirrored_face_is_not():
    assert aligned_distance(POINTS * (-1, 1, 1), POINTS) > 20
    assert aligned_distance(POINTS * (-1, 1, 1), POINTS, scaled=True) > 20


def test_faces_are_measured_one_by_one():
    both = np.stack([POINTS, POINTS + RNG.normal(0, 1, POINTS.shape)])
    np.testing.assert_allclose(aligned_distance(both, POINTS[None]), [0, aligned_distance(both[1], POINTS)], atol=1e-9)
    # Noise of one mm a component: the mean length is sqrt(8 / pi), less what the motion takes up.
    np.testing.assert_allclose(aligned_distance(both[1], POINTS), np.sqrt(8 / np.pi), rtol=0.05)


def test_turns():
    first = Rotation.from_euler("Y", [[0.3], [1.0]])
    second = Rotation.from_euler("X", [[0.2], [-0.1]]) * first
    np.testing.assert_allclose(turn_between(second.as_rotvec(), first.as_rotvec()), np.degrees([0.2, 0.1]))


def test_correlation_is_weighted_by_the_variance_of_the_motion():
    true = RNG.standard_normal((5000, 2)) * (1.0, 3.0)
    found = np.stack([2.0 * true[:, 0] + 1.0, np.zeros(5000)], 1)
    # The first is found exactly, the second not at all; it moves the mesh 3 * 0.5 / 1 times as far.
    assert weighted_correlation(found, true, [1.0, 0.5]) == pytest.approx(1 / (1 + 2.25), rel=0.05)
    assert weighted_correlation(true, true, [1.0, 0.5]) == pytest.approx(1.0)
