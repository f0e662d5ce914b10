"""Ordinal support vector regression (Zhao et al., "Facial Expression Intensity Estimation Using Ordinal
Information", CVPR 2016): a regression loss on every frame and a ranking loss on pairs of frames."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from au_tf.arrays import ArrayLike, Bool, Float64
from au_tf.blas import one_blas_thread
from au_tf.errors import InputError
from au_tf.estimation.linear import LinearEstimator, Standardiser, training_table
from au_tf.estimation.ordinal_pairs import Pairs, apex_pairs, level_pairs

_MOST_STEPS = 100


@dataclass(frozen=True)
class OrdinalSVRConfig:
    """Weights and margins; the defaults are those of the authors' code, but for the choice of pairs."""

    regression_weight: float = 100.0
    """gamma_1, of the regression loss of each frame."""
    ordinal_weight: float = 1.0
    """gamma_2, of the ranking loss of each pair, times the pair's own weight."""
    tolerance: float = 0.1
    """epsilon, the error that costs nothing, in intensities."""
    margin: float = 1.0
    """By how much the stronger frame of a pair should be estimated higher, in intensities."""
    pairs: Literal["levels", "apex"] = "levels"
    """Frames of a person of different intensity, drawn, or all on one side of an apex, as in Zhao et al."""
    per_frame: int = 4
    """Partners of a frame, for "levels"."""
    reach: int = 20
    """Greatest distance in time within a pair, in frames, for "apex"."""
    seed: int = 0
    """Of the draws."""

    def __post_init__(self) -> None:
        for name in ("regression_weight", "ordinal_weight", "tolerance", "margin"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise InputError("ordinal SVR", name, getattr(self, name), "a number of at least 0")
        for name in ("per_frame", "reach"):
            if getattr(self, name) < 1:
                raise InputError("ordinal SVR", name, getattr(self, name), "a whole number of at least 1")
        if self.pairs not in ("levels", "apex"):
            raise InputError("ordinal SVR", "pairs", self.pairs, "levels or apex")


def fit_ordinal_svr(
    coefficients: ArrayLike,
    intensities: ArrayLike,
    person: ArrayLike,
    time: ArrayLike,
    config: OrdinalSVRConfig = OrdinalSVRConfig(),
) -> LinearEstimator:
    """Fits one ordinal SVR an Action Unit to standardised coefficients.

    Args:
      coefficients: float[N, E], standard deviations.
      intensities: [N, 12] in [0, 5].
      person: int[N], who it is; only frames of one person are ranked against each other.
      time: int[N], number of the frame within the person's recording.
      config: weights, margins and pairs.

    Returns:
      The estimator.

    Raises:
      InputError: as `training_table` says, or for persons or times that are not one a row.
    """
    x, y = training_table(coefficients, intensities)
    who, when = np.asarray(person), np.asarray(time)
    if not who.shape == when.shape == (len(x),):
        raise InputError("ordinal SVR", "person and time", f"{who.shape} and {when.shape}", f"two of [{len(x)}]")
    standardiser = Standardiser.of(x)
    z = standardiser.apply(x)
    fitted = []
    for unit, column in enumerate(y.T):
        if config.pairs == "levels":
            pairs = level_pairs(who, column, config.per_frame, config.seed * y.shape[1] + unit)
        else:
            pairs = apex_pairs(who, when, column, config.reach)
        # One thread: products this small gain little from more, and lose much where the processor is shared.
        with one_blas_thread():
            fitted.append(solve(z, column, pairs, config))
    return standardiser.estimator(np.stack([w for w, _ in fitted], 1), np.array([b for _, b in fitted]))


def solve(x: Float64, y: Float64, pairs: Pairs, config: OrdinalSVRConfig) -> tuple[Float64, float]:
    """Minimises the objective of Zhao et al. with squared losses by Newton's method in the primal.

        (|w|^2 + b^2) / 2 + gamma_1 sum_i max(|w x_i + b - y_i| - epsilon, 0)^2
                          + gamma_2 sum_(i, j) weight_ij max(margin - w (x_i - x_j), 0)^2

    Convex and quadratic wherever the same terms are positive, so a few steps reach the minimum; the authors' ADMM
    approaches the same one. That b is penalised along with w is theirs too.

    Args:
      x: float64[N, D].
      y: float64[N].
      pairs: of rows.
      config: weights and margins.

    Returns:
      w, float64[D], and b.
    """
    table = np.column_stack([x, np.ones(len(x))])
    point = np.zeros(table.shape[1])
    value, slope, terms = _objective(table, y, pairs, config, point)
    for _ in range(_MOST_STEPS):
        step = -np.linalg.solve(_curvature(table, pairs, config, *terms), slope)
        fall = -float(slope @ step)
        if fall <= 1e-12 * max(value, 1e-300):
            break
        length = 1.0
        while True:
            trial = _objective(table, y, pairs, config, point + length * step)
            # Below a millionth what is left of the step is rounding.
            if trial[0] <= value - 1e-4 * length * fall or length < 1e-6:
                break
            length /= 2
        if trial[0] >= value:
            break
        point, (value, slope, terms) = point + length * step, trial
    return point[:-1], float(point[-1])


_Terms = tuple[Bool, Bool]


def _objective(
    table: Float64, y: Float64, pairs: Pairs, config: OrdinalSVRConfig, point: Float64
) -> tuple[float, Float64, _Terms]:
    """Value, gradient, and which frames and which pairs have a loss."""
    estimate = table @ point
    error = estimate - y
    beyond = np.sign(error) * np.maximum(np.abs(error) - config.tolerance, 0.0)
    missing = np.maximum(config.margin - (estimate[pairs.higher] - estimate[pairs.lower]), 0.0)
    pull = config.ordinal_weight * pairs.weight * missing
    value = point @ point / 2 + config.regression_weight * (beyond @ beyond) + pull @ missing
    rows = len(y)
    ranking = np.bincount(pairs.lower, pull, rows) - np.bincount(pairs.higher, pull, rows)
    slope = point + table.T @ (2 * config.regression_weight * beyond + 2 * ranking)
    return float(value), slope, (beyond != 0, missing > 0)


def _curvature(table: Float64, pairs: Pairs, config: OrdinalSVRConfig, frames: Bool, ranked: Bool) -> Float64:
    """Hessian, float64[D + 1, D + 1]: the pairs enter as the Laplacian of the graph that they span."""
    high, low = pairs.higher[ranked], pairs.lower[ranked]
    weight = config.ordinal_weight * pairs.weight[ranked]
    rows = len(table)
    links = sparse.coo_array((weight, (high, low)), (rows, rows)).tocsr()
    degree = np.bincount(high, weight, rows) + np.bincount(low, weight, rows)
    diagonal = degree + config.regression_weight * frames
    crossed = table.T @ (links @ table)
    inner = (table * diagonal[:, None]).T @ table - crossed - crossed.T
    return np.eye(table.shape[1]) + 2 * inner
