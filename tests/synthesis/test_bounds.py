import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.synthesis.bounds import Bounds


def test_bounds_become_one_and_minus_one_and_come_back():
    data = np.random.default_rng(0).normal(2.0, 3.0, (100, 5)).astype(np.float32)
    bounds = Bounds.of(data)
    scaled = bounds.to_network(data)
    np.testing.assert_allclose(scaled.min(0), -1.0, atol=1e-6)
    np.testing.assert_allclose(scaled.max(0), 1.0, atol=1e-6)
    np.testing.assert_allclose(bounds.from_network(scaled), data, atol=1e-5)


def test_a_dimension_that_never_moves_is_zero():
    bounds = Bounds.of(np.full((3, 1), 7.0))
    assert bounds.to_network(np.float32([[7.0]])) == 0.0
    assert bounds.from_network(np.float32([[0.0]])) == 7.0


@pytest.mark.parametrize("lower", [[np.nan, 0.0], [2.0, 0.0], [0.0]])
def test_limits_that_are_none_are_refused(lower):
    with pytest.raises(InputError, match="bounds"):
        Bounds(np.float32(lower), np.float32([1.0, 1.0]))
