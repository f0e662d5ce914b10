"""Shards written by Beam, one element a shard; what is done stays done, and what is half done leaves nothing."""

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import apache_beam as beam

from au_tf.datasets.recordings.writing import Example, count, write_shard
from au_tf.errors import AuTfError, InputError
from au_tf.files import write_whole
from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.pipelines.augmentation.drawing import Drawer, Failure, RecordMaker, RenderingDrawer
from au_tf.pipelines.augmentation.formats import KINDS
from au_tf.pipelines.augmentation.photos import PhotoDrawer
from au_tf.pipelines.augmentation.plan import SPLIT, WORK, Plan
from au_tf.pipelines.augmentation.textured import TexturedDrawer
from au_tf.pipelines.augmentation.worker_context import WorkerContext, open_context

NAME = "augmented"
"""Of the data set."""
STOP = threading.Event()
"""Set to have the workers of this process give up."""
_MAKING = threading.Lock()


@dataclass(frozen=True)
class ShardReport:
    """What became of a shard."""

    examples: int
    """Records in it."""
    size: int
    """Its bytes."""
    failures: list[list[str]]
    """Number, source and reason of the records that are missing."""


def shard_path(directory: Path, asked: Augmentation, index: int) -> Path:
    """The file of a shard."""
    kind, place = KINDS[asked.format], f"{index:05d}-of-{len(asked.shards):05d}"
    # Others tell files by the end of their names.
    name = f"{NAME}-{SPLIT}.{kind.suffix}-{place}" if kind.tfds else f"{NAME}-{SPLIT}-{place}.{kind.suffix}"
    return directory / name


def _report(directory: Path, index: int) -> Path:
    return directory / WORK / "done" / f"{index:05d}.json"


def _labels(directory: Path, index: int) -> Path:
    # Beside the report, which is read again and again while work goes on.
    return directory / WORK / "labels" / f"{index:05d}.json"


def labels_of(directory: Path, index: int) -> list[list[str | int]]:
    """Key and intensities of each record of a shard that is written whole.

    Raises:
      InputError: if they are gone or damaged.
    """
    path = _labels(directory, index)
    try:
        rows: list[list[str | int]] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(path, "labels", f"a damaged file ({error})", "what `augment` wrote") from error
    return rows


def finished(directory: Path, asked: Augmentation) -> dict[int, ShardReport]:
    """The shards that are written whole, by their place."""
    done = {}
    for index in range(len(asked.shards)):
        path = shard_path(directory, asked, index)
        try:
            written = ShardReport(**json.loads(_report(directory, index).read_text()))
            if path.stat().st_size == written.size:
                done[index] = written
        except (OSError, ValueError, TypeError):
            # Without its report a shard counts as unwritten, whatever lies there.
            continue
    return done


def write_shards(pipeline: beam.Pipeline, directory: Path, plan: Plan, missing: Sequence[int]) -> None:
    """Adds to a pipeline what writes the missing shards of a plan whose folder `WORK` is prepared."""
    _ = (
        pipeline
        | "Shards" >> beam.Create(list(missing), reshuffle=False)
        | "Spread" >> beam.Reshuffle()
        | "Write" >> beam.ParDo(_MakeShards(directory))
    )


@lru_cache(maxsize=1)
def _maker(context: WorkerContext) -> RecordMaker:
    return RecordMaker(context, drawer_of(context))


def drawer_of(context: WorkerContext) -> Drawer:
    """What draws in the style of a plan."""
    drawers: dict[str, type[PhotoDrawer | RenderingDrawer]]
    drawers = {"photo": PhotoDrawer, "render": RenderingDrawer, "textured": TexturedDrawer}
    return drawers[context.plan.asked.style](context)


class _MakeShards(beam.DoFn):
    """Writes a shard unless it is there, so that one that is tried twice is as one that is tried once."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def process(self, index: int) -> Iterable[int]:
        context = open_context(self.directory / WORK)
        with _MAKING:
            maker = _maker(context)
        made = make_shard(self.directory, maker, index)
        count("records", made.examples)
        count("failures", len(made.failures))
        count("bytes", made.size)
        yield index


def make_shard(directory: Path, maker: RecordMaker, index: int) -> ShardReport:
    """Makes and writes the records of a shard, and then what became of it.

    Raises:
      InputError: if more records fail than may, or the place cannot be written.
    """
    asked = maker.context.plan.asked
    labels: list[list[str | int]] = []
    failures: list[Failure] = []

    def examples() -> Iterator[Example]:
        for record in maker.records(asked.shards[index]):
            if STOP.is_set():
                raise AuTfError("interrupted")
            if isinstance(record, Failure):
                failures.append(record)
                check_failures(failures, asked.max_failures)
                continue
            labels.append([record[0], *record[1]["intensities"].tolist()])
            yield record

    path = str(shard_path(directory, asked, index))
    made, size = write_shard(path, maker.context.features, examples(), KINDS[asked.format].file)
    rows = [[str(value) for value in failure] for failure in failures]
    report = ShardReport(made, size, rows)
    write_whole(_labels(directory, index), json.dumps(labels).encode())
    write_whole(_report(directory, index), json.dumps(asdict(report)).encode())
    return report


def check_failures(failures: Sequence[Failure], allowed: int) -> None:
    """Makes sure that no more records failed than may.

    Raises:
      InputError: that tells of the first one.
    """
    if len(failures) > allowed:
        number, source, reason = failures[0]
        found = f"at least {len(failures)}, the first of them record {number} from {source}: {reason}"
        raise InputError(None, "max_failures", found, f"at most {allowed} that fail")
