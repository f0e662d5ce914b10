"""What is told of faces that are covered, blurred, turned away or none."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from au_tf.fitting.detect.covered import PARTS, scatter
from au_tf.fitting.detect.dense_landmarks import dense_reader
from au_tf.fitting.detect.detected_face import Candidate
from au_tf.fitting.detect.detection import detect_faces
from au_tf.fitting.detect.ibug import MIRRORED
from au_tf.fitting.reliability import MAX_ERROR, expected_error, reliability

PHOTO = data.astronaut()[:256, 128:384]


@pytest.fixture(scope="module")
def face():
    return detect_faces(PHOTO)[0]


def covered_photo(face, kind: str):
    """The astronaut with a mask of cloth or dark glasses."""
    photo, dense = PHOTO.copy(), face.dense[:, :2]
    if kind == "mask":
        edge = np.concatenate([face.landmarks[1:16], dense[[197]]])
        cv2.fillPoly(photo, [np.rint(edge).astype(np.int32)], (120, 170, 210))
        # Cloth has a weave; what has no shade at all passes for a drawing.
        grain = np.random.default_rng(0).normal(0.0, 6.0, photo.shape)
        photo = np.where(photo == PHOTO, photo, np.clip(photo + grain, 0, 255)).astype(np.uint8)
    else:
        for corners in ((33, 133), (263, 362)):
            middle = np.rint(dense[list(corners)].mean(0)).astype(int).tolist()
            cv2.ellipse(photo, middle, (15, 11), 0, 0, 360, (20, 20, 24), -1)
    return photo


def test_a_face_that_is_plainly_seen_is_relied_on(face):
    told = reliability(face)
    assert told.reason == "" and told.covered == () and told.confidence > 0.9
    assert told.landmark_error < 0.06


@pytest.mark.parametrize(("kind", "parts"), [("mask", {"mouth"}), ("glasses", {"right eye", "left eye"})])
def test_what_is_covered_is_named(face, kind, parts):
    found = dense_reader().trace(covered_photo(face, kind), Candidate(face.box, face.score))
    told = reliability(found)
    assert parts <= {*told.covered} and told.reason.startswith("covered: ")
    assert told.landmark_error > reliability(face).landmark_error
    assert {*told.covered}.isdisjoint({"mouth", "right eye", "left eye"} - parts)


def test_a_face_that_is_blurred_away_is_not_relied_on(face):
    blurred = [detect_faces(np.asarray(cv2.GaussianBlur(PHOTO, (0, 0), sigma))) for sigma in (1.0, 5.0)]
    assert [reliability(found).reason for found in blurred[0]] == [""]
    assert all(reliability(found).reason.startswith("face: unclear") for found in blurred[1])


def test_scatter_has_no_unit_and_does_not_grow_with_the_number_of_starts():
    rng, face = np.random.default_rng(0), np.random.default_rng(1).normal(size=(478, 3))
    answers = face + 0.02 * rng.normal(size=(200, 478, 3))
    whole = scatter(answers)
    # Two of three axes are looked at, and the spread is that of three.
    assert whole == pytest.approx(0.02 * np.sqrt(2 / 3), rel=0.05)
    assert np.mean([scatter(answers[k : k + 2]) for k in range(0, 200, 2)]) == pytest.approx(whole, rel=0.05)
    assert scatter(7.0 * answers + 3.0) == pytest.approx(whole)


def test_what_is_expected_of_landmarks_follows_the_scatter(face):
    errors = [expected_error(s) for s in (0.01, 0.02, 0.1)]
    assert errors[0] < errors[1] < MAX_ERROR < errors[2]
    sure = [reliability(replace(face, scatter=s)).confidence for s in (0.01, 0.02, 0.1)]
    assert sure[0] > sure[1] > 0.5 > sure[2]
    assert np.isnan(expected_error(np.nan)) and reliability(replace(face, scatter=np.nan)).confidence == face.presence


def test_the_left_eye_is_the_right_one_in_the_mirror():
    assert PARTS["left eye"] == tuple(MIRRORED[list(PARTS["right eye"])])
