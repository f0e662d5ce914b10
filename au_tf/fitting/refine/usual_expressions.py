"""What people's faces do: how strong Action Units are and which come together, as DISFA's coders saw it.

So few wrinkle their noses, and who smiles raises the cheeks. Sides differ little, movements that DISFA does not code
are slight, and a rest is left for what no action explains.
"""

from functools import cache

import numpy as np

from au_tf.arrays import Float64
from au_tf.au_statistics import sample_intensities
from au_tf.facs import ACTIONS, AU_NUMBERS, MAX_INTENSITY
from au_tf.morphable import MorphableModel

_PHOTOGRAPHED = 1.3
"""How much stronger people's faces move in photos than in frames of films, of which most show little."""
_ASYMMETRY = 0.3
"""Standard deviation of one side's intensity from that of both, as a share of the root mean square of theirs."""
_OTHERS = 1.2
"""Root mean square intensity of movements for which there are no statistics."""
_REST = 0.2
"""Standard deviation of each expression coefficient beyond what actions explain."""


def expression_precision(model: MorphableModel) -> Float64:
    """Inverse of the second moments of people's expression coefficients, float64[E, E]; at rest they are 0."""
    actions = model.actions.astype(np.float64)
    moments = actions.T @ _strength_moments() @ actions
    return np.asarray(np.linalg.inv(moments + _rest(model) * np.eye(actions.shape[1])))


def _rest(model: MorphableModel) -> float:
    """Variance beyond the actions: all of it where a model has none."""
    return _REST**2 if model.actions.any() else 1.0


@cache
def _strength_moments() -> Float64:
    """float64[A, A], second moments of the strengths of `ACTIONS`, 1 being intensity 5."""
    shown = sample_intensities(50_000, np.random.default_rng(0)) * (_PHOTOGRAPHED / MAX_INTENSITY)
    both = shown.T @ shown / len(shown)
    moments = np.diag(np.full(len(ACTIONS), (_OTHERS / MAX_INTENSITY) ** 2))
    places = {side: [ACTIONS.index(f"AU{unit}_{side}") for unit in AU_NUMBERS] for side in "LR"}
    for first in places.values():
        for second in places.values():
            moments[np.ix_(first, second)] = both
        moments[first, first] *= 1.0 + _ASYMMETRY**2
    return moments
