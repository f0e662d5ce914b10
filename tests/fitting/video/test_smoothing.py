"""Noise goes, movements stay."""

import numpy as np
import pytest

from au_tf.fitting.video.smoothing import CausalFilter, smooth

FRAMES = 300
TIME = np.arange(FRAMES)
ALL = np.ones(FRAMES)
STEPS = np.ones(FRAMES - 1, int)


def noisy(signal: np.ndarray, size: float, seed: int = 0) -> np.ndarray:
    return (signal + np.random.default_rng(seed).normal(0.0, size, len(signal)))[:, None]


def test_the_noise_of_a_face_at_rest_falls():
    found = smooth(noisy(np.full(FRAMES, 1.5), 0.2), ALL, STEPS)[:, 0]
    assert np.sqrt(np.square(found - 1.5).mean()) < 0.35 * 0.2


@pytest.mark.parametrize("frames", [1, 3, 8])
def test_an_onset_keeps_its_place_slope_and_height(frames):
    signal = 3.0 * np.clip((TIME - 100) / frames, 0, 1) * np.clip((200 - TIME) / frames, 0, 1)
    found = np.mean([smooth(noisy(signal, 0.15, seed), ALL, STEPS)[:, 0] for seed in range(8)], 0)
    half = np.flatnonzero(found > 1.5)
    assert abs(half[0] - (100 + frames / 2)) <= 1 and abs(half[-1] - (200 - frames / 2)) <= 1
    rise = np.flatnonzero((found[95:115] > 0.3) & (found[95:115] < 2.7))
    assert len(rise) <= frames + 1
    assert found[110:190].mean() > 2.95 and found[:90].mean() < 0.05
    raw = np.sqrt(np.square(noisy(signal, 0.15)[:, 0] - signal).mean())
    assert np.sqrt(np.square(smooth(noisy(signal, 0.15), ALL, STEPS)[:, 0] - signal).mean()) < 0.6 * raw


def test_a_single_frame_that_is_off_is_noise():
    values = noisy(np.zeros(FRAMES), 0.1)
    values[150] += 3.0
    assert abs(smooth(values, ALL, STEPS)[150, 0]) < 1.0


def test_frames_of_little_confidence_count_less():
    values = noisy(np.sin(TIME / 40), 0.05)
    doubtful = ALL.copy()
    doubtful[100:110], values[100:110] = 0.2, values[100:110] + 0.15
    off = [
        abs(smooth(values, weight, STEPS)[100:110, 0] - np.sin(TIME[100:110] / 40)).mean() for weight in (ALL, doubtful)
    ]
    assert off[1] < off[0]


def test_what_is_free_of_noise_and_what_is_short_stays():
    ramp = np.stack([TIME / 10.0, np.full(FRAMES, 2.0)], -1)
    np.testing.assert_allclose(smooth(ramp, ALL, STEPS), ramp, atol=0.1)
    np.testing.assert_array_equal(smooth(ramp[:3], ALL[:3], STEPS[:2]), ramp[:3])


def test_a_gap_lets_the_face_move_on():
    signal = np.where(TIME < 150, 0.0, 2.0)
    values = noisy(signal, 0.1)
    gaps = STEPS.copy()
    gaps[149] = 60
    found = smooth(values, ALL, gaps)[:, 0]
    assert abs(found[:150]).max() < 0.5 and abs(found[150:] - 2.0).max() < 0.5


def causal(values, confidence=1.0):
    each = CausalFilter()
    return np.array([each.update(row, confidence) for row in values])


def test_causal_what_rests_is_steadied_and_a_jump_passes_at_once():
    rng = np.random.default_rng(0)
    truth = np.repeat([0.0, 20.0], 150)[:, None] * np.ones(3)
    seen = truth + rng.normal(0.0, 1.0, truth.shape)
    found = causal(seen)
    assert np.abs(found[150] - 20.0).max() < 4.0
    rest = np.r_[60:150, 210:300]
    assert np.square(found - truth)[rest].mean() < 0.45 * np.square(seen - truth)[rest].mean()


def test_causal_follows_what_moves_and_knows_nothing_of_what_comes():
    time = np.arange(200) / 10.0
    truth = 10.0 * np.sin(time)[:, None]
    seen = truth + np.random.default_rng(1).normal(0.0, 0.2, truth.shape)
    found = causal(seen)
    assert np.square(found - truth)[30:].mean() < 0.2
    other = seen.copy()
    other[120:] = 99.0
    np.testing.assert_array_equal(causal(other)[:120], found[:120])
