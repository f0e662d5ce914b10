"""Faces are followed, lost, and found again."""

import numpy as np
import pytest
from skimage import data

from au_tf.fitting.detect.detected_face import MIN_PRESENCE, overlap
from au_tf.fitting.detect.detection import detect_faces, landmark_reader
from au_tf.fitting.video.tracker import EVERY, Tracker

PHOTO = data.astronaut()


@pytest.fixture(scope="module")
def face():
    return detect_faces(PHOTO)[0]


@pytest.mark.parametrize(
    ("other", "share"),
    [((0, 0, 2, 2), 1.0), ((1, 0, 3, 2), 1 / 3), ((2, 0, 4, 2), 0.0), ((0, 0, 1, 1), 0.25), ((5, 5, 6, 6), 0.0)],
)
def test_overlap(other, share):
    assert overlap((0, 0, 2, 2), other) == pytest.approx(share) == overlap(other, (0, 0, 2, 2))


def test_a_face_is_followed_where_it_moves(face):
    moved = landmark_reader().follow(np.roll(PHOTO, (4, -7), (0, 1)), face)
    shift = moved.landmarks - face.landmarks
    np.testing.assert_allclose(shift.mean(0), (-7, 4), atol=0.7)
    np.testing.assert_allclose(np.subtract(moved.box, face.box), (-7, 4, -7, 4), atol=4)
    assert moved.presence > 0.99 and landmark_reader().follow(PHOTO[::-1], face).presence < MIN_PRESENCE


def test_a_number_stays_with_a_face_until_it_is_lost(face):
    tracker, blank = Tracker(), np.zeros_like(PHOTO)
    seen = [tracker.update(picture, k) for k, picture in enumerate((PHOTO, np.roll(PHOTO, 3, 1), blank, PHOTO), 1)]
    assert [list(found) for found in seen] == [[0], [0], [], [1]]
    assert overlap(seen[3][1].outline, face.outline) > 0.9


def test_others_are_looked_for_now_and_then(face):
    tracker = Tracker()
    crowd = PHOTO.copy()
    crowd[300:500, 0:200] = PHOTO[20:220, 120:320]
    tracker.update(PHOTO, 1)
    assert list(tracker.update(crowd, 2)) == [0]
    assert list(tracker.update(crowd, EVERY + 1)) == [0, 1]


def test_two_that_fell_together_are_one(face):
    tracker = Tracker({4: face, 7: face}, 8)
    assert list(tracker.update(PHOTO, 2)) == [4]
