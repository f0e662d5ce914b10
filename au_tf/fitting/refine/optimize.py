"""Shape, pose, skin and light from landmarks and pixels together: maximum a posteriori by Levenberg-Marquardt.

Minimises

    n / (P s^2) sum_p rho(|predicted_p - observed_p|) + landmarks + prior + |albedo|^2 + light

over pose, shape, albedo and lighting at once. Identity and albedo, being in standard deviations, have the standard
normal as their prior, expression what faces do (`usual_expressions`); or shape and pose have what a regressor says;
lighting a white light from every side. rho is Cauchy's, whose weight falls with the residual: hair, glasses,
highlights and hands are left out.

How far pixels can be trusted is learnt from the picture. A real face is not in the span of any model, and what the
model lacks is alike over many neighbouring pixels: taken for independent noise it would bend shape and expression. So
the model is first asked to explain the picture to within little noise. If it does (the discrepancy principle of
Morozov), as with rendered people, pixels are believed, and the landmarks, which a detector has found by what is usual,
hardly; if not, the face counts as few pixels with much noise.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import ssyrk

from au_tf.arrays import Float32, Float64, Int32, Pixels
from au_tf.fitting.refine.appearance import COARSE, FINE, LIGHTS, FaceWindow, Lit, Prediction
from au_tf.fitting.refine.face_surface import FaceSurface
from au_tf.fitting.refine.landmark_term import Chosen, LandmarkTerm, Placed, robust
from au_tf.fitting.refine.prior import Prior
from au_tf.rendering.lighting import AMBIENT

LIGHT_SPREAD = (0.6, 0.25, 0.25, 0.25, 0.12, 0.12, 0.12, 0.12, 0.12)
"""Prior standard deviation of each lighting coefficient about a white light from every side, at normal exposure."""
TINT_SPREAD = 0.15
"""The same for how far the channels of a coefficient differ, as a share of the above: lamps are nearly white."""
FEWEST = 40
"""Least pixels of skin, at the coarse level, for the picture to be looked at at all."""

_STEPS_FIRST, _STEPS_TRIAL, _STEPS_LAST = 3, 7, 4
_SETTLED = 2e-3
"""Share of the cost by which a step has to lower it for another to follow."""


class Trust(NamedTuple):
    """How far pixels and landmarks are believed."""

    noise: float
    """Standard deviation of what the model does not explain, sRGB in [0, 1]."""
    pixels: float
    """As how many independent pixels the face counts at most."""
    landmarks: float = 1.0
    """Noise of the landmarks over the usual."""


CAUTIOUS = Trust(noise=0.1, pixels=80.0)
"""For a face of which the model is but a likeness."""
TRIAL = Trust(noise=0.03, pixels=300.0, landmarks=4.0)
"""To see whether the model explains the picture."""
_EXPLAINED = 0.6
"""Residual over the noise of the trial, up to which it does."""
_NOISE, _LEAST_NOISE = 2.5, 0.005
"""Noise of a picture that is explained, over the residual of the trial, and at least."""


class Refinement(NamedTuple):
    """A face fitted to landmarks and pixels."""

    lit: Lit
    """What was found."""
    chosen: Chosen
    """The P vertices of `FaceSurface.marks` that stand for the landmarks."""
    error: float
    """Robust root mean square of the residual over the visible skin, sRGB in [0, 1]; nan if none is visible."""
    explained: float
    """Share of the visible skin, in [0, 1], whose colour was believed; 0 if none is visible."""
    trust: Trust
    """How far the pixels were believed."""
    normal: Float64
    """float64[N, N], half the second derivative of the cost by the steps of `Lit.moved`, priors included, where the
    last step began."""


@dataclass(frozen=True, eq=False)
class _Task:
    image: Pixels
    surface: FaceSurface
    landmarks: LandmarkTerm
    prior: Prior
    exposure: float


def refine(
    image: Pixels,
    surface: FaceSurface,
    landmarks: LandmarkTerm,
    start: Placed,
    prior: Prior | None = None,
) -> Refinement:
    """Fits a face to landmarks and pixels.

    Args:
      image: uint8[H, W, 3], sRGB.
      surface: of the face model, or of one person.
      landmarks: those found, of the same surface.
      start: where to begin.
      prior: of shape and pose; None is that of the surface.

    Returns:
      the fit; shape and pose follow the landmarks alone where too little skin is visible.
    """
    lit = Lit(start, np.zeros(surface.albedo.size), AMBIENT.astype(np.float64))
    window = FaceWindow.about(image, surface, start, landmarks.camera)
    exposure = _exposure(Prediction.of(surface, window, lit, COARSE))
    task = _Task(image, surface, landmarks, prior or Prior.usual(start, surface.marks.precision), exposure)
    lit = replace(lit, lighting=exposure * lit.lighting)
    first, trust = _descend(task, window, lit, TRIAL, COARSE, _STEPS_TRIAL), CAUTIOUS
    if first.error < _EXPLAINED * TRIAL.noise:
        trust = TRIAL._replace(noise=max(_NOISE * first.error, _LEAST_NOISE))
    else:
        first = _descend(task, window, lit, CAUTIOUS, COARSE, _STEPS_FIRST)
    window = FaceWindow.about(image, surface, first.lit.placed, landmarks.camera)
    return _descend(task, window, first.lit, trust, FINE, _STEPS_LAST)


def follow(
    image: Pixels,
    surface: FaceSurface,
    landmarks: LandmarkTerm,
    start: Lit,
    trust: Trust,
    steps: int = 3,
    chord: bool = False,
) -> Refinement:
    """Fits a face that is nearly known, such as that of the frame before, at low resolution.

    Args:
      image: uint8[H, W, 3], sRGB.
      surface: of one person.
      landmarks: those found, of the same surface.
      start: the face nearby.
      trust: how far pixels and landmarks are believed.
      steps: at most so many.
      chord: whether pixels are differentiated once, for all steps, which costs a third and serves where the start is
        near.
    """
    window = FaceWindow.about(image, surface, start.placed, landmarks.camera, samples=128)
    exposure = max(float(start.lighting[0].mean() / AMBIENT[0].mean()), 1e-3)
    task = _Task(image, surface, landmarks, Prior.usual(start.placed, surface.marks.precision), exposure)
    return _descend(task, window, start, trust, COARSE, steps, chord)


def _exposure(prediction: Prediction) -> float:
    """Brightness of the picture over what is predicted for white light of strength 1."""
    if len(prediction.places) < FEWEST:
        return 1.0
    return max(float(np.median(prediction.observed) / np.median(prediction.linear)), 1e-3)


class _Costs(NamedTuple):
    """What is minimised, at one face."""

    prediction: Prediction
    total: float
    scale: float
    """Residual at which a pixel is half believed."""


class _Slopes(NamedTuple):
    """How pixels change."""

    rows: Float32
    """float32[P, 3, N], as `Prediction.jacobian`."""
    place: Int32
    """int32[side, side], which of them is that of a pixel; -1 for none."""

    @classmethod
    def of(cls, prediction: Prediction, trust: Trust) -> Self:
        """At a prediction; none where pixels are too few to count."""
        counts = _precision(len(prediction.places), trust) > 0.0
        rows = prediction.jacobian() if counts else np.empty((0, 3, prediction.lit.size), np.float32)
        place = np.full((prediction.side, prediction.side), -1, np.int32)
        place[tuple(prediction.places[: len(rows)].T)] = np.arange(len(rows))
        return cls(rows, place)


def _costs(task: _Task, prediction: Prediction, chosen: Chosen, trust: Trust, scale: float | None = None) -> _Costs:
    size = np.linalg.norm(prediction.residual, axis=-1)
    if scale is None:
        scale = max(2.0 * float(np.median(size)), 1.5 * trust.noise) if len(size) else trust.noise
    pixels = _precision(len(size), trust) * float(scale**2 * np.log1p((size / scale) ** 2).sum())
    lit = prediction.lit
    marks, _ = robust(task.landmarks.residual(lit.placed, chosen) / trust.landmarks)
    light = (lit.lighting / task.exposure - AMBIENT).ravel()
    prior = task.prior.cost(lit.placed) + float(lit.albedo @ lit.albedo + light @ _light_precision() @ light)
    return _Costs(prediction, pixels + marks + prior, scale)


def _precision(pixels: int, trust: Trust) -> float:
    """Weight of the squared residual of each of so many pixels."""
    return min(trust.pixels / pixels, 1.0) / trust.noise**2 if pixels >= FEWEST else 0.0


@cache
def _light_precision() -> Float64:
    """float64[27, 27], of the lighting [9, 3] at normal exposure: channels differ less than they vary together."""
    common = np.full((3, 3), 1 / 3)
    channels = common + (np.eye(3) - common) / TINT_SPREAD**2
    return np.kron(np.diag(1.0 / np.square(LIGHT_SPREAD)), channels)


def _descend(
    task: _Task, window: FaceWindow, lit: Lit, trust: Trust, side: int, steps: int, chord: bool = False
) -> Refinement:
    """Levenberg-Marquardt: steps that lower the cost, shorter ones after one that would not."""
    chosen, damping = task.landmarks.outline(lit.placed), 1e-2
    now = _costs(task, Prediction.of(task.surface, window, lit, side), chosen, trust)
    normal, slopes = np.eye(lit.size), None
    for _ in range(steps):
        slopes = slopes if chord and slopes is not None else _Slopes.of(now.prediction, trust)
        normal, gradient = _equations(task, now, chosen, trust, slopes)
        then, damping = _step(task, now, chosen, trust, normal, gradient, damping)
        if then is None:
            break
        lowered, lit = now.total - then.total, then.prediction.lit
        chosen = task.landmarks.outline(lit.placed)
        now = _costs(task, then.prediction, chosen, trust)
        if lowered < _SETTLED * then.total:
            break
    return _result(now, chosen, trust, normal)


def _step(
    task: _Task, now: _Costs, chosen: Chosen, trust: Trust, normal: Float64, gradient: Float64, damping: float
) -> tuple[_Costs | None, float]:
    """The next face, None if no step lowers the cost, and the damping for the step after it."""
    before = now.prediction
    # The pose has no prior, and little is gained from holding it back.
    diagonal = np.diag(normal) * np.repeat([0.01, 1.0], [6, len(normal) - 6])
    while damping < 1e3:
        delta = -cho_solve(cho_factor(normal + np.diag(damping * diagonal)), gradient)
        prediction = Prediction.of(before.surface, before.window, before.lit.moved(delta), before.side)
        then = _costs(task, prediction, chosen, trust, now.scale)
        if then.total < now.total:
            return then, max(damping / 5.0, 1e-6)
        damping = max(8.0 * damping, 1e-3)
    return None, damping


def _equations(task: _Task, now: _Costs, chosen: Chosen, trust: Trust, slopes: _Slopes) -> tuple[Float64, Float64]:
    """Half the second derivative float64[N, N] of the cost, as Gauss and Newton take it, and half the first."""
    prediction, lit = now.prediction, now.prediction.lit
    normal, gradient = _pixel_equations(prediction, _precision(len(prediction.places), trust), now.scale, slopes)
    residual, rows = (part / trust.landmarks for part in task.landmarks.linearized(lit.placed, chosen))
    _, weight = robust(residual)
    shape = rows.shape[-1]
    weighted = (rows * weight[:, None, None]).reshape(-1, shape)
    normal[:shape, :shape] += weighted.T @ rows.reshape(-1, shape)
    gradient[:shape] += weighted.T @ residual.ravel()
    normal[:shape, :shape] += task.prior.precision
    gradient[:shape] += task.prior.precision @ task.prior.step(lit.placed)
    size, light = len(normal), len(normal) - LIGHTS
    normal[range(shape, light), range(shape, light)] += 1.0
    gradient[shape:light] += lit.albedo
    precision = _light_precision()
    normal[light:size, light:size] += precision / task.exposure**2
    gradient[light:] += precision @ (lit.lighting / task.exposure - AMBIENT).ravel() / task.exposure
    return normal, gradient


def _pixel_equations(
    prediction: Prediction, precision: float, scale: float, slopes: _Slopes
) -> tuple[Float64, Float64]:
    size = prediction.lit.size
    place = slopes.place[tuple(prediction.places.T)]
    known = place >= 0
    if not precision or not known.any():
        return np.zeros((size, size)), np.zeros(size)
    residual = prediction.residual[known]
    root = np.sqrt(precision * _weights(residual, scale)).astype(np.float32)[:, None]
    flat = (slopes.rows[place[known]] * root[..., None]).reshape(-1, size)
    upper = ssyrk(1.0, flat.T).astype(np.float64)
    normal = np.triu(upper) + np.triu(upper, 1).T
    return normal, (flat.T @ (residual * root).ravel()).astype(np.float64)


def _weights(residual: Float32, scale: float) -> Float64:
    """Cauchy's float64[P]."""
    return 1.0 / (1.0 + np.square(residual / scale, dtype=np.float64).sum(-1))


def _result(now: _Costs, chosen: Chosen, trust: Trust, normal: Float64) -> Refinement:
    residual, lit = now.prediction.residual, now.prediction.lit
    if len(residual) < FEWEST:
        return Refinement(lit, chosen, np.nan, 0.0, trust, normal)
    weight = _weights(residual, now.scale)
    error = float(np.sqrt((weight * np.square(residual).mean(-1)).sum() / weight.sum()))
    return Refinement(lit, chosen, error, float((weight > 0.5).mean()), trust, normal)
