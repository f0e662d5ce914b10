"""Detection on real photos: the faces and nothing else, in order, and landmarks that follow the picture."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from skimage import data

from au_tf.errors import InputError
from au_tf.fitting.detect.detection import detect_faces, landmark_reader, select_face
from au_tf.fitting.detect.ibug import MIRRORED

PHOTO = data.astronaut()
# iBUG 300-W numbers a mirrored face: jaw, brows, nose, eyes, mouth.
IBUG_MIRRORED = [
    *range(16, -1, -1),
    *range(26, 16, -1),
    *(27, 28, 29, 30, 35, 34, 33, 32, 31),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65),
]


@pytest.fixture(scope="module")
def face():
    faces = detect_faces(PHOTO)
    assert len(faces) == 1
    return faces[0]


def test_threads_find_what_one_finds():
    photos = [np.roll(PHOTO[:400, :400], 9 * k, 1) for k in range(8)]
    alone = [detect_faces(photo) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(detect_faces, photos))
    assert sum(map(len, alone)) >= len(photos)
    for faces, others in zip(alone, together, strict=True):
        assert [face.box for face in faces] == [face.box for face in others]
        np.testing.assert_array_equal([f.landmarks for f in faces], [f.landmarks for f in others])


def test_the_face_is_where_a_person_sees_it(face):
    np.testing.assert_allclose(face.box, (178, 79, 270, 171), atol=6)
    # Read off the enlarged photo by eye: outer eye corners, tip of the nose, corners of the mouth, chin.
    seen = {36: (193, 101), 45: (257, 104), 30: (224, 126), 48: (202, 139), 54: (246, 140), 8: (221, 178)}
    for index, place in seen.items():
        np.testing.assert_allclose(face.landmarks[index], place, atol=4)


def test_points_between_the_eyes_and_the_mirror_are_those_of_the_mesh(face):
    dense = face.dense
    iris = dense[[468, 473], :2]
    np.testing.assert_allclose(iris, [(202.5, 100.5), (246.5, 102.5)], atol=1.5)  # read off by eye
    assert (MIRRORED[MIRRORED] == np.arange(468)).all() and (np.arange(468) == MIRRORED).sum() == 28
    found = detect_faces(np.ascontiguousarray(PHOTO[:, ::-1]))[0].dense[:468][MIRRORED]
    error = np.linalg.norm((511 - found[:, 0], found[:, 1]) - dense[:468, :2].T, axis=0)
    assert error.max() < 0.03 * face.eye_distance


@pytest.mark.parametrize("factor", [0.33, 0.6, 1.5, 6.0])
def test_landmarks_follow_the_size(face, factor):
    found = detect_faces(cv2.resize(PHOTO, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
    error = np.linalg.norm((found[0].landmarks + 0.5) / factor - 0.5 - face.landmarks, axis=1)
    assert len(found) == 1 and error.mean() < 0.02 * face.eye_distance


def test_landmarks_follow_a_mirror_and_a_tilt(face):
    found = detect_faces(np.ascontiguousarray(PHOTO[:, ::-1]))[0].landmarks[IBUG_MIRRORED]
    error = np.linalg.norm((511 - found[:, 0], found[:, 1]) - face.landmarks.T, axis=0)
    assert error.mean() < 0.015 * face.eye_distance
    for angle in (12, 50, 90, 140, 180, 250):
        turn = cv2.getRotationMatrix2D(tuple(map(float, face.landmarks.mean(0))), angle, 1)
        found = detect_faces(cv2.warpAffine(PHOTO, turn, (512, 512)))[0].landmarks
        error = np.linalg.norm(found - (face.landmarks @ turn[:, :2].T + turn[:, 2]), axis=1)
        assert error.mean() < 0.015 * face.eye_distance, angle


@pytest.mark.parametrize(
    "changed",
    [
        np.repeat(cv2.cvtColor(PHOTO, cv2.COLOR_RGB2GRAY)[..., None], 3, 2),
        (0.12 * PHOTO).astype(np.uint8),
        cv2.GaussianBlur(PHOTO, (0, 0), 2),
    ],
    ids=["grey", "dark", "blurred"],
)
def test_a_face_is_found_in_a_bad_photo(face, changed):
    (found,) = detect_faces(changed)
    error = np.linalg.norm(found.landmarks - face.landmarks, axis=1)
    assert error.mean() < 0.03 * face.eye_distance


def test_what_dlib_calls_a_landmark_lies_near(face):
    pytest.importorskip("dlib")
    (other,) = detect_faces(PHOTO, landmark_reader("dlib"))
    error = np.linalg.norm(other.landmarks - face.landmarks, axis=1) / face.eye_distance
    assert error[17:].mean() < 0.04 and error[:17].mean() < 0.08
    assert other.dense is None


def drawing():
    """A face of a few lines on even colours."""
    picture = np.full((400, 400, 3), 255, np.uint8)
    cv2.circle(picture, (200, 200), 120, (255, 220, 180), -1)
    cv2.circle(picture, (200, 200), 120, (0, 0, 0), 3)
    for column in (155, 245):
        cv2.ellipse(picture, (column, 170), (18, 10), 0, 0, 360, (0, 0, 0), 2)
        cv2.circle(picture, (column, 170), 6, (0, 0, 0), -1)
    cv2.line(picture, (200, 180), (190, 225), (0, 0, 0), 2)
    cv2.ellipse(picture, (200, 250), (45, 25), 0, 20, 160, (180, 0, 0), 4)
    return picture


@pytest.mark.parametrize("picture", [drawing(), data.chelsea(), data.coffee(), data.rocket()])
def test_no_face_is_seen_where_there_is_none(picture):
    assert detect_faces(picture) == []


def test_a_file_that_holds_no_landmarks(tmp_path):
    (tmp_path / "face.task").write_bytes(b"PK, or so")
    with pytest.raises(InputError, match=r"face.task: face_landmarks_detector.tflite: found BadZipFile"):
        landmark_reader(tmp_path / "face.task")
    with pytest.raises(InputError, match=r"no.task: .*FileNotFoundError"):
        landmark_reader(tmp_path / "no.task")


def test_several_faces_come_largest_first_and_are_picked_by_number(face):
    small = cv2.resize(PHOTO[40:220, 140:320], None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    crowd = PHOTO.copy()
    crowd[380:488, 20:128] = small
    faces = detect_faces(crowd)
    assert len(faces) == 2 and faces[0].eye_distance > 1.5 * faces[1].eye_distance
    assert select_face(faces, 1, "crowd.png") is faces[1]
    for index in (2, -1):
        told = rf"crowd.png: face {index}: found 2 in the picture, expected `face` 0 .* to 1"
        with pytest.raises(InputError, match=told):
            select_face(faces, index, "crowd.png")


def test_a_picture_without_a_face():
    below = np.ascontiguousarray(PHOTO[220:])
    with pytest.raises(InputError, match=r"suit.png: face: found none"):
        select_face(detect_faces(below), 0, "suit.png")


def test_a_face_cut_by_the_border(face):
    slightly = np.ascontiguousarray(PHOTO[:, 190:])
    cut = select_face(detect_faces(slightly), 0, "cut.png")
    assert 0 < cut.outside.sum() <= 17
    badly = np.ascontiguousarray(PHOTO[:, 211:])
    with pytest.raises(InputError, match=r"cut.png: face 0: found \d+ of its 68 landmarks outside the picture"):
        select_face(detect_faces(badly), 0, "cut.png")
