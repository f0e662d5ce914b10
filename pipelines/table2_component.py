"""Table 2 of the paper from a data set with pictures: whom it is trained and tested on, and who is drawn."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from au_tf.arrays import Int32, Int64, Pixels
from au_tf.command_line import command_line
from au_tf.datasets.recordings.frame_tables import read_faces, read_frames
from au_tf.datasets.recordings.opening import check_face_model, open_recordings
from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart, open_pictures, read_pictures
from au_tf.estimation import hog
from au_tf.estimation.openface import OpenFace, find_openface
from au_tf.evaluation.metrics import Agreement
from au_tf.evaluation.protocols.methods import SCHEDULES, Methods, makers
from au_tf.evaluation.protocols.pixels import (
    CDAAE_ROW,
    COARSE,
    NETWORKS,
    PIXELS,
    TRAINING,
    coarse_pictures,
    made_pictures,
    train_pixels,
)
from au_tf.evaluation.protocols.table1 import REAL, Maker, neutral_rows
from au_tf.evaluation.protocols.table2 import DRAWN, ReadsPictures, examine_pictures, report
from au_tf.evaluation.reports.plots import plot_table
from au_tf.evaluation.reports.table1_report import table_csv
from au_tf.evaluation.scores import HOG, OPENFACE, Scores
from au_tf.files import write_whole
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.pipelines.portraits import draw_portraits
from au_tf.pipelines.table_config import Table2Config
from au_tf.places import check_folder
from au_tf.progress import progress
from au_tf.synthesis.adversarial.cdaae import CDAAE
from au_tf.synthesis.network_config import TrainingConfig
from au_tf.training.frame_table import FrameTable

DATA_SET = "simulated_disfa/frames_paper_small"
logger = logging.getLogger(__name__)
TRAINED = 10_000
"""Most training pictures of the regressions."""
_BATCH = 256


@dataclass(frozen=True, eq=False)
class Table2:
    """The table on a data set."""

    builder: tfds.core.DatasetBuilder
    """Of a data set with pictures."""
    model: MorphableModel
    """The face model whose coefficients it holds."""
    recorded: FrameTable
    """Frames of its training people, that generators learn from."""
    others: Mapping[str, ReadsPictures]
    """Estimators besides the one that is trained here, by name."""
    tested: int | None = None
    """At most so many labels of the test people, chosen at random; None is all."""
    pixel_models: Path | None = None
    """Where the CDAAE is kept, which makes pictures without a face model; None leaves it out."""
    pixel_schedule: TrainingConfig = TRAINING
    """How it is trained."""

    @property
    def estimators(self) -> tuple[str, ...]:
        """Names of the estimators."""
        return (HOG, *self.others)

    @cached_property
    def _faces(self) -> tuple[FrameTable, Coefficients]:
        return read_faces(self.builder, "test")

    @cached_property
    def shown(self) -> Int64:
        """int64[N], the rows of the test people's frames whose labels are asked for."""
        rows = np.flatnonzero(~self._faces[0].neutral)
        if self.tested is None or self.tested >= len(rows):
            return rows
        return np.sort(np.random.default_rng(0).choice(rows, self.tested, replace=False))

    def trials(self, makers: Mapping[str, Maker], seed: int) -> Iterator[tuple[str, dict[str, Agreement]]]:
        """Names of the rows and their agreement by estimator.

        Args:
          makers: of the rows with generators, by name.
          seed: of the sample that is trained on, the neutral frames, the drawing and the generators.

        Raises:
          InputError: if there is nothing to train or test on, or as the makers say.
        """
        table, faces = self._faces
        estimators = {HOG: self.trained(seed), **self.others}
        asked = table.where(self.shown)
        labels = asked.intensities
        yield REAL, self._examined(REAL, self._pictures(), labels, estimators)
        own = faces[self.shown]
        yield DRAWN, self._examined(DRAWN, draw_portraits(self.model, own, seed), labels, estimators)
        sources = neutral_rows(table, asked, seed)
        neutral = faces[sources]
        for row, make in makers.items():
            expressions = make(self.recorded, seed).generate(neutral.expression, labels)
            drawn = draw_portraits(self.model, neutral.with_expression(expressions), seed)
            yield row, self._examined(row, drawn, labels, estimators)
        if self.pixel_models is not None:
            coarse = coarse_pictures(self._pictures(), NETWORKS.side)
            yield COARSE, self._examined(COARSE, coarse, labels, estimators)
            model = self._pixel_model(self.pixel_models, seed)
            made = made_pictures(model, self._small["test"][sources], labels, ALIGNED_SIZE)
            yield CDAAE_ROW, self._examined(CDAAE_ROW, made, labels, estimators)

    @cached_property
    def _small(self) -> dict[str, Pixels]:
        """All pictures uint8[N, 32, 32, 3] of each split, which every seed reads."""
        return {split: read_pictures(self.builder, split, NETWORKS.side) for split in ("train", "test")}

    def _pixel_model(self, folder: Path, seed: int) -> CDAAE:
        """Trained on at most `TRAINED` pictures of the training people, neutral ones among them."""
        pictures, frames = self._small["train"], read_frames(self.builder, "train")
        chosen = np.random.default_rng(seed).permutation(len(pictures))[:TRAINED]
        frames = frames.where(chosen)
        place = folder / f"{PIXELS}-{seed}.npz"
        return train_pixels(pictures[chosen], frames.intensities, frames.person, seed, place, self.pixel_schedule)

    def trained(self, seed: int) -> hog.HogEstimator:
        """Regressions of the gradients of training pictures, at most `TRAINED`."""
        pictures = RecordedPictures([SplitPart(self.builder, "train")], hog.SIZE)
        features, labels = [], []
        count = min(pictures.count, TRAINED)
        with progress(about="gradients", total=count, unit="picture", delay=2.0) as bar:
            for batch, own in pictures.shuffled(seed).take(count).batch(_BATCH):
                features.append(hog.hog_features(batch.numpy()))
                labels.append(own.numpy())
                bar.update(len(features[-1]))
        return hog.fit_hog(np.concatenate(features), np.concatenate(labels), hog.HogConfig(seed=seed))

    def _pictures(self) -> Iterator[Pixels]:
        """The pictures of the rows that are asked for."""
        expressive = np.flatnonzero(~self._faces[0].neutral)
        wanted = np.isin(expressive, self.shown)
        pictures = RecordedPictures([SplitPart(self.builder, "test")], ALIGNED_SIZE).ordered().batch(_BATCH)
        for first, (batch, _) in enumerate(pictures):
            chosen = batch.numpy()[wanted[_BATCH * first : _BATCH * (first + 1)]]
            if len(chosen):
                yield chosen

    def _examined(
        self,
        row: str,
        blocks: Iterator[Pixels],
        labels: Int32,
        estimators: Mapping[str, ReadsPictures],
    ) -> dict[str, Agreement]:
        with progress(about=row, total=len(labels), unit="picture", delay=2.0) as bar:
            return examine_pictures(blocks, labels, estimators, bar.update)


