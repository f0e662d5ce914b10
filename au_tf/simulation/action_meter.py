"""Action Units read off a change of expression, on a face model whose actions are known."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from au_tf.arrays import ArrayLike, Float64
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY, both_sides
from au_tf.morphable.model import MorphableModel

# As a share of each action's squared motion: keeps actions that are much alike from being told apart by noise.
_RIDGE = 1e-4


@dataclass(frozen=True, eq=False)
class ActionMeter:
    """Reads intensities off a change of expression, by least squares over the mesh."""

    inverse: Float64
    """float64[E, A], a change of expression in standard deviations to strengths of the actions."""
    motion: Float64
    """float64[E], motion of the mesh by one standard deviation of each coefficient: root of the sum of squares, mm."""

    @classmethod
    def of(cls, model: MorphableModel) -> Self:
        """Inverts a face's actions, each coefficient weighted by how far it moves the mesh."""
        motion = np.sqrt(np.square(model.expression_basis, dtype=np.float64).sum((1, 2)))
        rows = model.actions * motion
        known = rows.any(1)
        gram = rows[known] @ rows[known].T
        ridge = _RIDGE * np.diag(np.diag(gram))
        inverse = np.zeros_like(rows)
        inverse[known] = np.linalg.solve(gram + ridge, rows[known] * motion)
        return cls(inverse.T, motion)

    def intensities(self, change: ArrayLike) -> Float64:
        """Intensities of the 12 Action Units, the mean of both sides, float64[..., 12] for float[..., E]."""
        strength = np.asarray(change) @ self.inverse
        return np.stack([strength[..., both_sides(unit)].mean(-1) for unit in AU_NUMBERS], -1) * MAX_INTENSITY
