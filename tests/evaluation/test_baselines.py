import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.evaluation.protocols.baselines import DirectTransfer, LinearRegression, neutral_expressions


def people(seed=0, size=9, noise=0.0):
    """Three people with neutral faces of their own, moved alike; person 7 never rests."""
    rng = np.random.default_rng(seed)
    person = np.repeat([4, 2, 7], 60)
    intensities = rng.integers(0, 6, (180, 12)) * (rng.random((180, 12)) < 0.3)
    intensities[0::60] = intensities[1::60] = intensities[2::60] = 0
    intensities[120:, 0] = 1
    effects = rng.normal(size=(12, size))
    rest = {4: rng.normal(size=size), 2: rng.normal(size=size), 7: rng.normal(size=size)}
    expression = np.stack([rest[p] for p in person]) + intensities @ effects + noise * rng.normal(size=(180, size))
    return expression, intensities, person, effects, rest


def test_neutral_is_the_median_of_the_frames_without_action_units():
    expression = np.array([[1.0], [2.0], [9.0], [50.0], [3.0]])
    intensities = np.zeros((5, 12))
    intensities[3, 5] = 1
    found = neutral_expressions(expression, intensities, [0, 0, 0, 0, 1])
    assert {p: float(v[0]) for p, v in found.items()} == {0: 2.0, 1: 3.0}


def test_regression_finds_effects_that_are_linear():
    expression, intensities, person, effects, rest = people()
    found = LinearRegression.of(expression, intensities, person)
    np.testing.assert_allclose(found.effects, effects, atol=1e-4)
    asked = np.random.default_rng(1).uniform(0, 5, (20, 12))
    np.testing.assert_allclose(found.generate(rest[7], asked), rest[7] + asked @ effects, atol=1e-3)


def test_regression_leaves_alone_what_never_occurs():
    expression, intensities, person, effects, _ = people()
    expression = expression - np.outer(intensities[:, 3], effects[3])
    intensities[:, 3] = 0
    np.testing.assert_allclose(LinearRegression.of(expression, intensities, person).effects[3], 0, atol=1e-5)


def test_transfer_adds_what_somebody_else_did():
    expression, intensities, person, effects, rest = people()
    found = DirectTransfer.of(expression, intensities, person)
    # Everybody moves alike here, so whoever is drawn, the offset is that of the label.
    asked = intensities[:120]
    np.testing.assert_allclose(found.generate(rest[7], asked), rest[7] + asked @ effects, atol=1e-4)


def test_transfer_takes_the_nearest_label_and_any_frame_that_has_it():
    intensities = np.zeros((6, 12))
    intensities[2:5, 0] = 2
    intensities[5, 1] = 5
    expression = np.array([[0.0], [0.0], [10.0], [20.0], [30.0], [70.0]])
    found = DirectTransfer.of(expression, intensities, np.zeros(6), seed=1)
    asked = np.zeros((300, 12))
    asked[:200, 0], asked[200:, 1] = 3, 4
    offsets = found.generate([[1.0]], asked)[:, 0] - 1
    assert set(offsets[:200]) == {10, 20, 30} and set(offsets[200:]) == {70}
    np.testing.assert_array_equal(found.generate([[1.0]], asked)[:, 0] - 1, offsets)


@pytest.mark.parametrize("kind", [DirectTransfer, LinearRegression])
def test_convention_is_that_of_a_generator(kind):
    expression, intensities, person, *_ = people()
    baseline = kind.of(expression, intensities, person)
    found = baseline.generate(expression[:5, None], intensities[None, :4])
    assert found.shape == (5, 4, 9) and found.dtype == np.float32
    assert baseline.generate(np.zeros((0, 9)), np.zeros((0, 12))).shape == (0, 9)
    with pytest.raises(InputError, match="generate: intensities: found 6"):
        baseline.generate(expression[0], np.full(12, 6))
    with pytest.raises(InputError, match="source_expression: found shape"):
        baseline.generate(expression[0, 1:], intensities[0])


@pytest.mark.parametrize("kind", [DirectTransfer, LinearRegression])
def test_people_need_a_neutral_frame(kind):
    expression, intensities, person, *_ = people()
    with pytest.raises(InputError, match="no frame where all are 0"):
        kind.of(expression[120:], intensities[120:], person[120:])
    with pytest.raises(InputError, match="180, 180 and 5 rows"):
        kind.of(expression, intensities, person[:5])
