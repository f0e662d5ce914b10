"""The camera of an aligned picture: a face seen through it lies where alignment puts it."""

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.fitting.view import place_of, pose_of, turn_about_camera
from au_tf.geometry.camera import Camera
from au_tf.geometry.pose import Pose
from au_tf.morphable import Coefficients
from au_tf.rendering.graph.cameras import project, to_camera
from au_tf.rendering.lighting import lamp

RNG = np.random.default_rng(3)
COUNT = 6
ORIGIN = np.array([2.0, -20.0, 60.0], np.float32)


def poses() -> tuple[np.ndarray, np.ndarray]:
    turn = Rotation.from_euler("YXZ", RNG.uniform(-0.6, 0.6, (COUNT, 3)))
    shift = np.concatenate([RNG.uniform(-90, 90, (COUNT, 2)), -RNG.uniform(500, 2000, (COUNT, 1))], 1)
    return turn.as_rotvec().astype(np.float32), shift.astype(np.float32)


def similarities() -> np.ndarray:
    factor = RNG.uniform(0.3, 2.0, COUNT) * np.exp(1j * RNG.uniform(-1.0, 1.0, COUNT))
    linear = np.stack([np.stack([factor.real, -factor.imag], -1), np.stack([factor.imag, factor.real], -1)], 1)
    return np.concatenate([linear, RNG.uniform(-50, 50, (COUNT, 2, 1))], -1)


def seen(points: np.ndarray, rotation: np.ndarray, translation: np.ndarray, camera: Camera) -> np.ndarray:
    return project(to_camera(points, rotation, translation), camera).numpy()[..., :2]


def test_place_and_pose_are_inverse():
    rotation, translation = poses()
    camera = Camera(RNG.uniform(400, 3000, COUNT), RNG.uniform(-200, 400, (COUNT, 2)), 224, 224)
    turn, back = pose_of(place_of(Pose(rotation, translation), ORIGIN, camera), ORIGIN, camera)
    np.testing.assert_allclose(turn, Rotation.from_rotvec(rotation).as_matrix(), atol=1e-6)
    np.testing.assert_allclose(back, translation, atol=0.01)


def test_the_place_is_where_the_origin_is_seen_and_how_large():
    rotation, translation = poses()
    camera = Camera(700.0, (100.0, 130.0), 224, 224)
    place = place_of(Pose(rotation, translation), ORIGIN, camera)
    point = seen(np.tile(ORIGIN, (COUNT, 1, 1)), rotation, translation, camera)[:, 0]
    np.testing.assert_allclose(place.shift + 111.5, point, atol=1e-3)
    depth = -(Rotation.from_rotvec(rotation).apply(ORIGIN) + translation)[:, 2]
    np.testing.assert_allclose(np.exp(place.size), 700.0 / depth, rtol=1e-5)


def test_a_face_that_moves_about_the_camera_looks_the_same():
    rotation, translation = poses()
    pose, camera = Pose(rotation, translation), Camera(600.0, (111.5, 111.5), 224, 224)
    about = Rotation.from_euler("YX", RNG.uniform(-0.1, 0.1, (COUNT, 2)))
    # A turn of its direction by the least rotation; whatever rolls the head as well shows.
    before, after = (place_of(p, np.zeros(3), camera) for p in (pose, pose.turned(about)))
    np.testing.assert_allclose(after.turn, before.turn, atol=0.02)


def test_in_the_aligned_picture_everything_lies_where_alignment_puts_it():
    rotation, translation = poses()
    camera = Camera(900.0, (250.0, 180.0), 400, 500)
    matrices = similarities()
    points = RNG.normal(0, 60, (COUNT, 20, 3)).astype(np.float32)
    lighting = np.stack([lamp(direction, [1.0, 0.8, 0.6]) for direction in RNG.standard_normal((COUNT, 3))])
    face = Coefficients(*(np.zeros((COUNT, 1), np.float32),) * 3, rotation, translation, lighting)
    aligned = camera.aligned(matrices, 224, 224)
    turned = turn_about_camera(face, aligned.turn)
    wanted = (
        seen(points, rotation, translation, camera) @ np.swapaxes(matrices[..., :2], 1, 2) + matrices[:, None, :, 2]
    )
    found = seen(points, turned.rotation, turned.translation, aligned.upright)
    np.testing.assert_allclose(found, wanted, atol=0.02)


def test_light_turns_with_the_face():
    turn = Rotation.from_euler("XYZ", [0.4, -0.7, 0.2])
    direction, colour = np.array([1.0, 2.0, 3.0]), [1.0, 0.9, 0.7]
    zeros = np.zeros((1, 1), np.float32)
    face = Coefficients(zeros, zeros, zeros, np.zeros((1, 3)), np.zeros((1, 3)), lamp(direction, colour)[None])
    turned = turn_about_camera(face, Rotation.concatenate([turn])).lighting[0]
    np.testing.assert_allclose(turned, lamp(turn.apply(direction), colour), atol=1e-6)
