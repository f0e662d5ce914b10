"""What a regressor says of a face as a prior of its fit."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from au_tf.fitting.refine.landmark_term import Placed
from au_tf.fitting.refine.prior import Prior
from au_tf.fitting.regress.estimate import RegressorConfig
from au_tf.fitting.regress.initial_pose import look_at
from au_tf.fitting.regress.network import untrained
from au_tf.fitting.regress.regressor import Regressor
from au_tf.fitting.view import place_of
from au_tf.geometry.alignment import alignment_matrix
from au_tf.geometry.camera import Camera
from au_tf.geometry.pose import Pose

RNG = np.random.default_rng(6)
SMALL = RegressorConfig(widths=(4, 8), blocks=(0, 1), picture_features=16, landmark_features=(16,), hidden=16)
CAMERA = Camera.default(300, 400)


def test_the_prior_is_least_in_its_middle_and_grows_as_its_precision_tells():
    middle = Placed(Rotation.from_euler("XYZ", [0.1, 0.5, -0.2]), np.array([5.0, -3.0, -900.0]), RNG.normal(size=7))
    root = RNG.normal(size=(13, 13))
    prior = Prior(middle, root @ root.T)
    step = 0.1 * RNG.normal(size=13)
    assert prior.cost(middle) == 0.0
    np.testing.assert_allclose(prior.step(middle.moved(step)), step, atol=1e-12)
    np.testing.assert_allclose(prior.cost(middle.moved(step)), np.sum((root.T @ step) ** 2))


def test_without_a_regressor_coefficients_are_standard_normal_and_the_pose_is_free():
    start = Placed(Rotation.identity(), np.array([0.0, 0.0, -900.0]), RNG.normal(size=7))
    moved = start.moved(np.concatenate([[0.3, 0.0, 0.1, 50.0, 9.0, -99.0], RNG.normal(size=7)]))
    np.testing.assert_allclose(
        Prior.usual(start, np.eye(len(start.shape))).cost(moved), moved.shape @ moved.shape, rtol=1e-4
    )


@pytest.fixture(scope="module")
def regressor(head) -> Regressor:
    made = untrained(head, SMALL)
    weights = [(RNG.normal(0.0, 0.002, w.shape) + 0.005).astype(np.float32) for w in made.weights]
    return replace(made, weights=tuple(weights))


def landmarks(head) -> np.ndarray:
    """Those of the head before the camera, leaning a little."""
    turn = Rotation.from_euler("ZY", [0.3, 0.2])
    x, y, z = (turn.apply(head.mean_shape[head.landmarks]) + (30.0, 20.0, -900.0)).T
    return np.stack([CAMERA.centre[0] - CAMERA.focal * x / z, CAMERA.centre[1] + CAMERA.focal * y / z], -1)


def test_the_prior_of_a_regressor_has_the_covariance_of_its_errors(head, regressor):
    points = landmarks(head)
    photo = RNG.integers(0, 256, (300, 400, 3)).astype(np.uint8)
    prior = look_at(photo, points, CAMERA, regressor)
    scale = float(regressor.regress_faces([photo], points[None], CAMERA).error[0])
    step = 1e-3 * RNG.normal(size=6) * (1, 1, 1, 100, 100, 100)
    moved = prior.middle.moved(np.append(step, np.zeros(len(prior.middle.shape))))
    before, after = (_place(placed, points, regressor) for placed in (prior.middle, moved))
    turn = (Rotation.from_rotvec(after[0]) * Rotation.from_rotvec(before[0]).inv()).as_rotvec()
    off = np.concatenate([turn, after[1] - before[1]])
    # An untrained regressor's errors have the unit matrix as their covariance, times the error that it expects.
    np.testing.assert_allclose(prior.cost(moved), np.sum(off**2) / scale**2, rtol=1e-3)


def _place(placed: Placed, points: np.ndarray, regressor: Regressor) -> tuple[np.ndarray, np.ndarray]:
    """Turn, and shift with size, in the aligned picture, whose camera is rolled against the photo's."""
    matrix = alignment_matrix(points[None])
    roll = Rotation.from_euler("Z", np.arctan2(matrix[0, 1, 0], matrix[0, 0, 0])).inv()
    pose = Pose((roll * placed.turn).as_rotvec()[None], roll.apply(placed.shift)[None])
    place = place_of(pose, regressor.origin, CAMERA.aligned(matrix, 224, 224).upright)
    return place.turn[0], np.append(place.shift[0], place.size[0])
