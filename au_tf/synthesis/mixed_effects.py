"""A linear mixed model of expressions with calibrated Action Units: a generator in closed form.

A frame is modelled as the person's resting face, the effects of its Action Units and a residual,

    x = rest_p + y L + e,    rest_p ~ N(mean, between),    e ~ N(0, within).

L is learnt from differences within people only. Since coders err and extraction dampens, it is weaker than what a label
says, and it mixes Action Units that come together. What is used is B, the effects next to L, measured by the residuals,
that read as what is asked for, to a linear estimator (R) and on the mesh (M, the face model's actions of both sides):

    B = argmin |B - L|^2_within + reading_weight |B R - I|^2 + mesh_weight |B M - both sides|^2.

The resting face of somebody new is predicted from a single frame, of which what it shows is taken away (`shown`), by
the best linear unbiased prediction (Robinson, "That BLUP is a good thing", Statistical Science 1991).
"""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float, Indices
from au_tf.errors import InputError
from au_tf.facs import MAX_INTENSITY
from au_tf.morphable.model import MorphableModel
from au_tf.morphable.signature import FaceSignature
from au_tf.simulation.action_meter import ActionMeter
from au_tf.simulation.mechanics import both_sided
from au_tf.simulation.population import Recording
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.mixed_generator import MixedGenerator, Predictor
from au_tf.synthesis.network_config import MixedEffectsConfig

# Of the mean variance: keeps what never varies from weighing endlessly.
_RIDGE = 1e-4


class Components(NamedTuple):
    """What the frames say of the mixed model."""

    learnt: Float
    """float64[12, E], L, standard deviations an intensity."""
    rest: Float
    """float64[P, E], resting faces of the people."""
    within: Float
    """float64[E, E], covariance of the residuals."""
    frames: Float
    """float64[P], frames of each person."""


def learn_mixed(
    frames: Recording,
    face: MorphableModel,
    config: MixedEffectsConfig = MixedEffectsConfig(),
) -> MixedGenerator:
    """Learns a generator from recorded or simulated people.

    Args:
      frames: theirs.
      face: the face model whose coefficients they hold.
      config: what is not learnt.

    Raises:
      InputError: for frames of fewer than two people, without Action Units, or of another face model.
    """
    size, found = len(face.expression_basis), frames.expression.shape[1]
    if size != found:
        raise InputError("frames", "expression", f"{found} coefficients", f"{size}, as {face.name} has")
    parts = components(frames)
    effects = calibrated(parts, linear_reader(frames), ActionMeter.of(face).inverse * MAX_INTENSITY, config)
    bounds = Bounds.of(frames.expression)
    return MixedGenerator(config, bounds, FaceSignature.of(face), predictor(parts, config), effects)


def components(frames: Recording) -> Components:
    """Separates what Action Units do from who it is, by least squares with an own constant for each person.

    Args:
      frames: the training split.

    Raises:
      InputError: for frames of fewer than two people.
    """
    people, who, counts = np.unique(frames.person, return_inverse=True, return_counts=True)
    if len(people) < 2:
        raise InputError("frames", "person", f"{len(people)} people", "at least two")
    x, y = frames.expression.astype(np.float64), frames.intensities.astype(np.float64)
    x_mean, y_mean = (_means(a, who, counts) for a in (x, y))
    x, y = x - x_mean[who], y - y_mean[who]
    learnt = _least_squares(y, x)
    residual = x - y @ learnt
    return Components(learnt, x_mean - y_mean @ learnt, residual.T @ residual / len(x), counts.astype(np.float64))


def predictor(parts: Components, config: MixedEffectsConfig) -> Predictor:
    """How to tell somebody's resting face from one frame."""
    mean = parts.rest.mean(0)
    # What the resting faces found differ by is in part chance: the residuals' share of their own number of frames.
    between = np.cov(parts.rest.T) - parts.within / np.median(parts.frames)
    variance = np.maximum(np.diag(between), 0.0)
    between = (1 - config.diagonal) * between + config.diagonal * np.diag(variance)
    precision = np.linalg.inv(_ridged(between + config.source_noise * parts.within))
    return Predictor(mean, precision, between @ precision, parts.learnt, config.shown_rate)


def linear_reader(frames: Recording) -> Float:
    """R, float64[E, 12]: how intensities go with expressions by least squares over the frames that are not neutral.

    Raises:
      InputError: if all frames are neutral.
    """
    rows = frames.intensities.max(1) > 0
    if not rows.any():
        raise InputError("frames", "intensities", "none above 0", "frames with Action Units")
    x, y = frames.expression[rows].astype(np.float64), frames.intensities[rows].astype(np.float64)
    return _least_squares(x - x.mean(0), y - y.mean(0))


def calibrated(parts: Components, reader: Float, mesh: Float, config: MixedEffectsConfig) -> Float:
    """The effects B that read as what is asked for.

    Args:
      parts: of the training split.
      reader: float64[E, 12], R.
      mesh: float64[E, A], M, intensities of the actions of both sides; 0 for those that the mesh cannot show, of which
        nothing is asked.
      config: the weights.

    Returns:
      float64[12, E], standard deviations an intensity; 0 for Action Units that moved nothing in the training split.
    """
    precision, wish = np.linalg.inv(_ridged(parts.within)), np.eye(reader.shape[1])
    curvature, slope = precision, parts.learnt @ precision
    for weight, table, asked in (
        (config.reading_weight, reader, wish),
        (config.mesh_weight, mesh, both_sided(wish) * MAX_INTENSITY),
    ):
        curvature = curvature + weight * table @ table.T
        slope = slope + weight * asked @ table.T
    effects = np.linalg.solve(curvature, slope.T).T
    return effects * (np.abs(parts.learnt).max(1, keepdims=True) > 0)


def _least_squares(known: Float, wanted: Float) -> Float:
    """The least-norm solution where columns never vary or only together."""
    return np.linalg.lstsq(known.T @ known, known.T @ wanted, rcond=None)[0]


def _means(values: Float, who: Indices, counts: Indices) -> Float:
    """Means of float64[N, K] for each person, float64[P, K]."""
    return np.stack([np.bincount(who, column) for column in values.T], 1) / counts[:, None]


def _ridged(covariance: Float) -> Float:
    size = len(covariance)
    return covariance + _RIDGE * np.trace(covariance) / size * np.eye(size)
