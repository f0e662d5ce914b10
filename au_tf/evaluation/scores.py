"""The figures of Tables 1 and 2, gathered over rows and seeds, beside those that the paper prints."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from au_tf.arrays import Float64
from au_tf.evaluation.metrics import Agreement, mean_of_defined
from au_tf.evaluation.protocols.table1 import ESTIMATORS, METRICS, OSVR, REAL, SVR
from au_tf.facs import AU_NAMES

HOG, OPENFACE = "HOG", "OpenFace"
"""Estimators of Table 2: support vector regression of gradients trained here, and OpenFace's own, the paper's."""
PAPER = {
    (row, estimator, metric): value
    for row, values in {
        REAL: (0.489, 0.549, 0.454, 0.485),
        "CGAN": (0.606, 1.011, 0.49, 0.728),
        "CGAN*": (0.643, 1.13, 0.519, 0.796),
        "CAAE": (0.409, 0.38, 0.389, 0.394),
        "CAAE*": (0.395, 0.374, 0.386, 0.344),
    }.items()
    for (estimator, metric), value in zip(
        ((SVR, "mae"), (SVR, "mse"), (OSVR, "mae"), (OSVR, "mse")), values, strict=True
    )
} | {
    (row, estimator, metric): value
    for metric, values in {
        "mae": (0.314, 0.383, 0.371, 0.380, 0.330),
        "mse": (0.336, 0.661, 0.659, 0.645, 0.599),
    }.items()
    for row, value in zip((REAL, "CGAN", "CGAN*", "CAAE", "CAAE*"), values, strict=True)
    for estimator in (HOG, OPENFACE)
}
"""Tables 1 and 2 as printed, by row, estimator and metric; what stands beside HOG in Table 2 are OpenFace's figures."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Agreement of every row, estimator, seed and Action Unit."""

    rows: tuple[str, ...]
    """Names, in the order of the table."""
    seeds: tuple[int, ...]
    """Of the runs."""
    values: Float64
    """float64[rows, estimators, seeds, METRICS, 12]."""
    estimators: tuple[str, ...] = ESTIMATORS
    """Names of the estimators."""

    @classmethod
    def of(
        cls, found: Mapping[tuple[str, int], Mapping[str, Agreement]], estimators: tuple[str, ...] = ESTIMATORS
    ) -> Self:
        """Gathers the agreement by estimator of each row with each seed (`Trial.agreement`)."""
        rows, seeds = tuple(dict.fromkeys(row for row, _ in found)), tuple(dict.fromkeys(seed for _, seed in found))
        values = [
            [[[getattr(found[row, seed][e], m) for m in METRICS] for seed in seeds] for e in estimators] for row in rows
        ]
        return cls(rows, seeds, np.array(values), estimators)

    def by_unit(self, row: str, estimator: str, metric: str) -> Float64:
        """float64[seeds, 12]; NaN where not defined."""
        return self.values[self.rows.index(row), self.estimators.index(estimator), :, METRICS.index(metric)]

    def averages(self, row: str, estimator: str, metric: str) -> Float64:
        """float64[seeds], mean over the Action Units for which it is defined."""
        return np.array([mean_of_defined(units) for units in self.by_unit(row, estimator, metric)])

    def ratios(self, row: str, estimator: str, metric: str) -> Float64:
        """float64[seeds], `averages` as a multiple of that of the row "Real" with the same seed."""
        return self.averages(row, estimator, metric) / self.averages(REAL, estimator, metric)

    def records(self) -> Iterator[tuple[str, str, int, str, str, float]]:
        """Row, estimator, seed, Action Unit, metric and value of everything."""
        for (r, e, s, m, u), value in np.ndenumerate(self.values):
            yield self.rows[r], self.estimators[e], self.seeds[s], AU_NAMES[u], METRICS[m], float(value)


def paper_ratio(row: str, estimator: str, metric: str) -> float | None:
    """A figure of the paper as a multiple of its row "Real"; None where it prints none."""
    printed = PAPER.get((row, estimator, metric))
    return None if printed is None else printed / PAPER[REAL, estimator, metric]
