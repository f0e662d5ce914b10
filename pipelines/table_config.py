"""What can be chosen about the tables and the figure that are measured; the paper's data are asked for by default."""

from dataclasses import dataclass
from typing import Literal

from au_tf.errors import InputError

Row = Literal["cgan", "cgan-soft", "caae", "caae-soft", "ours"]
"""Rows of the tables whose generators are trained and can be stored."""
_MOST_SEEDS = 100


@dataclass(frozen=True)
class TableConfig:
    """What all of them have in common."""

    seeds: int = 3
    """How many runs of everything."""
    recipe: Literal["quick", "paper"] = "quick"
    """Schedule of the networks: minutes, or the paper's."""

    def __post_init__(self) -> None:
        if not 1 <= self.seeds <= _MOST_SEEDS:
            raise InputError(None, "seeds", self.seeds, f"a number from 1 to {_MOST_SEEDS}")


@dataclass(frozen=True)
class Table1Config(TableConfig):
    """Table 1 and what is measured beyond it."""

    people: Literal["test", "validation"] = "test"
    """Whom to test on: the test people, or training people held out to choose settings on."""
    rows: tuple[str, ...] = ()
    """Which besides Real, such as transfer linear caae-soft; without any, all that belong to these people. Validation
    people have those with either reading of eq. 11."""


@dataclass(frozen=True)
class Table2Config(TableConfig):
    """Table 2."""

    rows: tuple[str, ...] = ("cgan", "cgan-soft", "caae", "caae-soft", "ours", "cdaae")
    """Which besides Real, as of table1; cdaae makes pixels, 32 x 32, instead of coefficients."""
    tested: int | None = None
    """Ask for so many of the labels only, chosen at random."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tested is not None and self.tested < 1:
            raise InputError(None, "tested", self.tested, "a whole number of at least 1")


@dataclass(frozen=True)
class AugmentationCurveConfig(TableConfig):
    """Figure 5."""

    added: tuple[int, ...] = ()
    """How many pictures; without any, the paper's shares."""
    policies: tuple[Literal["paper", "balanced"], ...] = ("paper", "balanced")
    """Which labels are asked for, as of augment."""
    row: Row = "caae-soft"
    """The generator, by its row in table1."""
    backbone: Literal["alexnet", "small"] = "alexnet"
    """Of the estimator."""
    epochs: int = 20
    """Of each training."""
    validation_people: int = 5
    """By how many of the split train the best epoch is chosen."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("epochs", self.epochs), ("validation_people", self.validation_people)):
            if least < 1:
                raise InputError(None, name, least, "a whole number of at least 1")
        if min(self.added, default=1) < 1:
            raise InputError(None, "added", min(self.added), "whole numbers of at least 1")
