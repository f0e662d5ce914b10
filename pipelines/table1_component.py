"""Table 1 of the paper, and what is measured beyond it, from a data set to files."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from au_tf.command_line import command_line
from au_tf.datasets.recordings.frame_tables import read_frames
from au_tf.datasets.recordings.opening import check_face_model, open_recordings
from au_tf.evaluation.protocols.methods import ROWS, SCHEDULES, Methods, makers
from au_tf.evaluation.protocols.table1 import ESTIMATORS, hold_out
from au_tf.evaluation.quality import Quality
from au_tf.evaluation.reports.table1_files import Key, measure_table1, table1_files
from au_tf.evaluation.reports.table1_report import Heading, averages
from au_tf.evaluation.scores import Scores
from au_tf.files import write_whole
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.pipelines.table_config import Table1Config
from au_tf.places import check_folder
from au_tf.training.frame_table import FrameTable

DATA_SET = "simulated_disfa"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Table1:
    """What was measured, and where it is told."""

    scores: Scores
    """How well estimators read what was asked for."""
    qualities: dict[Key, Quality]
    """What is measured beyond the paper's table, by row and seed."""
    paths: list[Path]
    """Tables and pictures."""


def evaluate_table1(
    out: Path | str,
    config: Table1Config = Table1Config(),
    *,
    model: str = BUILTIN,
    dataset: str = DATA_SET,
    data_dir: Path | None = None,
) -> Table1:
    """Trains estimators on real frames and has them read generated expressions; writes tables and pictures.

    Trained networks are kept in `out`/models; the same call goes on where it was interrupted.

    Args:
      out: where everything goes.
      config: what is measured.
      model: the face model, "builtin" or a path.
      dataset: name of the data set whose people are trained on and tested.
      data_dir: where TFDS keeps it; None is its default.

    Raises:
      InputError: for a place, row, data set or face model that cannot be used.
    """
    out = Path(out)
    check_folder("out", out)
    face = load_face_model(model)
    methods = Methods(out / "models", face, SCHEDULES[config.recipe])
    of_people = config.people == "validation"
    rows = makers(methods, list(config.rows) or [name for name, row in ROWS.items() if row.shown[of_people]])
    builder = open_recordings(dataset, data_dir)
    check_face_model(builder, face)
    logger.info("Reading the frames")
    train = read_frames(builder, "train")
    train, test = hold_out(train) if of_people else (train, read_frames(builder, "test"))
    agreements, qualities = measure_table1(train, test, rows, face, config.seeds)
    settings = {"dataset": dataset, "data_dir": data_dir, "face_model": None if model == BUILTIN else model}
    command = command_line("evaluate table1", {**settings, "out": out, **asdict(config)})
    heading, scores = _heading(builder, methods, config, train, test, command), Scores.of(agreements)
    files = table1_files(heading, scores, qualities)
    for name, content in files.items():
        write_whole(out / name, content)
    _tell(heading, scores)
    return Table1(scores, qualities, [out / name for name in files])


def _heading(
    builder: tfds.core.DatasetBuilder,
    methods: Methods,
    config: Table1Config,
    train: FrameTable,
    test: FrameTable,
    command: str,
) -> Heading:
    readings = ", ".join(f"{name} {recipe.soft_labels}" for name, recipe in methods.recipes.items())
    return Heading(
        data="simulated DISFA" if (builder.info.metadata or {}).get("simulated") else "DISFA",
        config=f"{builder.name}/{builder.builder_config.name}",
        people=config.people,
        trained=len(np.unique(train.person)),
        tested=len(np.unique(test.person)),
        asked=int((~test.neutral).sum()),
        recipe=f'"{config.recipe}", * with soft labels (eq. 11; {readings})',
        command=command,
    )


def _tell(heading: Heading, scores: Scores) -> None:
    who = f"{heading.data}, {heading.people} people"
    for estimator in ESTIMATORS:
        averaged = averages(scores, estimator)
        logger.info("\n%s on %s; the paper's figures are of DISFA\n\n%s", estimator, who, averaged)
