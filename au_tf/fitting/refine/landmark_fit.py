"""Pose, identity and expression from 68 landmarks: maximum a posteriori by Gauss-Newton.

Minimises the sum of `LandmarkTerm` + |identity|^2 + |expression|^2: the coefficients, being in standard deviations,
have the standard normal as their prior.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.transform import Rotation
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from au_tf.arrays import Bool, Float, Float64, Int32, Int64
from au_tf.fitting.refine.face_surface import surface_of
from au_tf.fitting.refine.landmark_term import LandmarkTerm, Placed, robust, roll_of_eyes
from au_tf.geometry.camera import Camera
from au_tf.geometry.landmarks import INNER
from au_tf.morphable import MorphableModel

_POSE_STEPS, _POSE_STEPS_NEAR = 10, 4
_STEPS, _STEPS_NEAR = 14, 4
_SETTLED = 4
"""Last steps, in which the jaw's vertices are kept."""


@dataclass(frozen=True, eq=False)
class LandmarkFit:
    """A face in front of a camera, and its landmarks."""

    rotation: Float64
    """float64[3], axis-angle in radians, model to camera."""
    translation: Float64
    """float64[3], mm, model to camera."""
    identity: Float64
    """float64[I], standard deviations."""
    expression: Float64
    """float64[E], standard deviations."""
    vertices: Int32
    """int32[68], vertices that stand for the landmarks; on the jaw they depend on the pose."""
    projected: Float64
    """float64[68, 2], where they are in the picture, (column, row)."""


def fit_landmarks(landmarks: Float, model: MorphableModel, camera: Camera, seen: Bool | None = None) -> LandmarkFit:
    """Fits pose, identity and expression to landmarks.

    Args:
      landmarks: float[68, 2], (column, row) in pixels, of a face turned up to about 50 degrees from the camera.
      model: the face model.
      camera: the camera that took the picture.
      seen: bool[68], False for landmarks to be ignored, such as those outside the picture.

    Returns:
      the fit.
    """
    term = LandmarkTerm.of(landmarks, surface_of(model).marks, camera, seen)
    # Matrices this small gain nothing from threads, which on a busy machine wait for each other for seconds.
    with threadpool_limits(1, "blas"):
        placed, chosen = place_by_landmarks(term)
    identity, expression = np.split(placed.shape, [len(model.identity_basis)])
    projected = term.see(placed, chosen).places
    vertices = term.marks.vertices[chosen]
    return LandmarkFit(placed.turn.as_rotvec(), placed.shift, identity, expression, vertices, projected)


def place_by_landmarks(term: LandmarkTerm, start: Placed | None = None) -> tuple[Placed, Int64]:
    """The shape and pose that meet landmarks best, and the vertices int64[68] of `marks` that stand for them.

    Args:
      term: the landmarks.
      start: a face nearby, from which fewer steps lead there; None is the mean face, looking into the camera.
    """
    placed, chosen = start or _first_guess(term), np.arange(68)
    if start is not None:
        chosen = term.outline(placed)
    steps, settled = (_STEPS, _SETTLED) if start is None else (_STEPS_NEAR, 1)
    for _ in range(_POSE_STEPS if start is None else _POSE_STEPS_NEAR):
        placed = _step(term, placed, chosen, pose_only=True)
    for step in range(steps):
        if step < steps - settled:
            chosen = term.outline(placed)
        placed = _step(term, placed, chosen, pose_only=False)
    return placed, chosen


def _first_guess(term: LandmarkTerm) -> Placed:
    """The mean face, turned to the camera, with the size and place of the inner landmarks."""
    camera, inner = term.camera, term.landmarks[INNER]
    turn = np.eye(3)
    turn[:2, :2] = roll_of_eyes(term.landmarks)
    points = term.marks.shape.mean[INNER] @ turn.T
    spread = [np.sqrt(((p - p.mean(0)) ** 2).sum(-1).mean()) for p in (points[:, :2], inner)]
    depth = camera.focal * spread[0] / spread[1]
    middle = (inner.mean(0) - camera.centre) * (1.0, -1.0) * depth / camera.focal
    shift = np.array([*middle, -depth]) - points.mean(0)
    return Placed(Rotation.from_matrix(turn), shift, np.zeros(term.marks.shape.size))


def _step(term: LandmarkTerm, placed: Placed, chosen: Int64, pose_only: bool) -> Placed:
    """One step of Gauss-Newton with Huber weights."""
    residual, jacobian = term.linearized(placed, chosen)
    _, weight = robust(residual)
    size = 6 if pose_only else jacobian.shape[-1]
    jacobian = jacobian[..., :size]
    # Pose has no prior; what is added keeps the equations solvable with few landmarks.
    prior = np.repeat([1e-9, 1.0], [6, size - 6])
    rows = (jacobian * weight[:, None, None]).reshape(-1, size)
    normal = rows.T @ jacobian.reshape(-1, size) + np.diag(prior)
    gradient = -rows.T @ residual.ravel() - prior * np.append(np.zeros(6), placed.shape)[:size]
    delta = np.zeros(6 + len(placed.shape))
    delta[:size] = cho_solve(cho_factor(normal), gradient)
    return placed.moved(delta)
