"""Table 1 of the paper: do estimators trained on real frames read off generated expressions what was asked for?

The protocol of section 4.3 in pure functions. Estimators are trained on the expression coefficients of 30% of the
non-neutral training frames. What is tested are expressions generated from neutral frames of the test people with the
labels of their non-neutral frames, and, as the row "Real", these non-neutral frames themselves.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from au_tf.arrays import Float32, Int32, Int64
from au_tf.errors import InputError
from au_tf.estimation.linear import LinearEstimator
from au_tf.estimation.ordinal_svr import OrdinalSVRConfig, fit_ordinal_svr
from au_tf.estimation.svr import SVRConfig, fit_svr
from au_tf.evaluation.metrics import Agreement
from au_tf.synthesis.calling import MakesExpressions
from au_tf.training.frame_table import FrameTable

SVR, OSVR = "SVR", "OSVR"
ESTIMATORS = (SVR, OSVR)
METRICS = ("mae", "mse", "icc", "pcc")
"""Fields of `Agreement`; the paper prints the first two."""
REAL = "Real"
SHARE = 0.3
"""Of the non-neutral training frames, that the estimators are trained on."""
VALIDATION_PEOPLE = 5
"""Of 25, held out of the training people to choose models on."""


GUESSES = "Always zero", "Mean label"
"""Rows that need neither an expression nor an estimator: what an error can be had by that says nothing."""


class Maker(Protocol):
    """What fits or trains a generator."""

    def __call__(self, train: FrameTable, seed: int) -> MakesExpressions:
        """The generator that comes of training frames and a seed."""
        ...


class Examination(NamedTuple):
    """What generators are asked for, one row a non-neutral frame of the test people."""

    source: Float32
    """float32[N, E], a neutral frame of the same person and camera."""
    intensities: Int32
    """int32[N, 12], the label of the non-neutral frame."""
    real: Float32
    """float32[N, E], the non-neutral frame itself."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One row of the table with one seed."""

    row: str
    """Name of the row."""
    seed: int
    """Of the sample that the estimators are trained on, of the neutral frames, and of the generator."""
    generator: MakesExpressions | None
    """What made the expressions; None for the row "Real"."""
    estimators: Mapping[str, LinearEstimator]
    """By the names of `ESTIMATORS`."""
    expressions: Float32
    """float32[N, E], what was estimated from."""
    agreement: Mapping[str, Agreement]
    """Of the estimates with the labels asked for, by estimator."""


def hold_out(train: FrameTable, people: int = VALIDATION_PEOPLE) -> tuple[FrameTable, FrameTable]:
    """Splits the training people into those to train on and the last few, by number, to choose models on.

    Raises:
      InputError: if nobody is left on one of the sides.
    """
    everybody = np.unique(train.person)
    if not 0 < people < len(everybody):
        raise InputError("validation", "people", people, f"1 to {len(everybody) - 1} of the {len(everybody)} people")
    return train.of_people(everybody[:-people]), train.of_people(everybody[-people:])


def fit_estimators(train: FrameTable, seed: int = 0, share: float = SHARE) -> dict[str, LinearEstimator]:
    """Trains both estimators on a random share of the non-neutral frames.

    The SVR's loss is squared: the paper does not name it, and its errors are those of a squared loss
    (`benchmarks/simulated_disfa.py`).

    Args:
      train: frames of the training people.
      seed: of the sample, and of the pairs of the ordinal SVR.
      share: of the non-neutral frames.

    Returns:
      The estimators by the names of `ESTIMATORS`.

    Raises:
      InputError: if there is no frame to train on.
    """
    rows = np.flatnonzero(~train.neutral)
    sample = np.random.default_rng(seed).choice(rows, round(share * len(rows)), replace=False)
    # In the order of the recordings, so that what is fitted depends on the sample only.
    frames = train.where(np.sort(sample))
    ordinal = OrdinalSVRConfig(seed=seed)
    return {
        SVR: fit_svr(frames.expression, frames.intensities, SVRConfig(loss="squared")),
        OSVR: fit_ordinal_svr(frames.expression, frames.intensities, frames.person, frames.time, ordinal),
    }


