import numpy as np
import pytest

from au_tf.evaluation.protocols.baselines import LinearRegression
from au_tf.evaluation.protocols.table1 import draw_examination, examine, fit_estimators
from au_tf.evaluation.quality import Probe, measure, out_of_range, respond
from au_tf.synthesis.bounds import Bounds


class Moves:
    """Every Action Unit moves the coefficients by its row."""

    def __init__(self, effects):
        self.effects = effects

    def generate(self, source_expression, intensities):
        return source_expression + np.asarray(intensities) @ self.effects


def test_response_of_a_linear_world_is_the_product_of_its_matrices():
    rng = np.random.default_rng(0)
    effects, reading = rng.normal(size=(12, 5)), rng.normal(size=(5, 12))
    sources = rng.normal(size=(7, 5))
    first, second = respond(Moves(effects), sources, lambda x: x @ reading, lambda x: 2 * (x @ reading) + 1)
    np.testing.assert_allclose(first.rise, 5 * effects @ reading)
    np.testing.assert_allclose(first.found[3, 2], sources.mean(0) @ reading + 2 * effects[3] @ reading)
    np.testing.assert_allclose(second.rise, 2 * first.rise)
    own = np.diag(effects @ reading)
    np.testing.assert_allclose(first.least_step, own)
    assert first.monotone == pytest.approx((own > 0).mean()) and first.strength == pytest.approx(5 * own.mean())
    others = np.abs(5 * effects @ reading).sum() - 5 * np.abs(own).sum()
    assert first.leakage == pytest.approx(others / (12 * 11))


def test_a_response_that_falls_back_is_not_monotone():
    reading = lambda x: np.where(x > 3.5, 2.5, x)  # noqa: E731
    (response,) = respond(Moves(np.eye(12)), np.zeros((2, 12)), reading)
    assert response.monotone == 0 and response.least_step[0] == pytest.approx(-0.5)
    np.testing.assert_allclose(response.own[0], [0, 1, 2, 3, 2.5, 2.5])


def test_range_by_hand():
    bounds = Bounds(np.float32([0, 0]), np.float32([2, 4]))
    expressions = np.float32([[1, 2], [2, 4], [3, 5], [-1, 2]])
    # Scaled by half the width: 1 and 0.5 beyond, and 1.
    found = out_of_range(expressions, bounds)
    assert found.share == 0.5 and found.loss == pytest.approx((1.5 + 1) / 4)


def test_in_a_linear_world_regression_is_as_good_as_real_and_keeps_identity(train, test, face):
    probe = Probe.of(train, test, face, seed=1)
    assert len(probe.sources) == test.neutral.sum()
    np.testing.assert_allclose(probe.sources, probe.resting[probe.own], atol=1e-5)
    asked, estimators = draw_examination(test), fit_estimators(train)
    regression = LinearRegression.of(train.expression, train.intensities, train.person)
    real = measure(examine("Real", 0, None, asked, estimators), probe)
    made = measure(examine("Linear", 0, regression, asked, estimators), probe)
    assert real.estimated is None and real.measured is None
    assert made.estimated.monotone == 1 and made.estimated.leakage < 0.15 < 1 < made.estimated.strength
    np.testing.assert_allclose(made.measured.rise, 5 * np.eye(12), atol=0.01)
    for found in (real.resting, made.resting):
        assert found.own == pytest.approx(0, abs=1e-5) and found.found == 1 and found.chance == 1 / 8
    # No label is shown by five people here.
    assert np.isnan(made.expressive.own) and np.isnan(made.diversity.total)
