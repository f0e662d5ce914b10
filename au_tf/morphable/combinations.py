"""Action Units that do not simply add up: what two of them do together beyond what each does alone."""

import numpy as np

from au_tf.arrays import Array, ArrayLike
from au_tf.facs import UNITS

COMBINATIONS: dict[tuple[int, int], dict[int, float]] = {
    (1, 4): {1: 0.15, 4: -0.25},  # the inner ends go up although they are drawn together
    (1, 2): {1: -0.10, 2: -0.10},  # one muscle lifts the whole brow, hardly higher than each part
    (2, 4): {4: -0.20},
    (4, 9): {4: -0.35},  # both lower the brow
    (6, 12): {6: -0.8, 7: 0.5},  # the smile has lifted the cheek already
    (12, 25): {10: 0.33, 25: 0.15},  # parted lips let the smile lift the upper one off the teeth
    (12, 15): {12: -0.35, 15: -0.15, 14: 0.35},  # the corners are drawn out and tightened rather than up or down
    (10, 26): {25: -0.2},
    (12, 26): {26: -0.10},  # stretched lips are long enough for less of a drop
    (15, 17): {17: -0.15},
    (17, 25): {17: -0.35, 25: -0.35},  # one pushes up the lip that the other draws down
    (20, 25): {25: -0.15},  # a stretched lip is taut
    (20, 26): {26: -0.15, 20: -0.10},
    (43, 63): {63: -1.0},  # closed lids do not follow the eye
    (43, 64): {64: -1.0},
    (25, 26): {25: -0.55},  # the falling jaw has parted the lips
}
"""What is added to the strengths of which actions where both of a pair are at intensity 5, on each side of the face.

It grows with the product of the two strengths. The appearances are those that the FACS manual describes for each
combination; the sizes were set by looking at renders and by `benchmarks/excursions.py`.
"""

_PAIRS = np.array([[UNITS.index(unit) for unit in pair] for pair in COMBINATIONS])
_ADDED = np.array([[added.get(unit, 0.0) for unit in UNITS] for added in COMBINATIONS.values()])


def combine(strengths: ArrayLike) -> Array:
    """Strengths with which actions pull when they act together.

    Args:
      strengths: float[..., len(ACTIONS)], 1 being intensity 5, as each would pull alone.

    Returns:
      float64[..., len(ACTIONS)].
    """
    alone = np.asarray(strengths, np.float64)
    sides = alone.reshape(*alone.shape[:-1], len(UNITS), 2)
    active = np.maximum(sides, 0.0)
    together = active[..., _PAIRS[:, 0], :] * active[..., _PAIRS[:, 1], :]
    return (sides + np.einsum("...ps,pu->...us", together, _ADDED)).reshape(alone.shape)
