"""Support vector regression of intensities on expression coefficients (Table 1 of the paper)."""

import logging
import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVR

from au_tf.arrays import ArrayLike, Float64
from au_tf.errors import InputError
from au_tf.estimation.linear import LinearEstimator, Standardiser, training_table
from au_tf.facs import AU_NAMES

_LOG = logging.getLogger(__name__)
_LOSSES = {"absolute": "epsilon_insensitive", "squared": "squared_epsilon_insensitive"}


@dataclass(frozen=True)
class SVRConfig:
    """What the paper leaves open about its SVR."""

    cost: float = 1e-3
    """C, the weight of each frame's loss against the norm of the weights of standardised coefficients."""
    tolerance: float = 0.1
    """epsilon, the error that costs nothing, in intensities."""
    loss: Literal["absolute", "squared"] = "absolute"
    """Of the error beyond the tolerance: "absolute" is Vapnik's."""
    seed: int = 0
    """Of the order in which the solver visits the frames."""

    def __post_init__(self) -> None:
        if not 0 < self.cost < float("inf"):
            raise InputError("SVR", "cost", self.cost, "a number above 0")
        if not 0 <= self.tolerance < float("inf"):
            raise InputError("SVR", "tolerance", self.tolerance, "a number of at least 0")
        if self.loss not in _LOSSES:
            raise InputError("SVR", "loss", self.loss, f"one of {', '.join(_LOSSES)}")


def fit_svr(
    coefficients: ArrayLike,
    intensities: ArrayLike,
    config: SVRConfig = SVRConfig(),
) -> LinearEstimator:
    """Fits one linear support vector regression an Action Unit to standardised coefficients.

    Linear, since expression coefficients are displacements along a basis and Action Units displace nearly linearly;
    the ordinal SVR it is compared with is linear as well.

    Args:
      coefficients: float[N, E], standard deviations.
      intensities: [N, 12] in [0, 5].
      config: cost, tolerance and loss.

    Returns:
      The estimator.

    Raises:
      InputError: as `training_table` says.
    """
    x, y = training_table(coefficients, intensities)
    standardiser = Standardiser.of(x)
    z = standardiser.apply(x)
    fitted = [_fit_one(z, column, name, config) for name, column in zip(AU_NAMES, y.T, strict=True)]
    return standardiser.estimator(np.stack([w for w, _ in fitted], 1), np.array([b for _, b in fitted]))


def _fit_one(z: Float64, y: Float64, name: str, config: SVRConfig) -> tuple[Float64, float]:
    machine = LinearSVR(
        C=config.cost,
        epsilon=config.tolerance,
        loss=_LOSSES[config.loss],
        dual=config.loss == "absolute",
        random_state=config.seed,
        max_iter=2000,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        machine.fit(z, y)
    if any(issubclass(w.category, ConvergenceWarning) for w in caught):
        _LOG.warning("SVR of %s: not converged after %d passes; lower the cost", name, machine.max_iter)
    return machine.coef_, float(np.squeeze(machine.intercept_))
