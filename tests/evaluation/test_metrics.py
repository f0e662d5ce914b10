import numpy as np
import pytest
from scipy import stats

from au_tf.errors import InputError
from au_tf.evaluation.metrics import Agreement, icc_3_1, mae_by_intensity, mae_by_label, mean_of_defined, pearson

# Shrout & Fleiss 1979, table 2: six targets, four judges.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def test_icc_is_that_of_shrout_and_fleiss():
    # Their table 4: BMS = 11.24, EMS = 1.02, hence (11.24 - 1.02) / (11.24 + 3 * 1.02) = 0.71.
    assert round(float(icc_3_1(JUDGES)), 2) == 0.71
    # Exactly: BMS = 56.2083 / 5 and EMS = 15.2917 / 15.
    between, residual = 56.208333333333 / 5, 15.291666666667 / 15
    np.testing.assert_allclose(icc_3_1(JUDGES), (between - residual) / (between + 3 * residual), rtol=1e-9)


def test_icc_of_two_raters_is_the_covariance_over_the_mean_variance():
    # For k = 2, BMS - EMS = 2 cov and BMS + EMS = var + var.
    rng = np.random.default_rng(0)
    ratings = rng.normal(size=(50, 2, 3)) @ rng.normal(size=(3, 3)) + rng.normal(size=(50, 1, 3))
    for k in range(3):
        covariance = np.cov(ratings[..., k].T)
        np.testing.assert_allclose(icc_3_1(ratings)[k], 2 * covariance[0, 1] / np.trace(covariance))


def test_icc_ignores_an_offset_between_raters_and_pearson_a_scale_too():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 6, 40).astype(float)
    assert icc_3_1(np.stack([truth, truth + 1.5], 1)) == pytest.approx(1.0)
    assert icc_3_1(np.stack([truth, 3 * truth], 1)) == pytest.approx(2 * 3 / (1 + 9))
    assert pearson(truth, 3 * truth + 1) == pytest.approx(1.0)
    assert pearson(truth, -truth) == pytest.approx(-1.0)


def test_agreement_by_hand_and_by_scipy():
    labels = np.array([[0, 1], [2, 1], [4, 3]], float)
    estimates = np.array([[1, 1], [2, 0], [2, 3]], float)
    found = Agreement.of(labels, estimates)
    np.testing.assert_allclose(found.mae, [1, 1 / 3])
    np.testing.assert_allclose(found.mse, [5 / 3, 1 / 3])
    np.testing.assert_allclose(found.pcc, [stats.pearsonr(labels[:, k], estimates[:, k])[0] for k in (0, 1)])
    # First column: covariance 1, variances 4 and 1/3; second: 5/3, 4/3 and 7/3.
    np.testing.assert_allclose(found.icc, [2 * 1 / (4 + 1 / 3), 2 * (5 / 3) / (4 / 3 + 7 / 3)])
    assert found.means["mae"] == pytest.approx(2 / 3)


def test_what_is_not_defined_is_left_out_of_the_mean():
    # Labels: never there, there and well estimated, there and estimated as always 0.1, which is no round number.
    labels = np.array([[0, 0, 0], [0, 1, 1], [0, 2, 2]], float)
    estimates = np.array([[0.3, 0, 0.1], [0, 1, 0.1], [0, 2, 0.1]])
    found = Agreement.of(labels, estimates)
    np.testing.assert_allclose(found.pcc, [np.nan, 1, 0])
    np.testing.assert_allclose(found.icc, [np.nan, 1, 0])
    assert [found.means[name] for name in ("pcc", "icc")] == pytest.approx([0.5, 0.5])
    np.testing.assert_allclose(found.mae, [0.1, 0, (0.1 + 0.9 + 1.9) / 3])
    assert np.isnan(mean_of_defined([np.nan])) and np.isnan(Agreement.of([[0.0]], [[1.0]]).means["icc"])


@pytest.mark.parametrize(
    ("labels", "estimates", "message"),
    [
        (np.zeros((3, 2)), np.zeros((2, 2)), "shape"),
        (np.zeros((0, 2)), np.zeros((0, 2)), "shape"),
        (np.zeros((1, 2)), np.full((1, 2), np.nan), "estimates: found a value that is not finite"),
    ],
)
def test_tables_that_cannot_be_compared_are_refused(labels, estimates, message):
    with pytest.raises(InputError, match=message):
        Agreement.of(labels, estimates)


def test_errors_apart_by_intensity():
    labels = np.array([[0, 1], [2, 5], [0, 0]])
    estimates = labels + np.array([[1.0, -0.5], [1.5, -3.0], [0.0, 2.0]])
    # Of the three zeros 1, 0 and 2; of 1 and 2 a half and one and a half; of 5 three.
    np.testing.assert_allclose(mae_by_intensity(labels, estimates), [1.0, 1.0, 3.0])
    assert np.isnan(mae_by_intensity(labels[:, :1], estimates[:, :1])[2])


def test_errors_of_each_unit_at_each_intensity():
    labels = np.array([[0, 3], [0, 3], [2, 3]])
    found = mae_by_label(labels, labels + [[0.5, 1.0], [-0.1, -1.0], [1.0, 0.5]])
    np.testing.assert_allclose(found[0], [0.3, np.nan, 1.0, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(found[1], [np.nan, np.nan, np.nan, 2.5 / 3, np.nan, np.nan])
