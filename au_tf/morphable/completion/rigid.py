"""Fits place, size, pose and identity of the built-in head to a surface, by Gauss-Newton on nearest points."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Array, Int
from au_tf.geometry.landmarks import JAW
from au_tf.geometry.similarity import Similarity
from au_tf.morphable.completion.cloud import Cloud
from au_tf.morphable.completion.reference import reference

"""The landmarks whose place along the jaw differs from one annotator to the next."""

_PROBES = 1_200
# Rounds with the mean face, and then with identity as well.
_ROUNDS = (8, 12)
# A probe's distance in mm at which it counts for little, first and in the end.
_REACH = (20.0, 4.0)
# Noise in mm of the surface, as if it were known at so many independent points, and of landmarks.
_NOISE, _POINTS, _LANDMARK_NOISE = 2.5, 250.0, 2.0
# Share of the distances that is taken in all directions; the rest counts along the normals only.
_ALONG = 0.15


@dataclass(frozen=True)
class Alignment:
    """A person's head, and where it is put."""

    similarity: Similarity
    identity: Array
    """float[MODES], deviations."""


@dataclass(frozen=True)
class Probes:
    """Points of the built-in face that look for their counterparts."""

    rows: Int
    """int[N], their vertices."""
    normals: Array
    """float[N, 3]."""
    bulges: Array
    """float[N, 2]."""
    weights: Array
    """float[N], more on the face proper."""


@cache
def probes() -> Probes:
    """The same ones every time."""
    ref = reference()
    on_skin = np.arange(len(ref.points)) < ref.mesh.pieces["skin"].rows.stop
    face = np.flatnonzero(on_skin & (ref.mask > 0.05) & (ref.normals[:, 2] > -0.3))
    rows = np.random.default_rng(0).choice(face, _PROBES, replace=False)
    near = (ref.points[ref.mesh.triangles, 2] > -45.0).all(1)
    bulges = Cloud.of(ref.points, ref.mesh.triangles[near]).bulges_at(ref.points[rows], ref.normals[rows])
    return Probes(rows, ref.normals[rows], bulges, ref.mask[rows])


def align(cloud: Cloud, start: Similarity, landmarks: Array | None) -> Alignment:
    """Fits the built-in head to a surface.

    Args:
      cloud: the surface.
      start: where the mean head lies to begin with.
      landmarks: float[68, 3], mm, or None.
    """
    ref, probe = reference(), probes()
    now = Alignment(start, np.zeros(len(ref.identity)))
    total = sum(_ROUNDS)
    for step in range(total):
        modes = len(now.identity) if step >= _ROUNDS[0] else 0
        shape = ref.shaped(now.identity, probe.rows)
        placed, facing = now.similarity(shape), now.similarity.rotation.apply(probe.normals)
        unlike, found = cloud.nearest(placed, facing, probe.bulges)
        gap, normal = cloud.points[found] - placed, cloud.normals[found]
        reach = np.interp(step, [0, 0.6 * total], _REACH)
        weight = probe.weights * np.exp(-0.5 * (gap**2).sum(1) / reach**2) * np.clip((normal * facing).sum(1), 0, 1)
        weight *= np.isfinite(unlike)
        weight *= _POINTS / max(weight.sum(), 1e-9) / _NOISE**2
        motion = _motion(now.similarity, shape, ref.identity[:modes, probe.rows])
        across = np.einsum("kpc,pc->kp", motion, normal)
        equations = [
            _equations(across, (gap * normal).sum(1), (1.0 - _ALONG) * weight),
            _equations(motion, gap, _ALONG * weight),
        ]
        if landmarks is not None:
            equations.append(_landmark_equations(now, modes, landmarks))
        matrix, right = (np.sum(terms, axis=0) for terms in zip(*equations, strict=True))
        now = _moved(now, matrix, right, modes)
    return now


def _motion(similarity: Similarity, shape: Array, modes: Array) -> Array:
    """Derivatives float[7 + modes, N, 3] of placed points by turn, shift, growth and identity."""
    turned = similarity.turn(shape)
    motion = np.zeros((7 + len(modes), *shape.shape))
    for k, axis in enumerate(np.eye(3)):
        motion[k] = np.cross(axis, turned)
        motion[3 + k, :, k] = 1.0
    motion[6] = turned
    motion[7:] = similarity.turn(modes)
    return motion


def _equations(motion: Array, gap: Array, weight: Array) -> tuple[Array, Array]:
    """Matrix and right side of the least squares of motion[K, N, ...] against gap[N, ...] with weight[N]."""
    scale = np.sqrt(weight).reshape(-1, *[1] * (gap.ndim - 1))
    flat = (motion * scale).reshape(len(motion), -1)
    return flat @ flat.T, flat @ (gap * scale).ravel()


def _landmark_equations(now: Alignment, modes: int, landmarks: Array) -> tuple[Array, Array]:
    ref = reference()
    shape = ref.shaped(now.identity, ref.landmarks)
    motion = _motion(now.similarity, shape, ref.identity[:modes, ref.landmarks])
    weight = np.full(len(landmarks), _LANDMARK_NOISE**-2)
    weight[JAW] *= 0.1
    return _equations(motion, landmarks - now.similarity(shape), weight)


def _moved(now: Alignment, matrix: Array, right: Array, modes: int) -> Alignment:
    """One step on, identity being drawn to the mean as its deviations demand."""
    prior = np.concatenate([np.full(7, 1e-6), np.ones(modes)])
    right = right - np.concatenate([np.zeros(7), now.identity[:modes]])
    step = np.linalg.solve(matrix + np.diag(prior), right)
    old = now.similarity
    scale = old.scale * float(np.exp(np.clip(step[6], -0.1, 0.1)))
    identity = now.identity.copy()
    identity[:modes] += step[7:]
    return Alignment(Similarity(scale, Rotation.from_rotvec(step[:3]) * old.rotation, old.shift + step[3:6]), identity)
