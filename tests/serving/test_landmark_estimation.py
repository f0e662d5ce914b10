import numpy as np
import pytest
from skimage import data

from au_tf.estimation.landmarks.landmark_estimator import intensities_of_readings, load_landmark_estimator
from au_tf.estimation.landmarks.skin import cropped
from au_tf.fitting.detect.detection import detect_faces


@pytest.fixture(scope="module")
def seen() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A face, the same tilted, and the one turned away a little: points, grey pictures, descriptions."""
    photo = data.astronaut()
    upright = detect_faces(photo)[0].dense
    assert upright is not None
    turn = np.array([[0.94, 0.0, 0.34], [0.0, 1.0, 0.0], [-0.34, 0.0, 0.94]])
    middle = upright.mean(0)
    points = np.stack([upright, (upright - middle) @ turn.T + middle]).astype(np.float32)
    crops = [cropped(photo, each) for each in points]
    return points, np.stack([crop.grey for crop in crops]), load_landmark_estimator().describe(points, crops)


def test_faces_are_read_as_in_python(native, seen) -> None:
    points, grey, described = seen
    reads = load_landmark_estimator()
    found = native("estimator/2", {"points": points, "grey": grey})
    assert found["status"].tolist() == [b"ok", b"ok"]
    np.testing.assert_allclose(found["intensities"], intensities_of_readings(reads.read(described)), atol=1e-4)
    assert (found["intensities"] > 0.5).any()
    rest = {"neutral_points": points[::-1], "neutral_grey": grey[::-1]}
    changed = native("estimator/2", {"points": points, "grey": grey} | rest, "neutral")
    expected = intensities_of_readings(reads.read(described, described[::-1]))
    np.testing.assert_allclose(changed["intensities"], expected, atol=1e-4)


def test_points_that_are_no_face_s_are_told_and_leave_other_rows_alone(native, seen) -> None:
    points, grey, _ = seen
    broken = np.stack([np.full_like(points[0], np.nan), points[0], np.zeros_like(points[0])])
    found = native("estimator/2", {"points": broken, "grey": grey[[0, 0, 0]]})
    assert found["status"].tolist() == [b"points: found no face's, or no numbers", b"ok", found["status"][0]]
    alone = native("estimator/2", {"points": points[:1], "grey": grey[:1]})
    np.testing.assert_allclose(found["intensities"][1], alone["intensities"][0], atol=1e-4)
    assert not found["intensities"][[0, 2]].any()


def test_no_face_at_all_has_no_intensities(native) -> None:
    none = {"points": np.zeros((0, 478, 3), np.float32), "grey": np.zeros((0, 192, 192), np.uint8)}
    assert native("estimator/2", none)["intensities"].shape == (0, 12)
