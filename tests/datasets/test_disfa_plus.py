"""DISFA+: a small one with everything where the real one has it, and what is wrong with spoilt ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow_datasets as tfds
from skimage import data

from au_tf.datasets.disfa_plus import Builder
from au_tf.datasets.disfa_plus.trials import find_subjects, find_trials, read_trial_labels
from au_tf.datasets.recordings.recorded_pictures import SplitPart
from au_tf.errors import InputError
from au_tf.facs import AU_NUMBERS

TRIALS = {"SN001": ("A3_AU1_2_TrailNo_2",), "SN003": ("A1_AU1_TrailNo_1", "Z_Smile_TrailNo_1"), "SN004": ("B",)}
FRAMES = 2


def intensities(subject: str, trial: str) -> np.ndarray:
    """int[2, 12]; the first picture is neutral."""
    drawn = np.random.default_rng([*subject.encode(), *trial.encode()]).integers(1, 6, (FRAMES, len(AU_NUMBERS)))
    drawn[0] = 0
    return drawn


def picture(trial: str, frame: int) -> np.ndarray:
    """The astronaut's face, or nobody's in B."""
    face = data.astronaut()[30:190, 128 + 2 * frame : 304 + 2 * frame]
    return np.full((60, 80, 3), 90, np.uint8) if trial == "B" else np.ascontiguousarray(face)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for subject, trials in TRIALS.items():
        for trial in trials:
            images, labels = tmp_path / "Images" / subject / trial, tmp_path / "Labels" / subject / trial
            images.mkdir(parents=True)
            labels.mkdir(parents=True)
            for frame in range(FRAMES):
                cv2.imwrite(str(images / f"{frame:03d}.jpg"), picture(trial, frame)[..., ::-1])
            for unit, column in zip(AU_NUMBERS, intensities(subject, trial).T, strict=True):
                lines = [f"{frame:03d}.jpg     {value}" for frame, value in enumerate(column)]
                (labels / f"AU{unit}.txt").write_text("\r\n".join(["AU", "name intensity", *lines, ""]), newline="")
    return tmp_path


def test_people_pictures_and_labels_become_examples(root: Path, tmp_path: Path) -> None:
    builder = Builder(config="frames_fold1", data_dir=tmp_path / "data")
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=root))
    read = tfds.ReadConfig(interleave_cycle_length=1)
    train, test = (list(tfds.as_numpy(builder.as_dataset(split=s, read_config=read))) for s in ("train", "test"))
    subjects = builder.info.features["subject"].names
    assert [(subjects[e["subject"]], e["trial"].decode(), e["frame"]) for e in test] == [
        ("SN003", trial, frame) for trial in TRIALS["SN003"] for frame in range(FRAMES)
    ]
    assert {subjects[e["subject"]] for e in train} == {"SN001", "SN004"}
    for example in test:
        expected = intensities("SN003", example["trial"].decode())[example["frame"]]
        np.testing.assert_array_equal(example["intensities"], expected)
        assert example["neutral"] == (example["frame"] == 0)
        assert example["registered"] and example["image"].shape == (224, 224, 3)
    assert [e["registered"] for e in train] == [True, True, False, False]
    assert builder.info.metadata["frames_without_face"] == 2
    # Estimators are trained on what shows something and a face.
    assert SplitPart(builder, "train").count == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("000.jpg 6", "line 4: found '000.jpg 6'"),
        ("001.jpg", "line 4: found '001.jpg'"),
        ("000.jpg 1", "line 4: found 000.jpg again"),
    ],
)
def test_a_wrong_label_is_told_by_its_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "AU1.txt"
    path.write_text(f"one\ntwo\n000.jpg     3\n{line}\n")
    with pytest.raises(InputError, match=message):
        read_trial_labels(path)


def test_what_is_missing_is_named(root: Path) -> None:
    labels = root / "Labels" / "SN001" / TRIALS["SN001"][0]
    (labels / "AU9.txt").write_text("one\ntwo\n000.jpg 3\n")
    with pytest.raises(InputError, match=r"AU9.txt: pictures: found 1, expected the 2 of AU1.txt"):
        find_trials(root, "SN001")
    (root / "Images" / "SN004" / "B" / "001.jpg").unlink()
    with pytest.raises(InputError, match=r"001.jpg: file: found nothing"):
        find_trials(root, "SN004")
    (root / "Labels" / "Tom").mkdir()
    with pytest.raises(InputError, match="found Tom"):
        find_subjects(root)
    with pytest.raises(InputError, match="Labels: found nothing"):
        find_subjects(root / "Images")
