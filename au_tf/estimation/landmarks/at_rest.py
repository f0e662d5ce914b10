"""What faces look like when they do nothing that is coded: brows and lids of their own, blinks, glances, speech."""

import numpy as np

from au_tf.arrays import Bool, Float64
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY, both_sides
from au_tf.simulation.population import Population, uncoded_movements

OWN = {1: 0.05, 2: 0.05, 4: 0.04, 5: 0.04, 6: 0.03, 12: 0.02, 15: 0.03, 17: 0.03, 43: 0.06}
"""Mean strength over people, beside `population.TONIC`, of what a resting face holds: 1 is intensity 5."""
_LOWERED, _CLOSED = (0.40, 0.45), (0.12, 1.0)
"""Shares of pictures with lowered and with closing lids, and how far at most."""
_GLANCE, _SQUINT, _SPEECH = (0.40, 0.8), (0.20, 0.6), (0.15, 0.7)
"""Share of pictures, and greatest strength."""
_LID_FOLLOWS = 0.35
"""How far lids sink as eyes look down."""
_AT_REST = 0.25
"""How strong uncoded movements other than those of the eyes are in neutral pictures."""


def with_own_rest(people: Population, rng: np.random.Generator) -> Population:
    """People whose brows, lids and mouths rest at heights of their own."""
    tone = people.tone.copy()
    for unit, mean in OWN.items():
        tone[:, both_sides(unit)] += rng.exponential(mean, (len(tone), 1))
    return people._replace(tone=tone)


def spoken(shown: Float64, neutral: Bool, rng: np.random.Generator) -> tuple[Float64, Bool]:
    """Intensities float64[N, 12] with lips and jaw as in speech in some pictures, and bool[N], which."""
    speaking = (rng.random(len(shown)) < _SPEECH[0]) & ~neutral
    said = shown.copy()
    for unit, most in ((25, 3.0), (26, 2.0)):
        k = AU_NUMBERS.index(unit)
        said[:, k] = np.where(speaking, np.maximum(shown[:, k], rng.uniform(0.5, most, len(shown))), shown[:, k])
    return said, speaking


def uncoded(shown: Float64, neutral: Bool, speaking: Bool, rng: np.random.Generator) -> Float64:
    """Movements that nobody codes, float64[N, A], in neutral pictures too.

    Args:
      shown: float64[N, 12] in [0, 5]: who raises the upper lids does not lower them.
      neutral: bool[N].
      speaking: bool[N].
      rng: where the randomness comes from.
    """
    count = len(shown)
    moved = uncoded_movements(count, rng)
    moved *= np.where(neutral, _AT_REST, 1.0)[:, None]
    for first in (18, 23):
        strength = rng.uniform(0.0, _SPEECH[1], count) * (speaking & (rng.random(count) < 0.5))
        moved[:, both_sides(first)] += strength[:, None]
    squint = rng.uniform(0.0, _SQUINT[1], count) * (rng.random(count) < _SQUINT[0])
    moved[:, both_sides(7)] += (squint * np.where(neutral, 0.5, 1.0))[:, None]
    moved[:, [k for unit in (61, 62, 63, 64) for k in both_sides(unit)]] = 0.0
    for one, other in ((61, 62), (63, 64)):
        glance = rng.uniform(0.1, _GLANCE[1], count) * (rng.random(count) < _GLANCE[0])
        side = rng.random(count) < 0.5
        moved[:, both_sides(one)] = (glance * side)[:, None]
        moved[:, both_sides(other)] = (glance * ~side)[:, None]
    kind = rng.random(count)
    lids = np.where(
        kind < _CLOSED[0],
        rng.uniform(_LOWERED[1], _CLOSED[1], count),
        rng.uniform(0.0, _LOWERED[1], count) * (kind < _CLOSED[0] + _LOWERED[0]),
    )
    lids = lids + _LID_FOLLOWS * moved[:, both_sides(64)[0]]
    wide = np.clip(1.0 - shown[:, AU_NUMBERS.index(5)] / (0.4 * MAX_INTENSITY), 0.0, 1.0)
    moved[:, both_sides(43)] = (np.minimum(lids, 1.0) * wide)[:, None]
    return moved
