"""What makes a folder a data set once all shards are written; nothing of it is there before."""

import csv
import io
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from au_tf.errors import InputError
from au_tf.files import write_whole
from au_tf.pictures.images import write_image
from au_tf.pictures.provenance.data_sets import state_data_set
from au_tf.pipelines.augmentation.card import HISTOGRAM, SHEET, SHOWN, draw_histogram, draw_sheet, write_card
from au_tf.pipelines.augmentation.drawing import Failure
from au_tf.pipelines.augmentation.plan import SPLIT, WORK, Plan
from au_tf.pipelines.augmentation.shards import NAME, ShardReport, check_failures, finished, shard_path
from au_tf.pipelines.augmentation.worker_context import WorkerContext, open_context

_LAST = "dataset_info.json"
"""Without this file TFDS sees no data set."""
_DESCRIPTION = "Synthetic pictures of faces with given Action Units, made by au-tf augment; README.md tells of them."


def is_finished(directory: Path) -> bool:
    """Whether all is written."""
    return (directory / _LAST).is_file()


def unfinish(directory: Path) -> None:
    """Makes a folder no data set, before something in it is written anew; what a killed run has left goes, too."""
    (directory / _LAST).unlink(missing_ok=True)
    for path in directory.glob(".*.part.*"):
        path.unlink(missing_ok=True)


def finish(directory: Path, plan: Plan) -> None:
    """Writes what makes the folder a data set.

    Raises:
      InputError: if a shard is missing after all, more records failed than may, or the place cannot be written.
    """
    written = finished(directory, plan.asked)
    missing = len(plan.asked.shards) - len(written)
    if missing:
        raise InputError(directory, "shards", f"{missing} that are not written", f"{len(plan.asked.shards)}")
    shards = [written[index] for index in range(len(written))]
    failures = [Failure(int(row[0]), *row[1:]) for shard in shards for row in shard.failures]
    _write_failures(directory, failures)
    check_failures(failures, plan.asked.max_failures)
    context = open_context(directory / WORK)
    _write_card(directory, context, shards, len(failures))
    state_data_set(directory, plan.statement(f"policy {plan.asked.policy}, seed {plan.asked.seed}"))
    _write_metadata(directory, context, shards)


def _write_failures(directory: Path, failures: list[Failure]) -> None:
    path = directory / "failures.csv"
    if not failures:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Failure._fields)
    writer.writerows(failures)
    write_whole(path, text.getvalue())


def _write_card(directory: Path, context: WorkerContext, shards: list[ShardReport], failures: int) -> None:
    levels = np.sum([shard.levels for shard in shards], 0)
    records, size = sum(shard.examples for shard in shards), sum(shard.size for shard in shards)
    first = tf.data.TFRecordDataset(str(shard_path(directory, context.plan.asked, 0)))
    sheet = draw_sheet([record.numpy() for record in first.take(SHOWN)], context.features)
    write_image(directory / SHEET, sheet, context.plan.statement(""))
    write_whole(directory / HISTOGRAM, draw_histogram(levels, records))
    write_whole(directory / "README.md", write_card(context, levels, records, failures, size))


def _write_metadata(directory: Path, context: WorkerContext, shards: list[ShardReport]) -> None:
    identity = tfds.core.dataset_info.DatasetIdentity(
        name=NAME, version=tfds.core.Version("1.0.0"), data_dir=os.fspath(directory), module_name=""
    )
    metadata = tfds.core.MetadataDict(
        face_model=context.model.name,
        face_model_digest=context.plan.face_model,
        generator_digest=context.plan.generator,
        digital_source_type=context.plan.statement("").source,
        policy=context.plan.asked.policy,
        style=context.plan.asked.style,
        seed=context.plan.asked.seed,
        failures=sum(len(shard.failures) for shard in shards),
    )
    info = tfds.core.DatasetInfo(
        builder=identity, features=context.features, description=_DESCRIPTION, metadata=metadata
    )
    info.set_file_format(tfds.core.FileFormat.TFRECORD)
    template = tfds.core.ShardedFileTemplate(
        data_dir=directory, dataset_name=NAME, split=SPLIT, filetype_suffix="tfrecord"
    )
    split = tfds.core.SplitInfo(
        name=SPLIT,
        shard_lengths=[shard.examples for shard in shards],
        num_bytes=sum(shard.size for shard in shards),
        filename_template=template,
    )
    info.set_splits(tfds.core.SplitDict([split]))
    with TemporaryDirectory(dir=directory / WORK) as beside:
        info.write_to_directory(beside)
        files = sorted(Path(beside).iterdir(), key=lambda path: path.name == _LAST)
        for file in files:
            os.replace(file, directory / file.name)
