"""Nobody is trained on and tested on."""

import pytest

from au_tf.datasets.disfa import Builder
from au_tf.datasets.recordings.builder import RecordingConfig
from au_tf.datasets.recordings.folds import FOLDS, PARTS, SUBJECTS, split_subjects
from au_tf.errors import InputError


def test_the_27_people():
    assert len(SUBJECTS) == len(set(SUBJECTS)) == 27
    assert SUBJECTS[:2] == ("SN001", "SN002") and SUBJECTS[-1] == "SN032"
    assert not {"SN014", "SN015", "SN019", "SN020", "SN022"} & set(SUBJECTS)


@pytest.mark.parametrize("fold", FOLDS)
def test_every_fold_has_everybody_once(fold):
    splits = split_subjects(fold)
    assert sorted(splits["train"] + splits["test"]) == sorted(SUBJECTS)
    assert len(splits["test"]) == (2 if fold == "paper" else 9)


def test_the_folds_test_everybody_once():
    assert sorted(subject for part in PARTS for subject in part) == sorted(SUBJECTS)


def test_the_papers_test_frames():
    # 4845 frames by two cameras, and 4844 of SN010: the paper counts 19,380 for its two people.
    assert sum(2 * (4844 if s == "SN010" else 4845) for s in split_subjects("paper")["test"]) == 19_380


def test_every_config_has_a_kind_and_a_fold():
    assert sorted(c.name for c in Builder.BUILDER_CONFIGS) == sorted(
        f"{k}_{f}" for k in ("coefficients", "frames") for f in FOLDS
    )
    for config in Builder.BUILDER_CONFIGS:
        assert config.images == config.name.startswith("frames")
        assert config.splits == split_subjects(config.fold)
        assert not set(config.splits["train"]) & set(config.splits["test"])


def test_other_people_are_an_option():
    config = RecordingConfig(name="mine", test=("SN003", "SN001"))
    assert config.splits["test"] == ("SN001", "SN003") and len(config.splits["train"]) == 25
    assert split_subjects("paper", test=["SN001"], train=["SN002"]) == {"train": ("SN002",), "test": ("SN001",)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fold": "fold3"}, r"fold: name: found fold3, expected one of paper, fold0, fold1, fold2"),
        ({"test": ("SN014",)}, r"splits: test: found SN014, expected subjects of SN001 to SN032"),
        (
            {"test": ("SN001",), "train": ("SN001",)},
            r"SN001: found in train and in test, expected each .* in one split",
        ),
        ({"test": ("SN001", "SN001")}, r"SN001: found in test and in test"),
        ({"test": SUBJECTS}, r"splits: train: found nobody"),
    ],
)
def test_splits_that_cannot_be(options, message):
    with pytest.raises(InputError, match=message):
        RecordingConfig(name="mine", **options)
