import numpy as np
import pytest
from scipy import optimize

from au_tf.errors import InputError
from au_tf.estimation.svr import SVRConfig, fit_svr


def recorded(rows=300, size=7, seed=0):
    """Coefficients of very different scales, and intensities that are a linear function of them, clipped."""
    rng = np.random.default_rng(seed)
    coefficients = rng.normal(2.0, 1.0, (rows, size)) * np.logspace(-1, 2, size)
    mixing = rng.normal(size=(size, 12)) / np.logspace(-1, 2, size)[:, None]
    return coefficients, np.clip(2.5 + 0.4 * (coefficients - coefficients.mean(0)) @ mixing, 0, 5)


@pytest.mark.parametrize("loss", ["absolute", "squared"])
def test_what_is_linear_is_found_to_the_tolerance(loss):
    coefficients, intensities = recorded()
    estimator = fit_svr(coefficients[:200], intensities[:200], SVRConfig(cost=10.0, tolerance=0.01, loss=loss))
    estimates = estimator.predict(coefficients[200:])
    assert estimates.dtype == np.float32 and estimates.min() >= 0 and estimates.max() <= 5
    inside = (intensities[200:] > 0.5) & (intensities[200:] < 4.5)
    assert np.abs(estimates - intensities[200:])[inside].mean() < 0.1


def test_machine_minimises_vapniks_objective():
    coefficients, intensities = recorded(40, 3)
    config = SVRConfig(cost=0.1, tolerance=0.2)
    estimator = fit_svr(coefficients, intensities, config)
    mean, deviation = coefficients.mean(0), coefficients.std(0)
    z = (coefficients - mean) / deviation

    def objective(point, y):
        excess = np.maximum(np.abs(z @ point[:3] + point[3] - y) - config.tolerance, 0)
        return point @ point / 2 + config.cost * excess.sum()

    for unit in (0, 5):
        y = intensities[:, unit]
        weights = estimator.weights[:, unit] * deviation
        found = np.r_[weights, estimator.bias[unit] + mean @ estimator.weights[:, unit]]
        best = optimize.minimize(objective, np.zeros(4), (y,), "Nelder-Mead", options={"maxiter": 4000, "fatol": 1e-9})
        assert objective(found, y) <= best.fun * (1 + 1e-3)


def test_coefficients_that_never_change_and_units_that_never_show_do_no_harm():
    coefficients, intensities = recorded()
    coefficients[:, 2] = 7.0
    intensities[:, 4] = 0.0
    estimates = fit_svr(coefficients, intensities, SVRConfig(cost=0.1)).predict(coefficients)
    assert np.isfinite(estimates).all()
    # The tolerance lets it stay anywhere up to 0.1.
    assert estimates[:, 4].max() <= 0.1 + 1e-6


def test_leading_axes_are_kept():
    coefficients, intensities = recorded()
    estimator = fit_svr(coefficients, intensities)
    table = estimator.predict(coefficients)
    np.testing.assert_array_equal(estimator.predict(coefficients.reshape(30, 10, 7)), table.reshape(30, 10, 12))
    assert estimator.predict(np.zeros((0, 7))).shape == (0, 12)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x, y: (x[:, :0], y), r"\(300, 0\)"),
        (lambda x, y: (x, y[:, :11]), r"\(300, 7\) and \(300, 11\)"),
        (lambda x, y: (x * np.nan, y), "coefficients: found a value that is not finite"),
        (lambda x, y: (x, y + 1), "intensities: found a value out of range"),
    ],
)
def test_tables_that_cannot_be_learnt_from_are_refused(spoil, message):
    with pytest.raises(InputError, match=message):
        fit_svr(*spoil(*recorded()))


def test_settings_and_inputs_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="SVR: cost: found 0"):
        SVRConfig(cost=0)
    with pytest.raises(InputError, match="last axis of 7"):
        fit_svr(*recorded()).predict(np.zeros((3, 6)))
