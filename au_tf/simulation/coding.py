"""What people show over time and what a coder writes down.

Each person's film is a run of events. An event moves all Action Units at once, each with a size drawn from normal
variables that are correlated as Action Units are; what ends up small or negative is not shown. A coder sees the same
events, a little stronger or weaker, earlier or later. The sums over events are turned into normal scores within each
person, so that the cuts between intensities follow from the people's inclinations alone: every intensity is then as
frequent as in DISFA to the frame, and yet one person can be made without the others' films.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter
from scipy.special import ndtri

from au_tf.arrays import Array, Float64, UInt8
from au_tf.au_statistics import FRAMES as DISFA_FRAMES, FRAMES_AT_INTENSITY
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY
from au_tf.simulation.pulses import Pulses, starts, track
from au_tf.simulation.subjects import (
    FRAME_RATE,
    FRAMES,
    SUBJECTS,
    correlated,
    inclination,
    liveliness,
    stream,
    within_person,
)

# From the spontaneous reactions of 16 people in FERGI (1,325 clips of 5 s, 30 fps): geometric mean of the time from
# 10% to 90% of the way up to a clip's maximum, and down from it, over rises and falls of at least 0.8.
_RISE_SECONDS = (0.49, 0.50, 0.54, 0.51, 0.89, 0.53, 0.71, 0.59, 0.46, 0.61, 0.50, 0.51)
_FALL_SECONDS = (0.68, 0.65, 0.57, 0.46, 0.66, 0.53, 0.63, 0.74, 0.61, 0.62, 0.44, 0.60)
_EASE_SHARE = 0.61
"""Part of a cubic's time that it takes from 10% to 90%."""

# Chosen so that 37% of the frames show nothing and a person's intensities stay as alike over time as those in FERGI,
# whose autocorrelation, person by person, is 0.80 after half a second, 0.65 after one and 0.45 after two.
_EVENTS_A_SECOND = 0.6
_HOLD_SECONDS = 2.5
_HOLD_SPREAD, _LONGEST_HOLD = 1.0, 16.0
_SPEED_SPREAD, _SLOWEST = 0.4, 4.0
_OWN_SHARE = 0.16  # of the variance of durations, what an Action Unit has for itself
_JITTER_SECONDS = 0.12

# A slow restlessness between events, as a share of one event's size.
_DRIFT, _DRIFT_SECONDS = 0.3, 2.5

# A second coder would agree with intraclass correlations of 0.80 to 0.94 (DISFA's own, Mavadati et al. 2013).
_CODER_SIZE, _CODER_SECONDS = 0.15, 0.1

# Below the first intensity stands a trace of movement, but for lips and jaw, whose parting is seen at once.
_TRACE = np.where(np.isin(AU_NUMBERS, (25, 26)), 0.02, 0.25)


class IntensityTimeline(NamedTuple):
    """One person's film."""

    shown: Float64
    """float[FRAMES, 12] in [0, 5], what the face does."""
    coded: UInt8
    """uint8[FRAMES, 12] in 0..5, what the coder writes down."""


@lru_cache(maxsize=len(SUBJECTS))
def intensity_timeline(seed: int, subject: str) -> IntensityTimeline:
    """What one person shows in each frame, and what is coded of it; those of 27 people are kept."""
    rng = stream(seed, subject, "events")
    events = _events(liveliness(seed, subject), rng)
    drift = _drift(rng)
    placed = [
        inclination(seed, subject) + within_person(normal_scores(track(seen, FRAMES) + drift))
        for seen in (events, _as_coded(events, stream(seed, subject, "coder")))
    ]
    cuts = cut_points(seed)
    return IntensityTimeline(_intensity(placed[0], cuts), (placed[1][:, :, None] >= cuts).sum(-1).astype(np.uint8))


