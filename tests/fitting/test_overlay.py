"""Overlays lie where the face is."""

import numpy as np
import pytest

from au_tf.fitting.overlay import Overlay, project_landmarks
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.lighting import STUDIO
from au_tf.rendering.native.renderer import render_face

CAMERA = Camera.default(160, 160)
DEPTH = 700.0


@pytest.fixture(scope="module")
def face():
    rng = np.random.default_rng(2)
    zeros = np.zeros(79, np.float32)
    identity = rng.standard_normal(100).astype(np.float32)
    turn, place = np.zeros(3, np.float32), np.array([0.0, 10.0, -DEPTH], np.float32)
    return Coefficients(identity, np.zeros(100, np.float32), zeros, turn, place, STUDIO)


@pytest.fixture(scope="module")
def landmarks(face):
    """By the pinhole equation."""
    model = builtin_face()
    shape = model.mean_shape + np.tensordot(face.identity, model.identity_basis, 1)
    x, y, z = (shape[model.landmarks] + face.translation).T
    column, row = CAMERA.centre
    return np.stack([column - CAMERA.focal * x / z, row + CAMERA.focal * y / z], -1)


def test_landmarks_are_projected_as_by_a_pinhole(face, landmarks):
    found = project_landmarks(builtin_face(), face, CAMERA, landmarks)
    np.testing.assert_allclose(found[17:], landmarks[17:], atol=0.01)


def test_the_mesh_lies_on_the_face_and_nowhere_else(face, landmarks):
    photo = render_face(builtin_face(), face, CAMERA, background=np.full((160, 160, 3), 40, np.uint8))
    drawn = Overlay.of(builtin_face()).over(photo, [face], CAMERA)
    changed = (drawn != photo).any(-1)
    left, top = landmarks.min(0).astype(int)
    right, bottom = np.ceil(landmarks.max(0)).astype(int)
    # Skin of the face proper reaches to the hair, and round the jaw.
    assert not changed[bottom + 6 :].any() and not changed[:, : left - 6].any() and not changed[:, right + 7 :].any()
    assert changed[top:bottom, left + 8 : right - 8].mean() > 0.85


def test_lines_lie_as_far_apart_as_they_should(face, landmarks):
    nearer = Camera(8.0 * CAMERA.focal, tuple(8.0 * c for c in CAMERA.centre), 1280, 1280)
    lines = Overlay.of(builtin_face())._lines(face, nearer)
    # Across the forehead, where level lines are 9 mm apart but for who it is: rows from the brows up. Where lines of
    # both kinds meet there are shorter gaps.
    column = round(8.0 * landmarks[27, 0]) + 20
    rows = lines[: round(8.0 * landmarks[19:25, 1].min()), column] > 0.5
    gaps = np.diff(np.flatnonzero(np.diff(rows.astype(int)) == 1)) * DEPTH / nearer.focal
    assert np.median(gaps[gaps > 5.0]) == pytest.approx(9.0, rel=0.3)


def test_three_panels(face, landmarks):
    photo = render_face(builtin_face(), face, CAMERA)
    panels = Overlay.of(builtin_face()).panels(photo, face, CAMERA, landmarks)
    assert panels.shape == (420, 1260, 3)
    before, mesh, found = np.split(panels.astype(float), 3, 1)
    # The right face in its place is the photo again; green and red dots are on the mesh only.
    assert np.abs(before - found).mean() < 4.0 < np.abs(before - mesh).mean()
    vivid = [(np.ptp(part, -1) > 150).sum() for part in (before, mesh, found)]
    assert vivid[1] > 200 and vivid[0] == vivid[2] == 0
