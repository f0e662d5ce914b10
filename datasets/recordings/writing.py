"""Shards written by Beam: one element is one shard, so that nothing but file names passes between workers.

The writer that TFDS has for Beam holds every example several times on its way to a shard (20 kB each on a local runner,
5 GB for DISFA without its pictures) and takes three times as long.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import apache_beam as beam
import tensorflow as tf
import tensorflow_datasets as tfds
from apache_beam.metrics import Metrics, MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions, TypeOptions
from apache_beam.runners.runner import PipelineResult

from au_tf.errors import AuTfError, InputError
from au_tf.files import Place, file_digest, whole_file
from au_tf.progress import watched

TFRecordWriter = tf.io.TFRecordWriter
Example = tuple[str, dict[str, Any]]

RUNNER = "FnApiRunner"
"""Runs pipelines where no other runner is named. Beam's own default first tries to download one."""
_METRICS = "au_tf"


@dataclass(frozen=True, eq=False)
class ChunkMaker:
    """What makes the examples of one chunk of a recording; called without arguments, as TFDS has it."""

    make: Callable[[Any, bool], Iterator[Example]]
    """Gives the examples of a chunk, with or without pictures; a function that other processes can import."""
    chunk: Sized
    """Something that can be pickled, as long as it has frames."""
    images: bool
    """Whether pictures are wanted."""

    def __call__(self) -> Iterator[Example]:
        return self.make(self.chunk, self.images)

    def __len__(self) -> int:
        return len(self.chunk)


@dataclass(frozen=True, eq=False)
class Shard:
    """A file to be written."""

    split: str
    """Of which split it is a part."""
    index: int
    """Its place among the shards of the split."""
    path: str
    """Where it goes."""
    source: ChunkMaker
    """What makes its examples."""


@dataclass(frozen=True)
class WrittenShard:
    """What became of a shard."""

    split: str
    """Of which split it is a part."""
    index: int
    """Its place among the shards of the split."""
    examples: int
    """How many it holds."""
    size: int
    """Its bytes."""


class WrittenFile(NamedTuple):
    """A file of records."""

    examples: int
    """How many it holds."""
    size: int
    """Its bytes."""
    digest: str
    """SHA-256 of them, in hexadecimal digits."""


def count(name: str, number: int = 1) -> None:
    """Adds to one of Beam's counters, which `write_shards` returns; for code that makes examples."""
    Metrics.counter(_METRICS, name).inc(number)


def write_shards(
    shards: Sequence[Shard], features: tfds.features.FeaturesDict, config: tfds.download.DownloadConfig, scratch: str
) -> tuple[list[WrittenShard], dict[str, int]]:
    """Writes shards, in parallel where the runner does so.

    Args:
      shards: what to write.
      features: what an example holds.
      config: names Beam's runner and options; without a runner it is `RUNNER`.
      scratch: a file that all workers and the caller can reach; removed at the end.

    Returns:
      What was written, in the order of the shards; and the counts that the makers of examples kept.

    Raises:
      AuTfError: with the line of the InputError that a maker raised.
    """
    pipeline = new_pipeline(config.beam_runner, config.beam_options)
    _ = (
        pipeline
        | "Shards" >> beam.Create(list(shards), reshuffle=False)
        | "Spread" >> beam.Reshuffle()
        | "Write" >> beam.ParDo(_WriteShard(features))
        | "Gather" >> beam.combiners.ToList()
        | "Tell" >> beam.Map(_tell, path=scratch)
    )
    with watched(sum(len(shard.source) for shard in shards), lambda: _made(shards), "frame"):
        result = run_pipeline(pipeline)
    written = [WrittenShard(*row) for row in json.loads(tf.io.gfile.GFile(scratch).read())]
    tf.io.gfile.remove(scratch)
    return sorted(written, key=lambda shard: (shard.split, shard.index)), _counts(result)


def _made(shards: Sequence[Shard]) -> int:
    """Frames in the shards that are written."""
    return sum(len(shard.source) for shard in shards if tf.io.gfile.exists(shard.path))


