"""What makes a folder a data set once all shards are written; nothing of it is there before."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import tensorflow_datasets as tfds

from au_tf.arrays import Int
from au_tf.errors import InputError
from au_tf.facs import AU_NAMES
from au_tf.files import Place, write_whole
from au_tf.pictures.images import write_image
from au_tf.pictures.provenance.data_sets import state_data_set
from au_tf.pipelines.augmentation.augmentation_config import Format
from au_tf.pipelines.augmentation.card import HISTOGRAM, SHEET, SHOWN, draw_histogram, draw_sheet, write_card
from au_tf.pipelines.augmentation.drawing import Failure
from au_tf.pipelines.augmentation.formats import KINDS, some_samples
from au_tf.pipelines.augmentation.plan import SPLIT, WORK, Plan
from au_tf.pipelines.augmentation.shards import NAME, ShardReport, check_failures, finished, labels_of, shard_name
from au_tf.pipelines.augmentation.worker_context import WorkerContext, open_context
from au_tf.simulation.label_policies import LEVELS
from au_tf.stores import fetched, sent

_INFO, _CARD = "dataset_info.json", "README.md"
_LABELS = "labels.parquet"
_DESCRIPTION = "Synthetic pictures of faces with given Action Units, made by au-tf augment; README.md tells of them."


def is_finished(directory: Place, form: Format) -> bool:
    """Whether all is written."""
    return (directory / _last(form)).is_file()


def _last(form: Format) -> str:
    """The file that is written last. Without its information TFDS sees no data set."""
    return _INFO if KINDS[form].tfds else _CARD


def unfinish(directory: Place, form: Format) -> None:
    """Makes a folder no data set, before something in it is written anew; what a killed run has left goes, too."""
    (directory / _last(form)).unlink(missing_ok=True)
    if isinstance(directory, Path):
        for path in directory.glob(".*.part*"):
            path.unlink(missing_ok=True)


def finish(directory: Place, plan: Plan) -> None:
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
    keys, intensities = labels_of(directory, plan.asked)
    _write_labels(directory, keys, intensities)
    digests = {shard_name(plan.asked, index): shard.digest for index, shard in enumerate(shards)}
    state_data_set(directory, plan.statement(f"policy {plan.asked.policy}, seed {plan.asked.seed}"), digests)
    _write_card(directory, context, shards, intensities, len(failures))
    if KINDS[plan.asked.format].tfds:
        with TemporaryDirectory() as beside:
            _write_metadata(beside, context, shards)
            sent(Path(beside), directory, _INFO)


def _write_failures(directory: Place, failures: list[Failure]) -> None:
    path = directory / "failures.csv"
    if not failures:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Failure._fields)
    writer.writerows(failures)
    write_whole(path, text.getvalue())


def _write_labels(directory: Place, keys: list[str], intensities: Int) -> None:
    """What is asked for without the pictures: a row a record, in the order of the shards."""
    columns = zip(AU_NAMES, intensities.T, strict=True)
    data = io.BytesIO()
    pq.write_table(pa.table({"key": keys} | {name: pa.array(column) for name, column in columns}), data)
    write_whole(directory / _LABELS, data.getvalue())


def _write_card(
    directory: Place, context: WorkerContext, shards: list[ShardReport], intensities: Int, failures: int
) -> None:
    levels = np.stack([np.bincount(column, minlength=LEVELS + 1) for column in intensities.T])
    records, size = sum(shard.examples for shard in shards), sum(shard.size for shard in shards)
    asked = context.plan.asked
    first = str(fetched(directory / shard_name(asked, 0)))
    sheet = draw_sheet(some_samples(KINDS[asked.format], first, SHOWN, shards[0].examples))
    write_image(directory / SHEET, sheet, context.plan.statement(""))
    write_whole(directory / HISTOGRAM, draw_histogram(levels, records))
    write_whole(directory / _CARD, write_card(context, levels, records, failures, size))


def _write_metadata(directory: str, context: WorkerContext, shards: list[ShardReport]) -> None:
    identity = tfds.core.dataset_info.DatasetIdentity(
        name=NAME, version=tfds.core.Version("1.0.0"), data_dir=directory, module_name=""
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
    form = KINDS[context.plan.asked.format].tfds
    info.set_file_format(form)
    template = tfds.core.ShardedFileTemplate(data_dir=directory, dataset_name=NAME, split=SPLIT, filetype_suffix=form)
    split = tfds.core.SplitInfo(
        name=SPLIT,
        shard_lengths=[shard.examples for shard in shards],
        num_bytes=sum(shard.size for shard in shards),
        filename_template=template,
    )
    info.set_splits(tfds.core.SplitDict([split]))
    info.write_to_directory(directory)
