"""How well a generator does what it is asked, on a face model whose actions are known."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Bool, Float32, Float64
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY
from au_tf.morphable.model import MorphableModel
from au_tf.simulation.action_meter import ActionMeter
from au_tf.simulation.mechanics import both_sided, shown_units, tabulate
from au_tf.simulation.population import Recording
from au_tf.synthesis.calling import MakesExpressions

_LEVELS = np.arange(int(MAX_INTENSITY) + 1)


class ActionQuality(NamedTuple):
    """What a generator does, in intensities of 0..5 where nothing else is said."""

    response: Float64
    """float64[12, 6, 12], mean over neutral sources: asked Action Unit and intensity, and what is found."""
    truth: Float64
    """float64[12, 6, 12], what is found of the face's own actions: lids and jaw do not simply add up."""
    residue: Float64
    """float64[12], mean of what is found when sources that show the Action Unit at 3 or more are asked for nothing."""
    shown: Float64
    """float64[12], the same for these sources themselves."""
    resting_error: float
    """Distance of the expression for no Action Unit from the person's resting face: share of the distance between
    that and the mean of all people's."""
    units: Bool
    """bool[12], which Action Units the face model can do; the others are left out of what follows."""

    @property
    def strength(self) -> Float64:
        """float64[12], found of each Action Unit asked for at 5."""
        return np.diagonal(self.response[:, -1])

    @property
    def leakage(self) -> float:
        """Mean of `leaks`."""
        return float(self.leaks[self._pairs].mean()) if self._pairs.any() else 0.0

    @property
    def leaks(self) -> Float64:
        """float64[12, 12], size of what is found too much of the second Action Unit when the first is asked at 5."""
        return np.abs(self.response - self.truth)[:, -1] * self._pairs

    @property
    def _pairs(self) -> Bool:
        return np.outer(self.units, self.units) & ~np.eye(len(self.units), dtype=bool)

    @property
    def least_step(self) -> float:
        """Least growth of an Action Unit from one asked intensity to the next."""
        own = np.diagonal(self.response, axis1=0, axis2=2)[:, self.units]
        return float(np.diff(own, axis=0).min())


def measure(generator: MakesExpressions, model: MorphableModel, people: Recording) -> ActionQuality:
    """Asks a generator for every Action Unit at every intensity, and expressive sources for none.

    Args:
      generator: trained on `model`.
      model: the face model.
      people: frames of people whom the generator has not seen, each with some neutral frames.

    Returns:
      The means over the frames.
    """
    meter = ActionMeter.of(model)
    quiet = people.intensities.max(1) == 0
    resting = _resting_faces(people, quiet)
    own = resting[people.person]
    neutral = generator.generate(people.observed, np.zeros(people.intensities.shape))
    strong = people.intensities >= 3
    shares = strong / np.maximum(strong.sum(0), 1)
    return ActionQuality(
        response=_response(generator, meter, people.observed[quiet]),
        truth=_truth(meter, model),
        residue=np.einsum("nk,nk->k", shares, meter.intensities(neutral - own)),
        shown=np.einsum("nk,nk->k", shares, meter.intensities(people.expression - own)),
        resting_error=_distance(meter, neutral - own, quiet) / _distance(meter, own - resting.mean(0), quiet),
        units=shown_units(model),
    )


def _asked() -> Float64:
    """Every Action Unit by itself at every intensity, float64[12, 6, 12]."""
    return np.einsum("kj,i->kij", np.eye(len(AU_NUMBERS)), _LEVELS)


def _response(generator: MakesExpressions, meter: ActionMeter, sources: Float32) -> Float64:
    generated = generator.generate(sources[:, None, None], _asked())
    return meter.intensities(generated - generated[:, :, :1]).mean(0)


def _truth(meter: ActionMeter, model: MorphableModel) -> Float64:
    strengths, mechanics = both_sided(_asked()), tabulate(model)
    change = mechanics.expressions(strengths.reshape(-1, strengths.shape[-1])) - mechanics.rest
    return meter.intensities(change.reshape(*strengths.shape[:2], -1))


def _distance(meter: ActionMeter, change: Float64, rows: Bool) -> float:
    return float(np.linalg.norm(change[rows] * meter.motion, axis=1).mean())


def _resting_faces(people: Recording, quiet: Bool) -> Float64:
    """Median of each person's neutral frames, float64[P, E]: blinks and the like fall out."""
    return np.stack(
        [np.median(people.expression[quiet & (people.person == p)], 0) for p in range(people.person.max() + 1)]
    )
