"""Pose, identity and expression from 68 landmarks: maximum a posteriori by Gauss-Newton.

Minimises the sum of `LandmarkTerm` + |identity|^2 + |expression|^2: the coefficients, being in standard deviations,
have the standard normal as their prior.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.transform import Rotation

from au_tf.arrays import Int64
from au_tf.fitting.refine.landmark_term import LandmarkTerm, Placed, robust, roll_of_eyes
from au_tf.geometry.landmarks import INNER

_POSE_STEPS, _POSE_STEPS_NEAR = 10, 4
_STEPS, _STEPS_NEAR = 14, 4
_SETTLED = 4
"""Last steps, in which the jaw's vertices are kept."""


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