def _events(often: float, rng: np.random.Generator) -> Pulses:
    begin = starts(often * _EVENTS_A_SECOND / FRAME_RATE, FRAMES, rng)
    count = len(begin)
    common = rng.standard_normal((3, count, 1))
    pace = np.sqrt(1 - _OWN_SHARE) * common + np.sqrt(_OWN_SHARE) * correlated((3, count), rng)
    quick = np.exp(_SPEED_SPREAD * pace[:2]) / _EASE_SHARE
    onset, offset = (
        np.minimum(np.array(s) * q, _SLOWEST) for s, q in zip((_RISE_SECONDS, _FALL_SECONDS), quick, strict=True)
    )
    hold = np.minimum(_HOLD_SECONDS * np.exp(_HOLD_SPREAD * pace[2]), _LONGEST_HOLD)
    start = begin[:, None] + FRAME_RATE * _JITTER_SECONDS * correlated((count,), rng)
    return Pulses(start, FRAME_RATE * onset, FRAME_RATE * hold, FRAME_RATE * offset, correlated((count,), rng))


def _as_coded(events: Pulses, rng: np.random.Generator) -> Pulses:
    """The events as the coder sees them: errors are alike in Action Units that come together."""
    count = len(events.start)
    return events._replace(
        size=events.size * (1.0 + _CODER_SIZE * correlated((count,), rng)),
        start=events.start + FRAME_RATE * _CODER_SECONDS * correlated((count,), rng),
    )


def _drift(rng: np.random.Generator) -> Float64:
    return _DRIFT * smooth(correlated((FRAMES,), rng), _DRIFT_SECONDS)


def smooth(white: Array, seconds: float) -> Array:
    """Standard normal noise float[N, K] that changes gradually, from white noise.

    A critically damped second-order autoregressive process that has run long enough to forget its start.

    Args:
      white: float[N, K], standard normal, whose end, backwards, also serves as what went before.
      seconds: its time constant.
    """
    keep = np.exp(-1.0 / (FRAME_RATE * seconds))
    square = keep * keep
    deviation = np.sqrt((1 + square) / (1 - square) ** 3)
    lead = white[::-1][: int(12 * seconds * FRAME_RATE) + 1]
    taps = np.array([1.0 / deviation], white.dtype), np.array([1.0, -2.0 * keep, square], white.dtype)
    return np.asarray(lfilter(*taps, np.concatenate([lead, white]), axis=0)[len(lead) :])


def normal_scores(values: Float64) -> Float64:
    """Replaces each column float[N, K] by the normal scores of its ranks."""
    ranks = np.argsort(np.argsort(values, axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(ndtri((ranks + 0.5) / len(values)))


@lru_cache(maxsize=4)
def cut_points(seed: int) -> Float64:
    """Where each intensity begins, float[12, 5], for all to be as frequent as in DISFA; infinite for what never is."""
    scores = within_person(ndtri((np.arange(FRAMES) + 0.5) / FRAMES))
    offsets = np.stack([inclination(seed, subject) for subject in SUBJECTS])
    pooled = -np.sort(-(offsets[:, None, :] + scores[:, None]).reshape(-1, len(AU_NUMBERS)), axis=0)
    counts = np.cumsum(FRAMES_AT_INTENSITY[:, ::-1], axis=1)[:, ::-1] * len(pooled) / DISFA_FRAMES
    last = np.rint(counts).astype(int) - 1
    return np.where(last >= 0, np.take_along_axis(pooled, np.maximum(last, 0).T, 0).T, np.inf)


def _intensity(placed: Float64, cuts: Float64) -> Float64:
    """Intensity without steps, half a step below each cut and above, float[N, 12] in [0, 5]."""
    out = np.empty_like(placed)
    for k, own in enumerate(cuts):
        reached = own[np.isfinite(own)]
        top = max(float(placed[:, k].max()), reached[-1]) + 0.1
        knots = np.concatenate([[reached[0] - _TRACE[k]], reached, [top]])
        levels = np.arange(len(reached)) + 0.5
        out[:, k] = np.interp(placed[:, k], knots, np.concatenate([[0.0], levels, [levels[-1] + 0.5]]))
    return np.clip(out, 0.0, MAX_INTENSITY)
