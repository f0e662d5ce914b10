"""Table 2 of the paper from a data set with pictures: whom it is trained and tested on, and who is drawn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds
from tqdm import tqdm

from au_tf.arrays import Int32, Int64, Pixels
from au_tf.datasets.recordings.frame_tables import read_faces
from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart
from au_tf.estimation import hog
from au_tf.evaluation.metrics import Agreement
from au_tf.evaluation.protocols.table1 import REAL, Maker, neutral_rows
from au_tf.evaluation.protocols.table2 import DRAWN, ReadsPictures, examine_pictures, report
from au_tf.evaluation.reports.plots import plot_table
from au_tf.evaluation.reports.table1_report import table_csv
from au_tf.evaluation.scores import HOG, Scores
from au_tf.files import write_whole
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.pipelines.portraits import draw_portraits
from au_tf.training.frame_table import FrameTable

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
        neutral = faces[neutral_rows(table, asked, seed)]
        for row, make in makers.items():
            expressions = make(self.recorded, seed).generate(neutral.expression, labels)
            drawn = draw_portraits(self.model, neutral.with_expression(expressions), seed)
            yield row, self._examined(row, drawn, labels, estimators)

    def trained(self, seed: int) -> hog.HogEstimator:
        """Regressions of the gradients of training pictures, at most `TRAINED`."""
        pictures = RecordedPictures([SplitPart(self.builder, "train")], hog.SIZE)
        features, labels = [], []
        count = min(pictures.count, TRAINED)
        with tqdm(total=count, unit="picture", desc="gradients", delay=2.0, leave=False) as bar:
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
        with tqdm(total=len(labels), unit="picture", desc=row, delay=2.0, leave=False) as bar:
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
