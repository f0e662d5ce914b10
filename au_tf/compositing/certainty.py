"""How far an expression that was fitted to a face in a photo is more than a guess.

A face at rest is never quite the face model's: what identity cannot explain, the fit gives to the expression. Divided
by the shading of such an expression, every picture of that photo would show its wrinkles upside down.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from au_tf.arrays import ArrayLike, Float32, Float64
from au_tf.geometry.landmarks import INNER
from au_tf.morphable import MorphableModel

_NOISE = 1.0
"""Standard deviation of a landmark that is found in a photo, mm: 1 % of the distance of the outer eye corners."""
_ANYHOW = 60.0
"""Standard deviation of a shift in mm, and of a turn and a growth in hundredths."""
SIGNIFICANT = 2.0
"""Standard deviations of its error up to which a part of an expression counts as a guess."""


class Certainty(NamedTuple):
    """An expression taken apart into parts whose errors have nothing to do with each other."""

    parts: Float32
    """float32[E, E], from an expression, a row, to its parts, in standard deviations of their errors."""
    whole: Float32
    """float32[E, E], the reverse."""

    @classmethod
    def of(cls, model: MorphableModel) -> "Certainty":
        """What landmarks in a frontal photo tell of expressions, apart from identities and poses."""
        return _certainty(model)

    def sure(self, expression: ArrayLike) -> Float32:
        """What of a fitted expression float32[E] is more than a guess, float32[E] (James and Stein, part by part)."""
        parts = np.asarray(expression, np.float32) @ self.parts
        kept = np.maximum(0.0, 1.0 - np.square(SIGNIFICANT / np.maximum(np.abs(parts), 1e-6)))
        return np.asarray((kept * parts) @ self.whole, np.float32)

    def guess(self, expression: ArrayLike) -> Float32:
        """The rest of a fitted expression float32[E], float32[E]."""
        return np.asarray(expression, np.float32) - self.sure(expression)

    def without_guess(self, expression: ArrayLike, own: ArrayLike) -> Float32:
        """Another expression float32[E] without what it keeps of the guess in the fitted one, own, float32[E]."""
        guess = self.guess(own)
        return np.asarray(np.asarray(expression, np.float32) - share_of(guess, expression) * guess, np.float32)


def share_of(guess: Float32, expression: ArrayLike) -> float:
    """How much of a guess float32[E] an expression float32[E] keeps, 0 to 1."""
    share = float(np.asarray(expression, np.float32) @ guess) / max(float(guess @ guess), 1e-6)
    return min(max(share, 0.0), 1.0)


@lru_cache(maxsize=2)
def _certainty(model: MorphableModel) -> Certainty:
    inner = model.landmarks[INNER]
    identity, expression = (
        basis[:, inner, :2].reshape(len(basis), -1).astype(np.float64).T
        for basis in (model.identity_basis, model.expression_basis)
    )
    pose = _ANYHOW * _pose(model.mean_shape[inner].astype(np.float64))
    error = _NOISE**2 * np.eye(len(pose)) + identity @ identity.T + pose @ pose.T
    precision = np.eye(expression.shape[1]) + expression.T @ np.linalg.solve(error, expression)
    values, vectors = np.linalg.eigh(precision)
    parts, whole = vectors * np.sqrt(values), (vectors / np.sqrt(values)).T
    return Certainty(parts.astype(np.float32), whole.astype(np.float32))


def _pose(points: Float64) -> Float64:
    """Motion float64[2 N, 6] of points [N, 3], seen from the front, by shifts in mm, turns and growth in hundredths."""
    x, y, z = 0.01 * (points - points.mean(0)).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    motions = (one, zero), (zero, one), (zero, -z), (z, zero), (-y, x), (x, y)
    return np.stack([np.stack(motion, -1).ravel() for motion in motions], -1)
