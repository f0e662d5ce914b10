"""Pictures of Tables 1 and 2 and of what is measured beyond it, as PNG."""

from collections.abc import Callable

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from au_tf.arrays import Array, ArrayLike
from au_tf.evaluation.protocols.table1 import REAL
from au_tf.evaluation.quality import Quality, Response
from au_tf.evaluation.reports.quality_report import Qualities
from au_tf.evaluation.scores import PAPER, Scores, paper_ratio
from au_tf.facs import ACTION_UNITS, AU_NAMES, AU_NUMBERS, MAX_INTENSITY
from au_tf.pictures.charts import to_png

_OWN, _PRINTED = "#4c86b8", "tab:orange"
_FARTHEST = 2.5
"""Multiple of the row "Real" at which longer bars are cut."""


def plot_table(scores: Scores, title: str) -> bytes:
    """Errors of every row as multiples of the row "Real", beside the paper's; PNG."""
    metrics = ("mae", "mse")
    lines = len(scores.estimators)
    figure = Figure(figsize=(11, 1.8 + 0.31 * lines * len(scores.rows)), layout="constrained")
    axes = figure.subplots(lines, 2, sharey=True, sharex="col", squeeze=False)
    for axis_row, estimator in zip(axes, scores.estimators, strict=True):
        for axis, metric in zip(axis_row, metrics, strict=True):
            _multiples(axis, scores, estimator, metric)
            axis.set_title(f"{metric.upper()} by {estimator}; {REAL} {_real(scores, estimator, metric)}", fontsize=10)
    for axis in axes[-1]:
        axis.set_xlabel(f"multiple of {REAL}: further left is better")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(title)
    return to_png(figure)


def _real(scores: Scores, estimator: str, metric: str) -> str:
    return f"{scores.averages(REAL, estimator, metric).mean():.3f}, in the paper {PAPER[REAL, estimator, metric]:.3f}"


def _multiples(axis: Axes, scores: Scores, estimator: str, metric: str) -> None:
    places = np.arange(len(scores.rows))
    ratios = [scores.ratios(row, estimator, metric) for row in scores.rows]
    means = [values.mean() for values in ratios]
    printed = [paper_ratio(row, estimator, metric) for row in scores.rows]
    spread = [values.std(ddof=1) if len(values) > 1 else 0.0 for values in ratios]
    axis.barh(places, means, 0.62, xerr=spread, color=_OWN, error_kw={"elinewidth": 1.2}, label="here")
    limit = min(_FARTHEST, 1.12 * max(*means, *(ratio for ratio in printed if ratio is not None)))
    for place, mean in enumerate(means):
        axis.text(0, place, f" {mean:.2f}", va="center", fontsize=9, color="white", fontweight="bold")
        if mean > limit:
            axis.text(limit, place, "\N{BLACK RIGHT-POINTING TRIANGLE} ", va="center", ha="right", color="white")
    known = np.array([(ratio, place) for place, ratio in enumerate(printed) if ratio is not None], float).T
    axis.axvline(1, color="0.4", linewidth=0.8, linestyle="--")
    axis.plot(*known, "D", color=_PRINTED, markersize=7, markeredgecolor="white", label="the paper, on DISFA")
    axis.set_yticks(places, scores.rows)
    axis.set_xlim(0, limit)
    axis.spines[["top", "right"]].set_visible(False)
    if not axis.yaxis_inverted():
        axis.invert_yaxis()


def plot_leakage(qualities: Qualities, of: Callable[[Quality], Response | None], title: str) -> bytes:
    """A matrix a row of the table: growth of each Action Unit when one is asked for at 5; PNG.

    Args:
      qualities: by row and seed; the mean over the seeds is shown.
      of: which response of a `Quality`.
      title: of the picture.
    """
    rises = _means(qualities, lambda quality: (response := of(quality)) and response.rise)
    leakages = _means(qualities, lambda quality: (response := of(quality)) and response.leakage)
    columns = min(4, len(rises))
    lines = -(-len(rises) // columns)
    figure = Figure(figsize=(3.6 * columns + 1.2, 3.8 * lines + 0.6), layout="compressed")
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for axis, (row, rise) in zip(axes, rises.items(), strict=False):
        image = axis.imshow(rise, cmap="RdBu_r", vmin=-MAX_INTENSITY, vmax=MAX_INTENSITY)
        for (asked, found), value in np.ndenumerate(rise):
            if abs(value) >= 0.25:
                colour = "white" if abs(value) > 3 else "0.15"
                axis.text(found, asked, f"{value:.1f}", ha="center", va="center", fontsize=6, color=colour)
        axis.set_title(f"{row}: {float(leakages[row]):.2f} not asked", fontsize=10)
        axis.set_xticks(range(len(AU_NUMBERS)), AU_NUMBERS, fontsize=7)
        axis.set_yticks(range(len(AU_NUMBERS)), AU_NAMES, fontsize=7)
        axis.set_xlabel("found")
    for axis in axes[::columns]:
        axis.set_ylabel("asked at 5")
    for axis in axes[len(rises) :]:
        axis.remove()
    figure.colorbar(image, ax=list(axes[: len(rises)]), aspect=30, label="growth in intensities, written from 0.25")
    figure.suptitle(title)
    return to_png(figure)


def plot_responses(qualities: Qualities, of: Callable[[Quality], Response | None], title: str) -> bytes:
    """What is found of each Action Unit against what is asked, a line a row of the table; PNG; arguments as above.

    Lines below -1 or above 6 are out of the picture.
    """
    found = _means(qualities, lambda quality: (response := of(quality)) and response.own)
    figure = Figure(figsize=(12, 8), layout="constrained")
    axes = figure.subplots(3, 4, sharex=True, sharey=True)
    asked = np.arange(MAX_INTENSITY + 1)
    for k, (axis, unit) in enumerate(zip(axes.flat, ACTION_UNITS, strict=True)):
        axis.plot(asked, asked, color="0.7", linewidth=0.8, linestyle="--")
        for number, (row, own) in enumerate(found.items()):
            axis.plot(asked, own[k], "-o", markersize=3, linewidth=1.4, color=colormaps["tab10"](number), label=row)
        axis.set_title(f"{unit} {unit.name}", fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylim(-1, MAX_INTENSITY + 1)
    for axis in axes[-1]:
        axis.set_xlabel("asked, all others being 0", fontsize=9)
    for axis in axes[:, 0]:
        axis.set_ylabel("found, mean", fontsize=9)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=8, frameon=False)
    figure.suptitle(title)
    return to_png(figure)


def _means(qualities: Qualities, value: Callable[[Quality], ArrayLike | None]) -> dict[str, Array]:
    """Mean over the seeds of a figure of each row that has it."""
    found: dict[str, list[ArrayLike]] = {}
    for (row, _), quality in qualities.items():
        if (own := value(quality)) is not None:
            found.setdefault(row, []).append(own)
    return {row: np.mean(np.asarray(values), 0) for row, values in found.items()}
