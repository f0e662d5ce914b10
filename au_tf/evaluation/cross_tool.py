"""What several programs say of the same recordings, against coders: F1, ICC, PCC, MAE, MSE and balanced error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from au_tf.arrays import Float32, Float64, Int64
from au_tf.errors import InputError
from au_tf.evaluation.metrics import Agreement, mae_by_label, mean_of_defined
from au_tf.evaluation.reports.text_tables import NOTHING, comma_separated, markdown
from au_tf.facs import AU_NAMES, AU_NUMBERS

PRESENT = 2.0
"""The intensity from which an Action Unit counts as there, in what is published on DISFA+."""
MEASURES = {
    "F1": "F1 of presence, labels of {present:g} and more and readings of {threshold:g} and more",
    "ICC": "ICC(3,1)",
    "PCC": "Pearson's correlation",
    "MAE": "mean absolute error",
    "MSE": "mean squared error",
    "balanced MAE": "mean absolute error where all intensities that occur count alike (Baccianella et al. 2009)",
}


@dataclass(frozen=True, eq=False)
class Coded:
    """Intensities of pictures, a row each."""

    frames: Int64
    """int64[N], numbers of the pictures, from 0."""
    intensities: Float32
    """float32[N, 12]; NaN where nothing is known."""


@dataclass(frozen=True, eq=False)
class ToolScores:
    """How well one program agrees with the coders."""

    tool: str
    """What it is called."""
    values: Mapping[str, Float64]
    """float64[12] by `MEASURES`; NaN where it does not read an Action Unit, or nobody coded one."""
    pictures: int
    """Coded pictures that it read."""
    missed: int
    """Coded pictures in which it found no face."""


def matched(labels: Coded, readings: Coded) -> tuple[Float32, Float32]:
    """Labels and readings of the same pictures, float32[N, 12] each; NaN where nothing is read.

    Of a picture with several rows, the first counts.
    """
    numbers, first = np.unique(readings.frames, return_index=True)
    found = np.full_like(labels.intensities, np.nan)
    if len(numbers):
        place = np.minimum(np.searchsorted(numbers, labels.frames), len(numbers) - 1)
        there = numbers[place] == labels.frames
        found[there] = readings.intensities[first[place[there]]]
    return labels.intensities, found


def score_tool(tool: str, pairs: Sequence[tuple[Float32, Float32]], threshold: float = PRESENT) -> ToolScores:
    """Compares all readings of a program with the labels.

    Args:
      tool: what it is called.
      pairs: `matched` of each recording; a column of readings that is all NaN is an Action Unit that it does not read.
      threshold: intensity from which its reading says that an Action Unit is there.

    Raises:
      InputError: if none of the coded pictures was read.
    """
    labels, found = (np.concatenate(parts).astype(np.float64) for parts in zip(*pairs, strict=True))
    seen = ~np.isnan(found).all(1)
    if not seen.any():
        raise InputError(tool, "pictures", "none of those that are coded", "readings of them")
    values = {name: np.full(len(AU_NUMBERS), np.nan) for name in MEASURES}
    for k in range(len(AU_NUMBERS)):
        both = ~np.isnan(labels[:, k]) & ~np.isnan(found[:, k])
        if both.any():
            for name, value in _measured(labels[both, k], found[both, k], threshold).items():
                values[name][k] = value
    return ToolScores(tool, values, int(seen.sum()), int((~seen).sum()))


def _measured(truth: Float64, guess: Float64, threshold: float) -> dict[str, float]:
    agreement = Agreement.of(truth[:, None], guess[:, None])
    return {
        "F1": f1(truth >= PRESENT, guess >= threshold),
        "ICC": float(agreement.icc[0]),
        "PCC": float(agreement.pcc[0]),
        "MAE": float(agreement.mae[0]),
        "MSE": float(agreement.mse[0]),
        "balanced MAE": balanced_error(truth, guess),
    }


def f1(truth: np.ndarray, guess: np.ndarray) -> float:
    """Harmonic mean of precision and recall of what is bool[N]; NaN where nothing is there."""
    if not truth.any():
        return float("nan")
    return float(2.0 * (truth & guess).sum() / (truth.sum() + guess.sum()))


def balanced_error(truth: Float64, guess: Float64) -> float:
    """Mean absolute error float64[N] with each intensity that occurs, to the nearest whole one, weighing the same."""
    return mean_of_defined(mae_by_label(truth[:, None], guess[:, None]))


def scores_markdown(scores: Sequence[ToolScores], threshold: float = PRESENT) -> str:
    """A table a measure, a row a program and a column an Action Unit, as py-feat's benchmark prints them."""
    parts = ["# Programs that read Action Units, against the labels"]
    rows = [[each.tool, f"{each.pictures:,}", f"{each.missed:,}"] for each in scores]
    parts.append(markdown(["", "coded pictures read", "without a face"], rows))
    for name, about in MEASURES.items():
        header = ["", *AU_NAMES, "mean", "of"]
        table = []
        for each in scores:
            values = each.values[name]
            cells = [_figure(value) for value in (*values.tolist(), mean_of_defined(values))]
            table.append([each.tool, *cells, str(int((~np.isnan(values)).sum()))])
        parts.append(f"## {name}: {about.format(present=PRESENT, threshold=threshold)}\n\n{markdown(header, table)}")
    return "\n\n".join(parts) + "\n"


def scores_csv(scores: Sequence[ToolScores]) -> bytes:
    """A row a program, measure and Action Unit."""
    rows = [
        (each.tool, name, unit, value)
        for each in scores
        for name in MEASURES
        for unit, value in zip(AU_NAMES, each.values[name].tolist(), strict=True)
    ]
    return comma_separated(["tool", "measure", "au", "value"], rows)


def _figure(value: float) -> str:
    return NOTHING if np.isnan(value) else f"{value:.3f}"
