"""Augmentations of a few small pictures, and what may befall them."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from au_tf.datasets.recordings import writing
from au_tf.errors import AuTfError, InputError
from au_tf.facs import AU_NAMES, format_intensities
from au_tf.morphable.detail.detail import STARTS
from au_tf.morphable.detail.maps import maps
from au_tf.pictures.provenance.verify import verify
from au_tf.pipelines.augment import Augmentation, augment, local_options, open_augmented
from au_tf.pipelines.augmentation import photos as photo_drawing, shards, textured, worker_context as context
from au_tf.pipelines.augmentation.drawing import RecordMaker
from au_tf.rendering.details import Likeness
from au_tf.simulation.label_policies import grid

COUNT, SHARD = 150, 64
MANY = 24
"""Shards of what is interrupted."""


def small(photos, **changes):
    return Augmentation(
        **{"count": COUNT, "dataset": None, "photos": (photos,), "policy": "grid", "size": 32, "shard": SHARD} | changes
    )


def files(folder):
    """The data set's files, none of those that are for a later run."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def records(folder):
    return [r.numpy() for r in tf.data.TFRecordDataset([str(p) for p in sorted(folder.glob("*.tfrecord-*"))])]


def left_over(folder):
    return [path.name for path in folder.rglob("*") if ".part" in path.name]


@pytest.fixture(scope="module")
def whole(photos, tmp_path_factory):
    """A folder that was written in one go by two workers; not to be changed."""
    folder = tmp_path_factory.mktemp("augmented")
    augment(small(photos), folder, local_options(2))
    return folder


def test_tfds_reads_it(whole):
    builder = tfds.builder_from_directory(whole)
    assert builder.info.splits["train"].num_examples == COUNT
    assert builder.info.splits["train"].shard_lengths == [64, 64, 22]
    examples = list(tfds.as_numpy(builder.as_dataset(split="train")))
    assert sorted(e["frame"] for e in examples) == list(range(COUNT))
    digest = builder.info.metadata["generator_digest"]
    for example in examples:
        np.testing.assert_array_equal(example["intensities"], grid()[example["frame"] % len(grid())])
        assert example["image"].shape == (32, 32, 3) and example["image"].std() > 20
        assert (example["generator"].tobytes().hex(), example["seed"], example["registered"]) == (digest, 0, True)
    # One after the other each of the three faces is given the whole grid.
    order = [e["subject"] for e in sorted(examples, key=lambda e: e["frame"])]
    assert len({*order[:61]}) == len({*order[61:122]}) == 1 and len({*order}) == 3


def test_bytes_do_not_depend_on_workers_or_shards(whole, photos, tmp_path):
    augment(small(photos, shard=128), tmp_path / "other", local_options(1))
    assert records(tmp_path / "other") == records(whole)


def test_a_record_is_the_same_whichever_others_are_made(whole):
    made = context.open_context(whole / shards.WORK)
    (record,) = RecordMaker(made, shards.drawer_of(made)).records(range(70, 71))
    assert writing.serialize(made.features, record[1]) == records(whole)[70]


def test_a_second_run_changes_nothing(whole, photos):
    before = {path: path.stat().st_mtime_ns for path in whole.iterdir() if path.is_file()}
    augment(small(photos), whole)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_another_augmentation_does_not_go_into_the_same_folder(whole, photos):
    with pytest.raises(InputError, match="seed: found 0 where the work was begun"):
        augment(small(photos, seed=1), whole)


