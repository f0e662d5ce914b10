"""What a generator has to beat: the transfer of another person's expression, and a linear regression."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from scipy.spatial import cKDTree

from au_tf.arrays import ArrayLike, Float32, Int64
from au_tf.errors import InputError
from au_tf.synthesis.calling import generate_rows


@dataclass(frozen=True, eq=False)
class DirectTransfer:
    """Another person's target expression less that person's neutral one, added to one's own (Thies et al. 2016).

    Knows only labels that occur in the training frames: for others it takes the frames with the nearest label (least
    sum of absolute differences). Among the frames of that label one is drawn.
    """

    offsets: Float32
    """float32[N, E], training frames less the neutral expression of their person, those of equal label together."""
    labels: Float32
    """float32[L, 12], the different labels."""
    first: Int64
    """int64[L + 1], where the frames of each label begin, and the number of all."""
    seed: int = 0
    """Of the draws."""

    @classmethod
    def of(cls, expression: ArrayLike, intensities: ArrayLike, person: ArrayLike, seed: int = 0) -> Self:
        """Takes the frames of the training people.

        Args:
          expression: float[N, E], standard deviations.
          intensities: [N, 12] in [0, 5].
          person: int[N], who it is; people without a neutral frame are left out.
          seed: of the draws.

        Raises:
          InputError: if nobody has a neutral frame.
        """
        offsets, asked = _offsets(expression, intensities, person)
        labels, which, counts = np.unique(asked, axis=0, return_inverse=True, return_counts=True)
        order = np.argsort(which.ravel(), kind="stable")
        return cls(offsets[order], labels, np.concatenate([[0], np.cumsum(counts)]), seed)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.labels)

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> Float32:
        """Transfers expressions to neutral sources; arguments, result and errors as of `Generator.generate`."""

        def run(source: Float32, asked: Float32, begin: int) -> Float32:
            label = self._tree.query(asked, p=1)[1]
            first, last = self.first[label], self.first[label + 1]
            draws = np.random.default_rng([self.seed, begin]).integers(first, last)
            return source + self.offsets[draws]

        return generate_rows(run, source_expression, intensities, self.offsets.shape[1])


@dataclass(frozen=True, eq=False)
class LinearRegression:
    """Every Action Unit moves every coefficient in proportion to its intensity, for all people alike."""

    effects: Float32
    """float32[12, E], standard deviations an intensity."""

    @classmethod
    def of(cls, expression: ArrayLike, intensities: ArrayLike, person: ArrayLike) -> Self:
        """Fits the differences from each person's neutral expression by least squares, without a constant.

        Args:
          expression: float[N, E], standard deviations.
          intensities: [N, 12] in [0, 5]; an Action Unit that never occurs moves nothing.
          person: int[N], who it is; people without a neutral frame are left out.

        Raises:
          InputError: if nobody has a neutral frame.
        """
        offsets, asked = _offsets(expression, intensities, person)
        # In double precision, and by the least-norm solution where Action Units never occur or only together.
        effects = np.linalg.lstsq(asked.astype(np.float64), offsets.astype(np.float64), rcond=None)[0]
        return cls(effects.astype(np.float32))

    def generate(self, source_expression: ArrayLike, intensities: ArrayLike) -> Float32:
        """Moves neutral sources; arguments, result and errors as of `Generator.generate`."""
        run: Callable[[Float32, Float32, int], Any] = lambda source, asked, _: source + asked @ self.effects  # noqa: E731
        return generate_rows(run, source_expression, intensities, self.effects.shape[1])


def neutral_expressions(expression: ArrayLike, intensities: ArrayLike, person: ArrayLike) -> dict[int, Float32]:
    """Each person's neutral expression: the median of the frames in which every intensity is 0.

    Args:
      expression: float[N, E], standard deviations.
      intensities: [N, 12].
      person: int[N].

    Returns:
      float32[E] by person; without those who have no such frame.
    """
    values, who = np.asarray(expression, np.float32), np.asarray(person)
    quiet = np.asarray(intensities).max(1) == 0
    return {int(p): np.median(values[quiet & (who == p)], 0) for p in np.unique(who[quiet])}


def _offsets(expression: ArrayLike, intensities: ArrayLike, person: ArrayLike) -> tuple[Float32, Float32]:
    """Differences from the person's neutral expression, and labels, of the frames of people who have one."""
    values, labels, who = np.asarray(expression, np.float32), np.asarray(intensities, np.float32), np.asarray(person)
    if not len(values) == len(labels) == len(who) > 0:
        lengths = f"{len(values)}, {len(labels)} and {len(who)} rows"
        raise InputError("frames", "length", lengths, "the same number of rows, at least one")
    neutral = neutral_expressions(values, labels, who)
    if not neutral:
        raise InputError("frames", "intensities", "no frame where all are 0", "neutral frames to measure from")
    known = np.isin(who, list(neutral))
    people = np.array(sorted(neutral))
    rest = np.stack([neutral[int(p)] for p in people])
    return values[known] - rest[np.searchsorted(people, who[known])], labels[known]
