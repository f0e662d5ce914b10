"""Pose, identity and expression from landmarks: maximum a posteriori by Gauss-Newton.

Minimises the sum of `LandmarkTerm` and the prior of `Marks.precision`.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.transform import Rotation

from au_tf.arrays import Float64
from au_tf.fitting.refine.landmark_term import Chosen, LandmarkTerm, Placed, robust, roll_of_eyes
from au_tf.fitting.refine.prior import Prior
from au_tf.geometry.landmarks import INNER
from au_tf.geometry.similarity import Similarity


class _Steps(NamedTuple):
    """How many there are."""

    pose: int
    """Of the pose alone."""
    shape: int
    """Of the shape too."""
    settled: int
    """The last of them, in which the jaw's vertices are kept."""


_FAR, _NEAR, _NEXT = _Steps(10, 14, 4), _Steps(4, 4, 1), _Steps(1, 1, 0)
"""From nothing; from a face nearby or dense points, whose depth tells the pose; from the frame before."""


def place_by_landmarks(
    term: LandmarkTerm, start: Placed | None = None, *, following: bool = False
) -> tuple[Placed, Chosen]:
    """The shape and pose that meet landmarks best, and the P vertices of `marks` that stand for them.

    Args:
      term: the landmarks.
      start: a face nearby, from which fewer steps lead there; None is the mean face, looking into the camera.
      following: whether `start` is the face of the frame before: a step does.
    """
    placed = start or _first_guess(term)
    far = start is None and term.dense is None
    chosen: Chosen = np.arange(68) if far else term.outline(placed)
    steps = _FAR if far else _NEXT if following else _NEAR
    for _ in range(steps.pose):
        placed = _step(term, placed, chosen, pose_only=True)
    for step in range(steps.shape):
        if step < steps.shape - steps.settled:
            chosen = term.outline(placed)
        placed = _step(term, placed, chosen, pose_only=False)
    return placed, chosen


def _first_guess(term: LandmarkTerm) -> Placed:
    """The mean face with the place, size and turn of the dense points, or looking at the camera where the 68 are."""
    if term.dense is not None:
        return _laid_over(term, term.dense)
    camera, inner = term.camera, term.landmarks[INNER]
    turn = np.eye(3)
    turn[:2, :2] = roll_of_eyes(term.landmarks)
    points = term.marks.shape.mean[INNER] @ turn.T
    spread = [np.sqrt(((p - p.mean(0)) ** 2).sum(-1).mean()) for p in (points[:, :2], inner)]
    depth = camera.focal * spread[0] / spread[1]
    middle = (inner.mean(0) - camera.centre) * (1.0, -1.0) * depth / camera.focal
    shift = np.array([*middle, -depth]) - points.mean(0)
    return Placed(Rotation.from_matrix(turn), shift, np.zeros(term.marks.shape.size))


def _laid_over(term: LandmarkTerm, dense: Float64) -> Placed:
    """The mean face turned, shifted and scaled to points float64[468, 3] in a picture (Umeyama 1991)."""
    assert term.marks.dense is not None
    camera, mean = term.camera, term.marks.shape.mean[term.marks.dense]
    between = Similarity.between(mean, dense * (1.0, -1.0, -1.0))
    depth = camera.focal / between.scale
    middle = (dense.mean(0)[:2] - camera.centre) * (1.0, -1.0) * depth / camera.focal
    shift = np.array([*middle, -depth]) - between.rotation.apply(mean.mean(0))
    return Placed(between.rotation, shift, np.zeros(term.marks.shape.size))


def _step(term: LandmarkTerm, placed: Placed, chosen: Chosen, pose_only: bool) -> Placed:
    """One step of Gauss-Newton with Huber weights."""
    residual, jacobian = term.linearized(placed, chosen)
    _, weight = robust(residual)
    size = 6 if pose_only else jacobian.shape[-1]
    jacobian = jacobian[..., :size]
    prior = Prior.usual(placed, term.marks.precision)
    rows = (jacobian * weight[:, None, None]).reshape(-1, size)
    normal = rows.T @ jacobian.reshape(-1, size) + prior.precision[:size, :size]
    gradient = -rows.T @ residual.ravel() - (prior.precision @ prior.step(placed))[:size]
    delta = np.zeros(6 + len(placed.shape))
    delta[:size] = cho_solve(cho_factor(normal), gradient)
    return placed.moved(delta)