def test_what_lies_in_a_folder_is_not_mixed_with(photos, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(InputError, match=r"folder: found README\.md in it, expected an empty one"):
        augment(small(photos), tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_the_card_counts_what_is_in_it(whole):
    card = (whole / "README.md").read_text()
    counts = np.bincount(grid()[np.arange(COUNT) % len(grid()), AU_NAMES.index("AU12")], minlength=6)
    assert "| AU12 lip corner puller | " + " | ".join(map(str, counts)) in card
    assert "--policy grid" in card and "--size 32" in card
    assert cv2.imread(str(whole / "contact_sheet.png")).std() > 20


def test_it_says_that_it_is_synthetic_and_so_does_each_picture(whole, tmp_path):
    told = verify(whole)
    assert told.intact and told.statement.source == "trainedAlgorithmicMedia" and "policy grid" in told.statement.asked
    builder = tfds.builder_from_directory(whole)
    encoded = builder.as_dataset(split="train", decoders={"image": tfds.decode.SkipDecoding()})
    for example in tfds.as_numpy(encoded.take(5)):
        (tmp_path / "a.jpg").write_bytes(example["image"])
        own = verify(tmp_path / "a.jpg")
        assert own.intact and own.statement.asked == format_intensities(example["intensities"])
        assert own.statement.generator == told.statement.generator == example["generator"].tobytes().hex()


def test_a_deleted_shard_is_named_and_made_anew(whole, photos, tmp_path):
    folder = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(whole), str(folder)], check=True)
    shard = folder / shards.shard_name(small(photos), 1)
    shard.unlink()
    with pytest.raises(InputError, match="00001-of-00003: file: found nothing"):
        open_augmented(folder)
    augment(small(photos), folder)
    assert files(folder) == files(whole)


def test_two_runs_into_one_folder(photos, tmp_path):
    (tmp_path / shards.WORK).mkdir()
    with (tmp_path / shards.WORK / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="found one that another run is writing"):
            augment(small(photos), tmp_path)


class Forgetful:
    """A generator that returns what is no number for AU5."""

    TAKES_SOURCE = True
    KIND = "forgetful"

    def check(self, model):
        pass

    def generate(self, source, intensities):
        made = np.array(source, np.float32)
        made[np.asarray(intensities)[:, AU_NAMES.index("AU5")] > 0, 3] = np.nan
        return made


