import numpy as np
import pytest
from scipy.optimize import lsq_linear

from au_tf.errors import InputError
from au_tf.facs import ACTIONS
from au_tf.simulation.mechanics import both_sided
from au_tf.simulation.population import Recording
from au_tf.synthesis.mixed_effects import (
    Components,
    MixedEffectsConfig,
    calibrated,
    components,
    linear_reader,
    predictor,
)
from au_tf.synthesis.mixed_generator import Predictor

SIZE, UNITS = 7, 12


def recording(expression, intensities, person):
    expression = np.asarray(expression, np.float32)
    return Recording(expression, expression, np.asarray(intensities), np.asarray(person))


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture
def world(rng):
    """People whose intensities differ from one to the other, so that a fit without own constants would go wrong."""
    person = np.repeat(np.arange(4), 60)
    intensities = np.minimum(rng.integers(0, 3, (240, UNITS)) + person[:, None] % 2, 5)
    effects, rest = rng.standard_normal((UNITS, SIZE)), 10 * rng.standard_normal((4, SIZE))
    rest[1] += 100
    return effects, rest, recording(rest[person] + intensities @ effects, intensities, person)


def parts_of(rng, people=3):
    root = rng.standard_normal((SIZE, SIZE))
    rest = rng.standard_normal((people, SIZE))
    return Components(rng.standard_normal((UNITS, SIZE)), rest, root @ root.T, np.full(people, 1e9))


def test_effects_and_resting_faces_are_told_apart(world):
    effects, rest, frames = world
    parts = components(frames)
    np.testing.assert_allclose(parts.learnt, effects, atol=1e-4)
    np.testing.assert_allclose(parts.rest, rest, atol=1e-3)
    np.testing.assert_allclose(parts.within, 0, atol=1e-6)


def test_one_person_is_not_enough(world):
    frames = world[2]
    with pytest.raises(InputError, match="at least two"):
        components(recording(frames.expression, frames.intensities, 0 * frames.person))


def test_resting_face_is_the_conditional_mean_of_a_gaussian(rng):
    """Rest and frame as one Gaussian of 2E dimensions, conditioned on the frame by the formula of any textbook."""
    parts = parts_of(rng, people=40)
    config = MixedEffectsConfig(shown_rate=1e9, diagonal=1.0)
    frame = rng.standard_normal((1, SIZE))
    between = np.diag(np.var(parts.rest, axis=0, ddof=1))
    joint = np.block([[between, between], [between, between + config.source_noise * parts.within]])
    conditional = parts.rest.mean(0) + joint[:SIZE, SIZE:] @ np.linalg.solve(
        joint[SIZE:, SIZE:], (frame - parts.rest.mean(0))[0]
    )
    np.testing.assert_allclose(predictor(parts, config).rest(frame)[0], conditional, rtol=2e-3, atol=2e-3)


def test_what_a_source_shows_is_the_least_of_a_bounded_least_squares_problem(rng):
    """|R (x - mean - y L)|^2 / 2 + rate sum(y), R'R the precision; the price as a linear term completes the square."""
    root, learnt = rng.standard_normal((2 * SIZE, SIZE)), rng.standard_normal((3, SIZE))
    precision, rate = root.T @ root, 0.7
    guess = Predictor(np.zeros(SIZE), precision, np.eye(SIZE), learnt, rate)
    frames = np.array([[0.5, 2.0, 0.0], [0.0, 0.0, 4.0], [0.0, 0.0, 0.0]]) @ learnt + 0.1
    for frame, shown in zip(frames, guess.shown(frames), strict=True):
        design = root @ learnt.T
        target = root @ frame - rate * np.linalg.pinv(design).T @ np.ones(3)
        np.testing.assert_allclose(shown, lsq_linear(design, target, (0, 10)).x, atol=1e-3)


def test_what_is_shown_is_taken_away():
    learnt = np.eye(2, SIZE)
    guess = Predictor(np.zeros(SIZE), 1e6 * np.eye(SIZE), np.eye(SIZE), learnt, 1.0)
    rest = np.array([0, 0, 0.3, 0, 0, 0, -0.2])
    np.testing.assert_allclose(guess.rest((rest + [3.0, 4.0] @ learnt)[None])[0], rest, atol=1e-4)


def test_reader_is_the_regression_of_frames_that_are_not_neutral(rng):
    expression, intensities = rng.standard_normal((50, SIZE)), rng.integers(1, 5, (50, UNITS))
    both = np.concatenate([expression, 100 + expression]), np.concatenate([intensities, 0 * intensities])
    design = np.column_stack([expression, np.ones(50)])
    expected = np.linalg.lstsq(design, intensities, rcond=None)[0][:-1]
    np.testing.assert_allclose(linear_reader(recording(*both, [0] * 100)), expected, atol=1e-4)
    with pytest.raises(InputError, match="none above 0"):
        linear_reader(recording(both[0][50:], both[1][50:], [0] * 50))


def test_calibrated_effects_solve_the_stacked_least_squares_problem(rng):
    parts, reader, mesh = parts_of(rng), rng.standard_normal((SIZE, UNITS)), rng.standard_normal((SIZE, len(ACTIONS)))
    config = MixedEffectsConfig(reading_weight=2.0, mesh_weight=3.0)
    root = np.linalg.cholesky(np.linalg.inv(parts.within)).T
    design = np.concatenate([root, np.sqrt(2) * reader.T, np.sqrt(3) * mesh.T])
    sides = both_sided(5 * np.eye(UNITS))
    for k, effect in enumerate(calibrated(parts, reader, mesh, config)):
        target = np.concatenate([root @ parts.learnt[k], np.sqrt(2) * np.eye(UNITS)[k], np.sqrt(3) * sides[k]])
        np.testing.assert_allclose(effect, np.linalg.lstsq(design, target, rcond=None)[0], atol=2e-3)


def test_without_weights_effects_stay_as_learnt_and_what_never_moved_stays_nothing(rng):
    parts, reader, mesh = parts_of(rng), rng.standard_normal((SIZE, UNITS)), rng.standard_normal((SIZE, len(ACTIONS)))
    np.testing.assert_allclose(calibrated(parts, reader, mesh, MixedEffectsConfig(0.0, 0.0)), parts.learnt, atol=1e-9)
    parts.learnt[3] = 0
    assert not calibrated(parts, reader, mesh, MixedEffectsConfig())[3].any()


@pytest.mark.parametrize(
    ("field", "value"), [("reading_weight", -1.0), ("diagonal", 0.0), ("shown_rate", float("inf"))]
)
def test_settings_out_of_range(field, value):
    with pytest.raises(InputError, match=field):
        MixedEffectsConfig(**{field: value})
