"""Pose, identity and expression from 68 landmarks: maximum a posteriori by Gauss-Newton.

Minimises sum_i |L_i (projection_i - landmark_i)|^2 + |identity|^2 + |expression|^2, where L_i whitens the noise of
landmark i and the coefficients, being in standard deviations, have the standard normal as their prior. The noise is
that of the detector and of what annotators mean by a landmark together, given as a share of the distance of the
outer eye corners. Landmarks on the jaw are where the face ends in the picture, not fixed points of the skin: each
moves over the model to the outermost vertex on its ray, and counts mostly across the contour.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.transform import Rotation
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from au_tf.fitting.contour import JAW, Contour
from au_tf.morphable import MorphableModel
from au_tf.rendering import Camera

Array = NDArray[np.float64]

NOISE = 0.015
"""Standard deviation of a landmark inside the face, a share of the distance of the outer eye corners."""
JAW_NOISE_ACROSS = 0.025
"""The same for the jaw, across the contour."""
JAW_NOISE_ALONG = 0.08
"""The same for the jaw, along the contour, where the landmarks are spread by eye."""
HUBER = 2.5
"""Landmarks further off than that many standard deviations pull with constant force."""
_POSE_STEPS = 10
_STEPS = 14
_SETTLED = 4
"""Last steps, in which the jaw's vertices are kept."""


@dataclass(frozen=True, eq=False)
class LandmarkFit:
    """A face in front of a camera, and its landmarks."""

    rotation: Array
    """float64[3], axis-angle in radians, model to camera."""
    translation: Array
    """float64[3], mm, model to camera."""
    identity: Array
    """float64[I], standard deviations."""
    expression: Array
    """float64[E], standard deviations."""
    vertices: NDArray[np.int32]
    """int32[68], vertices that stand for the landmarks; on the jaw they depend on the pose."""
    projected: Array
    """float64[68, 2], where they are in the picture, (column, row)."""


@dataclass(frozen=True, eq=False)
class _Problem:
    """Everything but the unknowns, for the few vertices that can be landmarks."""

    camera: Camera
    landmarks: Array
    whitening: Array
    contour: Contour
    vertices: NDArray[np.int32]
    """int32[68 + N], first the landmarks as the model has them, then the contour's candidates."""
    mean: Array
    """float64[68 + N, 3], mm."""
    basis: Array
    """float64[68 + N, 3, I + E], mm a standard deviation."""


@dataclass(frozen=True, eq=False)
class _State:
    turn: Rotation
    shift: Array
    coefficients: Array
    """float64[I + E]."""
    chosen: NDArray[np.int64]
    """int64[68], which of the problem's vertices stand for the landmarks."""


def fit_landmarks(
    landmarks: NDArray[np.floating], model: MorphableModel, camera: Camera, seen: NDArray[np.bool_] | None = None
) -> LandmarkFit:
    """Fits pose, identity and expression to landmarks.

    Args:
      landmarks: float[68, 2], (column, row) in pixels, of a face turned up to about 50 degrees from the camera.
      model: the face model.
      camera: the camera that took the picture.
      seen: bool[68], False for landmarks to be ignored, such as those outside the picture.

    Returns:
      the fit.
    """
    problem = _problem(np.asarray(landmarks, np.float64), model, camera, seen)
    # Matrices this small gain nothing from threads, which on a busy machine wait for each other for seconds.
    with threadpool_limits(1, "blas"):
        state = _solve(problem)
    identity, expression = np.split(state.coefficients, [len(model.identity_basis)])
    projected, _, _ = _see(problem, state, state.chosen)
    vertices = problem.vertices[state.chosen]
    return LandmarkFit(state.turn.as_rotvec(), state.shift, identity, expression, vertices, projected)


def _solve(problem: _Problem) -> _State:
    state = _first_guess(problem)
    for _ in range(_POSE_STEPS):
        state = _step(problem, state, pose_only=True)
    for step in range(_STEPS):
        if step < _STEPS - _SETTLED:
            state = replace(state, chosen=_slide(problem, state))
        state = _step(problem, state, pose_only=False)
    return state


def _problem(landmarks: Array, model: MorphableModel, camera: Camera, seen: NDArray[np.bool_] | None) -> _Problem:
    contour = Contour.of(model)
    whitening = _whitening(landmarks, contour)
    if seen is not None:
        whitening = whitening * np.asarray(seen)[:, None, None]
    vertices = np.concatenate([model.landmarks, contour.vertices])
    basis = np.concatenate([model.identity_basis[:, vertices], model.expression_basis[:, vertices]])
    basis = np.ascontiguousarray(np.moveaxis(basis, 0, -1), np.float64)
    return _Problem(camera, landmarks, whitening, contour, vertices, model.mean_shape[vertices].astype(float), basis)


