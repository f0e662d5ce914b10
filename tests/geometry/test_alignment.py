"""The aligned face: known similarities are recovered, and the picture is where the matrix says."""

import cv2
import numpy as np
import pytest
from skimage import data

from au_tf.geometry.alignment import align_face, alignment_matrix, warp


def face_points() -> np.ndarray:
    return np.random.default_rng(1).normal((300, 200), 40, (68, 2))


@pytest.mark.parametrize(("degrees", "scale"), [(0, 1), (25, 0.4), (-160, 3)])
def test_a_known_similarity_is_undone(degrees, scale):
    points = face_points()
    turn = scale * cv2.getRotationMatrix2D((0, 0), degrees, 1)[:, :2]
    moved = points @ turn.T + (17, -50)
    first, second = alignment_matrix(points), alignment_matrix(moved)
    np.testing.assert_allclose(moved @ second[:, :2].T + second[:, 2], points @ first[:, :2].T + first[:, 2], atol=1e-8)


def test_it_is_a_similarity_and_upright():
    points = face_points()
    points[36:42], points[42:48], points[31:36], points[48:60] = (100, 90), (160, 90), (130, 132), (130, 150)
    matrix = alignment_matrix(points)
    linear = matrix[:, :2]
    np.testing.assert_allclose(linear @ linear.T, np.eye(2) * np.linalg.det(linear), atol=1e-9)
    eyes = np.array([[100, 90, 1], [160, 90, 1]]) @ matrix.T
    np.testing.assert_allclose(eyes[0, 1], eyes[1, 1], atol=1e-9)
    np.testing.assert_allclose(eyes.mean(0)[0], 111.5, atol=1e-9)
    assert 60 < eyes[1, 0] - eyes[0, 0] < 76


@pytest.mark.parametrize("step", [1, 4, 9.5])
def test_warping_keeps_places_whatever_the_scale(step):
    # A linear ramp survives averaging and interpolation: each sample tells where it was taken.
    rows, columns = np.mgrid[0:900, 0:900] / 4.0
    ramp = np.stack([columns, rows, columns], -1).astype(np.uint8)
    matrix = np.array([[step, 0.0, 20.25], [0.0, step, 31.0]])
    sampled = warp(ramp, matrix, 60)
    places = np.mgrid[0:60, 0:60].transpose(1, 2, 0)[..., ::-1] * step + (20.25, 31.0)
    np.testing.assert_allclose(sampled[..., :2], places / 4.0, atol=1.2)


def test_the_aligned_photo_is_the_photo():
    photo = data.astronaut()
    points = np.tile([[222.0, 120.0]], (68, 1))
    points[36:42], points[42:48], points[31:36], points[48:60] = (202, 101), (247, 104), (225, 133), (223, 145)
    aligned, matrix = align_face(photo, points)
    assert aligned.shape == (224, 224, 3)
    nose = matrix @ (224.0, 126.0, 1.0)
    column, row = np.round(nose).astype(int)
    np.testing.assert_allclose(aligned[row, column].astype(int), photo[126, 224].astype(int), atol=12)
