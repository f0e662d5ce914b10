"""Synthetic pictures of faces with any Action Units, by the hundred thousand: a TFDS data set made by Beam."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import tensorflow_datasets as tfds
from apache_beam.options.pipeline_options import PipelineOptions
from joblib import cpu_count

from au_tf.datasets.recordings.opening import check_face_model, check_named, open_recordings
from au_tf.datasets.recordings.writing import RUNNER, new_pipeline, run_pipeline
from au_tf.errors import InputError
from au_tf.files import Place, file_digest, place
from au_tf.morphable import MorphableModel
from au_tf.morphable.load import load_face_model
from au_tf.pipelines.augmentation.augmentation_config import Augmentation, Format
from au_tf.pipelines.augmentation.drawn_people import drawn_sources
from au_tf.pipelines.augmentation.finishing import finish, is_finished, unfinish
from au_tf.pipelines.augmentation.formats import KINDS
from au_tf.pipelines.augmentation.plan import SOURCES, WORK, Plan, generator_file
from au_tf.pipelines.augmentation.shards import STOP, finished, told, write_shards
from au_tf.pipelines.augmentation.sources import Sources, extracted_sources, recorded_sources
from au_tf.pipelines.augmentation.worker_context import tables
from au_tf.places import check_alone
from au_tf.progress import watched
from au_tf.stores import fetched, held
from au_tf.synthesis.generators import load_generator

__all__ = ["Augmentation", "Augmented", "augment", "local_options", "open_augmented", "runner_options"]


@dataclass(frozen=True)
class Augmented:
    """A data set of synthetic pictures."""

    directory: Place
    """Where it is."""
    format: Format
    """How its records are kept."""
    records: int
    """Pictures in it."""
    failures: int
    """Pictures that could not be made; failures.csv tells why."""

    def builder(self) -> tfds.core.DatasetBuilder:
        """What TensorFlow Datasets reads it by.

        Raises:
          InputError: if it has a format that TFDS does not read, or a file is gone.
        """
        if KINDS[self.format].tfds is None:
            raise InputError(self.directory, "format", self.format, "tfrecord or array_record, which TFDS reads")
        return open_augmented(self.directory)


def augment(
    asked: Augmentation,
    directory: str | os.PathLike[str] | Place,
    options: PipelineOptions | None = None,
    *,
    workers: int = 0,
    runner: str | None = None,
    beam: Sequence[str] = (),
) -> Augmented:
    """Makes synthetic pictures and writes them as a data set; what an earlier run has done is kept.

    Features are those of the recorded data sets with pictures. The same `asked` gives the same bytes,
    whatever runs it; a folder holds one augmentation, and counts as a data set only once all of it is written.

    Args:
      asked: what is wanted.
      directory: where it goes, on this machine or in an object store (s3://, gs://); made if need be.
      options: Beam's; None is as the further arguments say.
      workers: processors of this machine; 0 is all.
      runner: another of Beam's runners, such as "FlinkRunner".
      beam: options of the runner as its command line has them.

    Returns:
      What is there now.

    Raises:
      InputError: for a setting, file or data set that is wrong, or a folder in use or with another augmentation.
      AuTfError: with the line of a worker, if more records fail than may or the place cannot be written.
    """
    # Workers elsewhere have another working directory.
    directory = place(directory).absolute()
    # A data set has files of common names, README.md among them; they shall replace nobody's.
    check_alone(str(directory), directory, (f"{WORK}/plan.json",))
    with held(directory / WORK, "lock", STOP.set):
        work = directory / WORK
        plan = _prepared(asked, work)
        done = finished(directory, asked)
        missing = [index for index in range(len(asked.shards)) if index not in done]
        if missing:
            unfinish(directory, asked.format)
            elsewhere = runner is not None or beam
            own = runner_options(runner, beam) if elsewhere else local_options(workers or None)
            _run(directory, plan, missing, options or own)
        if missing or not is_finished(directory, asked.format):
            finish(directory, plan)
        done = finished(directory, asked)
    failures = sum(len(shard.failures) for shard in done.values())
    return Augmented(directory, asked.format, sum(shard.examples for shard in done.values()), failures)


def open_augmented(directory: str | os.PathLike[str] | Place) -> tfds.core.DatasetBuilder:
    """Opens what `augment` has written, and makes sure that all of it is there.

    What lies in a store is copied into the cache first, but for what is there already.

    Raises:
      InputError: if it is no such data set, is not finished, or lacks a file.
    """
    path = fetched(directory)
    if not is_finished(path, "tfrecord"):
        raise InputError(path, "data set", "none that is finished", "one that `augment` wrote to its end")
    builder = tfds.builder_from_directory(path)
    for split in builder.info.splits.values():
        for file in map(Path, split.filepaths):
            if not file.is_file():
                raise InputError(file, "file", "nothing", "a part of the data set; `augment` makes it anew")
    return builder


def _prepared(asked: Augmentation, work: Place) -> Plan:
    """The plan of a folder, new or as it was begun, with the source faces beside it."""
    # Read by workers; what is wrong with them is told before a data set is read or built.
    tables(asked)
    if asked.dataset is not None and asked.reads_dataset:
        check_named(asked.dataset)
    model = load_face_model(asked.face_model)
    network = generator_file(asked, model.name)
    load_generator(network.parent).check(model)
    sources = _sources(asked, model)
    plan = Plan(
        asked,
        sources=sources.digest(),
        generator=file_digest(network),
        face_model=model.digest,
        labels="" if asked.table is None else file_digest(fetched(asked.table)),
    )
    if (work / "plan.json").exists():
        _check_same(Plan.load(work), plan, work.parent)
    plan.save(work)
    if not (work / SOURCES).exists():
        sources.save(work / SOURCES)
    return plan


def _check_same(begun: Plan, plan: Plan, directory: Place) -> None:
    for name, value in plan.differences(begun):
        raise InputError(str(directory), name, f"{value} where the work was begun", "the same, or another folder")


def _sources(asked: Augmentation, model: MorphableModel) -> Sources:
    recorded = None
    if asked.dataset is not None and asked.reads_dataset:
        builder = open_recordings(asked.dataset, asked.data_dir)
        check_face_model(builder, model)
        recorded = recorded_sources(
            builder,
            per_person=asked.faces,
            seed=asked.seed,
            neutral=asked.neutral,
            pictures=asked.shows_pictures and not asked.photos,
        )
    if asked.people:
        return drawn_sources(model, asked.people, asked.seed, recorded)
    if not asked.photos:
        assert recorded is not None
        return recorded
    extracted = extracted_sources([fetched(path) for path in asked.photos], model, recorded)
    if asked.shows_pictures:
        extracted.check_pictures()
    return extracted


def local_options(workers: int | None = None) -> PipelineOptions:
    """Beam's options for work on this machine, with each shard on a thread.

    The loops that take the time let other threads run, and nothing has to be loaded twice.

    Args:
      workers: how many at a time; None is one a processor.
    """
    workers = workers or cpu_count()
    mode = "multi_threading" if workers > 1 else "in_memory"
    return PipelineOptions([], runner=RUNNER, direct_num_workers=workers, direct_running_mode=mode)


def runner_options(runner: str | None, options: Sequence[str]) -> PipelineOptions:
    """Beam's options for another runner, as its command line has them; without a runner `FnApiRunner`."""
    return PipelineOptions([*([f"--runner={runner}"] if runner else []), *options])


def _run(directory: Place, plan: Plan, missing: list[int], options: PipelineOptions) -> None:
    pipeline = new_pipeline(None, options)
    write_shards(pipeline, directory, plan, missing)
    every = 0.5 if isinstance(directory, Path) else 10.0
    with _stoppable(), watched(plan.asked.count, lambda: told(directory, plan.asked), "face", every):
        run_pipeline(pipeline)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Has the workers of this process give up as soon as it is interrupted, for Beam would wait for their end."""
    STOP.clear()
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> None:
        STOP.set()
        assert callable(before)
        before(number, frame)

    # Python lets no other thread set it.
    heard = callable(before) and threading.current_thread() is threading.main_thread()
    if heard:
        signal.signal(signal.SIGINT, stop)
    try:
        yield
        # What is raised while Beam calls back may get lost there.
        if STOP.is_set():
            raise KeyboardInterrupt
    except BaseException:
        STOP.set()
        raise
    finally:
        if heard:
            signal.signal(signal.SIGINT, before)
