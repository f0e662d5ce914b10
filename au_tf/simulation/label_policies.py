"""Which face each synthetic picture starts from and what it is asked for: the policies of data augmentation."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float64, Int
from au_tf.au_table import read_au_table
from au_tf.errors import Argument, InputError
from au_tf.facs import ACTION_UNITS, AU_NAMES, AU_NUMBERS, MAX_INTENSITY
from au_tf.simulation.population_config import OF_PEOPLE, POLICIES
from au_tf.simulation.subjects import stream

LEVELS = int(MAX_INTENSITY)
_UNITS = len(ACTION_UNITS)


class LabelTarget(NamedTuple):
    """What one record is made of."""

    source: int
    """Which source face."""
    intensities: Int
    """int[12], 0 to 5."""


@dataclass(frozen=True, eq=False)
class Labels:
    """What the coder wrote down of the people whose labels are drawn from."""

    intensities: Int
    """int[L, 12], 0 to 5."""
    person: Int
    """int[L], who it is."""

    @cached_property
    def expressive(self) -> "Labels":
        """The frames with an Action Unit, ordered by person."""
        shown = np.flatnonzero(np.any(self.intensities > 0, 1))
        shown = shown[np.argsort(self.person[shown], kind="stable")]
        return Labels(self.intensities[shown], self.person[shown])

    @cached_property
    def combinations(self) -> Int:
        """int[C, 12], each combination that is shown, once."""
        return np.unique(self.expressive.intensities, axis=0)


@dataclass(frozen=True, eq=False)
class Policy:
    """Draws targets; each depends on the seed and its own number only.

    `paper`: of a random source, the label combination of a random frame of other people (section 4.3). `balanced`: with
    probability `share` instead an Action Unit and an intensity, all 60 equally often, and any one of the combinations
    in which people show it, frequent or not; the others as `paper`. `errors`: likewise, but Action Units and
    intensities, 0 among them, as often as an estimator errs in them. `grid`: every Action Unit alone at 1 to 5, and
    nothing, of one source after another. `list`: the same with rows of one's own.
    """

    name: str
    """One of `POLICIES`."""
    seed: int
    """Of all draws."""
    person: Int
    """int[S], whose each source face is, as in `labels`, ascending."""
    labels: Labels | None = None
    """What `paper`, `balanced` and `errors` draw from."""
    rows: Int | None = None
    """int[R, 12], what `list` asks for."""
    share: float = 0.5
    """Of `balanced` and `errors`."""
    run: int = 1
    """How many targets in succession are drawn of one source."""
    errors: Float64 | None = None
    """float64[12, 6], how much an estimator errs in each Action Unit at each intensity, for `errors`."""

    def __post_init__(self) -> None:
        if self.name not in POLICIES:
            raise InputError(None, "policy", self.name, f"one of {', '.join(POLICIES)}")
        if not len(self.person):
            raise InputError("sources", "faces", "none", "at least one")
        if not 0.0 <= self.share <= 1.0:
            raise InputError(None, "share", self.share, "a number from 0 to 1")
        if self.name in OF_PEOPLE:
            self._check_labels()
        if (self.errors is None) == (self.name == "errors"):
            found = "none" if self.errors is None else "some"
            raise InputError(None, "errors", found, "some with the policy errors, none with another")
        if self.name == "list" and (self.rows is None or not len(self.rows)):
            raise InputError(None, "labels", "no row", "at least one, for the policy list")

    def _check_labels(self) -> None:
        if self.labels is None or not len(self.labels.expressive.person):
            raise InputError(
                Argument("policy", self.name), "labels", "none with an Action Unit", "a data set of recorded people"
            )
        who = np.unique(self.labels.expressive.person)
        if len(who) == 1 and who[0] in self.person:
            expected = "at least one more, whose combinations are taken"
            raise InputError(Argument("policy", self.name), "people with labels", "one", expected)

    def target(self, number: int) -> LabelTarget:
        """What record `number`, from 0, is made of."""
        if self._listed is not None:
            row, turn = number % len(self._listed), number // len(self._listed)
            return LabelTarget(int(self._order[turn % len(self._order)]), self._listed[row])
        source = self._source(number // self.run)
        rng = stream(self.seed, "labels", str(number))
        if self.name in ("balanced", "errors") and rng.random() < self.share:
            return LabelTarget(source, self._rare(rng))
        return LabelTarget(source, self._of_others(rng, int(self.person[source])))

    @cached_property
    def _listed(self) -> Int | None:
        return {"grid": grid(), "list": self.rows}.get(self.name)

    @cached_property
    def _order(self) -> Int:
        """The sources in the order in which `grid` and `list` go through them."""
        return stream(self.seed, "order").permutation(len(self.person))

    def _source(self, number: int) -> int:
        """Of a random person a random face."""
        people, first, count = self._people
        rng = stream(self.seed, "source", str(number))
        who = rng.integers(len(people))
        return int(first[who] + rng.integers(count[who]))

    @cached_property
    def _people(self) -> tuple[Int, Int, Int]:
        return np.unique(self.person, return_index=True, return_counts=True)

    def _of_others(self, rng: np.random.Generator, person: int) -> Int:
        """The combination of a random frame of anybody else."""
        assert self.labels is not None
        shown = self.labels.expressive
        first, last = np.searchsorted(shown.person, [person, person + 1])
        chosen = rng.integers(len(shown.person) - (last - first))
        return shown.intensities[chosen if chosen < first else chosen + (last - first)]

    def _rare(self, rng: np.random.Generator) -> Int:
        if self.errors is None:
            unit, level = rng.integers(_UNITS), rng.integers(1, 1 + LEVELS)
        else:
            chance = self.errors.ravel() / self.errors.sum()
            unit, level = np.divmod(rng.choice(len(chance), p=chance), 1 + LEVELS)
        choice = self._cell(int(unit), int(level))
        asked = choice[rng.integers(len(choice))].copy()
        asked[unit] = level
        return asked

    @cached_property
    def _cell(self) -> Callable[[int, int], Int]:
        """Combinations int[C, 12] with an Action Unit at an intensity, or at the nearest one that is ever shown."""
        assert self.labels is not None
        shown = self.labels.combinations
        cells: dict[tuple[int, int], Int] = {}

        def cell(unit: int, level: int) -> Int:
            if (unit, level) not in cells:
                # Who does not show it is no neighbour of who shows it weakly.
                alike = (shown[:, unit] > 0) == (level > 0)
                off = np.where(alike, np.abs(shown[:, unit] - level), LEVELS + 1)
                # Of an Action Unit that nobody shows there is nothing but itself.
                alone = np.zeros((1, _UNITS), shown.dtype)
                cells[unit, level] = alone if off.min() > LEVELS else shown[off == off.min()]
            return cells[unit, level]

        return cell


def grid() -> Int:
    """int[61, 12]: nothing, then each Action Unit alone at 1 to 5."""
    rows = np.zeros((1 + _UNITS * LEVELS, _UNITS), np.int32)
    for unit in range(_UNITS):
        for level in range(1, LEVELS + 1):
            rows[(unit * LEVELS) + level, unit] = level
    return rows


def read_errors(path: str) -> Float64:
    """Reads how much an estimator errs, as `au-tf train estimator` writes it: AU,0,1,2,3,4,5 and a line each.

    What was not measured, an empty cell, counts as the mean of what was of this Action Unit.

    Returns:
      float64[12, 6].

    Raises:
      InputError: if it is no such table.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        values = np.array([[float(cell or "nan") for cell in row[1:]] for row in rows[1:]])
    except (OSError, ValueError) as error:
        raise InputError(path, "table", error, "an estimator's errors.csv") from None
    names = ["AU", *map(str, range(1 + LEVELS))]
    measured = [row[:1] for row in rows[1:]] == [[name] for name in AU_NAMES] and values.shape[1:] == (len(names) - 1,)
    if not measured or rows[0] != names:
        expected = f"{','.join(names)}, then a line each of {AU_NAMES[0]} to {AU_NAMES[-1]}"
        raise InputError(path, "lines", " ".join(row[0] for row in rows if row), expected)
    known = np.isfinite(values)
    if not known.any(1).all() or (values[known] < 0).any() or not (values[known] > 0).any():
        raise InputError(path, "errors", "none of an Action Unit, or some below 0", "numbers of at least 0")
    return np.where(known, values, np.nanmean(values, 1, keepdims=True))


def read_rows(path: str) -> Int:
    """Reads what `list` asks for from a table whose first line names Action Units, "AU1,AU12"; the others are 0.

    Returns:
      int32[R, 12].

    Raises:
      InputError: if there is no such file, a column is no Action Unit, or a value is no whole number from 0 to 5.
    """
    table = read_au_table(path)
    strange = [f"AU{number}" for number in table.numbers if number not in AU_NUMBERS]
    if strange:
        raise InputError(path, "columns", strange[0], f"some of {','.join(AU_NAMES)}, each once")
    wrong = np.argwhere(table.intensities != np.round(table.intensities))
    if len(wrong):
        row, unit = wrong[0]
        found = table.intensities[row, unit]
        raise InputError(
            path, f"line {table.lines[row]}, {AU_NAMES[unit]}", found, f"a whole number from 0 to {LEVELS}"
        )
    return table.intensities.astype(np.int32)
