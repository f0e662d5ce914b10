import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.synthesis.adversarial.soft_labels import soften

LABELS = np.repeat(np.arange(6.0, dtype=np.float32)[:, None], 20_000, 1)


@pytest.mark.parametrize(
    # Uniform on an interval of length 1 has the deviation 1 / sqrt(12).
    ("kind", "mean", "deviation"),
    [("normal", -0.5, 0.5), ("uniform", 0.0, 12**-0.5)],
)
def test_noise_has_the_moments_of_eq_11(kind, mean, deviation):
    noise = soften(LABELS, kind, [1, 2]).numpy() - LABELS
    # Five standard errors of 20,000 draws.
    np.testing.assert_allclose(noise.mean(1), mean, atol=5 * deviation / 20_000**0.5)
    np.testing.assert_allclose(noise.std(1), deviation, rtol=0.03)


def test_uniform_labels_stay_in_the_interval_that_rounds_to_the_integer():
    noise = soften(LABELS, "uniform", [3, 4]).numpy() - LABELS
    assert -0.5 <= noise.min() < -0.49 and 0.49 < noise.max() <= 0.5


def test_the_seed_decides():
    one, same, other = (soften(LABELS, "normal", [7, s]).numpy() for s in (0, 0, 1))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert np.array_equal(soften(LABELS, "none", [7, 0]), LABELS)


def test_an_unknown_kind_is_named():
    with pytest.raises(InputError, match="soft_labels: kind: found gaussian, expected one of none, normal, uniform"):
        soften(LABELS, "gaussian", [0, 0])
