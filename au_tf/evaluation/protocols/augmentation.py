"""Fig. 5 of the paper: errors of an estimator against the number of synthesised pictures it was trained on as well."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from au_tf.arrays import Float64
from au_tf.evaluation.metrics import INTENSITIES, MAE_BY_INTENSITY, Agreement
from au_tf.evaluation.reports.text_tables import NOTHING, comma_separated, figure, markdown, paragraph, percent
from au_tf.facs import AU_NAMES
from au_tf.pictures.charts import to_png

METRICS = ("mae", "mse")
NONE = "none"
"""Stands for the policy where nothing is added."""
PAPER_REAL = 140_000
"""Real pictures that the paper trains on."""
PAPER_ADDED = (15_000, 30_000, 65_000, 130_000)
"""Synthesised ones that it adds."""
PAPER = {0: {"mae": 0.603, "mse": 1.001}, 30_000: {"mae": 0.543, "mse": 0.753}}
"""Errors that the paper names, by the number added."""
_BY_INTENSITY = """Mean absolute errors where the coder says so much, all Action Units together. Most labels are 0, so
    the errors above are mostly those of 0; whoever raises rare intensities is meant to do better on the strong ones."""
_COLOURS = {"paper": "#4c86b8", "balanced": "#5a9a5a"}
_PRINTED = "tab:orange"


@dataclass(frozen=True, eq=False)
class Point:
    """One trained estimator on the test people."""

    policy: str
    """By which labels the synthesised pictures were made, or `NONE`."""
    added: int
    """How many there were."""
    seed: int
    """Of the training and the pictures."""
    agreement: Agreement
    """Of its estimates with the labels."""
    by_intensity: Float64
    """float64[3], as `metrics.mae_by_intensity` of them."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Errors against the number of pictures added, by policy, with repeats."""

    real: int
    """Number of real pictures, which all are trained on."""
    points: Sequence[Point]
    """All estimators."""

    @property
    def policies(self) -> list[str]:
        """Those that add something."""
        return list(dict.fromkeys(point.policy for point in self.points if point.added))

    def added(self, policy: str) -> list[int]:
        """Numbers of pictures that a policy was tried with, and 0."""
        return sorted({0, *(point.added for point in self.points if point.policy == policy)})

    def errors(self, policy: str, added: int, metric: str) -> Float64:
        """float64[seeds], the mean over the Action Units, by seed."""
        return np.array([point.agreement.means[metric] for point in self._repeats(policy, added)])

    def by_intensity(self, policy: str, added: int) -> Float64:
        """float64[seeds, 3], as `Point.by_intensity`."""
        return np.array([point.by_intensity for point in self._repeats(policy, added)])

    def _repeats(self, policy: str, added: int) -> list[Point]:
        own = [p for p in self.points if p.added == added and (p.policy == policy or not added)]
        return sorted(own, key=lambda point: point.seed)

    def changes(self, policy: str, added: int, metric: str) -> Float64:
        """float64[seeds], by which share the error is more than with nothing added and the same seed."""
        return self.errors(policy, added, metric) / self.errors(policy, 0, metric) - 1.0


def paper_change(added: int, real: int, metric: str) -> float | None:
    """The change that the paper reports for the same share of pictures added, to a hundredth; None if it names none."""
    for number, printed in PAPER.items():
        if number and abs(added / real - number / PAPER_REAL) < 0.01:
            return printed[metric] / PAPER[0][metric] - 1.0
    return None


