"""Table 1 and what is measured beyond it, from frames to the content of the files."""

import logging
from collections.abc import Mapping

from au_tf.evaluation.metrics import Agreement
from au_tf.evaluation.protocols.table1 import ESTIMATORS, Maker, guesses, trials
from au_tf.evaluation.quality import Probe, Quality, measure
from au_tf.evaluation.reports import plots
from au_tf.evaluation.reports.quality_report import quality_csv, quality_report
from au_tf.evaluation.reports.table1_report import Heading, report, table_csv
from au_tf.evaluation.scores import Scores
from au_tf.morphable import MorphableModel
from au_tf.training.frame_table import FrameTable

Key = tuple[str, int]
logger = logging.getLogger(__name__)


def measure_table1(
    train: FrameTable,
    test: FrameTable,
    makers: Mapping[str, Maker],
    face: MorphableModel,
    seeds: int,
) -> tuple[dict[Key, Mapping[str, Agreement]], dict[Key, Quality]]:
    """Agreement and quality by row and seed; arguments as of `table1.trials`.

    Args:
      face: whose coefficients the frames hold.
      seeds: how many runs of everything.
    """
    agreements, qualities = {}, {}
    for seed in range(seeds):
        logger.info(f"Seed {seed}: training the estimators")
        probe = Probe.of(train, test, face, seed)
        for trial in trials(train, test, makers, [seed]):
            agreements[trial.row, seed] = trial.agreement
            qualities[trial.row, seed] = measure(trial, probe)
            found = [f"{name} {a.means['mae']:.3f} {a.means['mse']:.3f}" for name, a in trial.agreement.items()]
            logger.info(f"Seed {seed}: {trial.row}: MAE and MSE by {', by '.join(found)}")
        agreements |= {(row, seed): dict.fromkeys(ESTIMATORS, guess) for row, guess in guesses(train, test).items()}
    return agreements, qualities


def table1_files(heading: Heading, scores: Scores, qualities: dict[Key, Quality]) -> dict[str, bytes]:
    """Reports, tables and pictures by the names of their files."""
    who = f"{heading.data}, {heading.people} people"
    files = {
        "table1.md": report(heading, scores).encode(),
        "table1.csv": table_csv(scores),
        "table1.png": plots.plot_table(scores, f"Table 1 on {who}"),
        "quality.md": quality_report(heading, qualities).encode(),
        "quality.csv": quality_csv(qualities),
    }
    if len(scores.rows) > 1:
        for name, words, of in (
            ("svr", "as the SVR estimates", lambda quality: quality.estimated),
            ("mesh", "as measured over the mesh", lambda quality: quality.measured),
        ):
            files[f"leakage_{name}.png"] = plots.plot_leakage(qualities, of, f"Unasked Action Units {words}; {who}")
            files[f"response_{name}.png"] = plots.plot_responses(qualities, of, f"Intensities {words}; {who}")
    return files
