"""Pairs of frames of which one shows an Action Unit more strongly: the ordinal information of `ordinal_svr`."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Array, ArrayLike, Float64, Int64


class Pairs(NamedTuple):
    """Pairs of rows by their intensity."""

    higher: Int64
    """int64[P], rows of the stronger frames."""
    lower: Int64
    """int64[P], rows of the weaker frames."""
    weight: Float64
    """float64[P], positive: how much each pair counts."""


def level_pairs(person: ArrayLike, intensity: ArrayLike, per_frame: int, seed: int) -> Pairs:
    """Pairs every frame with frames of the same person that are coded lower.

    Args:
      person: int[N], who it is.
      intensity: [N], of one Action Unit.
      per_frame: partners drawn, with replacement, for each frame that has any.
      seed: of the draws.

    Returns:
      Pairs whose weights sum to 1 for each stronger frame.
    """
    who, level = np.unique(np.asarray(person), return_inverse=True)[1], np.asarray(intensity)
    order = np.lexsort((level, who))
    begins = _starts(who[order])
    # Where the frames of the same level of the same person begin; all before it, down to `begins`, are lower.
    level_begins = _starts(np.stack([who[order], np.unique(level[order], return_inverse=True)[1]], 1))
    count = level_begins - begins
    has = np.flatnonzero(count)
    draws = np.random.default_rng(seed).integers(0, count[has, None], (len(has), per_frame))
    lower = order[begins[has, None] + draws]
    higher = np.broadcast_to(order[has, None], lower.shape)
    return Pairs(higher.ravel(), lower.ravel(), np.full(lower.size, 1.0 / per_frame))


def apex_pairs(person: ArrayLike, time: ArrayLike, intensity: ArrayLike, reach: int) -> Pairs:
    """Pairs frames on the same side of the apex of an event: the nearer to the apex the stronger.

    The ordinal set of Zhao et al. 2016: an expression grows up to its apex and fades after it. An event is a run of
    frames of a person with intensities above 0 that lie at most `reach` apart; its apex is the median of those with
    the highest intensity. Pairs count by the inverse of their distance in time, as in the authors' code.

    Args:
      person: int[N], who it is.
      time: int[N], number of the frame within the person's recording.
      intensity: [N], of one Action Unit.
      reach: greatest distance in time within a pair.

    Returns:
      Pairs; the intensities of the two need not differ.
    """
    who, when, level = (np.asarray(a) for a in (person, time, intensity))
    rows = np.lexsort((when, who))
    rows = rows[level[rows] > 0]
    who, when, level = who[rows], when[rows].astype(np.int64), level[rows]
    fresh = (np.diff(who, prepend=who[:1]) != 0) | (np.diff(when, prepend=when[:1]) > reach)
    event = np.cumsum(fresh)
    apex = _apexes(event, level)
    parts = [_neighbours(event, when, apex, step, reach) for step in range(1, min(reach, max(len(rows) - 1, 1)) + 1)]
    higher, lower = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    return Pairs(rows[higher], rows[lower], 1.0 / np.abs(when[higher] - when[lower]))


def _neighbours(event: Int64, when: Int64, apex: Int64, step: int, reach: int) -> tuple[Int64, Int64]:
    """Pairs of places that many rows apart: stronger and weaker ones."""
    first = np.arange(max(len(event) - step, 0))
    second = first + step
    near = (event[first] == event[second]) & (when[second] - when[first] <= reach)
    rising, falling = near & (second <= apex[first]), near & (first >= apex[first])
    return (
        np.concatenate([second[rising], first[falling]]),
        np.concatenate([first[rising], second[falling]]),
    )


def _apexes(event: Int64, level: Array) -> Int64:
    """int64[n], for each place that of the apex of its event."""
    apex = np.zeros(len(event), np.int64)
    for places in np.split(np.arange(len(event)), np.flatnonzero(np.diff(event)) + 1):
        if len(places):
            peaks = places[level[places] == level[places].max()]
            apex[places] = peaks[(len(peaks) - 1) // 2]
    return apex


def _starts(sorted_keys: Array) -> Int64:
    """int64[n], for each row of sorted keys the first row with the same key."""
    keys = sorted_keys[:, None] if sorted_keys.ndim == 1 else sorted_keys
    changes = np.r_[True, (keys[1:] != keys[:-1]).any(1)][: len(keys)]
    return np.maximum.accumulate(np.where(changes, np.arange(len(keys)), 0))
