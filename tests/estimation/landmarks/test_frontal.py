import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from au_tf.estimation.landmarks.frontal import described, reference_of, turned
from au_tf.estimation.landmarks.gaze import gaze_of
from au_tf.geometry.pose import openface_angles

FLIP = (1.0, -1.0, -1.0)


def faces(count: int) -> np.ndarray:
    """Points that hold together like a face's: one random shape, eyes level, and a little of each one's own."""
    rng = np.random.default_rng(5)
    shape = rng.normal(size=(478, 3))
    shape[33], shape[263] = (-0.5, 0.0, 0.0), (0.5, 0.0, 0.0)
    shape[10], shape[152] = (0.0, 1.0, 0.0), (0.0, -1.0, 0.0)
    return (shape + rng.normal(0.0, 0.02, (count, 478, 3))) * FLIP


def test_what_is_seen_of_a_face_does_not_depend_on_where_it_is_how_large_and_how_turned() -> None:
    points = faces(4)
    reference = reference_of(points)
    turns = Rotation.from_euler("YXZ", [(30, 10, -5), (-50, 0, 40), (5, -20, 170), (0, 0, 0)], degrees=True)
    # In the axes of pictures, row and depth point the other way.
    moved = np.einsum("nij,npj->npi", 80.0 * turns.as_matrix(), points * FLIP) * FLIP + (300.0, 200.0, 7.0)
    near, far = turned(points, reference), turned(moved, reference)
    assert described(far) == pytest.approx(described(near), abs=1e-9)
    assert far.turn == pytest.approx(turns.as_matrix() @ near.turn, abs=1e-9)


def test_the_reference_has_level_eyes_one_apart() -> None:
    reference = reference_of(faces(50))
    right, left = reference[33], reference[263]
    assert left - right == pytest.approx((1.0, 0.0, 0.0), abs=1e-9)
    assert left + right == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)


@pytest.mark.parametrize(("axis", "component"), [("x", 0), ("y", 1), ("z", 2)])
def test_turns_are_told_in_openfaces_axes(axis: str, component: int) -> None:
    # Half a turn about x takes our axes to OpenFace's: about y and z turns change sign.
    turn = Rotation.from_euler(axis, 0.3).as_matrix()[None]
    expected = np.zeros(3)
    expected[component] = 0.3 if axis == "x" else -0.3
    assert openface_angles(turn)[0] == pytest.approx(expected, abs=1e-12)


def test_eyes_that_keep_to_the_camera_while_the_head_turns_look_at_it() -> None:
    reference = reference_of(faces(1))
    for first, second, iris in ((33, 133, 468), (362, 263, 473)):
        sign = 1.0 if iris == 473 else -1.0
        reference[[first, second]] = np.sort([[0.25, 0, 0], [0.5, 0, 0]], 0) * (sign, 1, 1)
        reference[iris] = reference[[first, second]].mean(0)
    frontal = turned(reference[None] * FLIP, reference)
    assert gaze_of(frontal)[0] == pytest.approx((0.0, 0.0), abs=1e-6)
    angle = 0.3
    head = Rotation.from_euler("y", angle)
    seen = frontal._replace(turn=head.as_matrix()[None], points=frontal.points.copy())
    assert gaze_of(seen)[0] == pytest.approx((angle, 0.0), abs=1e-6)
    # Turned back in the head by as much: 0.45 of the eye's width of a quarter is the iris' distance from the centre.
    seen.points[0, [468, 473], 0] -= 0.45 * 0.25 * np.sin(angle)
    assert gaze_of(seen)[0] == pytest.approx((0.0, 0.0), abs=1e-6)
