"""Augmentations and data sets in an object store, S3's of moto on this machine's loopback."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from au_tf import stores
from au_tf.cli import main
from au_tf.errors import InputError
from au_tf.files import place, write_whole
from au_tf.pipelines.augment import Augmentation, augment, local_options, open_augmented
from au_tf.pipelines.augmentation import shards
from au_tf.synthesis.generators import load_generator

COUNT = 150


def small(photos):
    return Augmentation(COUNT, dataset=None, photos=(str(photos),), policy="grid", size=32, shard=64)


def files(folder):
    """Names and bytes of the data set's files, none of those that are for a later run."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("workers", [1, 2])
def test_bytes_are_those_of_a_folder(workers, bucket, photos, tmp_path):
    rows = bucket / "in" / "people.npz"
    write_whole(rows, Path(photos).read_bytes())
    kept = augment(small(rows), bucket / "out", local_options(workers))
    assert kept.directory == bucket / "out" and kept.records == COUNT
    augment(small(rows), tmp_path / "local", local_options(1))
    assert files(bucket / "out") == files(tmp_path / "local")
    assert not (bucket / "out" / shards.WORK / "lock").exists()


def test_what_was_begun_goes_on_and_is_read_back(bucket, photos):
    out = bucket / "out"
    augment(small(photos), out)
    whole, lost = files(out), out / shards.shard_name(small(photos), 1)
    kept = (out / shards.shard_name(small(photos), 0)).stat().st_mtime
    lost.unlink()
    augment(small(photos), out)
    assert files(out) == whole and (out / shards.shard_name(small(photos), 0)).stat().st_mtime == kept
    builder = open_augmented(out)
    assert builder.info.splits["train"].num_examples == COUNT
    assert sum(1 for _ in builder.as_dataset(split="train")) == COUNT
    (out / "dataset_info.json").unlink()
    with pytest.raises(InputError, match="found none that is finished"):
        open_augmented(out)


def test_one_run_at_a_time(bucket, photos, monkeypatch):
    work = bucket / "out" / shards.WORK
    with stores.held(work, "lock", lambda: None), pytest.raises(InputError, match="another run is writing"):
        augment(small(photos), bucket / "out")
    monkeypatch.setattr(stores, "RENEWED", 0.1)
    for age, mine in ((0.0, False), (60.0, True)):
        write_whole(work / "lock", json.dumps({"holder": "dead", "renewed": time.time() + 5 - age}))
        if mine:
            with stores.held(work, "lock", lambda: None):
                assert json.loads((work / "lock").read_bytes())["holder"] != "dead"
        else:
            write_whole(work / "lock", json.dumps({"holder": "other", "renewed": time.time()}))
            with pytest.raises(InputError, match="another run"), stores.held(work, "lock", lambda: None):
                pass


def test_whoever_loses_the_lock_is_told(bucket, monkeypatch):
    monkeypatch.setattr(stores, "RENEWED", 0.05)
    told = []
    with stores.held(bucket / "a", "lock", lambda: told.append(1)):
        write_whole(bucket / "a" / "lock", json.dumps({"holder": "other", "renewed": time.time()}))
        end = time.monotonic() + 30
        while not told and time.monotonic() < end:
            time.sleep(0.01)
    assert told == [1] and (bucket / "a" / "lock").exists()


def test_copies_follow_what_lies_in_the_store(bucket):
    for name in ("a", "b/c"):
        write_whole(bucket / "in" / name, name)
    copy = stores.fetched(bucket / "in")
    assert {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()} == {"a", "b/c"}
    before = (copy / "a").stat().st_mtime_ns
    write_whole(bucket / "in" / "b" / "c", "another")
    assert (stores.fetched(bucket / "in") / "b" / "c").read_text() == "another"
    assert (copy / "a").stat().st_mtime_ns == before
    (bucket / "in" / "a").unlink()
    assert not (stores.fetched(bucket / "in") / "a").exists()


def test_a_training_goes_on_from_there(bucket, tmp_path):
    words = ["train", "cgan", "--batch-size", "8", "--frames", "60", "--steps-per-call", "3"]
    out = str(bucket / "model")
    half = [*words, "--iterations", "6"]
    assert main.main([*half, "--out", out, "--checkpoint", f"{out}/state.npz"]) == 0
    assert main.main([*half, "--out", str(tmp_path), "--checkpoint", str(tmp_path / "state.npz")]) == 0
    assert (place(out) / "generator.npz").read_bytes() == (tmp_path / "generator.npz").read_bytes()
    assert (place(out) / "state.npz").read_bytes() == (tmp_path / "state.npz").read_bytes()
    assert (place(out) / "config.toml").exists()
    np.testing.assert_array_equal(*(load_generator(folder).bounds.upper for folder in (out, tmp_path)))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("s3://no-such-bucket/x", "s3://no-such-bucket/x.*: found"),
        ("nowhere://x/y", "nowhere://x/y: store: found .*au_tf.stores"),
    ],
)
def test_what_cannot_be_reached_is_said_in_a_line(name, words, bucket, photos):
    with pytest.raises(InputError, match=words) as caught:
        augment(small(photos), name)
    assert "\n" not in str(caught.value)
