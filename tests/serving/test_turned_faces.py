"""Which faces the served `synthesis` takes for turned away too far."""

import numpy as np
import pytest

from au_tf.compositing.graph.photo import AlignedFace
from au_tf.fitting.regress.regressor import Regressor
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.framing import face_vertices, frontal_camera, portrait
from au_tf.rendering.native.renderer import render_face
from au_tf.resources import saved_model
from au_tf.serving import synthesis


def aligned(coefficients):
    matrix, translation = coefficients.pose.matrix.reshape(3, 3), coefficients.translation.reshape(3)
    found = dict.fromkeys(AlignedFace._fields)
    return AlignedFace(**found | {"turn": matrix.astype(np.float32), "translation": translation.astype(np.float32)})


@pytest.mark.parametrize("yaw", [0.0, 20.0, 70.0])
def test_the_turn_is_that_of_the_pose(yaw):
    face = portrait(builtin_face(), yaw=yaw)
    ahead, towards = face.pose.matrix[:, 2], -face.translation / np.linalg.norm(face.translation)
    away = np.degrees(np.arcsin(np.linalg.norm(np.cross(ahead, towards))))
    assert synthesis._turn(aligned(face)).numpy() == pytest.approx(away, abs=0.01)


@pytest.mark.parametrize(("yaw", "kept"), [(30.0, True), (50.0, True), (66.0, False), (75.0, False)])
def test_the_shipped_regressor_reads_faces_beyond_sixty_degrees_as_too_far(yaw, kept):
    model, camera = builtin_face(), frontal_camera(320)
    face, regressor = portrait(model, yaw=yaw), Regressor.load(saved_model("fitter-builtin"))
    landmarks = camera.project(face_vertices(model, face))[model.landmarks, :2].astype(np.float32)
    found = regressor.regress_faces([render_face(model, face, camera)], landmarks[np.newaxis], camera).coefficients
    assert (synthesis._turn(aligned(found)).numpy() <= synthesis._MOST_TURN) == kept
