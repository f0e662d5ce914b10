"""Which points of another face are which of the built-in head's, once that has been laid over it."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Bool, Int, Int32
from au_tf.morphable.completion.reference import reference
from au_tf.morphable.model import Part

UPPER_LIP, LOWER_LIP = 51, 57
"""The landmarks in the middle of the lips' outer borders."""

_NEIGHBOURS = 4
# How many mm of distance a difference of 1 between unit normals counts as; on lids, whose edges turn sharply, less.
_TURN, _LANDMARK_TURN = 8.0, 1.0
# How many mm of distance a difference of 1 between lips counts as, and how far from them it does, mm.
_LIPS, _LIPS_REACH = 10.0, 28.0


@dataclass(frozen=True)
class LaidSurface:
    """Points of a face at the built-in head's size and place."""

    points: Array
    """float[V, 3], mm."""
    normals: Array
    """float[V, 3], outward, 0 if unknown."""
    lips: Array
    """float[V], 1 on the upper lip, -1 on the lower, fading to 0 about them (`lip_sides`)."""

    def key(self, turn: float) -> Array:
        """float[V, 7], between which points distances are small that correspond."""
        return np.concatenate([self.points, turn * self.normals, _LIPS * self.lips[:, None]], 1)


@dataclass(frozen=True)
class Correspondence:
    """Which vertices of the built-in head each vertex of a mesh lies among."""

    index: Int
    """int[V, 4]."""
    share: Array
    """float[V, 4], adding up to 1."""

    def carry(self, values: Array) -> Array:
        """Values float[V', ...] of the built-in head's vertices at those of the mesh, float[V, ...]."""
        count, nearest = self.index.shape
        starts = np.arange(0, count * nearest + 1, nearest)
        shares = csr_matrix((self.share.ravel(), self.index.ravel(), starts), shape=(count, len(values)))
        return np.asarray(shares @ values.reshape(len(values), -1)).reshape(count, *values.shape[1:])


def lip_sides(points: Array, triangles: Int, upper: int, lower: int) -> Array:
    """Tells the lips apart where they touch: by the way along the surface to the middle of each.

    Args:
      points: float[V, 3], mm at the built-in head's size.
      triangles: int[T, 3].
      upper: the vertex in the middle of the upper lip's outer border.
      lower: that of the lower lip.

    Returns:
      float[V], 1 on the upper lip, -1 on the lower, fading to 0 about them.
    """
    row, column = triangles[:, [0, 1, 2]].ravel(), triangles[:, [1, 2, 0]].ravel()
    length = np.linalg.norm(points[row] - points[column], axis=1) + 1e-6
    # An edge of two triangles is listed twice, and so is its length.
    edges = csr_matrix((length, (row, column)), shape=(len(points), len(points)))
    edges = edges.maximum(edges.T)
    up, down = np.minimum(dijkstra(edges, indices=[upper, lower], limit=80.0), 80.0)
    near = np.exp(-((np.minimum(up, down) / _LIPS_REACH) ** 4))
    return np.asarray(near * np.tanh((down - up) / 8.0))


@cache
def _own_lips() -> Array:
    ref = reference()
    return lip_sides(ref.points, ref.mesh.triangles, *ref.landmarks[[UPPER_LIP, LOWER_LIP]])


def laid_surface(points: Array, normals: Array) -> LaidSurface:
    """The built-in head, float[V, 3] each, where it has been laid."""
    return LaidSurface(points, normals, _own_lips())


def nearest_skin(laid: LaidSurface, other: LaidSurface, skin: Bool, landmarks: Int | slice) -> Int32:
    """Vertices int32[N] of a mesh's skin that lie nearest to landmarks of the built-in head."""
    rows = np.flatnonzero(skin)
    wanted = laid.key(_LANDMARK_TURN)[reference().landmarks[landmarks]]
    return rows[cKDTree(other.key(_LANDMARK_TURN)[rows]).query(wanted)[1]].astype(np.int32)


def correspond(laid: LaidSurface, other: LaidSurface, eyes: bool) -> Correspondence:
    """Finds for each vertex of a mesh those of the built-in head's skin that are laid about it.

    Args:
      laid: the built-in head.
      other: the mesh.
      eyes: whether those of its eyes are looked among as well, since the mesh has them in its skin.
    """
    ref = reference()
    rows = np.flatnonzero(ref.skin | (ref.mesh.part == Part.EYE if eyes else False))
    distance, found = cKDTree(laid.key(_TURN)[rows]).query(other.key(_TURN), _NEIGHBOURS, workers=-1)
    share = 1.0 / (distance**2 + 0.01)
    return Correspondence(rows[found], share / share.sum(1, keepdims=True))