def _whitening(landmarks: Array, contour: Contour) -> Array:
    """float64[68, 2, 2], the square root of each landmark's precision, 1 / px."""
    scale = float(np.linalg.norm(landmarks[45] - landmarks[36]))
    whitening = np.tile(np.eye(2) / (NOISE * scale), (68, 1, 1))
    across = contour.image_rays(_roll(landmarks))
    along = np.stack([-across[:, 1], across[:, 0]], -1)
    whitening[JAW] = np.stack([across / (JAW_NOISE_ACROSS * scale), along / (JAW_NOISE_ALONG * scale)], 1)
    return whitening


def _roll(landmarks: Array) -> Array:
    """float64[2, 2], the rotation in the picture's plane, +y up, that tilts level eyes as they are tilted."""
    across = landmarks[42:48].mean(0) - landmarks[36:42].mean(0)
    cosine, sine = np.array([across[0], -across[1]]) / np.linalg.norm(across)
    return np.array([[cosine, -sine], [sine, cosine]])


def _first_guess(problem: _Problem) -> _State:
    """The mean face, turned to the camera, with the size and place of the inner landmarks."""
    camera, inner = problem.camera, problem.landmarks[17:]
    turn = np.eye(3)
    turn[:2, :2] = _roll(problem.landmarks)
    points = problem.mean[17:68] @ turn.T
    spread = [np.sqrt(((p - p.mean(0)) ** 2).sum(-1).mean()) for p in (points[:, :2], inner)]
    depth = camera.focal * spread[0] / spread[1]
    middle = (inner.mean(0) - camera.centre) * (1.0, -1.0) * depth / camera.focal
    shift = np.array([*middle, -depth]) - points.mean(0)
    return _State(Rotation.from_matrix(turn), shift, np.zeros(problem.basis.shape[-1]), np.arange(68))


def _slide(problem: _Problem, state: _State) -> NDArray[np.int64]:
    """Moves the landmarks of the jaw to the face's outline."""
    seen, _, _ = _see(problem, state, np.arange(68, len(problem.vertices)))
    chosen = np.arange(68)
    chosen[JAW] = 68 + problem.contour.outermost(seen, state.turn.as_matrix())
    return chosen


def _see(problem: _Problem, state: _State, chosen: NDArray[np.integer]) -> tuple[Array, Array, Array]:
    """Where vertices are seen [n, 2], where they lie about the model's origin, turned [n, 3], and the derivative of
    the first by the second [n, 2, 3]."""
    camera = problem.camera
    turned = (problem.mean[chosen] + problem.basis[chosen] @ state.coefficients) @ state.turn.as_matrix().T
    x, y, z = (turned + state.shift).T
    # A face that slipped behind the camera on the way would never come back.
    depth = np.maximum(-z, 1.0)
    scale, zero = camera.focal / depth, np.zeros_like(depth)
    seen = np.stack([camera.centre[0] + scale * x, camera.centre[1] - scale * y], -1)
    slope = np.array([[scale, zero, scale * x / depth], [zero, -scale, -scale * y / depth]])
    return seen, turned, np.transpose(slope, (2, 0, 1))


def _project(problem: _Problem, state: _State) -> tuple[Array, Array]:
    """Landmarks float64[68, 2] and their Jacobian float64[68, 2, 6 + I + E] by turn (from the left), shift, shape."""
    seen, turned, slope = _see(problem, state, state.chosen)
    by_turn = slope @ np.cross(np.eye(3), turned[:, None, :]).transpose(0, 2, 1)
    by_shape = slope @ state.turn.as_matrix() @ problem.basis[state.chosen]
    return seen, np.concatenate([by_turn, slope, by_shape], -1)


def _step(problem: _Problem, state: _State, pose_only: bool) -> _State:
    """One step of Gauss-Newton with Huber weights."""
    seen, jacobian = _project(problem, state)
    residual = np.einsum("nij,nj->ni", problem.whitening, problem.landmarks - seen)
    weight = np.minimum(1.0, HUBER / np.maximum(np.linalg.norm(residual, axis=-1), 1e-9))
    size = 6 if pose_only else jacobian.shape[-1]
    jacobian = (problem.whitening @ jacobian)[..., :size]
    # Pose has no prior; what is added keeps the equations solvable with few landmarks.
    prior = np.repeat([1e-9, 1.0], [6, size - 6])
    rows = (jacobian * weight[:, None, None]).reshape(-1, size)
    normal = rows.T @ jacobian.reshape(-1, size) + np.diag(prior)
    gradient = rows.T @ residual.ravel() - prior * np.append(np.zeros(6), state.coefficients)[:size]
    delta = cho_solve(cho_factor(normal), gradient)
    coefficients = state.coefficients if pose_only else state.coefficients + delta[6:]
    return replace(
        state,
        turn=Rotation.from_rotvec(delta[:3]) * state.turn,
        shift=state.shift + delta[3:6],
        coefficients=coefficients,
    )
