import cv2
import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.transform import Rotation

from au_tf.geometry.camera import Camera
from au_tf.geometry.pose import Pose
from au_tf.geometry.square import Square
from au_tf.rendering.graph.cameras import project, rotation_matrix, to_camera


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


def test_both_engines_see_the_same():
    rng = np.random.default_rng(0)
    points = np.float32(rng.normal([0, 0, -600], 60, (3, 20, 3)))
    turned = Camera(700.0, (31.0, 20.5), 40, 60, roll=0.4)
    each = Camera(rng.uniform(300, 900, 3), rng.uniform(0, 60, (3, 2)), 40, 60, rng.uniform(-1, 1, 3))
    for camera in (turned, each):
        np.testing.assert_allclose(camera.project(points), project(points, camera), rtol=1e-5, atol=1e-3)
    for k, some in enumerate(points):
        np.testing.assert_allclose(each[k].project(some), each.project(points)[k], rtol=1e-5)


def test_slopes_are_the_derivatives():
    points, camera = (
        np.random.default_rng(0).normal([0, 0, -600], 60, (20, 3)),
        Camera(700.0, (31.0, 20.5), 40, 60, 0.4),
    )
    steps = 1e-3 * np.eye(3)
    ahead, behind = ([camera.project(points + sign * step)[:, :2] for step in steps] for sign in (1, -1))
    np.testing.assert_allclose(camera.slopes(points), np.moveaxis(np.subtract(ahead, behind), 0, -1) / 2e-3, atol=1e-7)


@pytest.mark.parametrize("kind", ["scaled", "through", "aligned", "square"])
def test_a_picture_and_its_camera_change_alike(kind):
    camera, rng = Camera(300.0, (31.0, 20.5), 40, 60), np.random.default_rng(0)
    # Every pixel of the picture knows its place, so what is seen there tells where it was seen before.
    picture = np.stack(np.meshgrid(np.arange(60.0), np.arange(40.0)), -1).astype(np.float32)
    angle, window, square = 0.3, (slice(5, 33), slice(8, 51)), Square(np.array([9.3, 4.6]), 0.7, 40)
    matrix = np.float64([[np.cos(angle), -np.sin(angle), 10], [np.sin(angle), np.cos(angle), -5]]) * 1.2
    changed, seen = {
        "scaled": lambda: (cv2.resize(picture, (180, 120)), camera.scaled(3)),
        "through": lambda: (picture[window], camera.through(window)),
        "aligned": lambda: (cv2.warpAffine(picture, matrix, (64, 48)), camera.aligned(matrix, 48, 64)),
        "square": lambda: (cv2.warpAffine(picture, square.matrix, (40, 40)), camera.aligned(square.matrix, 40, 40)),
    }[kind]()
    assert (seen.height, seen.width) == changed.shape[:2]
    points = rng.normal([0, 0, -600], 8, (20, 3))
    column, row = np.moveaxis(seen.project(points)[:, :2], -1, 0).astype(np.float32)
    inside = (column > 1) & (column < seen.width - 2) & (row > 1) & (row < seen.height - 2)
    assert inside.sum() >= 10
    before = cv2.remap(changed, column[inside, None], row[inside, None], cv2.INTER_LINEAR)[:, 0]
    np.testing.assert_allclose(before, camera.project(points)[inside, :2], atol=0.05)


def test_a_roll_is_a_turn_of_the_world():
    points, camera = (
        np.random.default_rng(0).normal([0, 0, -600], 60, (20, 3)),
        Camera(700.0, (31.0, 20.5), 40, 60, 0.4),
    )
    np.testing.assert_allclose(camera.upright.project(camera.turn.apply(points)), camera.project(points))


def test_poses_of_both_engines_agree_with_scipy():
    rng = np.random.default_rng(1)
    points, turns, shifts = (rng.normal(size=s).astype(np.float32) for s in ((4, 5, 3), (4, 3), (4, 3)))
    expected = [Rotation.from_rotvec(r).apply(p) + t for p, r, t in zip(points, turns, shifts, strict=True)]
    np.testing.assert_allclose(to_camera(points, turns, shifts), expected, atol=1e-5)
    np.testing.assert_allclose(Pose(turns, shifts).apply(points), expected, atol=1e-6)


@pytest.mark.parametrize("turn", [[0.0, 0.0, 0.0], [0.3, -0.8, 0.2]])
def test_rotation_has_its_derivative(turn):
    point = tf.constant([[1.0, 2.0, 3.0]])
    analytic, numeric = tf.test.compute_gradient(
        lambda r: tf.linalg.matmul(point, rotation_matrix(r), transpose_b=True), [tf.constant(turn)], delta=1e-2
    )
    np.testing.assert_allclose(analytic[0], numeric[0], atol=2e-3)
