"""Quality beyond Table 1: monotonic intensities, unasked Action Units, identity, diversity and range."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from au_tf.arrays import Array, Float32, Float64, Int64
from au_tf.evaluation.protocols.baselines import neutral_expressions
from au_tf.evaluation.protocols.same_label import (
    Diversity,
    Identity,
    SameLabel,
    compare,
    diversity,
    draw_same_label,
    identity,
    mesh_metric,
)
from au_tf.evaluation.protocols.table1 import SVR, Trial
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY
from au_tf.morphable.model import MorphableModel
from au_tf.simulation.action_meter import ActionMeter
from au_tf.synthesis.adversarial.losses import range_loss
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.calling import MakesExpressions
from au_tf.training.frame_table import FrameTable

SOURCES = 500
"""Neutral frames of the test people that are asked for every Action Unit at every intensity."""
_UNITS = len(AU_NUMBERS)
_LEVELS = np.arange(int(MAX_INTENSITY) + 1)
_OFF_DIAGONAL = ~np.eye(_UNITS, dtype=bool)


class Response(NamedTuple):
    """What is read off expressions when one Action Unit is asked for by itself; intensities of 0..5."""

    found: Float64
    """float64[12, 6, 12], mean over the sources: asked Action Unit and intensity, and what is found."""

    @property
    def own(self) -> Float64:
        """float64[12, 6], of the Action Unit that is asked for, at each intensity."""
        return np.diagonal(self.found, axis1=0, axis2=2).T

    @property
    def least_step(self) -> Float64:
        """float64[12], least growth from one asked intensity to the next."""
        return np.diff(self.own, axis=1).min(1)

    @property
    def monotone(self) -> float:
        """Share of the Action Units that grow at every step."""
        return float((self.least_step > 0).mean())

    @property
    def rise(self) -> Float64:
        """float64[12, 12], growth of the second Action Unit from nothing asked to the first asked at 5."""
        return self.found[:, -1] - self.found[:, 0]

    @property
    def leakage(self) -> float:
        """Mean size of `rise` where the second is not the first."""
        return float(np.abs(self.rise[_OFF_DIAGONAL]).mean())

    @property
    def strength(self) -> float:
        """Mean of `rise` where it is."""
        return float(np.diagonal(self.rise).mean())


class Range(NamedTuple):
    """What lies outside the bounds of the training frames."""

    share: float
    """Share of the expressions of which anything does."""
    loss: float
    """Mean of L_R (eq. 9), in the scale of the networks."""


class Quality(NamedTuple):
    """Of one row of the table with one seed."""

    estimated: Response | None
    """By the SVR; None for real frames, in which nobody is asked for anything."""
    measured: Response | None
    """By least squares over the mesh against the face's own actions (`ActionMeter`); None for real frames."""
    resting: Identity
    """Of what is generated for no Action Unit."""
    expressive: Identity
    """Of what is generated for the labels that several people show."""
    diversity: Diversity
    """Of these labels."""
    range: Range
    """Of the expressions of Table 1."""


@dataclass(frozen=True, eq=False)
class Probe:
    """What all rows are measured with, for one seed."""

    sources: Float32
    """float32[S, E], neutral frames of the test people."""
    own: Int64
    """int64[S], whose they are, an index of `resting`."""
    resting: Float64
    """float64[P, E], everybody's resting face, the training people's too."""
    same_label: SameLabel
    """Frames of people who show the same label."""
    metric: Float64
    """Of `mesh_metric`."""
    meter: ActionMeter
    """Of the face model."""
    bounds: Bounds
    """Of the training frames."""

    @classmethod
    def of(cls, train: FrameTable, test: FrameTable, face: MorphableModel, seed: int = 0) -> Self:
        """Draws it.

        Args:
          train: frames of the training people.
          test: frames of the test people, some of them neutral.
          face: whose coefficients they are.
          seed: of the draws.

        Raises:
          InputError: as `neutral_sources` says.
        """
        drawn = np.random.default_rng(seed).permutation(np.flatnonzero(test.neutral))[:SOURCES]
        sources, everybody = test.where(np.sort(drawn)), FrameTable.joined(train, test)
        faces = neutral_expressions(everybody.expression, everybody.intensities, everybody.person)
        return cls(
            sources=sources.expression,
            own=np.searchsorted(list(faces), sources.person),
            resting=np.stack(list(faces.values())),
            same_label=draw_same_label(train, test, seed),
            metric=mesh_metric(face),
            meter=ActionMeter.of(face),
            bounds=Bounds.of(train.expression),
        )


def measure(trial: Trial, probe: Probe) -> Quality:
    """Measures a row of the table."""
    same, made = probe.same_label, trial.generator
    shown = same.real if made is None else made.generate(same.source, same.intensities)
    resting = probe.sources if made is None else made.generate(probe.sources, np.zeros(_UNITS))
    estimated = measured = None
    if made is not None:
        estimated, measured = respond(made, probe.sources, trial.estimators[SVR].predict, probe.meter.intensities)
    return Quality(
        estimated,
        measured,
        compare(resting, probe.own, probe.resting, probe.metric),
        identity(shown, same, probe.metric),
        diversity(shown, same, probe.metric),
        out_of_range(trial.expressions, probe.bounds),
    )


def respond(generator: MakesExpressions, sources: Float32, *readers: Callable[[Float32], Array]) -> list[Response]:
    """Asks for every Action Unit by itself at every intensity.

    Args:
      generator: what is measured.
      sources: float32[S, E], neutral frames.
      *readers: of intensities float[S, 12] off expressions float32[S, E].

    Returns:
      What each of them reads.
    """
    found = np.zeros((len(readers), _UNITS, len(_LEVELS), _UNITS))
    for unit in range(_UNITS):
        for level in _LEVELS:
            expressions = generator.generate(sources, level * np.eye(_UNITS)[unit])
            found[:, unit, level] = [read(expressions).mean(0, dtype=np.float64) for read in readers]
    return [Response(table) for table in found]


def out_of_range(expressions: Float32, bounds: Bounds) -> Range:
    """How much of float32[N, E] lies outside the bounds."""
    loss = range_loss(bounds.to_network(expressions), -1.0, 1.0).numpy()
    # A last bit of rounding is not outside.
    return Range(float((loss > 1e-4).mean()), float(loss.mean()))