def neutral_rows(frames: FrameTable, wanted: FrameTable, seed: int = 0) -> Int64:
    """Draws a neutral frame of the same person and camera for each row of another table.

    Args:
      frames: to draw from.
      wanted: whose people and cameras are wanted.
      seed: of the draws.

    Returns:
      int64[N], rows of `frames` for the N rows of `wanted`.

    Raises:
      InputError: for a person without a neutral frame of a camera.
    """
    rng = np.random.default_rng(seed)
    drawn = np.zeros(len(wanted), np.int64)
    for person, camera in np.unique(np.stack([wanted.person, wanted.camera], 1), axis=0):
        neutral = np.flatnonzero(frames.neutral & (frames.person == person) & (frames.camera == camera))
        if not len(neutral):
            field = f"person {person}, camera {camera}"
            raise InputError("frames", field, "no neutral frame", "a frame without any Action Unit to start from")
        rows = np.flatnonzero((wanted.person == person) & (wanted.camera == camera))
        drawn[rows] = rng.choice(neutral, len(rows))
    return drawn


def neutral_sources(frames: FrameTable, wanted: FrameTable, seed: int = 0) -> Float32:
    """The expressions float32[N, E] of the frames that `neutral_rows` draws."""
    return frames.expression[neutral_rows(frames, wanted, seed)]


def draw_examination(test: FrameTable, seed: int = 0) -> Examination:
    """Pairs the label of every non-neutral frame with a neutral frame of the same person and camera.

    Raises:
      InputError: if there is no non-neutral frame, or as `neutral_rows` says.
    """
    shown = test.where(~test.neutral)
    if not len(shown):
        raise InputError("test people", "intensities", "0 in all frames", "frames that show something")
    return Examination(neutral_sources(test, shown, seed), shown.intensities, shown.expression)


def trials(
    train: FrameTable, test: FrameTable, makers: Mapping[str, Maker], seeds: Iterable[int] = range(3)
) -> Iterator[Trial]:
    """Makes the table, row by row within each seed, the row "Real" first.

    Args:
      train: frames of the people that estimators and generators are trained on.
      test: frames of other people.
      makers: of the other rows, by name.
      seeds: one run of everything each.

    Raises:
      InputError: for a person on both sides, or as the functions above.
    """
    both = np.intersect1d(train.person, test.person)
    if len(both):
        raise InputError("table 1", f"person {both[0]}", "among the training and the test people", "one of the two")
    for seed in seeds:
        asked, estimators = draw_examination(test, seed), fit_estimators(train, seed)
        yield examine(REAL, seed, None, asked, estimators)
        for row, make in makers.items():
            yield examine(row, seed, make(train, seed), asked, estimators)


def guesses(train: FrameTable, test: FrameTable) -> dict[str, Agreement]:
    """How well the labels of the non-neutral test frames are met by the rows `GUESSES`.

    The mean label is that of the non-neutral training frames.
    """
    asked = test.intensities[~test.neutral]
    values = np.zeros(asked.shape[1]), train.intensities[~train.neutral].mean(0)
    return {
        row: Agreement.of(asked, np.broadcast_to(value, asked.shape))
        for row, value in zip(GUESSES, values, strict=True)
    }


def examine(
    row: str,
    seed: int,
    generator: MakesExpressions | None,
    asked: Examination,
    estimators: Mapping[str, LinearEstimator],
) -> Trial:
    """Holds the estimates from generated expressions, or from the real ones, against the labels asked for."""
    expressions = asked.real if generator is None else generator.generate(asked.source, asked.intensities)
    agreement = {
        name: Agreement.of(asked.intensities, estimator.predict(expressions)) for name, estimator in estimators.items()
    }
    return Trial(row, seed, generator, estimators, expressions, agreement)
