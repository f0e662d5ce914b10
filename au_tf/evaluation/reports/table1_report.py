"""Table 1 in markdown and CSV, beside the paper's own figures."""

from dataclasses import dataclass

import numpy as np

from au_tf.evaluation.protocols.table1 import ESTIMATORS, GUESSES, METRICS, OSVR, REAL, SHARE, SVR
from au_tf.evaluation.reports.text_tables import NOTHING, comma_separated, figure, markdown, paragraph
from au_tf.evaluation.scores import PAPER, Scores, paper_ratio
from au_tf.facs import AU_NAMES

NORMAL, UNIFORM = "normal", "uniform"
"""Readings of eq. 11, at the end of the names of rows that are compared."""
_PRINTED = ("mae", "mse")
_ESTIMATORS = {SVR: "SVR, linear, squared loss", OSVR: "ordinal SVR (OSVR)"}


@dataclass(frozen=True)
class Heading:
    """What the table was made of."""

    data: str
    """What the data set is called, e.g. "simulated DISFA"."""
    config: str
    """Name of its config."""
    people: str
    """Who is tested: "test" or "validation" people."""
    trained: int
    """Number of people trained on."""
    tested: int
    """Number of people tested."""
    asked: int
    """Number of labels that are asked for."""
    recipe: str
    """How the networks are trained."""
    command: str
    """That makes it again."""


def report(heading: Heading, scores: Scores) -> str:
    """The whole table in markdown: averages beside the paper's figures, then every Action Unit."""
    sections = [
        f"# Table 1 on {heading.data}",
        _introduction(heading, scores),
        *_readings(scores),
        *(f"## By {_ESTIMATORS[e]}\n\n{averages(scores, e)}" for e in ESTIMATORS),
        "## Every Action Unit",
        *(f"{m.upper()} by {e}\n\n{units(scores, e, m)}" for e in ESTIMATORS for m in METRICS),
    ]
    return "\n\n".join(sections) + "\n"


def _introduction(heading: Heading, scores: Scores) -> str:
    spread = "; mean ± standard deviation over the seeds" if len(scores.seeds) > 1 else ""
    seeds = ", ".join(map(str, scores.seeds))
    protocol = f"""Section 4.3 of the paper on {heading.data} (`{heading.config}`): estimators learn from {SHARE:.0%} of
        the non-neutral frames of {heading.trained} people. They are tested on what is generated from neutral frames of
        {heading.tested} {heading.people} people with the {heading.asked:,} labels of their non-neutral frames; {REAL}
        are these frames themselves. Networks are trained by the recipe {heading.recipe}. Seeds {seeds}{spread}."""
    reading = f""""of {REAL}" is the multiple of the row {REAL}. The paper's figures are of DISFA and other people:
        what can be compared are the multiples. ICC is ICC(3,1). "{GUESSES[0]}" and "{GUESSES[1]}", that of the training
        frames, are told without looking: an error above theirs, or not far below, says little."""
    return f"Made by\n\n    {heading.command}\n\n{paragraph(protocol)}\n\n{paragraph(reading)}"


def _readings(scores: Scores) -> list[str]:
    """Of networks trained with both readings of eq. 11, with which of them they are nearer to what was asked."""
    said = []
    for network in (row.removesuffix(f" {NORMAL}") for row in scores.rows if row.endswith(f" {NORMAL}")):
        rows = {reading: f"{network} {reading}" for reading in (NORMAL, UNIFORM)}
        if rows[UNIFORM] in scores.rows:
            means = {reading: _mean_multiple(scores, row) for reading, row in rows.items()}
            best = min(means, key=means.__getitem__)
            figures = " and ".join(f"{mean:.3f} ({reading})" for reading, mean in means.items())
            text = f"""Of the readings of eq. 11, {best} is the better for {network}: the mean of its multiples of
                {REAL}, MAE and MSE by both, is {figures}."""
            said.append(paragraph(text))
    return said


def _mean_multiple(scores: Scores, row: str) -> float:
    return float(np.mean([scores.ratios(row, estimator, metric) for estimator in ESTIMATORS for metric in _PRINTED]))


def averages(scores: Scores, estimator: str) -> str:
    """Averages over the Action Units as a markdown table, errors beside the paper's."""
    of_real = f"of {REAL}"
    header = [""]
    for metric in _PRINTED:
        header += [metric.upper(), of_real, "paper", of_real]
    return markdown([*header, "ICC", "PCC"], (_line(scores, row, estimator) for row in scores.rows))


def _line(scores: Scores, row: str, estimator: str) -> list[str]:
    cells = [row]
    for metric in _PRINTED:
        key = row, estimator, metric
        cells += [figure(scores.averages(*key)), figure(scores.ratios(*key), 2)]
        ratio = paper_ratio(*key)
        cells += [NOTHING, NOTHING] if ratio is None else [f"{PAPER[key]:.3f}", f"{ratio:.2f}"]
    return cells + [figure(scores.averages(row, estimator, metric)) for metric in ("icc", "pcc")]


def units(scores: Scores, estimator: str, metric: str) -> str:
    """Every Action Unit as a markdown table, means over the seeds."""
    means = {row: scores.by_unit(row, estimator, metric).mean(0) for row in scores.rows}
    return markdown(["", *AU_NAMES], ([row, *(figure([v], 2) for v in values)] for row, values in means.items()))


def table_csv(scores: Scores) -> bytes:
    """One line a row, estimator, seed, Action Unit and metric."""
    return comma_separated(("row", "estimator", "seed", "unit", "metric", "value"), scores.records())
