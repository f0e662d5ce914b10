"""Pictures of data sets as estimators are trained on them."""

import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds

from au_tf.datasets.recordings import recorded_pictures as module
from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart, split_people
from au_tf.errors import InputError
from au_tf.estimation.estimator import resampled


@pytest.fixture(scope="module")
def shown(few_frames):
    """Pictures and intensities of the training frames that show something, by another way."""
    examples = list(tfds.as_numpy(few_frames.as_dataset(split="train")))
    wanted = [e for e in examples if e["registered"] and not e["neutral"]]
    assert 0 < len(wanted) < len(examples)
    return np.stack([e["image"] for e in wanted]), np.stack([e["intensities"] for e in wanted])


def gathered(pairs):
    rows = [(picture.numpy(), label.numpy()) for picture, label in pairs]
    return np.stack([r[0] for r in rows]), np.stack([r[1] for r in rows])


@pytest.mark.parametrize("memory", [1 << 30, 0])
def test_they_are_the_frames_that_show_something(few_frames, shown, memory, monkeypatch):
    monkeypatch.setattr(module, "_IN_MEMORY", memory)
    source = RecordedPictures([SplitPart(few_frames, "train")], 56)
    images, labels = gathered(source.ordered())
    assert source.count == len(images) == len(shown[0])
    np.testing.assert_array_equal(labels, shown[1])
    expected = resampled(shown[0], 56).astype(int)
    assert np.abs(images.astype(int) - expected).max() <= 1
    first, again, other = (gathered(source.shuffled(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first[0], again[0])
    assert np.any(first[0] != other[0])
    assert sorted(p.tobytes() for p in first[0]) == sorted(p.tobytes() for p in images)
    own = {picture.tobytes(): tuple(label) for picture, label in zip(images, labels, strict=True)}
    assert all(own[picture.tobytes()] == tuple(label) for picture, label in zip(*first, strict=True))


def test_people_are_chosen_and_parts_are_joined(few_frames, shown):
    nobody, (person,) = (-1,), np.unique(SplitPart(few_frames, "train").told["subject"])
    source = RecordedPictures([SplitPart(few_frames, "train", (person,)), SplitPart(few_frames, "train", nobody)], 28)
    assert source.count == len(shown[0]) and len(gathered(source.ordered())[0]) == source.count
    both = RecordedPictures([SplitPart(few_frames, "train"), SplitPart(few_frames, "test")], 28)
    assert both.count == len(gathered(both.shuffled(0))[0]) > source.count
    assert both.identity != source.identity


def test_people_are_split_in_two(few_frames, monkeypatch):
    monkeypatch.setattr(SplitPart, "told", {"subject": np.repeat([3, 5, 8], 4)})
    assert split_people(few_frames, 1) == ((3, 5), (8,))
    for wrong in (0, 3):
        with pytest.raises(InputError, match=f"validation: people: found {wrong}, expected 1 to 2 of the 3 people"):
            split_people(few_frames, wrong)


def test_the_first_are_those_with_the_lowest_numbers(few_frames, monkeypatch):
    whole = SplitPart(few_frames, "train")
    told = {name: values[whole.told["camera"] == 0] for name, values in whole.told.items()}
    monkeypatch.setattr(SplitPart, "told", told)
    part = SplitPart(few_frames, "train").first(3)
    assert part.below == np.sort(told["frame"])[2] + 1
    monkeypatch.undo()
    source = RecordedPictures([part], 28)
    assert source.count == len(gathered(source.ordered())[0]) == (whole.told["frame"] < part.below).sum()
    with pytest.raises(InputError, match=r"pictures: found .*, expected at least 1000"):
        whole.first(1000)


def test_damage_is_told_in_a_line(few_frames, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(few_frames.data_dir, folder)
    builder = tfds.builder_from_directory(folder)
    assert RecordedPictures([SplitPart(builder, "train")], 28).count > 0
    next(folder.glob("*train*tfrecord*")).unlink()
    with pytest.raises(InputError, match=r"split train: found .*, expected whole files"):
        _ = SplitPart(builder, "train").told


def test_pictures_are_decoded_as_they_were_encoded(few_frames, shown):
    images, _ = gathered(RecordedPictures([SplitPart(few_frames, "train")], 224).ordered())
    np.testing.assert_array_equal(images[0], shown[0][0])
