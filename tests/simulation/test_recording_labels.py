import numpy as np
import pytest

from au_tf.au_statistics import CORRELATION, FRAMES as DISFA_FRAMES, FRAMES_AT_INTENSITY, FRAMES_WITHOUT_AU
from au_tf.simulation.coding import intensity_timeline, normal_scores, smooth
from au_tf.simulation.frame_selection import SIZES, select
from au_tf.simulation.pulses import Pulses, track
from au_tf.simulation.subjects import FRAME_RATE, FRAMES, SUBJECTS

SEED = 0


@pytest.fixture(scope="module")
def films():
    return [intensity_timeline(SEED, subject) for subject in SUBJECTS]


@pytest.fixture(scope="module")
def coded(films):
    return np.stack([film.coded for film in films])


def test_each_intensity_is_as_frequent_as_in_disfa(coded):
    found = np.stack([(coded == level).sum((0, 1)) for level in range(1, 6)], 1) / (len(SUBJECTS) * FRAMES)
    expected = FRAMES_AT_INTENSITY / DISFA_FRAMES
    np.testing.assert_allclose(found, expected, rtol=0.15)
    # To the frame, in fact, whatever the seed: the rarest, AU17 at 5, has 11.
    np.testing.assert_allclose(found, expected, atol=1.01 / (len(SUBJECTS) * FRAMES))


def test_action_units_come_together_as_in_disfa(coded):
    frames = coded.reshape(-1, 12)
    shown = frames > 0
    assert (~shown.any(1)).mean() == pytest.approx(FRAMES_WITHOUT_AU / DISFA_FRAMES, abs=0.03)
    # The paper: AU1 comes with about 90% of AU2, AU25 with about 97% of AU26.
    assert shown[shown[:, 1], 0].mean() == pytest.approx(0.90, abs=0.02)
    assert shown[shown[:, 11], 10].mean() == pytest.approx(0.97, abs=0.02)
    above = np.triu_indices(12, 1)
    assert np.abs(np.corrcoef(frames.T.astype(float)) - CORRELATION)[above].mean() < 0.15


def test_everybody_shows_every_action_unit_and_now_and_then_none(coded):
    assert (coded > 0).any(1).all()
    assert (~coded.any(2)).sum(1).min() > 100
    # And yet people differ: some smile five times as often as others.
    smiling = (coded[:, :, 6] > 0).mean(1)
    assert smiling.max() > 5 * smiling.min()


def test_expressions_last_and_change_as_those_of_real_people(films):
    # Autocorrelation, person by person, of the spontaneous reactions of FERGI in clips of 5 s (mean of the 12).
    for seconds, expected in ((0.5, 0.80), (1.0, 0.65), (2.0, 0.445)):
        lag, found = round(seconds * FRAME_RATE), []
        for film in films:
            clips = (film.shown - film.shown.mean(0))[:4800].reshape(-1, 100, 12)
            found.append([(clips[:, : 100 - lag] * clips[:, lag:]).mean((0, 1)), (clips * clips).mean((0, 1))])
        alike, power = np.mean(found, 0)
        assert (alike / power).mean() == pytest.approx(expected, abs=0.08), seconds


def test_the_coder_is_nearly_right(films):
    # DISFA's coders agree with intraclass correlations of 0.80 to 0.94; with the truth each agrees better, by a root.
    shown = np.concatenate([np.rint(film.shown) for film in films])
    coded = np.concatenate([film.coded for film in films])
    for k in range(12):
        assert np.sqrt(0.80) - 0.03 < np.corrcoef(shown[:, k], coded[:, k])[0, 1] < np.sqrt(0.94) + 0.01
    assert np.abs(shown - coded).max() <= 5 and (np.abs(shown - coded) > 1).mean() < 0.05


def test_one_person_can_be_made_alone(coded):
    intensity_timeline.cache_clear()
    last = intensity_timeline(SEED, SUBJECTS[-1])
    assert np.array_equal(last.coded, coded[-1])
    assert not np.array_equal(intensity_timeline(SEED + 1, SUBJECTS[-1]).coded, coded[-1])


def test_a_pulse_rises_stays_and_falls():
    begin, onset, hold, offset, size = (np.array([[value]]) for value in (10.0, 8.0, 20.0, 16.0, 3.0))
    seen = track(Pulses(begin, onset, hold, offset, size), 70)[:, 0]
    assert (seen[:11] == 0).all() and (seen[54:] == 0).all()
    assert seen[14] == pytest.approx(1.5) and seen[46] == pytest.approx(1.5)  # half way up and down
    np.testing.assert_allclose(seen[18:39], 3.0)
    assert (np.diff(seen[10:18]) > 0).all() and (np.diff(seen[39:54]) < 0).all()


def test_pulses_add_up_wherever_they_begin():
    rng = np.random.default_rng(0)
    pulses = Pulses(rng.uniform(-100, 300, (9, 2)), *rng.uniform(1, 50, (3, 9, 2)), rng.standard_normal((9, 2)))
    late = pulses._replace(start=pulses.start + 150)
    np.testing.assert_allclose(track(late, 500)[150:], track(pulses, 350), atol=1e-12)
    alone = [track(Pulses(*(field[k : k + 1] for field in pulses)), 350) for k in range(9)]
    np.testing.assert_allclose(np.sum(alone, 0), track(pulses, 350), atol=1e-12)


def test_smooth_noise_is_stationary_and_critically_damped():
    noise = smooth(np.random.default_rng(0).standard_normal((4000, 300)), 0.5)
    np.testing.assert_allclose([noise[:100].std(), noise[-100:].std()], 1.0, atol=0.03)
    for lag in (5, 10, 20):
        # Continuous time: (1 + t / T) exp(-t / T).
        expected = (1 + lag / 10) * np.exp(-lag / 10)
        assert (noise[lag:] * noise[:-lag]).mean() == pytest.approx(expected, abs=0.03)


def test_normal_scores_keep_the_order():
    values = np.random.default_rng(0).exponential(size=(1001, 2))
    scores = normal_scores(values)
    assert (np.argsort(scores, 0) == np.argsort(values, 0)).all()
    np.testing.assert_allclose(scores.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(scores.std(0), 1, atol=0.01)


@pytest.mark.parametrize("size", ["tiny", "small"])
def test_small_recordings_show_everything_and_are_parts_of_larger_ones(coded, size):
    for film in coded:
        rows = select(film, SIZES[size])
        assert len(rows) == SIZES[size] and (np.diff(rows) > 0).all()
        assert (film[rows] > 0).any(0).all() and (~film[rows].any(1)).any()
        assert set(rows) <= set(select(film, 2 * SIZES[size]))
        # Spread over the whole film.
        assert np.diff(rows, prepend=0, append=FRAMES).max() < 3 * FRAMES / SIZES[size]
