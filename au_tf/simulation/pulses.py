"""Movements that come and go: each has an onset, an apex and an offset."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float64

LONGEST = 600
"""Frames after which every pulse has gone."""


class Pulses(NamedTuple):
    """Events in each of which K things move; times in frames."""

    start: Float64
    """float[n, K], when each begins to move."""
    onset: Float64
    """float[n, K], time from rest to apex, above 0."""
    hold: Float64
    """float[n, K], time at the apex."""
    offset: Float64
    """float[n, K], time from apex to rest, above 0."""
    size: Float64
    """float[n, K], height of the apex."""


def starts(rate: float, frames: int, rng: np.random.Generator, lead: int = LONGEST) -> Float64:
    """When events begin that come by themselves (a Poisson process), float[n] in [-lead, frames).

    Args:
      rate: events a frame.
      frames: length of the recording.
      rng: where the randomness comes from.
      lead: frames before the recording in which events may begin that last into it.
    """
    return np.sort(rng.uniform(-lead, frames, rng.poisson(rate * (frames + lead))))


def track(pulses: Pulses, frames: int) -> Float64:
    """Sum of the pulses over time, float[frames, K]; they rise and fall along cubics, at rest at both ends."""
    begin = np.floor(pulses.start.min(1, initial=np.inf)).astype(int) if len(pulses.start) else np.zeros(0, int)
    total = np.zeros((frames, pulses.size.shape[1]))
    clock = np.arange(LONGEST)[:, None]
    for k, first in enumerate(begin):
        low, high = max(first, 0), min(first + LONGEST, frames)
        if low >= high:
            continue
        since = clock[low - first : high - first] + first - pulses.start[k]
        rise = _ease(since / pulses.onset[k])
        fall = _ease((since - pulses.onset[k] - pulses.hold[k]) / pulses.offset[k])
        total[low:high] += pulses.size[k] * (rise - fall)
    return total


def _ease(x: Float64) -> Float64:
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)
