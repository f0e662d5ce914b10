"""Who somebody is, from several frames: identity and albedo by all of them together.

Each fitted frame tells of identity and albedo through a normal distribution: the curvature of its cost, with pose,
expression and light, which are the frame's own, left free. The distributions of several frames multiply, and so does
the prior, once; that is what fitting all frames at once would find, were the cost quadratic. The same distributions
tell whether two series of frames show one person, by the Bayes factor.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from au_tf.arrays import Float64
from au_tf.fitting.refine.face_surface import FaceSurface
from au_tf.fitting.refine.optimize import CAUTIOUS, Refinement

_ALIKE = 3.0
"""As how many independent frames those of a face count, however many there are, that the model cannot quite explain:
what it lacks is the same in all of them."""


class Evidence(NamedTuple):
    """What frames tell of identity and albedo: exp(pull . x - x . precision x / 2), without the prior."""

    precision: Float64
    """float64[S, S]."""
    pull: Float64
    """float64[S]."""

    @classmethod
    def of(cls, fit: Refinement, surface: FaceSurface) -> Self:
        """What a frame tells, fitted on the surface of a face model of which no person is known."""
        count, identities = len(fit.normal), surface.identities
        albedo = 6 + len(fit.lit.placed.shape)
        shared = np.r_[6 : 6 + identities, albedo : albedo + len(fit.lit.albedo)]
        own = np.setdiff1d(np.arange(count), shared)
        across = fit.normal[np.ix_(own, shared)]
        left = fit.normal[np.ix_(shared, shared)] - across.T @ np.linalg.solve(fit.normal[np.ix_(own, own)], across)
        # At the optimum the pull of the picture and that of the prior are in balance.
        found = np.concatenate([fit.lit.placed.shape[:identities], fit.lit.albedo])
        return cls(left - np.eye(len(shared)), left @ found)

    def scaled(self, share: float) -> "Evidence":
        """As if there were `share` times as many frames."""
        return Evidence(share * self.precision, share * self.pull)

    def __add__(self, other: object) -> "Evidence":
        """What both tell together."""
        if not isinstance(other, Evidence):
            return NotImplemented
        return Evidence(self.precision + other.precision, self.pull + other.pull)

    def estimate(self) -> Float64:
        """Identity and albedo float64[S], standard deviations."""
        return np.asarray(cho_solve(self._factor(), self.pull))

    def log_likelihood(self) -> float:
        """Logarithm of what is seen, over all people; a constant for all people and frames is left out."""
        factor = self._factor()
        return float(self.pull @ cho_solve(factor, self.pull)) / 2 - float(np.log(np.diag(factor[0])).sum())

    def _factor(self) -> tuple[Float64, bool]:
        return cho_factor(self.precision + np.eye(len(self.pull)), lower=True)


def evidence_of(fits: Sequence[Refinement], surface: FaceSurface) -> Evidence:
    """What several frames of one person tell."""
    alike = sum(fit.trust == CAUTIOUS for fit in fits)
    parts = [
        Evidence.of(fit, surface).scaled(min(1.0, _ALIKE / alike) if fit.trust == CAUTIOUS else 1.0) for fit in fits
    ]
    return sum(parts[1:], parts[0])


def log_odds(a: Evidence, b: Evidence) -> float:
    """Logarithm of how much likelier two series of frames are if they show one person than if they show two."""
    return (a + b).log_likelihood() - a.log_likelihood() - b.log_likelihood()
