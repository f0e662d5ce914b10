"""The landmark fit gives back the coefficients and the pose that made the landmarks."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from au_tf.fitting.refine.contour import Contour
from au_tf.fitting.refine.face_surface import surface_of
from au_tf.fitting.refine.landmark_term import LandmarkTerm, Placed, robust
from au_tf.geometry.camera import Camera
from au_tf.geometry.landmarks import JAW
from au_tf.rendering.graph.cameras import project, to_camera
from au_tf.rendering.graph.normals import vertex_normals

CAMERA = Camera.default(600, 800)
IDENTITY = np.float32([1.2, -0.8, 0.5, -1.0, 0.3, 0.9])
EXPRESSION = np.float32([-0.7, 1.1, 0.4, -1.3, 0.6])
SHIFT = np.float32([-60.0, 30.0, -1500.0])


def rotation(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> Rotation:
    return Rotation.from_euler("zyx", [roll, yaw, -pitch], degrees=True)


def seen(model, pose: Rotation):
    """Screen positions [V, 2] and which vertices face the camera's outline: |cosine| of normal and line of sight."""
    shape = model.shape(IDENTITY, EXPRESSION)
    placed = to_camera(shape, np.float32(pose.as_rotvec()), SHIFT)
    sight = placed.numpy() / np.linalg.norm(placed.numpy(), axis=-1, keepdims=True)
    cosine = np.einsum("vi,vi->v", vertex_normals(placed, model.triangles).numpy(), sight)
    return project(placed, CAMERA).numpy()[:, :2], np.abs(cosine)


def landmarks(model, pose: Rotation) -> np.ndarray:
    """float[68, 2]; those of the jaw from the outline of all vertices, found without `Contour.outermost`."""
    places, _ = seen(model, pose)
    points = places[model.landmarks].astype(np.float64)
    contour = Contour.of(model)
    rays = contour.image_rays(pose.as_matrix())
    for k, strip in enumerate(np.split(contour.vertices, contour.starts[1:])):
        points[k] = max((places[v] for v in strip), key=lambda p: p @ rays[k])
    return points


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (20, -10, 15), (-40, 8, -20)])
def test_pose_and_coefficients_are_recovered(head, yaw, pitch, roll, fit_landmarks):
    pose = rotation(yaw, pitch, roll)
    points = landmarks(head, pose)
    fit = fit_landmarks(points, head, CAMERA)
    assert np.degrees((Rotation.from_rotvec(fit.rotation) * pose.inv()).magnitude()) < 1.5
    np.testing.assert_allclose(fit.translation, SHIFT, rtol=0.02, atol=2.0)
    eyes = np.linalg.norm(points[45] - points[36])
    assert np.linalg.norm(fit.projected - points, axis=1).mean() < 0.006 * eyes
    # Landmarks cannot tell identity from expression; the shape is what they tell.
    truth = head.shape(IDENTITY, EXPRESSION)
    error = np.linalg.norm(head.shape(fit.identity, fit.expression) - truth, axis=1)[head.landmarks]
    assert error.mean() < 0.35 * np.linalg.norm(truth - head.mean_shape, axis=1)[head.landmarks].mean()


def test_projected_is_where_the_camera_sees_the_chosen_vertices(head, fit_landmarks):
    fit = fit_landmarks(landmarks(head, rotation(25, 5, 10)), head, CAMERA)
    shape = head.shape(fit.identity, fit.expression)
    placed = to_camera(shape, np.float32(fit.rotation), np.float32(fit.translation))
    np.testing.assert_allclose(project(placed, CAMERA).numpy()[fit.vertices, :2], fit.projected, atol=0.01)


def test_jacobian_against_finite_differences(head):
    pose = rotation(25, -12, 8)
    term = LandmarkTerm.of(landmarks(head, pose), surface_of(head).marks, CAMERA)
    placed = Placed(pose, SHIFT.astype(float), np.concatenate([IDENTITY, EXPRESSION]).astype(float))
    chosen = term.outline(placed)
    steps = np.eye(6 + len(placed.shape)) * 1e-5
    moved = [(term.residual(placed.moved(s), chosen) - term.residual(placed.moved(-s), chosen)) / 2e-5 for s in steps]
    residual, jacobian = term.linearized(placed, chosen)
    np.testing.assert_allclose(jacobian, np.stack(moved, -1), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(residual, term.residual(placed, chosen))


def test_weights_of_residuals_lower_their_cost():
    residual = np.array([[0.3, -0.4], [6.0, 8.0]])
    cost, weight = robust(residual)
    np.testing.assert_allclose(cost, 0.25 + 2.5 * (2 * 10.0 - 2.5))
    # The gradient of the cost is 2 weight residual.
    step = np.array([[0.0, 0.0], [1e-6, 0.0]])
    slope = (robust(residual + step)[0] - robust(residual - step)[0]) / 2e-6
    np.testing.assert_allclose(slope, 2 * weight[1] * residual[1, 0], rtol=1e-6)


def test_the_jaw_slides_to_the_outline_on_the_far_side(head, fit_landmarks):
    pose = rotation(35)
    fit = fit_landmarks(landmarks(head, pose), head, CAMERA)
    _, cosine = seen(head, pose)
    # Turned to the right of the picture, the right cheek is hidden: landmarks 12 to 15 leave it for the outline.
    assert cosine[head.landmarks[12:16]].mean() > 0.3
    assert cosine[fit.vertices[12:16]].mean() < 0.15
    np.testing.assert_array_equal(fit.vertices[JAW.stop :], head.landmarks[JAW.stop :])


def test_a_few_wrong_landmarks_do_little_harm(head, fit_landmarks):
    pose = rotation(10, 5)
    points = landmarks(head, pose)
    points[[22, 23, 24, 40]] += (25.0, 30.0)
    fit = fit_landmarks(points, head, CAMERA)
    assert np.degrees((Rotation.from_rotvec(fit.rotation) * pose.inv()).magnitude()) < 4.0


def test_landmarks_that_are_not_seen_count_for_nothing(head, fit_landmarks):
    points = landmarks(head, rotation(0))
    hidden = np.zeros(68, bool)
    hidden[:6] = True
    wild = points.copy()
    wild[hidden] = -1000.0
    first, second = (fit_landmarks(p, head, CAMERA, seen=~hidden) for p in (points, wild))
    np.testing.assert_allclose(second.projected, first.projected, atol=1e-6)
