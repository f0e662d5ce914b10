"""Coefficients as an extractor such as 3DFaceNet would give them: the truth, and errors that hang on who it is."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from au_tf.arrays import Bool, Float, Float32, Int64
from au_tf.fitting.refine.landmark_term import NOISE
from au_tf.geometry.camera import Camera
from au_tf.geometry.landmarks import eye_distance
from au_tf.morphable.coefficients import Coefficients
from au_tf.morphable.model import MorphableModel
from au_tf.simulation.coding import smooth
from au_tf.simulation.linear_fit import LinearFit, linear_fit
from au_tf.simulation.subjects import FRAMES, stream

TURNED = 0.30
"""Turn of the head from the camera, in radians, at which errors are twice as large and registration fails."""

# Of the variance of an error: what stays with a person, with a person and camera, what wanders, and what flickers.
_SHARES = (0.4, 0.2, 0.25, 0.15)
_SLOW_SECONDS = 0.5

_IDENTITY_ERROR, _LIGHT_ERROR = 0.3, 0.01
_ANGLE_ERROR, _MM_ERROR = 0.01, np.array([1.0, 1.0, 12.0])


@dataclass(frozen=True)
class Errors:
    """The errors of one person before one camera, each kind from a stream of random numbers of its own."""

    seed: int
    subject: str
    camera: str
    size: float
    """Size of the errors of expressions, 1 being those of a fit to 68 landmarks."""

    def draw(self, kind: str, size: int, rows: Int64) -> Float32:
        """Standard normal errors that change gradually.

        Args:
          kind: of what.
          size: K, how many.
          rows: int[N], of which frames.

        Returns:
          float32[N, K].
        """
        rng = stream(self.seed, self.subject, self.camera, kind)
        parts = (
            stream(self.seed, self.subject, kind).standard_normal((1, size), np.float32),
            rng.standard_normal((1, size), np.float32),
            smooth(rng.standard_normal((FRAMES, size), np.float32), _SLOW_SECONDS)[rows],
            rng.standard_normal((FRAMES, size), np.float32)[rows],
        )
        total = np.zeros((len(rows), size), np.float32)
        for share, part in zip(_SHARES, parts, strict=True):
            total += np.float32(np.sqrt(share)) * part
        return total


class Extracted(NamedTuple):
    """What comes out of N pictures."""

    coefficients: Coefficients
    """N of each."""
    landmarks: Float32
    """float32[N, 68, 2], pixels."""
    registered: Bool
    """bool[N]."""


def extract(model: MorphableModel, lens: Camera, truth: Coefficients, rows: Int64, errors: Errors) -> Extracted:
    """Extracts coefficients and landmarks from what a camera sees.

    Args:
      model: the face model.
      lens: the camera's.
      truth: what it sees, N frames of one person.
      rows: int[N], which frames these are.
      errors: of this person and camera.
    """
    turn = np.linalg.norm(truth.rotation, axis=1)
    noise = errors.draw("landmarks", 2 * len(model.landmarks), rows) * (1.0 + np.square(turn / TURNED))[:, None]
    plain = {name: _plain(name, getattr(truth, name), rows, errors) for name in _PLAIN}
    expressions = expression(truth.expression, truth.identity[0], noise, _fit(model), errors.size)
    found = Coefficients(expression=_single(expressions), **plain)
    seen = project_landmarks(model, truth, lens)
    return Extracted(found, _single(with_errors(seen, noise.reshape(seen.shape))), turn < TURNED)


def with_errors(seen: Float, noise: Float) -> Float:
    """Landmarks float[N, 68, 2] with a detector's errors, of which `noise` is standard normal."""
    return seen + NOISE * eye_distance(seen)[:, None, None] * noise


def with_own_errors(seen: Float, seed: int, kind: str, numbers: Int64) -> Float:
    """Landmarks float[N, 68, 2] with a detector's errors that hang on each face's number int[N] alone."""
    noise = [stream(seed, kind, str(number)).standard_normal(seen.shape[1:]) for number in numbers]
    return with_errors(seen, np.stack(noise))


_PLAIN: dict[str, Any] = {
    "identity": _IDENTITY_ERROR,
    "albedo": _IDENTITY_ERROR,
    "rotation": _ANGLE_ERROR,
    "translation": _MM_ERROR,
    "lighting": _LIGHT_ERROR,
}
"""Size of the errors that are simply added."""


def _plain(name: str, true: Float32, rows: Int64, errors: Errors) -> Float32:
    return _single(true + (_PLAIN[name] * errors.draw(name, true[0].size, rows)).reshape(true.shape))


def expression(clean: Float, identity: Float, noise: Float, fit: LinearFit, size: float) -> Float:
    """What comes out for expressions, in standard deviations.

    As in `linear_fit`, part of an expression is lost or taken for another, part of the identity is taken for
    expression, and the landmarks' errors come through; the latter two are scaled by `size`.

    Args:
      clean: float[N, E], the expressions.
      identity: float[I], who it is.
      noise: float[N, 136], errors of the landmarks, standard normal.
      fit: of the face model.
      size: see `Errors`.

    Returns:
      float[N, E].
    """
    return clean @ fit.from_expression + size * (identity @ fit.from_identity + noise @ fit.from_noise)


@lru_cache(maxsize=1)
def _fit(model: MorphableModel) -> LinearFit:
    return linear_fit(model)


def project_landmarks(model: MorphableModel, faces: Coefficients, camera: Camera) -> Float:
    """Where the 68 landmarks are seen, float[N, 68, 2], column and row in pixels."""
    points = model.shapes.at(model.landmarks)(faces.identity, faces.expression)
    placed = faces.pose.apply(points.astype(np.float64))
    return camera.project(placed)[..., :2]


def _single(values: Float) -> Float32:
    return np.asarray(values, np.float32)
