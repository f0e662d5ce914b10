"""New views of the same people."""

import numpy as np
import pytest

from au_tf.geometry.landmarks import INNER
from au_tf.morphable import Coefficients
from au_tf.morphable.builtin import builtin_face
from au_tf.pipelines.augmentation.photos import SeenFace
from au_tf.pipelines.augmentation.views import PITCH, YAW, seen_anew
from au_tf.rendering.framing import face_vertices, frontal_camera, portrait


def test_faces_turn_on_the_spot_each_by_its_own_number():
    model = builtin_face()
    faces = Coefficients.stack([portrait(model, yaw=yaw) for yaw in (-20.0, 0.0, 30.0)])
    numbers = np.array([5, 6, 70])
    seen = seen_anew(model, faces, 3, numbers)
    middle = model.mean_shape[model.landmarks[INNER]].mean(0)[np.newaxis]
    for k in range(3):
        before, after = (each[k].pose.apply(middle)[0] for each in (faces, seen))
        np.testing.assert_allclose(after, before, atol=0.05)
        alone = seen_anew(model, faces[k : k + 1], 3, numbers[k : k + 1])
        np.testing.assert_array_equal(alone.rotation[0], seen.rotation[k])
        np.testing.assert_array_equal(alone.lighting[0], seen.lighting[k])
        ahead, towards = seen[k].pose.matrix[:, 2], -after / np.linalg.norm(after)
        assert ahead @ towards > np.cos(np.radians(np.hypot(YAW, PITCH)))
    assert len({*seen.rotation[:, 1].tolist()}) == 3
    np.testing.assert_array_equal(seen.identity, faces.identity)


def test_a_reduced_picture_shows_the_face_where_its_camera_says():
    model, camera = builtin_face(), frontal_camera(1200)
    face = portrait(model, yaw=15.0)
    vertices = face_vertices(model, face)
    landmarks = camera.project(vertices)[model.landmarks, :2].astype(np.float32)
    seen = SeenFace(np.zeros((1200, 1200, 3), np.uint8), np.eye(2, 3), face, camera, landmarks)
    less = seen.reduced(96)
    assert less.image.shape[0] == less.camera.height < 400 and seen.reduced(2000) is seen
    np.testing.assert_allclose(less.camera.project(vertices)[model.landmarks, :2], less.landmarks, atol=0.01)
    factor = less.matrix[0, 0]
    # The picture's middle stays its middle.
    assert less.matrix @ [599.5, 599.5, 1.0] == pytest.approx([factor * 600 - 0.5] * 2)