def write(folder: Path, table: Table2, scores: Scores, recipe: str, command: str) -> list[Path]:
    """Writes the table as markdown, CSV and picture.

    Args:
      folder: where.
      table: what was measured.
      scores: the figures.
      recipe: how the networks are trained.
      command: that makes it again.

    Returns:
      The files.
    """
    info = table.builder.info
    data = "simulated DISFA" if info.metadata.get("simulated") else "DISFA"
    config = f"{table.builder.name}/{table.builder.builder_config.name}"
    trained = (
        f"{min(SplitPart(table.builder, 'train').count, TRAINED):,} pictures of training people that show something"
    )
    text = report(data, config, trained, len(table.shown), f'"{recipe}"', command, scores)
    files = {
        "table2.md": text.encode(),
        "table2.csv": table_csv(scores),
        "table2.png": plot_table(scores, f"Table 2 on {data}, test people"),
    }
    for name, content in files.items():
        write_whole(folder / name, content)
    return [folder / name for name in files]


@dataclass(frozen=True, eq=False)
class MeasuredTable2:
    """What was measured, and where it is told."""

    scores: Scores
    """How well estimators read what was asked for."""
    paths: list[Path]
    """Tables and pictures."""


def evaluate_table2(
    out: Path | str,
    config: Table2Config = Table2Config(),
    *,
    model: str = BUILTIN,
    dataset: str = DATA_SET,
    data_dir: Path | None = None,
    recordings: str | None = None,
    openface: str | None = None,
) -> MeasuredTable2:
    """Trains estimators on real pictures and has them read synthesised ones; writes table and picture.

    Trained networks are kept in `out`/models.

    Args:
      out: where everything goes.
      config: what is measured.
      model: the face model, "builtin" or a path.
      dataset: name of a data set with pictures.
      data_dir: where TFDS keeps it; None is its default.
      recordings: name of a data set of the same people from whose split train generators learn; None is `dataset`.
      openface: OpenFace's program FeatureExtraction; None is the one on the path, if there is one.

    Raises:
      InputError: for a place, row, program, data set or face model that cannot be used.
    """
    out = Path(out)
    check_folder("out", out)
    program = find_openface(openface)
    face = load_face_model(model)
    drawn = [row for row in config.rows if row != PIXELS]
    rows = makers(Methods(out / "models", face, SCHEDULES[config.recipe]), drawn, (PIXELS,))
    builder, frames = open_pair(dataset, recordings, data_dir, face)
    others = {} if program is None else {OPENFACE: OpenFace(program)}
    pixel_models = out / "models" if PIXELS in config.rows else None
    table = Table2(builder, face, frames, others, config.tested, pixel_models)
    found = {}
    for seed in range(config.seeds):
        for row, agreement in table.trials(rows, seed):
            found[row, seed] = agreement
            told = [f"{name} {a.means['mae']:.3f} {a.means['mse']:.3f}" for name, a in agreement.items()]
            logger.info(f"Seed {seed}: {row}: MAE and MSE by {', by '.join(told)}")
    settings = {"dataset": dataset, "recordings": recordings, "data_dir": data_dir, "openface": openface, "out": out}
    settings |= {"face_model": None if model == BUILTIN else model, **asdict(config)}
    scores = Scores.of(found, table.estimators)
    command = command_line("evaluate table2", settings)
    return MeasuredTable2(scores, write(out, table, scores, config.recipe, command))


def open_pair(
    dataset: str, recordings: str | None, data_dir: Path | None, face: MorphableModel
) -> tuple[tfds.core.DatasetBuilder, FrameTable]:
    """A data set with pictures, and the frames that generators learn from: its own, or those of another data set.

    Raises:
      InputError: if there is no such data set, or it belongs to another face model.
    """
    builder = open_pictures(dataset, data_dir)
    other = builder if recordings is None else open_recordings(recordings, data_dir)
    for each in (builder, other):
        check_face_model(each, face)
    logger.info("Reading the frames")
    return builder, read_frames(other, "train")