def test_what_is_no_number_is_left_out_and_told(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(context, "load_generator", lambda path: Forgetful())
    asked = small(photos, count=61)
    builder = augment(asked, tmp_path / "some").builder()
    assert builder.info.splits["train"].num_examples == 56 == len(records(tmp_path / "some"))
    assert builder.info.metadata["failures"] == 5
    lines = (tmp_path / "some" / "failures.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["number", "16", "17", "18", "19", "20"]
    assert "the generator gave a number that is not finite" in lines[1] and ".jpg" in lines[1]
    with pytest.raises(AuTfError, match=r"at least 5, the first of them record 16 .* expected at most 4"):
        augment(replace(asked, max_failures=4), tmp_path / "none")
    assert not (tmp_path / "none" / "dataset_info.json").exists() and not left_over(tmp_path)
    # What may fail is not part of what is made, so the bound can be raised afterwards.
    augment(asked, tmp_path / "none")
    assert files(tmp_path / "none") == files(tmp_path / "some")


class Unchanged:
    """Stands for the compositor, which takes seconds: the photo as it is."""

    def __init__(self, image, *fit, samples=2.0):
        self.image, self.placement, self.layers = image, None, None

    def compose(self, expression, opened=0.0):
        return self.image


def bare_skin(model, *photo):
    """Stands for the texture of a photo, which takes a second: the model's."""
    return Likeness(
        model.mean_albedo,
        tuple(np.zeros((*level.shape[:2], 3), np.float32) for level in maps().marks),
        np.zeros(len(STARTS), np.float32),
        np.ones(3, np.float32),
        0.0 * model.mean_shape,
    )


@pytest.mark.parametrize("style", ["photo", "textured"])
def test_a_damaged_source_picture(style, write_extracted, tmp_path, monkeypatch):
    for module in (photo_drawing, textured):
        monkeypatch.setattr(module, "PhotoCompositor", Unchanged)
    monkeypatch.setattr(textured, "likeness_of", bare_skin)
    pictures = [tmp_path / "good.png", tmp_path / "bad.png"]
    cv2.imwrite(str(pictures[0]), np.random.default_rng(0).integers(0, 255, (120, 100, 3), np.uint8))
    pictures[1].write_bytes(pictures[0].read_bytes()[:500])
    rows = write_extracted(tmp_path / "rows.npz", pictures)
    builder = augment(small(rows, count=122, style=style), tmp_path / "out").builder()
    assert builder.info.splits["train"].num_examples == 61
    lines = (tmp_path / "out" / "failures.csv").read_text().splitlines()[1:]
    assert len(lines) == 61 and all("bad.png: picture: found a damaged file" in line for line in lines)


def test_a_source_picture_that_is_not_there(photos, tmp_path):
    with pytest.raises(InputError, match=r"0\.jpg: file: found nothing, expected a picture"):
        augment(small(photos, style="photo"), tmp_path / "out")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.name not in (shards.WORK, "lock")]


def test_shards_are_small_for_few_records_and_for_what_is_slow():
    usual = {"dataset": None, "photos": ("people.npz",), "policy": "grid"}
    assert [len(Augmentation(n, **usual).shards[0]) for n in (10, 2000, 3000, 130_000)] == [10, 64, 128, 512]
    assert len(Augmentation(130_000, style="photo", **usual).shards[0]) == 64


class Full:
    """A writer of records on a disk that is full after ten."""

    def __init__(self, path):
        self.writer, self.room = tf.io.TFRecordWriter(path), 10

    def close(self):
        self.writer.close()

    def write(self, record):
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.writer.write(record)


def test_a_full_disk(whole, photos, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(writing, "TFRecordWriter", Full)
        with pytest.raises(AuTfError, match=r"augmented-train.* No space left on device"):
            augment(small(photos), tmp_path)
    wait_for_workers(tmp_path)
    assert not list(tmp_path.glob("*.tfrecord*")) and not left_over(tmp_path)
    assert not (tmp_path / "dataset_info.json").exists()
    augment(small(photos), tmp_path)
    assert files(tmp_path) == files(whole)


def wait_for_workers(folder):
    """They clean up after themselves, which whoever started them does not wait for."""
    end = time.monotonic() + 60
    while left_over(folder) and time.monotonic() < end:
        time.sleep(0.05)


def wait_for_a_shard(folder):
    """Any of them: they are made in no particular order."""
    done, end = folder / shards.WORK / "done", time.monotonic() + 300
    while not list(done.glob("[0-9]*.json")) and time.monotonic() < end:
        time.sleep(0.01)
    assert list(done.glob("[0-9]*.json"))


@pytest.fixture
def interruptible():
    """As from a terminal: what is started in the background may have been told to ignore interruptions."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_run_goes_on(photos, tmp_path):
    asked = small(photos, count=64 * MANY)

    def interrupt():
        wait_for_a_shard(tmp_path)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        augment(asked, tmp_path)
    thread.join()
    assert not (tmp_path / "dataset_info.json").exists()
    with pytest.raises(InputError, match="found none that is finished"):
        open_augmented(tmp_path)
    wait_for_workers(tmp_path)
    done = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.tfrecord*")}
    assert 0 < len(done) < MANY and not left_over(tmp_path)


PROGRAM = """
import json, sys
from au_tf import startup
startup.start_tensorflow()
from au_tf.datasets.recordings import writing
from au_tf.pipelines.augment import Augmentation, augment
asked = json.loads(sys.argv[1])
augment(Augmentation(**asked | {"photos": tuple(asked["photos"])}), sys.argv[2])
"""


def test_a_killed_run_goes_on(whole, photos, tmp_path):
    asked = small(photos, count=64 * MANY)
    settings = json.dumps(vars(asked))
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, settings, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_a_shard(tmp_path)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    done = shards.finished(tmp_path, asked)
    assert 0 < len(done) < MANY and not (tmp_path / "dataset_info.json").exists()
    (tmp_path / ".augmented-train.0123abcd.part.tfrecord-00009-of-00010").write_bytes(b"half a record")
    before = [tmp_path / shards.shard_name(asked, index) for index in done]
    written = {path: path.stat().st_mtime_ns for path in before}
    builder = augment(asked, tmp_path).builder()
    assert {path: path.stat().st_mtime_ns for path in before} == written
    assert builder.info.splits["train"].num_examples == 64 * MANY and not left_over(tmp_path)
    assert records(tmp_path)[:128] == records(whole)[:128]
