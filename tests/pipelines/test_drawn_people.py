"""Pictures of people whom nobody has recorded, and their maps."""

import io
import json
import tarfile

import cv2
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from au_tf.errors import InputError
from au_tf.facs import AU_NAMES
from au_tf.morphable.builtin import builtin_face
from au_tf.pipelines.augment import Augmentation, augment, local_options
from au_tf.pipelines.augmentation.drawn_people import drawn_sources
from au_tf.pipelines.augmentation.pixel_maps import DEPTH_MM
from au_tf.pipelines.augmentation.uncoded import UNCODED_UNITS, uncoded_of, with_uncoded
from au_tf.rendering.native.surfaces import Segment
from au_tf.simulation.scene import DISTANCE_MM, VIDEO

COUNT = 70


def asked(**changes):
    usual = {"dataset": None, "policy": "grid", "size": 48, "shard": 64, "people": 3, "maps": True}
    return Augmentation(COUNT, **usual | changes)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of TFRecords; not to be changed."""
    return augment(asked(), tmp_path_factory.mktemp("people"), local_options(2))


@pytest.fixture(scope="module")
def records(made):
    return {int(example["frame"]): example for example in tfds.as_numpy(made.builder().as_dataset(split="train"))}


def test_every_picture_has_maps_that_fit_it(records):
    assert len(records) == COUNT
    for example in records.values():
        depth, parts = example["depth"][..., 0] * DEPTH_MM, example["segmentation"][..., 0]
        seen = depth > 0
        # Half of a head before its middle, and an arm's length at most behind.
        assert seen.mean() > 0.3 and np.abs(depth[seen] - DISTANCE_MM).max() < 200
        assert (np.isin(parts[~seen], (Segment.BACKGROUND, Segment.WORN))).all()
        assert (example["normals"][~seen] == 0).all()
        turned = (example["normals"][seen].astype(float) - 128) / 127
        assert abs(np.linalg.norm(turned, axis=1) - 1).max() < 0.02
        # Aligned, the eyes lie in the upper half and the face in the middle.
        assert parts[24, 24] in (Segment.FACE, Segment.WORN)
    assert {example["subject"] for example in records.values()} <= {0, 1, 2}


def test_bytes_do_not_depend_on_shards_or_threads(made, tmp_path):
    again = augment(asked(shard=128), tmp_path / "again", local_options(1))
    files = (sorted(folder.directory.glob("*.tfrecord-*")) for folder in (made, again))
    first, second = ([record.numpy() for record in tf.data.TFRecordDataset([str(p) for p in f])] for f in files)
    assert first == second


def test_tar_files_and_tables_hold_the_same(records, tmp_path):
    folder = augment(asked(format="webdataset"), tmp_path / "tar").directory
    with tarfile.open(min(folder.glob("*.tar"))) as tar:
        members = {member.name: tar.extractfile(member).read() for member in tar}
    stem = min(members).split(".")[0]
    own = records[json.loads(members[f"{stem}.json"])["frame"]]
    depth = cv2.imdecode(np.frombuffer(members[f"{stem}.depth.png"], np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(depth, own["depth"][..., 0])
    np.testing.assert_array_equal(np.load(io.BytesIO(members[f"{stem}.npz"]))["uncoded"], own["uncoded"])
    assert [name.split(".", 1)[1] for name in list(members)[:6]] == [
        "jpg",
        "depth.png",
        "normals.png",
        "segmentation.png",
        "json",
        "npz",
    ]
    table = pd.read_parquet(min(augment(asked(format="parquet"), tmp_path / "table").directory.glob("*-00001-*")))
    row = table.iloc[0]
    normals = cv2.imdecode(np.frombuffer(row["normals"]["bytes"], np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(normals, records[row["frame"]]["normals"])
    assert [row[name] for name in AU_NAMES] == records[row["frame"]]["intensities"].tolist()


def test_the_card_tells_whence_they_are(made):
    card = (made.directory / "README.md").read_text()
    assert "3 faces of 3 people, from the face model" in card and "--people 3 --maps" in card
    assert "5 teeth" in card and "without Action Units" not in card


def test_people_are_apart_look_into_the_camera_and_do_nothing():
    model = builtin_face()
    many = drawn_sources(model, 200, 0, None)
    assert len({row.tobytes() for row in many.identity}) == 200
    assert abs(many.identity.mean()) < 0.02 and abs(many.identity.std() - 1) < 0.02 and abs(many.albedo).max() <= 2
    middle = many.landmarks.mean((0, 1))
    assert np.abs(middle - np.array(VIDEO.centre)).max() < 60
    assert (drawn_sources(model, 200, 1, None).identity != many.identity).all()


def test_what_nobody_codes_moves_faces_as_often_as_people_do_it():
    model, numbers = builtin_face(), np.arange(2000)
    drawn = uncoded_of(0, numbers)
    blinks = drawn[:, UNCODED_UNITS.index("AU43")]
    # 6 % of frames (`population.UNCODED`), three standard errors; both eyes alike.
    assert abs((blinks[:, 0] > 0).mean() - 0.06) < 0.016 and (blinks[:, 0] == blinks[:, 1]).all()
    calm = np.zeros((2, len(model.expression_basis)), np.float32)
    moved = with_uncoded(model, calm, np.stack([0 * drawn[0], drawn[np.argmax(blinks[:, 0])]]))
    assert not moved[0].any() and np.abs(moved[1]).max() > 0.5


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"photos": ("a.npz",)}, "people: found 3 and photos, expected style render and no photos"),
        ({"style": "textured"}, "people: found 3 and style textured"),
        ({"people": 0, "dataset": "simulated_disfa"}, "maps: found some, and no people drawn"),
        ({"people": -1, "maps": False}, "people: found -1, expected a whole number from 0"),
    ],
)
def test_what_does_not_go_together(changes, told):
    with pytest.raises(InputError, match=told):
        asked(**changes)
