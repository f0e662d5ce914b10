"""Agreement of estimated intensities with a coder's: MAE, MSE, PCC and ICC(3,1), per Action Unit and averaged."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from au_tf.arrays import ArrayLike, Float64
from au_tf.errors import InputError
from au_tf.facs import MAX_INTENSITY


@dataclass(frozen=True, eq=False)
class Agreement:
    """How well estimates agree with labels, for each Action Unit; the means leave out what is not defined (NaN)."""

    mae: Float64
    """float64[K], mean absolute error."""
    mse: Float64
    """float64[K], mean squared error."""
    pcc: Float64
    """float64[K] in [-1, 1], Pearson's correlation; NaN where the labels are all the same."""
    icc: Float64
    """float64[K] in [-1, 1], ICC(3,1); NaN where the labels are all the same."""

    @classmethod
    def of(cls, labels: ArrayLike, estimates: ArrayLike) -> Self:
        """Compares estimates with labels.

        Where the labels of an Action Unit never change there is nothing to correlate with: PCC and ICC are NaN. Where
        only the estimates never change, they are 0.

        Args:
          labels: float[N, K], what the coder says.
          estimates: float[N, K].

        Raises:
          InputError: for shapes that differ, no rows, or a value that is not finite.
        """
        truth, guess = (np.asarray(a, np.float64) for a in (labels, estimates))
        if truth.ndim != 2 or truth.shape != guess.shape or len(truth) == 0:
            raise InputError("agreement", "shape", f"{truth.shape} and {guess.shape}", "two equal tables with rows")
        for field, values in (("labels", truth), ("estimates", guess)):
            if not np.isfinite(values).all():
                raise InputError("agreement", field, "a value that is not finite", "finite intensities")
        error = guess - truth
        defined = truth.max(0) > truth.min(0)
        return cls(
            mae=np.abs(error).mean(0),
            mse=np.square(error).mean(0),
            pcc=np.where(defined, pearson(truth, guess), np.nan),
            icc=np.where(defined, icc_3_1(np.stack([truth, guess], 1)), np.nan),
        )

    @property
    def means(self) -> dict[str, float]:
        """The averages over the Action Units by name: mae, mse, pcc, icc; NaN where none is defined."""
        return {name: mean_of_defined(getattr(self, name)) for name in ("mae", "mse", "pcc", "icc")}


INTENSITIES = ((0, 0), (1, 2), (3, 5))
"""Ranges of intensity, both ends included: absent, weak and strong."""
MAE_BY_INTENSITY = tuple(f"MAE of {low}" if low == high else f"MAE of {low} to {high}" for low, high in INTENSITIES)
"""What `mae_by_intensity` returns, by name."""


def mae_by_intensity(labels: ArrayLike, estimates: ArrayLike) -> Float64:
    """Mean absolute error over all Action Units together, apart for each range of `INTENSITIES`.

    Most labels are 0, and so the error over all labels tells little of the others.

    Args:
      labels: [N, K], whole numbers from 0 to 5.
      estimates: float[N, K].

    Returns:
      float64[3]; NaN where no label lies in a range.
    """
    truth, guess = np.asarray(labels), np.asarray(estimates, np.float64)
    ranges = [(truth >= low) & (truth <= high) for low, high in INTENSITIES]
    return np.array([np.abs(guess - truth)[own].mean() if own.any() else np.nan for own in ranges])


def mae_by_label(labels: ArrayLike, estimates: ArrayLike) -> Float64:
    """Mean absolute error of each Action Unit at each intensity.

    Args:
      labels: [N, K], from 0 to 5; they count at the nearest whole one.
      estimates: float[N, K].

    Returns:
      float64[K, 6]; NaN where there is no such label.
    """
    truth = np.asarray(labels)
    off, level = np.abs(np.asarray(estimates, np.float64) - truth), np.rint(truth)
    levels = range(int(MAX_INTENSITY) + 1)
    cells = [[off[level[:, unit] == each, unit] for each in levels] for unit in range(truth.shape[1])]
    return np.array([[own.mean() if len(own) else np.nan for own in row] for row in cells])


def pearson(first: ArrayLike, second: ArrayLike) -> Float64:
    """Pearson's correlation along the first axis.

    Args:
      first: float[N, ...].
      second: float[N, ...].

    Returns:
      float64[...] in [-1, 1]; 0 where one of the two never changes.
    """
    a, b = _centred(first), _centred(second)
    return _ratio((a * b).sum(0), np.linalg.norm(a, axis=0) * np.linalg.norm(b, axis=0), 0.0)


def icc_3_1(ratings: ArrayLike) -> Float64:
    """ICC(3,1), consistency of single ratings by fixed raters: (BMS - EMS) / (BMS + (k - 1) EMS).

    BMS is the mean square between targets, EMS the residual's after targets and raters (two-way mixed model; Shrout
    & Fleiss, "Intraclass correlations: uses in assessing rater reliability", 1979). A constant offset between raters
    does not lower it.

    Args:
      ratings: float[N, k, ...], N targets by k raters, each at least 2 for a defined result.

    Returns:
      float64[...]; NaN where no target differs from another and nothing is left over.
    """
    values = _centred(ratings)
    targets, raters = values.shape[:2]
    if targets < 2 or raters < 2:
        return np.full(values.shape[2:], np.nan)
    # Centred per rater, so what remains is the targets' effect and the residual.
    means = values.mean(1)
    between = raters * np.square(means).sum(0) / (targets - 1)
    residual = np.square(values - means[:, None]).sum((0, 1)) / ((targets - 1) * (raters - 1))
    return _ratio(between - residual, between + (raters - 1) * residual, np.nan)


def mean_of_defined(values: ArrayLike) -> float:
    """Mean of what is not NaN; NaN if nothing is left."""
    array = np.asarray(values, np.float64)
    known = array[~np.isnan(array)]
    return float(known.mean()) if known.size else float("nan")


def _centred(values: ArrayLike) -> Float64:
    """Less the mean along the first axis; what never changes becomes 0 exactly, not what rounding leaves of it."""
    array = np.asarray(values, np.float64)
    return np.where(array.max(0) > array.min(0), array - array.mean(0), 0.0)


def _ratio(above: Float64, below: Float64, otherwise: float) -> Float64:
    defined = below > 0
    return np.where(defined, above / np.where(defined, below, 1.0), otherwise)
