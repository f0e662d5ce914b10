"""A small simulation of people on a face model: labelled expressions to train a first generator on."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float32, Float64, Int64
from au_tf.au_statistics import sample_intensities
from au_tf.facs import ACTIONS, AU_NUMBERS, MAX_INTENSITY, UNITS, both_sides
from au_tf.morphable.model import STYLES, MorphableModel
from au_tf.simulation.linear_fit import linear_fit
from au_tf.simulation.mechanics import FULL, tabulate
from au_tf.simulation.population_config import SimulationConfig

COMPANIONS = {4: (7,), 6: (7,), 9: (10,), 12: (7, 14), 15: (14,), 17: (23,), 20: (14,), 25: (10,), 26: (18,)}
"""Movements that DISFA does not code and that some people make along with a coded one."""

UNCODED = {
    7: (0.10, 0.6), 10: (0.05, 0.5), 14: (0.08, 0.7), 18: (0.05, 0.6), 23: (0.05, 0.6), 24: (0.03, 0.6),
    28: (0.02, 0.6), 43: (0.06, 1.0), 61: (0.05, 0.8), 62: (0.05, 0.8), 63: (0.03, 0.6), 64: (0.05, 0.8),
}  # fmt: skip
"""Movements that come by themselves: share of frames and greatest strength (AU43 is a blink, AU18 and 23 speech)."""

CONJUGATE = (43, 61, 62, 63, 64)
"""Those that both eyes do alike: blinks, and looking left, right, up and down."""

TONIC = (4, 7, 12, 14, 15, 17, 23)
"""Movements that a face at rest may hold a little of: brow, lids, corners of the mouth, chin, lips."""

LIP_PRESS = 0.03
"""How far AU25 goes below 0 in closed lips, about 0.4 mm: they press on each other, and no small error parts them."""

_PARTING = tuple(AU_NUMBERS.index(unit) for unit in (25, 26))
_TRACED = np.array([k not in _PARTING for k in range(len(AU_NUMBERS))])

# Styles point sideways, upward and around: mirrored to the other side of the face, two of them change sign.
_MIRROR = np.array([-1.0, 1.0, -1.0])


class Recording(NamedTuple):
    """Labelled frames of several people."""

    expression: Float32
    """float32[N, E], standard deviations."""
    observed: Float32
    """float32[N, E], the same as it would come out of a photo, standard deviations."""
    intensities: Int64
    """int[N, 12] in 0..5, as coded."""
    person: Int64
    """int[N], who it is."""


class Population(NamedTuple):
    """What stays the same about each person."""

    mixing: Float64
    """float[P, 12, A], activation of each action at intensity 5 of each Action Unit."""
    tone: Float64
    """float[P, A], activation of each action in the resting face."""
    style: Float64
    """float[P, A, STYLES], the way in which the person does each action."""
    identity: Float64
    """float[P, I], identity coefficients, which a fit partly takes for expression."""


def record(model: MorphableModel, config: SimulationConfig) -> Recording:
    """Simulates people in front of a camera.

    Each frame's expression is the resting face, the coded movements in the person's own way, and movements that
    nobody codes; what a fit mistakes of the identity for expression belongs to the resting face.

    Args:
      model: the face model, whose actions move the people.
      config: who and how many.

    Returns:
      `config.people * config.frames` frames, those of one person side by side.
    """
    rng = np.random.default_rng(config.seed)
    people = make_people(config, model.identity_basis.shape[0], rng)
    person = np.repeat(np.arange(config.people), config.frames)
    intensities = sample_labels(len(person), config, rng)
    strengths = activations(people, person, intensities, rng)
    clean = tabulate(model).expressions(strengths, people.style[person])
    fit = linear_fit(model)
    leak = (people.identity @ fit.from_identity)[person]
    exact = leak + clean
    fitted = (
        leak + clean @ fit.from_expression + rng.standard_normal((len(person), len(fit.from_noise))) @ fit.from_noise
    )
    noise = rng.normal(0.0, config.noise, (2, *exact.shape))
    through_photo = rng.random(len(person)) < config.fitted_share
    return Recording(
        (exact + noise[0]).astype(np.float32),
        np.where(through_photo[:, None], fitted, exact + noise[1]).astype(np.float32),
        intensities,
        person,
    )


def draw_expressions(
    model: MorphableModel,
    count: int,
    rng: np.random.Generator,
    config: SimulationConfig = SimulationConfig(),
) -> Float32:
    """What as many people show in one frame each, float32[count, E] in standard deviations, without any error."""
    people = make_people(replace(config, people=count), 0, rng)
    strengths = activations(people, np.arange(count), sample_labels(count, config, rng), rng)
    return tabulate(model).expressions(strengths, people.style).astype(np.float32)


def resting_faces(
    model: MorphableModel,
    count: int,
    rng: np.random.Generator,
    config: SimulationConfig = SimulationConfig(),
) -> Float32:
    """What as many people look like who do nothing, float32[count, E] in standard deviations, without any error."""
    people = make_people(replace(config, people=count), 0, rng)
    return tabulate(model).expressions(people.tone, people.style).astype(np.float32)


def make_people(config: SimulationConfig, identities: int, rng: np.random.Generator) -> Population:
    """Draws people: strength, asymmetry and companions of each Action Unit, resting tone, identity."""
    mixing = np.zeros((config.people, len(AU_NUMBERS), len(ACTIONS)))
    for k, unit in enumerate(AU_NUMBERS):
        gain = np.exp(rng.normal(0.0, config.gain_spread, config.people))
        tilt = rng.normal(0.0, config.asymmetry, config.people)
        left, right = both_sides(unit)
        mixing[:, k, left], mixing[:, k, right] = gain * (1 + tilt), gain * (1 - tilt)
        for companion in COMPANIONS.get(unit, ()):
            strength = np.minimum(rng.exponential(config.companion, config.people), 0.6)
            mixing[:, k, both_sides(companion)] += (gain * strength)[:, None]
    tone = np.zeros((config.people, len(ACTIONS)))
    for unit in TONIC:
        tone[:, both_sides(unit)] = rng.exponential(config.tone, (config.people, 1))
    tone[:, both_sides(25)] = -LIP_PRESS
    style = config.style * _styles(config.people, rng)
    return Population(mixing, tone, style, rng.standard_normal((config.people, identities)))


def _styles(people: int, rng: np.random.Generator) -> Float64:
    """Standard normal float[P, A, STYLES], correlated between the sides."""
    own = rng.standard_normal((people, len(ACTIONS), STYLES))
    common = rng.standard_normal((people, len(UNITS), STYLES))
    for k, unit in enumerate(UNITS):
        left, right = both_sides(unit)
        own[:, left] += common[:, k]
        own[:, right] += common[:, k] * _MIRROR
    return own / np.sqrt(2.0)


def sample_labels(count: int, config: SimulationConfig, rng: np.random.Generator) -> Int64:
    """Draws int[count, 12] intensities: as people show them, single Action Units, and random combinations."""
    natural = sample_intensities(count, rng)
    units = natural.shape[1]
    strength = rng.integers(1, int(MAX_INTENSITY) + 1, (count, units))
    single = strength * (np.arange(units) == rng.integers(units, size=count)[:, None])
    combination = strength * (rng.random((count, units)) < 0.25)
    kind = rng.random(count)[:, None]
    shares = config.single_share, config.single_share + config.combination_share
    return np.where(kind < shares[0], single, np.where(kind < shares[1], combination, natural))


def activations(people: Population, person: Int64, intensities: Int64, rng: np.random.Generator) -> Float64:
    """What each action does in each frame, float[N, A], 1 being intensity 5 of a person of mean strength.

    A coder rounds: behind each intensity stands one up to half a step away, and behind 0 now and then a trace, but for
    lips and jaw, whose parting is seen at once.
    """
    rounding = rng.uniform(-0.5, 0.5, intensities.shape)
    trace = np.maximum(rounding, 0.0) * (rng.random(intensities.shape) < 0.4) * _TRACED
    shown = np.where(intensities > 0, intensities + rounding, trace)
    return drive(people, person, shown, uncoded_movements(len(person), rng))


def drive(people: Population, person: Int64, shown: Float64, uncoded: Float64) -> Float64:
    """What each action does: the resting face, what is shown in the person's own way, and what nobody codes.

    Args:
      people: everybody.
      person: int[N], whose frame it is.
      shown: float[N, 12] in [0, 5].
      uncoded: float[N, A].

    Returns:
      float[N, A] in [-LIP_PRESS, FULL], 1 being intensity 5 of a person of mean strength.
    """
    coded = np.einsum("nk,nka->na", shown / MAX_INTENSITY, people.mixing[person], optimize=True)
    return np.clip(people.tone[person] + coded + uncoded, -LIP_PRESS, FULL)


def uncoded_movements(count: int, rng: np.random.Generator) -> Float64:
    """Movements that nobody codes, float[count, A]; all but those of the eyes may be stronger on one side."""
    moved = np.zeros((count, len(ACTIONS)))
    for unit, (share, greatest) in UNCODED.items():
        strength = rng.uniform(0.1, greatest, count) * (rng.random(count) < share)
        left, right = both_sides(unit)
        lean = np.zeros(count) if unit in CONJUGATE else rng.uniform(-1.0, 1.0, count)
        moved[:, left], moved[:, right] = strength * np.minimum(1, 1 + lean), strength * np.minimum(1, 1 - lean)
    return moved