def report(curve: Curve, data: str, introduction: str, command: str) -> str:
    """The figure as a table, in markdown.

    Args:
      curve: the errors.
      data: what the data set is called.
      introduction: how it was made, a paragraph.
      command: that makes it again.
    """
    seeds = len({point.seed for point in curve.points})
    spread = "; mean ± standard deviation" if seeds > 1 else ""
    reading = f"""Runs with different seeds: {seeds}{spread}. A change is that to the run of the same seed with nothing
        added. The paper, with {PAPER_REAL:,} real pictures of DISFA, got from {PAPER[0]["mae"]} and {PAPER[0]["mse"]}
        to {PAPER[30_000]["mae"]} and {PAPER[30_000]["mse"]} by 30,000 more."""
    kinds = [(NONE, 0), *((policy, added) for policy in curve.policies for added in curve.added(policy) if added)]
    header = ["labels", "added", "of real", "MAE", "change", "paper", "MSE", "change", "paper"]
    parts = [
        f"# Fig. 5 on {data}",
        f"Made by\n\n    {command}",
        paragraph(introduction),
        paragraph(reading),
        markdown(header, [_line(curve, *kind) for kind in kinds]),
        "## By intensity",
        paragraph(_BY_INTENSITY),
        markdown(
            ["labels", "added", *MAE_BY_INTENSITY, "ICC", "PCC"], [_intensity_line(curve, *kind) for kind in kinds]
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _line(curve: Curve, policy: str, added: int) -> list[str]:
    cells = [policy, f"{added:,}", f"{added / curve.real:.0%}"]
    for metric in METRICS:
        printed = paper_change(added, curve.real, metric) if added else None
        cells.append(figure(curve.errors(policy, added, metric)))
        cells.append(percent(curve.changes(policy, added, metric)) if added else NOTHING)
        cells.append(NOTHING if printed is None else f"{100 * printed:+.0f} %")
    return cells


def _intensity_line(curve: Curve, policy: str, added: int) -> list[str]:
    errors = curve.by_intensity(policy, added)
    agreement = [figure(curve.errors(policy, added, metric)) for metric in ("icc", "pcc")]
    return [policy, f"{added:,}", *map(figure, errors.T), *agreement]


def curve_csv(curve: Curve) -> bytes:
    """One line an estimator, Action Unit and metric, and one an estimator and range of intensities."""
    rows = (
        (point.policy, point.added, point.seed, unit, metric, float(value))
        for point in curve.points
        for metric in (*METRICS, "icc", "pcc")
        for unit, value in zip(AU_NAMES, getattr(point.agreement, metric), strict=True)
    )
    ranges = (
        (point.policy, point.added, point.seed, "all", f"mae of {low} to {high}", float(value))
        for point in curve.points
        for (low, high), value in zip(INTENSITIES, point.by_intensity, strict=True)
    )
    return comma_separated(("labels", "added", "seed", "unit", "metric", "value"), itertools.chain(rows, ranges))


def plot_curve(curve: Curve, title: str) -> bytes:
    """MAE and MSE against the number of pictures added, a line a policy, with deviations over the runs; PNG."""
    drawn = Figure(figsize=(10, 4.2), layout="constrained")
    for axis, metric in zip(drawn.subplots(1, 2), METRICS, strict=True):
        _lines(axis, curve, metric)
        axis.set_title(f"{metric.upper()} on the test people", fontsize=10)
        axis.set_xlabel(f"synthesised pictures added to {curve.real:,} real ones")
        axis.spines[["top", "right"]].set_visible(False)
    handles, labels = axis.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    drawn.suptitle(title)
    return to_png(drawn)


def _lines(axis: Axes, curve: Curve, metric: str) -> None:
    for policy in curve.policies:
        added = curve.added(policy)
        errors = [curve.errors(policy, number, metric) for number in added]
        spread = [values.std(ddof=1) if len(values) > 1 else 0.0 for values in errors]
        means, colour = [values.mean() for values in errors], _COLOURS.get(policy, "0.4")
        axis.errorbar(added, means, spread, fmt="-o", markersize=5, capsize=3, color=colour, label=f"labels {policy}")
    base = curve.errors(NONE, 0, metric).mean()
    axis.axhline(base, color="0.6", linewidth=0.8, linestyle="--", label="nothing added")
    share, printed = 30_000 / PAPER_REAL, PAPER[30_000][metric] / PAPER[0][metric]
    axis.plot(
        [share * curve.real], [base * printed], "D", color=_PRINTED, markeredgecolor="white", label="the paper's change"
    )
