"""The README.md that lies beside a trained estimator of Action Units."""

from dataclasses import dataclass

import numpy as np

from au_tf.arrays import Float64
from au_tf.estimation.estimator_config import BACKBONES, EstimatorTraining
from au_tf.estimation.estimator_training import Epoch
from au_tf.evaluation.metrics import Agreement, mean_of_defined
from au_tf.evaluation.reports.text_tables import figure, markdown, paragraph
from au_tf.facs import AU_NAMES


@dataclass(frozen=True)
class Provenance:
    """What an estimator has seen, and what it was tested on."""

    data: str
    """Name of the data set and its config."""
    simulated: bool
    """Whether its people do not exist."""
    real: int
    """Number of its pictures trained on."""
    synthetic: int
    """Number of synthesised pictures trained on."""
    validation: int
    """Number of pictures that the best epoch was chosen by, of people not trained on."""
    tested: int
    """Number of pictures of the test people."""
    command: str
    """That trains it again."""


def estimator_card(
    provenance: Provenance, training: EstimatorTraining, epochs: list[Epoch], best: int, agreement: Agreement
) -> str:
    """What the estimator is, how to make it again, and how well it does.

    Args:
      provenance: what it has seen.
      training: its settings.
      epochs: what each came to.
      best: the number of the one that is kept, from 0.
      agreement: of its estimates with the labels of the test people.

    Returns:
      Markdown.
    """
    nobody = " The people are simulated, no recording of anyone was used." if provenance.simulated else ""
    size = BACKBONES[training.backbone].size
    about = f"""Reads the intensities of 12 Action Units off the picture of an aligned face, {size} x {size} pixels
        (`au_tf.estimation.estimator.load_estimator`). Seen: {provenance.real:,} pictures of `{provenance.data}` that
        show something, and {provenance.synthetic:,} synthesised ones.{nobody} Of {len(epochs)} epochs it is number
        {best + 1}, the best on {provenance.validation:,} pictures of other people of the split train."""
    return (
        "\n\n".join(
            (
                f"# Estimator of Action Units, {training.backbone}",
                "Made by",
                f"    {provenance.command}",
                paragraph(about),
                f"## Measured on {provenance.tested:,} pictures of the test people that show something",
                units_table(agreement),
                "## Limits",
                paragraph(
                    """Faces have to be aligned as `au_tf.geometry.alignment.align_face` does, and turned no further
                than those it has seen. It is for research: what it says of a person is an estimate of what moves in the
                face, not of what is felt."""
                ),
            )
        )
        + "\n"
    )


def units_table(agreement: Agreement) -> str:
    """Every Action Unit and the mean of those that are defined, as a markdown table."""
    metrics = ("mae", "mse", "icc", "pcc")
    columns = [getattr(agreement, metric) for metric in metrics]
    rows = [[name, *(figure([column[k]]) for column in columns)] for k, name in enumerate(AU_NAMES)]
    mean = ["mean", *(figure([mean_of_defined(column)]) for column in columns)]
    return markdown(["", "MAE", "MSE", "ICC", "PCC"], [*rows, mean])


def errors_csv(errors: Float64) -> bytes:
    """float64[12, 6], errors of each Action Unit at each intensity, as CSV; empty where there was none to read."""
    lines = [",".join(["AU", *map(str, range(errors.shape[1]))])]
    lines += [
        ",".join([unit, *("" if np.isnan(error) else f"{error:.4f}" for error in row)])
        for unit, row in zip(AU_NAMES, errors, strict=True)
    ]
    return ("\n".join(lines) + "\n").encode()