def new_pipeline(runner: str | None, options: PipelineOptions | None) -> beam.Pipeline:
    """A pipeline on a runner, `RUNNER` unless that or the options name one."""
    # Without a list it would take them from the command line of whatever program this is.
    options = options or PipelineOptions([])
    # In notebooks Beam writes cells' numbers into labels, for which it imports data frames that know pandas 2 only.
    vars(beam.pipeline)["alter_label_if_ipython"] = lambda transform, pvalueish: None
    # Beam would otherwise guess types of what passes, and get some wrong.
    options.view_as(TypeOptions).pipeline_type_check = False
    return beam.Pipeline(runner=runner or options.view_as(StandardOptions).runner or RUNNER, options=options)


def run_pipeline(pipeline: beam.Pipeline) -> PipelineResult:
    """Runs a pipeline to its end and returns its result.

    Raises:
      AuTfError: with the line of the InputError that a worker raised.
    """
    try:
        result = pipeline.run()
        result.wait_until_finish()
    except Exception as error:
        line = input_error_in(str(error))
        if line is None:
            raise
        raise AuTfError(line) from None
    return result


def input_error_in(text: str) -> str | None:
    """The line of an `InputError` in the text by which a runner tells what one of its workers raised."""
    found = re.search(r"^(?:au_tf\.errors\.)?InputError: (.*)$", text, re.MULTILINE)
    return re.sub(r" \[while running .*", "", found[1]) if found else None


def _counts(result: PipelineResult) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counter in result.metrics().query(MetricsFilter().with_namespace(_METRICS))["counters"]:
        total[counter.key.metric.name] += int(counter.committed)
    return dict(sorted(total.items()))


def _tell(written: list[tuple[str, int, int, int]], path: str) -> None:
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(json.dumps(written))


class RecordFile(Protocol):
    """A file that takes one example after the other."""

    def write(self, key: str, example: dict[str, Any]) -> None:
        """Adds an example."""
        ...

    def close(self) -> None:
        """Ends the file."""
        ...


class TFRecords:
    """TensorFlow's own."""

    def __init__(self, path: str, features: tfds.features.FeaturesDict) -> None:
        self.features = features
        self._writer = TFRecordWriter(path)

    def write(self, key: str, example: dict[str, Any]) -> None:
        """Adds an example."""
        self._writer.write(serialize(self.features, example))

    def close(self) -> None:
        """Ends the file."""
        self._writer.close()


def write_shard(
    path: str | Place,
    features: tfds.features.FeaturesDict,
    examples: Iterable[Example],
    record_file: Callable[[str, tfds.features.FeaturesDict], RecordFile] = TFRecords,
) -> WrittenFile:
    """Writes a shard that is whole or not there: a worker that is lost or doubled leaves no half shard.

    Args:
      path: where it goes.
      features: what an example holds.
      examples: in their order.
      record_file: what begins a file.

    Raises:
      InputError: if the place cannot be written.
    """
    written = 0
    try:
        with whole_file(path) as beside:
            with closing(record_file(str(beside), features)) as file:
                for key, example in examples:
                    file.write(key, example)
                    written += 1
            return WrittenFile(written, beside.stat().st_size, file_digest(beside))
    except tf.errors.OpError as error:
        raise InputError(path, "file", error.message, "a place that can be written") from error


def serialize(features: tfds.features.FeaturesDict, example: dict[str, Any]) -> bytes:
    """The record of an example, its features in order of name; protobuf's own order differs between processes."""
    record = features.serialize_example(example)
    return bytes(tf.train.Example.FromString(record).SerializeToString(deterministic=True))


class _WriteShard(beam.DoFn):
    """Writes shards."""

    def __init__(self, features: tfds.features.FeaturesDict) -> None:
        self.features = features

    def process(self, shard: Shard) -> Iterable[tuple[str, int, int, int]]:
        written = write_shard(shard.path, self.features, shard.source())
        yield shard.split, shard.index, written.examples, written.size
