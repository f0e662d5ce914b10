"""Builds of a few simulated people, and how their pictures are drawn."""

from dataclasses import replace
from typing import ClassVar

import cv2
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from au_tf.datasets.disfa import Builder as Disfa
from au_tf.datasets.recordings.builder import RecordingConfig
from au_tf.datasets.recordings.folds import SUBJECTS
from au_tf.datasets.recordings.schema import coefficients_of
from au_tf.datasets.recordings.selection import select_frames
from au_tf.datasets.simulated_disfa import Builder
from au_tf.datasets.simulated_disfa.backdrop import Backdrop
from au_tf.datasets.simulated_disfa.config import ICT, SimulatedDisfaConfig, simulated, simulated_configs
from au_tf.datasets.simulated_disfa.sequence_pictures import draw_frames
from au_tf.datasets.simulated_disfa.sequences import chunk_examples, find_chunks
from au_tf.errors import InputError
from au_tf.geometry.alignment import align_face
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.native.renderer import render_face
from au_tf.simulation import subjects
from au_tf.simulation.observe import observe
from au_tf.simulation.scene import VIDEO, SimulatedRecordingConfig, scene

FEW = {"train": ("SN001",), "test": ("SN032",), "size": "tiny"}
COEFFICIENTS = SimulatedDisfaConfig(name="few_coefficients", **FEW)
FRAMES = SimulatedDisfaConfig(name="few_frames", images=True, **FEW)
TINY = SimulatedRecordingConfig("tiny")


def build(config, data_dir):
    builder = Builder(config=config, data_dir=data_dir)
    builder.download_and_prepare()
    return builder


def examples(builder, split):
    return list(tfds.as_numpy(builder.as_dataset(split=split, read_config=tfds.ReadConfig(interleave_cycle_length=1))))


def made(chunks, images):
    return [pair for chunk in chunks for pair in chunk_examples(chunk, images)]


def same(one, two):
    return one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in one)


@pytest.fixture
def frames(few_frames):
    return few_frames


