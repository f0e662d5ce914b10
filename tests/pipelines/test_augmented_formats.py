"""The same synthetic pictures in each format, read back by that format's own reader."""

import io
import json
import subprocess
import sys
import tarfile

import numpy as np
import pandas as pd
import pytest
import tensorflow_datasets as tfds

from au_tf.errors import InputError
from au_tf.facs import AU_NAMES
from au_tf.pipelines.augment import Augmentation, augment
from au_tf.pipelines.augmentation import shards
from au_tf.simulation.label_policies import grid

COUNT = 70


def asked_in(form, photos):
    return Augmentation(COUNT, dataset=None, photos=(photos,), policy="grid", size=32, shard=64, format=form)


@pytest.fixture(scope="module")
def made(photos, tmp_path_factory):
    """What is made in each format, by its name; not to be changed."""
    folders = {}

    def in_format(form):
        if form not in folders:
            folders[form] = augment(asked_in(form, photos), tmp_path_factory.mktemp(form))
        return folders[form]

    return in_format


@pytest.fixture(scope="module")
def records(made):
    """The examples as TFDS reads TFRecords: pictures as JPEG, by the number of the record."""
    decoders = {"image": tfds.decode.SkipDecoding()}
    data = made("tfrecord").builder().as_dataset(split="train", decoders=decoders)
    return {int(example["frame"]): example for example in tfds.as_numpy(data)}


def test_array_records_are_had_by_their_number(made, records):
    found = made("array_record")
    source = found.builder().as_data_source(split="train", decoders={"image": tfds.decode.SkipDecoding()})
    assert len(source) == found.records == COUNT
    for example in (source[0], source[69]):
        own = records[int(example["frame"])]
        assert example["image"] == own["image"]
        np.testing.assert_array_equal(example["expression"], own["expression"])


def test_tables_have_a_picture_a_row(made, records):
    folder = made("parquet").directory
    files = sorted(folder.glob("augmented-train-*-of-00002.parquet"))
    table = pd.concat(map(pd.read_parquet, files))
    assert len(files) == 2 and len(table) == COUNT
    np.testing.assert_array_equal(table[list(AU_NAMES)], grid()[table["frame"] % len(grid())])
    for _, row in table.iloc[[3, 68]].iterrows():
        own = records[row["frame"]]
        assert row["image"]["bytes"] == own["image"] and row["image"]["path"] == row["key"] + ".jpg"
        np.testing.assert_array_equal(row["expression"], own["expression"])
        np.testing.assert_array_equal(row["landmarks"], own["landmarks"].ravel())


def test_tar_files_have_three_members_a_sample(made, records):
    frames = set()
    for file in made("webdataset").directory.glob("*.tar"):
        with tarfile.open(file) as tar:
            members = {member.name: tar.extractfile(member).read() for member in tar}
        for name in [name for name in members if name.endswith(".json")]:
            labels, stem = json.loads(members[name]), name.removesuffix(".json")
            own = records[labels["frame"]]
            assert members[f"{stem}.jpg"] == own["image"]
            assert [labels[unit] for unit in AU_NAMES] == own["intensities"].tolist()
            np.testing.assert_array_equal(np.load(io.BytesIO(members[f"{stem}.npz"]))["expression"], own["expression"])
            frames.add(labels["frame"])
    assert frames == set(range(COUNT))


@pytest.mark.parametrize("form", ["tfrecord", "array_record", "parquet", "webdataset"])
def test_labels_and_card_are_the_same_in_each(made, form):
    found, plain = made(form), made("tfrecord")
    pd.testing.assert_frame_equal(
        pd.read_parquet(found.directory / "labels.parquet"), pd.read_parquet(plain.directory / "labels.parquet")
    )
    sheets = [(folder.directory / "contact_sheet.png").read_bytes() for folder in (found, plain)]
    assert sheets[0] == sheets[1]
    card = (found.directory / "README.md").read_text()
    assert card.startswith("---\n") and "- n<1K" in card and (form == "tfrecord") == (f"--format {form}" not in card)


@pytest.mark.parametrize("form", ["parquet", "webdataset"])
def test_what_was_begun_ends_with_the_same_bytes(made, photos, tmp_path, form):
    subprocess.run(["cp", "-r", made(form).directory, tmp_path / "copy"], check=True)
    lost = tmp_path / "copy" / shards.shard_name(asked_in(form, photos), 1)
    whole = {path.name: path.read_bytes() for path in (tmp_path / "copy").iterdir() if path.is_file()}
    lost.unlink()
    again = augment(asked_in(form, photos), tmp_path / "copy")
    assert {path.name: path.read_bytes() for path in again.directory.iterdir() if path.is_file()} == whole


def test_tfds_is_not_asked_to_read_tables(made):
    with pytest.raises(InputError, match="format: found parquet, expected tfrecord or array_record"):
        made("parquet").builder()


READER = """
import io, pathlib, sys, tarfile
from PIL import Image
tar = tarfile.open(next(iter(sorted(pathlib.Path(sys.argv[1]).glob("*.tar")))))
print(Image.open(tar.extractfile(next(iter(tar)))).size, "tensorflow" in sys.modules, "au_tf" in sys.modules)
"""


def test_a_reader_needs_no_tensorflow(made):
    told = subprocess.run([sys.executable, "-c", READER, made("webdataset").directory], capture_output=True, text=True)
    assert told.stdout.strip() == "(32, 32) False False", told.stderr
