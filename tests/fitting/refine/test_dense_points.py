"""How dense points err: by yaw, alike on both sides of the face."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from au_tf.fitting.detect.ibug import MIRRORED
from au_tf.fitting.refine.dense_points import YAWS, Frame, dense_errors, dense_vertices
from au_tf.morphable.builtin import builtin_face

PICTURE = np.array([1.0, -1.0, -1.0])
"""From +y up and +z to the camera to rows and depths."""


@pytest.fixture(scope="module")
def points():
    model = builtin_face()
    return model.mean_shape[dense_vertices(model)].astype(np.float64)


def seen(points, down=0.0, left=0.0):
    turn = Rotation.from_euler("YX", [left, down], degrees=True)
    return 2.0 * turn.apply(points) * PICTURE + (300.0, 200.0, 0.0)


@pytest.mark.parametrize("degrees", [-25.0, 10.0, 20.0])
def test_the_frame_of_a_turned_face_tells_its_turn(points, degrees):
    level = Frame.of(seen(points))
    nodding, turning = Frame.of(seen(points, down=degrees)), Frame.of(seen(points, left=degrees))
    assert nodding.yaw == pytest.approx(level.yaw, abs=0.5)
    assert turning.yaw - level.yaw == pytest.approx(degrees, abs=0.5)


@pytest.mark.parametrize(("down", "left"), [(0.0, 0.0), (15.0, 20.0), (-20.0, -40.0)])
def test_the_mirror_changes_sides_and_nothing_else(points, down, left):
    face = seen(points, down, left)
    places, noise = dense_errors().expected(face)
    mirrored = (face * (-1.0, 1.0, 1.0))[MIRRORED]
    other, others = dense_errors().expected(mirrored)
    # Of single points the table tells no more than five digits.
    np.testing.assert_allclose(other, (places * (-1.0, 1.0))[MIRRORED], atol=0.3)
    np.testing.assert_allclose(others, noise[MIRRORED], rtol=0.02)


def test_what_is_taken_off_is_the_mean_error_at_the_yaw(points):
    errors, straight = dense_errors(), -Frame.of(seen(points)).yaw
    face = seen(points, left=straight)
    frame = Frame.of(face)
    moved = (face[:, :2] - errors.expected(face)[0]) @ frame.axes.T / frame.scale
    np.testing.assert_allclose(moved, errors.offset[YAWS.index(0.0)], atol=5e-4)
