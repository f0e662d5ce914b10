import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.estimation.svr import SVRConfig, fit_svr
from au_tf.evaluation.protocols import table1
from au_tf.evaluation.protocols.baselines import LinearRegression
from au_tf.evaluation.protocols.table1 import (
    ESTIMATORS,
    REAL,
    draw_examination,
    fit_estimators,
    guesses,
    hold_out,
    neutral_sources,
    trials,
)


class Rest:
    """Does nothing whatever it is asked."""

    def generate(self, source_expression, intensities):
        return source_expression


def test_who_makes_what_was_real_gets_the_figures_of_the_real_frames(train, test):
    makers = {
        # Exact in this world.
        "Linear": lambda frames, seed: LinearRegression.of(frames.expression, frames.intensities, frames.person),
        "Rest": lambda frames, seed: Rest(),
    }
    found = list(trials(train, test, makers, seeds=[0, 5]))
    assert [(trial.row, trial.seed) for trial in found] == [(r, s) for s in (0, 5) for r in (REAL, "Linear", "Rest")]
    for real, linear, rest in (found[:3], found[3:]):
        np.testing.assert_allclose(linear.expressions, real.expressions, atol=1e-4)
        for name in ESTIMATORS:
            for metric, value in real.agreement[name].means.items():
                assert linear.agreement[name].means[metric] == pytest.approx(value, abs=1e-4)
            assert real.agreement[name].means["icc"] > 0.4 > 0.1 > rest.agreement[name].means["icc"]
    # Another seed is another sample.
    assert found[0].agreement["SVR"].mae[0] != found[3].agreement["SVR"].mae[0]


def test_what_is_told_without_looking(train, test):
    labels = test.intensities[~test.neutral].astype(float)
    zero, mean = guesses(train, test).values()
    np.testing.assert_allclose(zero.mse, np.square(labels).mean(0))
    np.testing.assert_allclose(zero.mae, labels.mean(0))
    assert max(abs(guess.means["icc"]) for guess in (zero, mean)) < 1e-9
    # Of all that is told without looking, the mean of the same labels errs least, by their variance.
    _, own = guesses(test, test).values()
    np.testing.assert_allclose(own.mse, labels.var(0))
    assert (own.mse <= np.minimum(zero.mse, mean.mse) + 1e-12).all()


def test_estimators_see_a_sample_of_the_non_neutral_training_frames(train, monkeypatch):
    seen = {}
    monkeypatch.setattr(table1, "fit_svr", lambda x, y, config: seen.update(svr=(x, y), config=config))
    monkeypatch.setattr(table1, "fit_ordinal_svr", lambda x, y, who, when, config: seen.update(osvr=(x, y, who, when)))
    fit_estimators(train, seed=3)
    x, y = seen["svr"]
    assert len(x) == round(0.3 * (~train.neutral).sum())
    rows = {row.tobytes() for row in train.expression[~train.neutral]}
    assert len({row.tobytes() for row in x}) == len(x) and {row.tobytes() for row in x} <= rows
    assert y.any(1).all() and seen["config"] == SVRConfig(loss="squared")
    np.testing.assert_array_equal(seen["osvr"][0], x)
    fit_estimators(train, seed=4)
    assert seen["svr"][0].tobytes() != x.tobytes()


def test_with_all_frames_the_svr_is_that_of_all_frames(train):
    shown = train.where(~train.neutral)
    expected = fit_svr(shown.expression, shown.intensities, SVRConfig(loss="squared"))
    np.testing.assert_array_equal(fit_estimators(train, seed=9, share=1.0)["SVR"].weights, expected.weights)


def test_sources_are_neutral_frames_of_the_same_person_and_camera(test):
    # Each frame's first coefficients tell where it is from.
    marked = test.expression.copy()
    marked[:, :4] = np.stack([test.person, test.camera, test.neutral, test.time], 1)
    frames = type(test)(marked, test.intensities, test.person, test.camera, test.time)
    wanted = frames.where(~frames.neutral)
    sources = neutral_sources(frames, wanted, seed=1)
    np.testing.assert_array_equal(sources[:, 0], wanted.person)
    np.testing.assert_array_equal(sources[:, 1], wanted.camera)
    assert sources[:, 2].all()
    np.testing.assert_array_equal(sources, neutral_sources(frames, wanted, seed=1))
    assert not np.array_equal(sources, neutral_sources(frames, wanted, seed=2))


def test_what_is_asked_are_the_labels_of_the_non_neutral_frames(test):
    asked = draw_examination(test)
    shown = ~test.neutral
    np.testing.assert_array_equal(asked.intensities, test.intensities[shown])
    np.testing.assert_array_equal(asked.real, test.expression[shown])


def test_people_to_choose_on_are_the_last_and_in_no_other_part(train):
    rest, validation = hold_out(train, 2)
    assert set(validation.person) == {8, 13} and set(rest.person) == {1, 2, 3, 5}
    assert len(rest) + len(validation) == len(train)


def test_what_cannot_be_examined_is_refused(train, test):
    with pytest.raises(InputError, match="validation: people: found 6, expected 1 to 5 of the 6 people"):
        hold_out(train, 6)
    with pytest.raises(InputError, match="person 5: found among the training and the test people"):
        next(trials(train, train.of_people([5]), {}))
    with pytest.raises(InputError, match="person 4, camera 1: found no neutral frame"):
        draw_examination(test.where(~(test.neutral & (test.camera == 1))))
    with pytest.raises(InputError, match="found 0 in all frames"):
        draw_examination(test.where(test.neutral))
