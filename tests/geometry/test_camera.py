import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.transform import Rotation

from au_tf.geometry.camera import Camera, project, rotation_matrix, to_camera


def test_project_is_a_pinhole():
    camera = Camera(1000.0, (320.0, 240.0), 480, 640)
    # 10 mm right and 20 mm up at 500 mm: 1000 * 10 / 500 = 20 columns right, 40 rows up.
    seen = project(np.float32([[10, 20, -500], [0, 0, -1]]), camera)
    np.testing.assert_allclose(seen, [[340, 200, 500], [320, 240, 1]], rtol=1e-6)


def test_points_behind_or_in_the_camera_stay_finite():
    camera = Camera.default(10, 10)
    points = tf.constant([[1.0, 1.0, 5.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(points)
        seen = project(points, camera)
    assert np.isfinite(seen).all() and np.isfinite(tape.gradient(seen, points)).all()
    assert (seen[:, 2] <= 0).numpy().all()


def test_finer_camera_splits_each_pixel():
    camera = Camera(700.0, (31.0, 20.5), 40, 60)
    points = np.random.default_rng(0).normal([0, 0, -600], 40, [20, 3]).astype(np.float32)
    coarse, fine = project(points, camera).numpy(), project(points, camera.scaled(3)).numpy()
    # The centre of coarse pixel j is the centre of the middle one of its three, 3 j + 1.
    np.testing.assert_allclose(fine[:, :2], 3 * coarse[:, :2] + 1, rtol=1e-5)
    assert (camera.scaled(3).height, camera.scaled(3).width) == (120, 180)


def test_to_camera_agrees_with_scipy():
    rng = np.random.default_rng(1)
    points, turns, shifts = (rng.normal(size=s).astype(np.float32) for s in ((4, 5, 3), (4, 3), (4, 3)))
    expected = [Rotation.from_rotvec(r).apply(p) + t for p, r, t in zip(points, turns, shifts, strict=True)]
    np.testing.assert_allclose(to_camera(points, turns, shifts), expected, atol=1e-5)


@pytest.mark.parametrize("turn", [[0.0, 0.0, 0.0], [0.3, -0.8, 0.2]])
def test_rotation_has_its_derivative(turn):
    point = tf.constant([[1.0, 2.0, 3.0]])
    analytic, numeric = tf.test.compute_gradient(
        lambda r: tf.linalg.matmul(point, rotation_matrix(r), transpose_b=True), [tf.constant(turn)], delta=1e-2
    )
    np.testing.assert_allclose(analytic[0], numeric[0], atol=2e-3)
