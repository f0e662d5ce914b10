"""Source faces of augmentations, out of a built data set."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from scipy.spatial.transform import Rotation

from au_tf.errors import InputError
from au_tf.fitting.view import turn_lighting
from au_tf.geometry.alignment import alignment_matrix
from au_tf.morphable.builtin import builtin_face
from au_tf.pipelines.augmentation.photos import in_plane
from au_tf.pipelines.augmentation.sources import Sources, recorded_sources
from au_tf.rendering.graph.lighting import irradiance
from au_tf.simulation.measurement import project_landmarks
from au_tf.simulation.scene import VIDEO


@pytest.fixture(scope="module")
def sources(few_frames):
    return recorded_sources(few_frames, per_person=4, seed=0, pictures=True)


def test_sources_are_neutral_frames_as_they_are_in_the_data_set(few_frames, sources, tmp_path):
    frames = list(tfds.as_numpy(few_frames.as_dataset(split="train")))
    place = {(e["subject"], e["camera"], e["frame"]): e for e in frames}
    assert len(sources.person) == 4 and (np.diff(sources.person) >= 0).all()
    for k in range(4):
        example = place[sources.person[k], sources.camera[k], sources.frame[k]]
        assert example["neutral"] and example["registered"]
        for name in ("expression", "rotation", "translation", "lighting", "landmarks"):
            np.testing.assert_array_equal(getattr(sources, name)[k], example[name])
        np.testing.assert_array_equal(tf.io.decode_jpeg(sources.encoded(k)), example["image"])
    own = [place[who] for who in zip(sources.person, sources.camera, sources.frame, strict=True)]
    np.testing.assert_allclose(sources.identity[sources.person[0]], np.mean([e["identity"] for e in own], 0), atol=1e-6)
    reliable = [e for e in frames if e["registered"]]
    assert sorted(map(tuple, sources.label_intensities)) == sorted(tuple(e["intensities"]) for e in reliable)
    sources.save(tmp_path / "sources.npz")
    assert Sources.load(tmp_path / "sources.npz").digest() == sources.digest()


def test_which_faces_follows_from_the_seed(few_frames, sources):
    again, other, every = (
        recorded_sources(few_frames, per_person=count, seed=seed, neutral=neutral, pictures=pictures)
        for count, seed, neutral, pictures in ((4, 0, True, True), (4, 1, True, True), (100, 0, False, False))
    )
    assert again.digest() == sources.digest() != other.digest()
    registered = sum(bool(e["registered"]) for e in tfds.as_numpy(few_frames.as_dataset(split="train")))
    assert len(every.person) == registered and every.encoded(0) is None


def test_pictures_that_are_not_there_are_asked_for(few_frames, monkeypatch):
    monkeypatch.delitem(few_frames.info.features._feature_dict, "image")
    with pytest.raises(InputError, match="pictures: found none, expected a config with pictures"):
        recorded_sources(few_frames, per_person=4, seed=0, pictures=True)


def test_a_similarity_of_the_picture_is_another_pose_and_lens(sources):
    model, matrix = builtin_face(), alignment_matrix(sources.landmarks[0])
    # More turned than aligning turns it, so that a wrong sign would show.
    matrix = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]]) @ matrix
    face = sources.face_of(0)
    moved, lens = in_plane(face, VIDEO, matrix, 224)
    seen, expected = (project_landmarks(model, f[None], c)[0] for f, c in ((moved, lens), (face, VIDEO)))
    np.testing.assert_allclose(seen, expected @ matrix[:, :2].T + matrix[:, 2], atol=2e-3)


def test_light_turns_with_the_world():
    rng = np.random.default_rng(0)
    light, turn = rng.normal(size=(9, 3)).astype(np.float32), Rotation.from_rotvec([0.2, -0.4, 0.9])
    normals = rng.normal(size=(20, 3))
    normals = (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)
    after = irradiance(turn.apply(normals).astype(np.float32), turn_lighting(light, turn))
    np.testing.assert_allclose(after, irradiance(normals, light), atol=1e-5)
