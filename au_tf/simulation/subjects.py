"""Who is recorded, for how long, and where each one's randomness comes from."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from au_tf.arrays import Float64
from au_tf.au_statistics import latent_correlation
from au_tf.simulation.population import Population, make_people
from au_tf.simulation.population_config import SimulationConfig

SUBJECTS = tuple(f"SN{k:03d}" for k in (*range(1, 14), 16, 17, 18, 21, *range(23, 33)))
"""The 27 people, called as in DISFA."""
FRAMES = 4845
"""Frames of each person and camera."""
FRAME_RATE = 20.0
"""Frames a second."""
CAMERAS = ("left", "right")

MANNER = SimulationConfig(people=1, frames=1, gain_spread=0.25, companion=0.15, tone=0.05)
"""How much people differ in the strength, the companions and the way of each Action Unit and in their resting face."""

# A quarter of the variance of how much of each Action Unit is shown lies between people. Nobody goes far beyond 1.7
# deviations, so that each one shows each Action Unit in at least a few of 4,845 frames.
_BETWEEN_PEOPLE = 0.25
_FARTHEST = 1.7
_LIVELINESS = 0.35

# Correlations of the latent AU1 and AU2, AU25 and AU26 by which AU1 comes with 90% of AU2 and AU25 with 97% of AU26:
# somewhat more than for frames drawn one by one, since events overlap and coders err.
_BROWS, _MOUTH = 0.985, 0.965


def stream(seed: int, *keys: str) -> np.random.Generator:
    """The random numbers of one purpose, for instance of one person's blinks: they depend on nothing else."""
    return np.random.default_rng([seed, *"/".join(keys).encode()])


def correlated(shape: Sequence[int], rng: np.random.Generator) -> Float64:
    """Standard normal float[*shape, 12], correlated as the Action Units are."""
    return rng.standard_normal((*shape, len(_mixing()))) @ _mixing()


@lru_cache(maxsize=1)
def _mixing() -> Float64:
    values, vectors = np.linalg.eigh(latent_correlation(_BROWS, _MOUTH))
    return np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T


def person(seed: int, subject: str, identities: int) -> Population:
    """What stays the same about one person, with `identities` identity coefficients."""
    return make_people(MANNER, identities, stream(seed, subject, "person"))


def inclination(seed: int, subject: str) -> Float64:
    """How much more than others the person shows each Action Unit, float[12], in deviations of the pooled latent."""
    spread = np.sqrt(_BETWEEN_PEOPLE)
    drawn = correlated((), stream(seed, subject, "inclination"))
    return spread * _FARTHEST * np.tanh(drawn / _FARTHEST)


def within_person(scores: Float64) -> Float64:
    """Standard normal scores within a person, scaled to that part of the pooled variance."""
    return np.sqrt(1.0 - _BETWEEN_PEOPLE) * scores


def liveliness(seed: int, subject: str) -> float:
    """How often the person does anything, as a multiple of what is usual."""
    return float(np.exp(_LIVELINESS * stream(seed, subject, "liveliness").standard_normal()))
