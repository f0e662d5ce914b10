"""The terms of the regressor's loss, against the mesh itself."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.transform import Rotation

from au_tf.fitting.accuracy import turn_between
from au_tf.fitting.regress.estimate import Estimate
from au_tf.fitting.regress.loss import WEIGHTS, Geometry, losses, square_root, without_motion
from au_tf.fitting.view import Place, place_of
from au_tf.geometry.camera import Camera
from au_tf.geometry.pose import Pose
from au_tf.morphable import Coefficients
from au_tf.rendering.framing import face_vertices
from au_tf.rendering.graph.cameras import project

RNG = np.random.default_rng(4)


@pytest.fixture(scope="module")
def geometry(head):
    return Geometry.of(head)


def estimate(**changed: np.ndarray) -> Estimate:
    """Two faces of the small head, of which some fields are given."""
    fields = {
        "identity": np.zeros((2, 6)),
        "albedo": np.zeros((2, 3)),
        "expression": np.zeros((2, 5)),
        "turn": np.zeros((2, 3)),
        "shift": np.zeros((2, 2)),
        "size": np.zeros(2),
        "lighting": np.tile(np.eye(9, 3), (2, 1, 1)),
        "error": np.zeros(2),
    } | changed
    f = {name: tf.constant(value, tf.float32) for name, value in fields.items()}
    place = Place(f["turn"], f["shift"], f["size"])
    return Estimate(f["identity"], f["albedo"], f["expression"], place, f["lighting"], f["error"])


CAMERA = Camera(600.0, (111.5, 111.5), 224, 224)


def terms(found: Estimate, true: Estimate, geometry: Geometry) -> dict[str, np.ndarray]:
    return {name: term.numpy() for name, term in losses(found, true, CAMERA, geometry).items()}


def test_the_truth_costs_nothing(geometry):
    same = estimate(identity=RNG.standard_normal((2, 6)), turn=RNG.normal(0, 0.3, (2, 3)))
    found = terms(same, same, geometry)
    assert set(found) == set(WEIGHTS)
    for name in set(WEIGHTS) - {"error", "turn"}:
        np.testing.assert_allclose(found[name], 0.0, atol=2e-3, err_msg=name)
    np.testing.assert_allclose(found["turn"], 0.0, atol=0.05)


def test_a_square_root_measures_the_mesh():
    basis = RNG.standard_normal((4, 50, 3))
    row = RNG.standard_normal(4)
    moved = np.tensordot(row, basis, 1)
    wanted = np.sqrt((moved**2).sum(-1).mean())
    np.testing.assert_allclose(np.linalg.norm(row @ square_root(basis)), wanted, rtol=1e-5)


def test_motion_of_the_whole_head_is_no_shape():
    places = RNG.normal(0, 50, (40, 3))
    shift, turn = np.tile([3.0, -1.0, 2.0], (40, 1)), np.cross([0.1, 0.2, -0.3], places)
    grown = 0.1 * (places - places.mean(0))
    left = without_motion(np.stack([shift, turn, grown]), places)
    np.testing.assert_allclose(left[:2], 0.0, atol=1e-9)
    np.testing.assert_allclose(left[2], grown, atol=1e-9)


def test_expression_is_the_motion_of_the_face_in_mm(geometry, head):
    row = RNG.standard_normal((2, 5)).astype(np.float32)
    moved = np.tensordot(row, head.expression_basis[:, head.mask > 0.5], 1)
    wanted = np.sqrt((moved**2).sum(-1).mean(-1))
    np.testing.assert_allclose(terms(estimate(expression=row), estimate(), geometry)["expression"], wanted, rtol=1e-4)


def test_landmarks_are_those_of_the_projected_mesh(geometry, head):
    seen, faces = [], []
    for _ in range(2):
        parts = [RNG.standard_normal((2, size)).astype(np.float32) for size in (6, 3, 5)]
        turn = RNG.normal(0, 0.2, (2, 3)).astype(np.float32)
        shift = (RNG.normal(0, 10, (2, 3)) + (0, 0, -600)).astype(np.float32)
        face = Coefficients(*parts, turn, shift, np.zeros((2, 9, 3), np.float32))
        place = place_of(Pose(turn, shift), geometry.origin, CAMERA)
        seen.append(project(face_vertices(head, face), CAMERA).numpy()[:, head.landmarks, :2])
        faces.append(estimate(identity=parts[0], expression=parts[2], **place._asdict()))
    wanted = np.linalg.norm(seen[0] - seen[1], axis=-1).mean(-1)
    np.testing.assert_allclose(terms(*faces, geometry)["landmarks"], wanted, rtol=1e-3)


def test_turns_are_in_degrees(geometry):
    turns = RNG.normal(0, 0.4, (2, 2, 3)).astype(np.float32)
    found = terms(estimate(turn=turns[0]), estimate(turn=turns[1]), geometry)["turn"]
    np.testing.assert_allclose(found, turn_between(*turns), rtol=1e-3)
    assert Rotation.from_rotvec(turns[0, 0]).magnitude() > 0.1


def test_light_is_what_surfaces_receive(geometry):
    lighting = np.tile(np.eye(9, 3), (2, 1, 1))
    lighting[0, 0] += 0.2
    # The first basis function is sqrt(pi) / 2 everywhere.
    found = terms(estimate(lighting=lighting), estimate(), geometry)["light"]
    np.testing.assert_allclose(found, [0.2 * np.sqrt(np.pi) / 2, 1e-3], rtol=2e-3)


def test_the_expected_error_is_that_of_the_shape(geometry):
    row = RNG.standard_normal((2, 6)).astype(np.float32)
    first = terms(estimate(identity=row), estimate(), geometry)
    np.testing.assert_allclose(first["error"], np.abs(np.log(first["shape"])), rtol=1e-4)


def test_every_output_is_taught(geometry):
    names = ("identity", "albedo", "expression", "turn", "shift", "size", "lighting", "error")
    given = {
        name: tf.Variable(RNG.normal(0, 0.1, np.shape(value)).astype(np.float32))
        for name, value in {
            "identity": np.zeros((2, 6)),
            "albedo": np.zeros((2, 3)),
            "expression": np.zeros((2, 5)),
            "turn": np.zeros((2, 3)),
            "shift": np.zeros((2, 2)),
            "size": np.zeros(2),
            "lighting": np.zeros((2, 9, 3)),
            "error": np.zeros(2),
        }.items()
    }
    with tf.GradientTape() as tape:
        place = Place(given["turn"], given["shift"], given["size"])
        rest = given["lighting"] + tf.eye(9, 3), given["error"]
        found = Estimate(given["identity"], given["albedo"], given["expression"], place, *rest)
        total = tf.add_n(
            [WEIGHTS[n] * tf.reduce_sum(t) for n, t in losses(found, estimate(), CAMERA, geometry).items()]
        )
    for name, gradient in zip(names, tape.gradient(total, [given[n] for n in names]), strict=True):
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 1e-4, name
