"""Who is trained on and who is tested on: splits in which nobody is on both sides."""

from collections.abc import Sequence

from au_tf.errors import InputError
from au_tf.simulation.subjects import SUBJECTS

PAPER = "paper"
PAPER_TEST = ("SN026", "SN032")
"""Who is tested on in `paper`. The paper does not name its two people; these are the last two of whose recordings
nothing is known to be amiss, so that both cameras give the 19,380 frames that the paper counts."""
PARTS = (
    ("SN003", "SN004", "SN005", "SN007", "SN008", "SN017", "SN023", "SN025", "SN029"),
    ("SN006", "SN011", "SN012", "SN013", "SN018", "SN021", "SN024", "SN028", "SN031"),
    ("SN001", "SN002", "SN009", "SN010", "SN016", "SN026", "SN027", "SN030", "SN032"),
)
"""Who is tested on in `fold0`, `fold1` and `fold2`: the three parts that published work on DISFA uses, in the order of
its folds 1, 2 and 3."""
FOLDS = (PAPER, *(f"fold{number}" for number in range(len(PARTS))))


def split_subjects(fold: str, test: Sequence[str] = (), train: Sequence[str] = ()) -> dict[str, tuple[str, ...]]:
    """The subjects of each split, sorted.

    Args:
      fold: one of `FOLDS`.
      test: whom to test on instead of the fold's own.
      train: whom to train on instead of everybody else.

    Returns:
      "train" and "test".

    Raises:
      InputError: for an unknown fold or subject, one who is named twice or in both splits, or an empty split.
    """
    if fold not in FOLDS:
        raise InputError("fold", "name", fold, f"one of {', '.join(FOLDS)}")
    own = PAPER_TEST if fold == PAPER else PARTS[FOLDS.index(fold) - 1]
    tested = tuple(test) or own
    trained = tuple(train) or tuple(subject for subject in SUBJECTS if subject not in tested)
    splits = {"train": tuple(sorted(trained)), "test": tuple(sorted(tested))}
    check_splits(splits)
    return splits


def check_splits(splits: dict[str, tuple[str, ...]]) -> None:
    """Makes sure that every split has subjects, that there are such subjects, and that each is in one split once.

    Raises:
      InputError: that names the split and the subject.
    """
    place: dict[str, str] = {}
    for split, subjects in splits.items():
        if not subjects:
            raise InputError("splits", split, "nobody", "at least one subject")
        for subject in subjects:
            if subject not in SUBJECTS:
                raise InputError("splits", split, subject, f"subjects of {SUBJECTS[0]} to {SUBJECTS[-1]}")
            if subject in place:
                raise InputError("splits", subject, f"in {place[subject]} and in {split}", "each subject in one split")
            place[subject] = split
