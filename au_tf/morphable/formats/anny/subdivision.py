"""Catmull and Clark's subdivision of a mesh of quadrilaterals, as a matrix."""

import numpy as np
from scipy.sparse import csr_matrix, diags, eye, vstack

from au_tf.arrays import Array, Int, Int64


def subdivided(quads: Int, count: int) -> tuple[csr_matrix, Int64]:
    """Divides each quadrilateral into four (Catmull and Clark, Recursively generated B-spline surfaces, 1978).

    Args:
      quads: int[Q, 4], not empty.
      count: how many vertices there are; those of no quadrilateral stay where they are.

    Returns:
      float[V, count], by which vertices, or what they do, are multiplied: the old ones come first, then one for each
      edge and each face; and int[4 Q, 4], the new quadrilaterals.
    """
    faces = len(quads)
    ends = np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2), 1)
    edges, side, uses = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    side, border = side.reshape(faces, 4), uses == 1
    corners = _incidence(np.repeat(np.arange(faces), 4), quads.ravel(), (faces, count))
    halves = _incidence(np.repeat(np.arange(len(edges)), 2), edges.ravel(), (len(edges), count))
    face, middle = 0.25 * corners, 0.5 * halves
    beside = _incidence(side.ravel(), np.repeat(np.arange(faces), 4), (len(edges), faces))
    edge = _rows(np.where(border, 1.0, 0.5)) @ middle + _rows(np.where(border, 0.0, 0.25)) @ beside @ face
    valence = np.maximum(_sums(halves), 1.0)
    inner = (
        _rows(1.0 / (valence * np.maximum(_sums(corners), 1.0))) @ corners.T @ face
        + _rows(2.0 / valence**2) @ halves.T @ middle
        + _rows((valence - 3.0) / valence)
    )
    outline = halves[border]
    along = np.maximum(_sums(outline), 1.0)
    outer = _rows(0.5 / along) @ outline.T @ middle[border] + 0.5 * eye(count)
    on_border, used = _sums(outline) > 0, _sums(halves) > 0
    vertex = (
        _rows(np.where(used & ~on_border, 1.0, 0.0)) @ inner
        + _rows(np.where(on_border, 1.0, 0.0)) @ outer
        + _rows(np.where(used, 0.0, 1.0))
    )
    at_edge, at_face = count + side, count + len(edges) + np.arange(faces)
    fresh = [np.stack([quads[:, k], at_edge[:, k], at_face, at_edge[:, k - 1]], -1) for k in range(4)]
    return csr_matrix(vstack([vertex, edge, face])), np.stack(fresh, 1).reshape(-1, 4)


def _incidence(row: Array, column: Array, shape: tuple[int, int]) -> csr_matrix:
    return csr_matrix((np.ones(len(row)), (row, column)), shape)


def _rows(weights: Array) -> csr_matrix:
    return csr_matrix(diags(weights))


def _sums(incidence: csr_matrix) -> Array:
    """How often each column stands in an incidence matrix."""
    return np.asarray(incidence.sum(0)).ravel()
