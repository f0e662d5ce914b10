"""Shards written by Beam, one element a shard; what is done stays done, and what is half done leaves nothing."""

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

from au_tf.datasets.recordings.writing import Example, count, write_shard
from au_tf.errors import AuTfError, InputError
from au_tf.facs import AU_NAMES
from au_tf.files import Place, write_whole
from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.pipelines.augmentation.drawing import Drawer, Failure, RecordMaker, RenderingDrawer
from au_tf.pipelines.augmentation.dressed import DressedDrawer
from au_tf.pipelines.augmentation.formats import KINDS
from au_tf.pipelines.augmentation.photos import PhotoDrawer
from au_tf.pipelines.augmentation.plan import SPLIT, WORK, Plan
from au_tf.pipelines.augmentation.textured import TexturedDrawer
from au_tf.pipelines.augmentation.worker_context import WorkerContext, open_context
from au_tf.stores import contents, sizes

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
    digest: str
    """SHA-256 of its file, in hexadecimal digits."""
    failures: list[list[str]]
    """Number, source and reason of the records that are missing."""


def shard_name(asked: Augmentation, index: int) -> str:
    """What the file of a shard is called."""
    kind, place = KINDS[asked.format], f"{index:05d}-of-{len(asked.shards):05d}"
    # Others tell files by the end of their names.
    return f"{NAME}-{SPLIT}.{kind.suffix}-{place}" if kind.tfds else f"{NAME}-{SPLIT}-{place}.{kind.suffix}"


def _reports(directory: Place) -> Place:
    return directory / WORK / "done"


def _labels(directory: Place) -> Place:
    # Beside the reports, which are read more often.
    return directory / WORK / "labels"


def _json(index: int) -> str:
    return f"{index:05d}.json"


def labels_of(directory: Place, asked: Augmentation) -> tuple[list[str], NDArray[np.int8]]:
    """Keys and intensities int8[N, 12] of all records, in the order of the shards, all of which are written whole.

    Raises:
      InputError: if they are gone or damaged.
    """
    found = contents(_labels(directory))
    try:
        keys: list[str] = []
        intensities = [np.empty((0, len(AU_NAMES)), np.int8)]
        for index in range(len(asked.shards)):
            rows = json.loads(found.pop(_json(index)))
            keys += [row[0] for row in rows]
            intensities.append(np.array([row[1:] for row in rows], np.int8).reshape(len(rows), len(AU_NAMES)))
        return keys, np.concatenate(intensities)
    except (KeyError, ValueError) as error:
        raise InputError(_labels(directory), "labels", f"damaged files ({error})", "what `augment` wrote") from error


def finished(directory: Place, asked: Augmentation) -> dict[int, ShardReport]:
    """The shards that are written whole, by their place."""
    reports, there = contents(_reports(directory)), sizes(directory)
    done = {}
    for index in range(len(asked.shards)):
        try:
            written = ShardReport(**json.loads(reports[_json(index)]))
            if there[shard_name(asked, index)] == written.size:
                done[index] = written
        except (KeyError, ValueError, TypeError):
            # Without its report a shard counts as unwritten, whatever lies there.
            continue
    return done


def told(directory: Place, asked: Augmentation) -> int:
    """Records of shards that have a report; without reading any."""
    there = sizes(_reports(directory))
    return sum(len(shard) for index, shard in enumerate(asked.shards) if _json(index) in there)


def write_shards(pipeline: beam.Pipeline, directory: Place, plan: Plan, missing: Sequence[int]) -> None:
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
    if context.plan.asked.people:
        return DressedDrawer(context)
    drawers: dict[str, type[PhotoDrawer | RenderingDrawer]]
    drawers = {"photo": PhotoDrawer, "render": RenderingDrawer, "textured": TexturedDrawer}
    return drawers[context.plan.asked.style](context)


class _MakeShards(beam.DoFn):
    """Writes a shard unless it is there, so that one that is tried twice is as one that is tried once."""

    def __init__(self, directory: Place) -> None:
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


def make_shard(directory: Place, maker: RecordMaker, index: int) -> ShardReport:
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

    path = directory / shard_name(asked, index)
    written = write_shard(path, maker.context.features, examples(), KINDS[asked.format].file)
    rows = [[str(value) for value in failure] for failure in failures]
    report = ShardReport(written.examples, written.size, written.digest, rows)
    write_whole(_labels(directory) / _json(index), json.dumps(labels).encode())
    write_whole(_reports(directory) / _json(index), json.dumps(asdict(report)).encode())
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
