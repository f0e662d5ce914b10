"""Table 2 of the paper: do estimators trained on real pictures read off synthesised ones what was asked for?

Where Table 1 reads coefficients, this reads pictures drawn from them. The paper's estimators are OpenFace's, trained on
other recordings; here support vector regressions of the same features are trained on the pictures of the training
people, and OpenFace is asked as well where it is installed.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import numpy as np

from au_tf.arrays import Array, Float32, Pixels
from au_tf.evaluation.metrics import Agreement
from au_tf.evaluation.protocols.table1 import METRICS, REAL
from au_tf.evaluation.reports.table1_report import averages, units
from au_tf.evaluation.reports.text_tables import paragraph
from au_tf.evaluation.scores import Scores

DRAWN = "Real, drawn"
"""The row of the real frames' own coefficients, drawn as the generated ones are: what the drawing alone changes."""


class ReadsPictures(Protocol):
    """What estimators of pictures have in common."""

    def estimate(self, pictures: Pixels) -> Float32:
        """Intensities float32[N, 12] in [0, 5] of aligned faces uint8[N, H, H, 3]; NaN where there is no face."""
        ...


def examine_pictures(
    blocks: Iterable[Pixels],
    intensities: Array,
    estimators: Mapping[str, ReadsPictures],
    progress: Callable[[int], object] = lambda _: None,
) -> dict[str, Agreement]:
    """Holds the estimates from pictures against the labels asked for.

    Args:
      blocks: uint8[n, S, S, 3] each, one picture a label, in order.
      intensities: [N, 12], the labels.
      estimators: by name.
      progress: is told the number of pictures of each block.

    Returns:
      Agreement by estimator, over the pictures in which it finds a face.
    """
    found: dict[str, list[Float32]] = {name: [] for name in estimators}
    for block in blocks:
        for name, estimator in estimators.items():
            found[name].append(estimator.estimate(block))
        progress(len(block))
    agreement = {}
    for name, parts in found.items():
        estimates = np.concatenate(parts)
        seen = np.isfinite(estimates).all(1)
        agreement[name] = Agreement.of(np.asarray(intensities)[seen], estimates[seen])
    return agreement


def report(data: str, config: str, trained: str, asked: int, recipe: str, command: str, scores: Scores) -> str:
    """The whole table in markdown: averages beside the paper's figures, then every Action Unit.

    Args:
      data: what the data set is called.
      config: its name and config.
      trained: on what the estimators are trained, as the middle of a sentence.
      asked: number of labels that are asked for.
      recipe: how the networks are trained.
      command: that makes it again.
      scores: the figures.
    """
    seeds = ", ".join(map(str, scores.seeds))
    protocol = f"""Table 2 of the paper on {data} (`{config}`): support vector regressions of histograms of oriented
        gradients learn from {trained}. They read pictures of the test people, drawn from the expressions that are
        generated from neutral frames with the {asked:,} labels of the non-neutral ones; {REAL} are the pictures of
        these frames themselves, and "{DRAWN}" are drawn from their coefficients as the generated ones are. Networks
        are trained by the recipe {recipe}. Seeds {seeds}."""
    reading = f""""of {REAL}" is the multiple of the row {REAL}. The paper's figures are of OpenFace's regressions,
        DISFA and other people: what can be compared are the multiples. ICC is ICC(3,1)."""
    parts = [f"# Table 2 on {data}", f"Made by\n\n    {command}", paragraph(protocol), paragraph(reading)]
    parts += [f"## By {name}\n\n{averages(scores, name)}" for name in scores.estimators]
    parts.append("## Every Action Unit")
    parts += [f"{m.upper()} by {name}\n\n{units(scores, name, m)}" for name in scores.estimators for m in METRICS]
    return "\n\n".join(parts) + "\n"
