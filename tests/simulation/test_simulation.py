import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.facs import ACTIONS, AU_NUMBERS, both_sides
from au_tf.fitting.refine.usual_expressions import expression_precision
from au_tf.morphable import Coefficients
from au_tf.morphable.builtin import action_expressions, builtin_face
from au_tf.morphable.model import STYLES
from au_tf.rendering.framing import face_vertices, frontal_camera, neutral, portrait
from au_tf.rendering.graph.cameras import project
from au_tf.simulation.action_meter import ActionMeter
from au_tf.simulation.linear_fit import linear_fit
from au_tf.simulation.mechanics import FULL, tabulate
from au_tf.simulation.population import record, sample_labels
from au_tf.simulation.population_config import SimulationConfig

CONFIG = SimulationConfig(people=30, frames=40, seed=5)


@pytest.fixture(scope="module")
def recording():
    return record(builtin_face(), CONFIG)


def test_tabulated_actions_are_the_faces_own():
    rng = np.random.default_rng(0)
    strengths = rng.uniform(0, FULL, (60, len(ACTIONS))) * (rng.random((60, len(ACTIONS))) < 0.3)
    styles = rng.standard_normal((60, len(ACTIONS), STYLES))
    expected = action_expressions(builtin_face(), strengths, styles)
    found = tabulate(builtin_face()).expressions(strengths, styles)
    assert np.linalg.norm(found - expected) < 0.015 * np.linalg.norm(expected)


def test_linear_fit_is_a_posterior_mean():
    # The covariance of a posterior mean with itself is its covariance with the truth, prior minus posterior: here the
    # first is the sum over expression, identity and noise, the second what comes out of expression alone.
    fit, usual = linear_fit(builtin_face()), np.linalg.inv(expression_precision(builtin_face()))
    own = fit.from_expression.T @ usual @ fit.from_expression
    found = own + fit.from_identity.T @ fit.from_identity + fit.from_noise.T @ fit.from_noise
    np.testing.assert_allclose(found, usual @ fit.from_expression, atol=1e-3)


def test_linear_fit_tells_what_the_landmark_fit_makes_of_a_face(fit_landmarks):
    face, rng = builtin_face(), np.random.default_rng(0)
    fit, camera = linear_fit(face), frontal_camera(512)
    expressions = record(face, SimulationConfig(people=8, frames=1, seed=3)).expression
    identities = rng.standard_normal((8, len(face.identity_basis)))
    found = []
    for expression, identity in zip(expressions, identities, strict=True):
        who = Coefficients(**(vars(neutral(face)) | {"identity": identity, "expression": expression}))
        seen = project(face_vertices(face, portrait(face, who)), camera).numpy()
        found.append(fit_landmarks(seen[face.landmarks, :2], face, camera).expression)
    told = expressions @ fit.from_expression + identities @ fit.from_identity
    weight = ActionMeter.of(face).motion
    found, told = (np.stack(found) * weight).ravel(), (told * weight).ravel()
    assert np.corrcoef(found, told)[0, 1] > 0.97
    assert found @ told / (told @ told) == pytest.approx(1.0, abs=0.1)


def test_a_recording_is_deterministic_and_labelled(recording):
    again = record(builtin_face(), CONFIG)
    assert all(np.array_equal(a, b) for a, b in zip(recording, again, strict=True))
    assert recording.expression.shape == recording.observed.shape == (1200, 79)
    assert recording.intensities.shape == (1200, 12) and set(np.unique(recording.intensities)) == set(range(6))
    assert np.array_equal(recording.person, np.repeat(np.arange(30), 40))


def test_every_action_unit_is_seen_alone_at_every_intensity():
    labels = sample_labels(20_000, SimulationConfig(), np.random.default_rng(0))
    alone = labels[(labels > 0).sum(1) == 1]
    for k in range(12):
        assert set(alone[alone[:, k] > 0, k]) == {1, 2, 3, 4, 5}


def test_people_differ_and_labels_tell_in_the_same_direction(recording):
    face = builtin_face()
    weight = ActionMeter.of(face).motion
    # The mean change per intensity of AU12, over all people, points along the face's own AU12.
    design = np.c_[recording.intensities, np.ones(1200)]
    slope = np.linalg.lstsq(design, recording.expression * weight, rcond=None)[0]
    for k, unit in enumerate(AU_NUMBERS):
        strengths = np.zeros(len(ACTIONS))
        strengths[both_sides(unit)] = 0.2
        expected = action_expressions(face, strengths) * weight
        assert slope[k] @ expected > 0.9 * np.linalg.norm(slope[k]) * np.linalg.norm(expected), unit
        assert np.linalg.norm(slope[k]) == pytest.approx(np.linalg.norm(expected), rel=0.25), unit


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"people": 0}, "people: found 0, expected a whole number of at least 1"),
        ({"single_share": 0.7, "combination_share": 0.4}, "expected at most 1 together"),
        ({"noise": float("nan")}, "noise: found nan"),
    ],
)
def test_people_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        SimulationConfig(**wrong)