class TestBuilder(tfds.testing.DatasetBuilderTestCase):
    """What TFDS asks of every builder; there is nothing to download, so there are no dummy data."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST: ClassVar = [COEFFICIENTS, FRAMES]
    SPLITS: ClassVar = {"train": 32, "test": 32}
    SKIP_CHECKSUMS = True

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        type(self).EXAMPLE_DIR = str(tmp_path)

    def _mock_out_forbidden_os_functions(self):
        super()._mock_out_forbidden_os_functions()
        # The last forbids paths to np.load, here and in au_tf, which loads files of its own making.
        self.patchers.pop().stop()


def test_an_example_is_what_is_observed(frames):
    seen = observe(builtin_face(), "SN001", "right", TINY)
    for row, example in enumerate(examples(frames, "train")[16:]):
        assert (SUBJECTS[example["subject"]], example["camera"], example["frame"]) == ("SN001", 1, seen.number[row])
        assert example["registered"] == seen.registered[row]
        assert example["neutral"] == (not seen.intensities[row].any())
        np.testing.assert_array_equal(example["intensities"], seen.intensities[row])
        np.testing.assert_array_equal(example["landmarks"], seen.landmarks[row])
        np.testing.assert_array_equal(example["disfa_landmarks"], np.delete(seen.landmarks[row], [60, 64], 0))
        for name, value in vars(coefficients_of(example)).items():
            np.testing.assert_array_equal(value, getattr(seen.coefficients, name)[row])


def test_features_and_configs_are_disfa_s():
    for kind in ("coefficients", "frames"):
        ours, theirs = (cls(config=f"{kind}_paper").info.features for cls in (Builder, Disfa))
        assert list(ours) == list(theirs) and all(repr(ours[name]) == repr(theirs[name]) for name in ours)
    assert set(Disfa.builder_configs) < set(Builder.builder_configs)
    for name, config in Disfa.builder_configs.items():
        ours = Builder.builder_configs[name]
        assert (ours.images, ours.splits, ours.size) == (config.images, config.splits, "paper")
        assert {Builder.builder_configs[f"{name}_{size}"].size for size in ("tiny", "small")} == {"tiny", "small"}
    assert tuple(subjects.SUBJECTS) == SUBJECTS


def test_the_truth_is_not_in_the_data_set(frames):
    # Nothing but what is observed, so neither people's own directions nor the film's true strengths.
    truth = scene(builtin_face(), "SN001", "left", TINY)
    for row, example in enumerate(examples(frames, "train")[:16]):
        for name, value in vars(truth).items():
            assert (example[name] != value[row]).mean() > 0.9, name
    kept = {"subject", "camera", "frame", "intensities", "neutral", "registered", "image"}
    kept |= {"landmarks", "disfa_landmarks"}
    assert set(frames.info.features) == kept | set(vars(truth))
    metadata = {"extraction", "face_model", "face_model_digest", "frames_not_registered", "simulated"}
    assert set(frames.info.metadata) == metadata


def test_pictures_are_what_the_renderer_makes_of_the_truth():
    face, backdrop = builtin_face(), Backdrop.of(0, "SN001", "left")
    truth, seen = scene(face, "SN001", "left", TINY), observe(face, "SN001", "left", TINY)
    for row, drawn in enumerate(draw_frames(face, truth, seen.landmarks, seen.number, backdrop, range(7, 8)), 7):
        one = truth[row]
        video = render_face(face, one, VIDEO, background=(0.0, 0.0, 0.0))
        aligned = align_face(video, seen.landmarks[row])[0]
        inside = cv2.erode(np.uint8(aligned.max(-1) > 0), np.ones((5, 5))) > 0
        off = drawn.astype(float) - aligned
        # The video is resampled, so edges differ; elsewhere there is nothing but grain.
        assert np.abs(off[inside].mean(0)).max() < 0.3
        assert np.median(np.abs(off[inside])) <= 2
        assert np.abs(cv2.GaussianBlur(off * inside[..., None], (0, 0), 3)).max() < 12


def test_pictures_have_a_wall_and_grain(frames):
    image = examples(frames, "test")[0]["image"].astype(float)
    corner = image[:24, :24]
    assert corner.mean() > 20 and 0.3 < (corner - cv2.GaussianBlur(corner, (0, 0), 3)).std() < 4
    backdrop = Backdrop.of(0, "SN032", "left")
    grey = np.full((224, 224, 3), 0.2, np.float32)
    taken = [backdrop.develop(grey, frame).astype(float) for frame in (1, 1, 2)]
    assert np.array_equal(taken[0], taken[1]) and not np.array_equal(taken[0], taken[2])
    # sRGB of 0.2 is 0.4845 of 255; rounding adds a twelfth to the variance.
    assert taken[0].mean() == pytest.approx(123.5, abs=0.3)
    assert taken[0].std() == pytest.approx(np.hypot(backdrop.grain, 12**-0.5), rel=0.03)


@pytest.mark.parametrize(("images", "chunk"), [(False, 5), (True, 5)])
def test_chunks_do_not_change_the_examples(images, chunk):
    config = replace_config(chunk=48, size="small", images=images)
    whole = find_chunks(["SN007"], config)[:1]
    parts = [c for c in find_chunks(["SN007"], replace_config(chunk=chunk, size="small")) if c.camera == "left"]
    assert sum(map(len, parts)) == 48 and max(map(len, parts)) == chunk
    parts = parts[:5]
    expected = made(whole, images)[: 5 * chunk]
    # Backwards, as another worker might come to them.
    found = [pair for part in reversed(parts) for pair in reversed(made([part], images))][::-1]
    assert [key for key, _ in found] == [key for key, _ in expected]
    assert all(same(a, b) for (_, a), (_, b) in zip(found, expected, strict=True))


def replace_config(**changes):
    return SimulatedDisfaConfig(name="changed", **changes)


def test_two_builds_are_the_same_bytes(frames, tmp_path):
    again = build(FRAMES, tmp_path)
    files = sorted(path.name for path in frames.data_path.iterdir())
    assert files == sorted(path.name for path in again.data_path.iterdir()) and len(files) > 4
    for name in files:
        assert (frames.data_path / name).read_bytes() == (again.data_path / name).read_bytes(), name


def test_as_dataframe_and_selection(frames):
    table = tfds.as_dataframe(frames.as_dataset(split="test"), frames.info)
    assert len(table) == 32 and set(table["neutral"]) == {True, False}
    found = list(tfds.as_numpy(select_frames(frames, "test", neutral=False, registered=True)))
    wanted = (~table["neutral"] & table["registered"]).sum()
    assert len(found) == wanted > 0
    assert all(example["intensities"].any() and example["image"].shape == (224, 224, 3) for example in found)


def test_the_card_and_the_metadata(frames):
    info = tfds.builder_from_directory(frames.data_dir).info
    assert info.metadata["simulated"] and info.metadata["face_model_digest"] == builtin_face().digest
    assert "1.6 times" in info.metadata["extraction"]
    turned = sum(not example["registered"] for split in ("train", "test") for example in examples(frames, split))
    assert info.metadata["frames_not_registered"] == turned
    assert "licence" in info.description and "consent" in info.description and "mavadati" in info.citation
    assert frames.get_metadata().tags


def test_another_face_model(tmp_path):
    face = builtin_face()
    path = tmp_path / "other.npz"
    replace(
        face,
        name="other",
        identity_basis=face.identity_basis[:30],
        albedo_basis=face.albedo_basis[:0],
        expression_basis=face.expression_basis[:40],
        actions=face.actions[:, :40].copy(),
        styles=face.styles[:, :, :40].copy(),
    ).save(path)
    builder = build(SimulatedDisfaConfig(name="other", face_model=str(path), images=True, **FEW), tmp_path / "data")
    example = examples(builder, "test")[0]
    sizes = [example[name].shape for name in ("identity", "albedo", "expression", "image")]
    assert sizes == [(30,), (0,), (40,), (224, 224, 3)]
    assert builder.info.metadata["face_model"] == "other" and example["image"].std() > 20


def test_ict_facekit_has_configs_where_it_is(monkeypatch):
    monkeypatch.delenv(ICT, raising=False)
    plain = {config.name for config in simulated_configs()}
    monkeypatch.setenv(ICT, "/faces/FaceXModel")
    configs = {config.name: config for config in simulated_configs()}
    assert plain < set(configs) and len(configs) == 2 * len(plain)
    assert configs["frames_fold1_ict_small"].face_model == "/faces/FaceXModel"
    assert configs["coefficients_paper_ict"].size == "paper"


def test_a_config_of_another_data_set_will_do():
    ours = simulated(RecordingConfig(name="mine", test=("SN003",), images=True, chunk=7))
    assert (ours.size, ours.face_model, ours.images, ours.chunk) == ("paper", "builtin", True, 7)
    assert ours.splits["test"] == ("SN003",)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({"size": "huge"}, "size: found huge, expected one of tiny, small, paper"),
        ({"size": ["tiny"]}, "size: found .*, expected one of tiny, small, paper"),
        ({"seed": -1}, "seed: found -1"),
        ({"seed": "zero"}, "seed: found zero, expected a whole number"),
        ({"chunk": 0}, "config wrong: chunk: found 0, expected a number of frames, at least 1"),
        ({"chunk": "many"}, "chunk: found many"),
        ({"fold": "fold3"}, "fold: name: found fold3"),
        ({"face_model": 3}, "face_model: found 3, expected a path"),
        ({"face_model": "/nowhere/face.npz"}, "/nowhere/face.npz: face model: found nothing, expected the folder of"),
    ],
)
def test_configs_that_cannot_be_are_refused_in_a_line(ask, message, tmp_path):
    with pytest.raises(InputError, match=message) as caught:
        Builder(config=SimulatedDisfaConfig(name="wrong", **ask), data_dir=tmp_path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


KILLED = """
import sys, time
from au_tf import startup
startup.start_tensorflow()
from au_tf.datasets.simulated_disfa import Builder, sequences
from au_tf.datasets.simulated_disfa.config import SimulatedDisfaConfig

def stall(*_):
    open(sys.argv[2], "w").close()
    time.sleep(600)

sequences.observe = stall
config = SimulatedDisfaConfig(name="few_frames", images=True, train=("SN001",), test=("SN032",), size="tiny")
Builder(config=config, data_dir=sys.argv[1]).download_and_prepare()
"""


def test_a_build_that_is_killed_leaves_nothing_that_looks_finished(tmp_path, kill_once_begun):
    begun, data = tmp_path / "begun", tmp_path / "data"
    kill_once_begun(KILLED, data, begun)
    assert any("incomplete" in path.name for path in data.rglob("*"))
    assert not Builder(config=FRAMES, data_dir=data).is_prepared()
    assert build(FRAMES, data).info.splits["train"].num_examples == 32


def test_bytes_do_not_depend_on_the_process(frames):
    for path in frames.data_path.glob("*tfrecord*"):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            assert tf.train.Example.FromString(record).SerializeToString(deterministic=True) == record
