from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from au_tf.errors import InputError
from au_tf.estimation.ordinal_pairs import Pairs
from au_tf.estimation.ordinal_svr import OrdinalSVRConfig, fit_ordinal_svr, solve

CONFIG = OrdinalSVRConfig(regression_weight=2.0, ordinal_weight=3.0, tolerance=0.2, margin=1.0)


def problem(seed, rows=10, size=3, links=9):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(rows, size)), rng.integers(0, 6, rows).astype(float)
    higher = rng.integers(0, rows, links)
    lower = (higher + rng.integers(1, rows, links)) % rows
    return x, y, Pairs(higher, lower, rng.uniform(0.2, 2.0, links))


def quadratic_program(x, y, pairs, config):
    """The constrained form with slack variables, by a general solver: w, b, errors above and below, missing ranks."""
    rows, size, links = len(x), x.shape[1], len(pairs.weight)
    cut = np.cumsum([size, 1, rows, rows])

    def cost(v):
        w, b, above, below, missing = np.split(v, cut)
        regression = config.regression_weight * (above @ above + below @ below)
        return (w @ w + b @ b) / 2 + regression + config.ordinal_weight * pairs.weight @ missing**2

    def slack(v):
        w, b, above, below, missing = np.split(v, cut)
        estimate = x @ w + b
        rank = estimate[pairs.higher] - estimate[pairs.lower] - config.margin + missing
        return np.r_[config.tolerance + above - (estimate - y), config.tolerance + below - (y - estimate), rank]

    start = np.r_[np.zeros(size + 1), y, y, np.full(links, config.margin)]
    bounds = [(None, None)] * (size + 1) + [(0, None)] * (2 * rows + links)
    constraints = {"type": "ineq", "fun": slack}
    done = optimize.minimize(cost, start, bounds=bounds, constraints=constraints, options={"maxiter": 500})
    assert done.success
    return done.x[:size], done.x[size], done.fun


@pytest.mark.parametrize("seed", range(6))
def test_solution_is_that_of_the_quadratic_program(seed):
    data = problem(seed)
    w, b = solve(*data, CONFIG)
    best_w, best_b, _ = quadratic_program(*data, CONFIG)
    np.testing.assert_allclose(np.r_[w, b], np.r_[best_w, best_b], atol=2e-3)


def test_one_frame_by_hand():
    # Minimise (w^2 + b^2) / 2 + 2 (|w + b - 3| - 0.2)^2: w = b = s / 2 by symmetry, s / 2 + 4 (s - 2.8) = 0.
    none = Pairs(np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    w, b = solve(np.ones((1, 1)), np.array([3.0]), none, CONFIG)
    np.testing.assert_allclose([w[0], b], 11.2 / 4.5 / 2, rtol=1e-9)


def test_one_pair_by_hand():
    # Without regression: w^2 / 2 + 3 * 0.5 (1 - 2 w)^2, hence w = 6 (1 - 2 w) and w = 6 / 13; b stays 0.
    pair = Pairs(np.array([0]), np.array([1]), np.array([0.5]))
    w, b = solve(np.array([[2.0], [0.0]]), np.zeros(2), pair, replace(CONFIG, regression_weight=0.0))
    np.testing.assert_allclose([w[0], b], [6 / 13, 0], atol=1e-9)


def test_a_least_squares_problem_is_solved_exactly():
    # Without pairs and tolerance it is ridge regression: (I + 2 gamma A'A) v = 2 gamma A'y.
    x, y, pairs = problem(1, 200, 5)
    w, b = solve(x, y, pairs, replace(CONFIG, ordinal_weight=0.0, tolerance=0.0))
    a = np.column_stack([x, np.ones(200)])
    np.testing.assert_allclose(np.r_[w, b], np.linalg.solve(np.eye(6) + 4 * a.T @ a, 4 * a.T @ y), atol=1e-9)


@pytest.mark.parametrize("kind", ["levels", "apex"])
def test_order_is_learnt_where_people_differ_by_an_offset(kind):
    """Each person's frames lie elsewhere: only differences within a person tell the intensity."""
    rng = np.random.default_rng(0)
    person, time = np.repeat(np.arange(10), 40), np.tile(np.arange(40), 10)
    strength = 1 + 2.5 * (1 - np.cos(2 * np.pi * time / 40)) * rng.uniform(0.5, 0.8, 10)[person]
    intensities = np.round(strength)[:, None] * (np.arange(12) < 2)
    coefficients = np.stack([strength + 6 * rng.normal(size=10)[person], rng.normal(size=400)], 1)
    ranked = fit_ordinal_svr(coefficients, intensities, person, time, OrdinalSVRConfig(0.01, 1.0, pairs=kind))
    plain = fit_ordinal_svr(coefficients, intensities, person, time, OrdinalSVRConfig(0.01, 0.0, pairs=kind))
    assert ranked.weights[0, 0] > 0.5 > plain.weights[0, 0]
    # A unit that is never there has nothing to rank.
    np.testing.assert_allclose(ranked.weights[:, 5], 0, atol=1e-12)


def test_same_seed_same_machine():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(80, 4)), rng.integers(0, 6, (80, 12)), np.arange(80) // 20, np.arange(80)
    one, same, other = (fit_ordinal_svr(*table, OrdinalSVRConfig(per_frame=1, seed=s)) for s in (3, 3, 4))
    assert np.array_equal(one.weights, same.weights) and not np.array_equal(one.weights, other.weights)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InputError, match="ordinal SVR: margin: found -1"):
        OrdinalSVRConfig(margin=-1)
    with pytest.raises(InputError, match="ordinal SVR: pairs: found all"):
        OrdinalSVRConfig(pairs="all")
    with pytest.raises(InputError, match=r"person and time: found \(2,\) and \(3,\)"):
        fit_ordinal_svr(np.zeros((3, 4)), np.zeros((3, 12)), [0, 1], [0, 1, 2])
