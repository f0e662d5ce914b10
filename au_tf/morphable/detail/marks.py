"""Marks of the skin finer than the mesh: each a map of how strong it is, a tint that it gives the skin, and an amount
that people have of it.

The colour of the vertices is multiplied by 1 + the sum of strength times amount times tint. A strength of 0 everywhere
leaves it as it is.
"""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float32
from au_tf.morphable.detail.chart import COLUMNS, ROWS
from au_tf.morphable.model import MorphableModel

MARKS = ("pores", "freckles", "stubble", "brows")
"""Channels of the map."""
TINTS = np.zeros((len(MARKS), 3), np.float32)
"""What a strength and an amount of 1 add to red, green and blue of the skin, a share of it."""


class Amounts(NamedTuple):
    """How much of each mark people have: max(mean + albedo @ basis, 0)."""

    mean: Float32
    """float32[MARKS]."""
    basis: Float32
    """float32[A, MARKS], for a standard deviation of each albedo coefficient."""

    @classmethod
    def of(cls, model: MorphableModel) -> "Amounts":
        """Those of a face model: as much for everybody."""
        return cls(np.ones(len(MARKS), np.float32), np.zeros((len(model.albedo_basis), len(MARKS)), np.float32))


def paint_marks() -> Float32:
    """How strong each mark is, float32[ROWS, COLUMNS, MARKS] in [-1, 1], its mean about 0 where it is but a texture.

    `chart.texels` tells where each texel lies, `chart.LANDMARKS` where the face is. Towards the borders of the map,
    and on lips and lids, it has to be 0.
    """
    return np.zeros((ROWS, COLUMNS, len(MARKS)), np.float32)
