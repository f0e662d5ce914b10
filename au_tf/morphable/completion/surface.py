"""Plain geometry of triangle meshes: normals, winding, pieces, points spread over a surface."""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from au_tf.arrays import Array, Int


def face_normals(points: Array, triangles: Int) -> Array:
    """Normals float[T, 3], twice each triangle's area long, outward if the winding is."""
    a, b, c = np.moveaxis(points[triangles].astype(np.float64), 1, 0)
    return np.cross(b - a, c - a)


def vertex_normals(points: Array, triangles: Int) -> Array:
    """Unit normals float[V, 3], weighted by area; 0 where no triangle is."""
    faces = face_normals(points, triangles)
    total = np.zeros((len(points), 3))
    for corner in triangles.T:
        for axis in range(3):
            total[:, axis] += np.bincount(corner, faces[:, axis], len(points))
    return unit(total)


def unit(vectors: Array) -> Array:
    """The vectors at length 1; 0 stays 0."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def pieces(count: int, triangles: Int) -> Int:
    """The connected piece that each of `count` vertices belongs to, int[V]."""
    row, column = triangles[:, [0, 1, 2]].ravel(), triangles[:, [1, 2, 0]].ravel()
    graph = coo_matrix((np.ones(len(row), np.int8), (row, column)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1])


def spread(points: Array, triangles: Int, area: float, fewest: int, most: int) -> tuple[Array, Array]:
    """Points spread evenly over a surface, whatever its triangles, and their unit normals, float[N, 3] each.

    Args:
      points: float[V, 3], mm.
      triangles: int[T, 3]; not all of area 0.
      area: mm² to a point.
      fewest: the least N.
      most: the greatest N.
    """
    rng = np.random.default_rng(0)
    sums = 0.5 * np.cumsum(np.linalg.norm(face_normals(points, triangles), axis=1))
    count = int(np.clip(sums[-1] / area, fewest, most))
    at = np.searchsorted(sums, (np.arange(count) + rng.uniform(size=count)) / count * sums[-1], side="right")
    corners = triangles[rng.permutation(np.minimum(at, len(triangles) - 1))]
    share = rng.dirichlet(np.ones(3), count)
    normals = unit(np.einsum("nk,nkc->nc", share, vertex_normals(points, triangles)[corners]))
    return np.einsum("nk,nkc->nc", share, points[corners]), normals


def faces_front(points: Array, triangles: Int) -> bool:
    """Whether the surface that one sees from the front (from +z) is wound counter-clockwise.

    Looks at the foremost triangle of each cell of a grid, so that a whole head with its back and its mouth's
    lining, and an open mask, are decided alike.
    """
    normals = face_normals(points, triangles)
    at = points[triangles].mean(1)
    side = max(float(np.ptp(at[:, :2], 0).max()) / 60.0, 1e-9)
    column, row = ((at[:, :2] - at[:, :2].min(0)) / side).astype(int).T
    cell = row * (column.max() + 1) + column
    order = np.lexsort((at[:, 2], cell))
    foremost = order[np.append(np.diff(cell[order]) > 0, True)]
    return bool(np.sign(normals[foremost, 2]).sum() >= 0)


def front_relief(points: Array, cell: float) -> tuple[Array, Int]:
    """What one sees from the front (from +z) in a grid.

    Args:
      points: float[N, 3], mm; at least one.
      cell: side of a cell of the grid, mm.

    Returns:
      The greatest z in each cell, float[rows, columns], NaN where there is none; and each point's row and column,
      int[N, 2]. Rows grow with y, columns with x, from the least of each.
    """
    place = ((points[:, 1::-1] - points[:, 1::-1].min(0)) / cell).astype(int)
    relief = np.full(place.max(0) + 1, -np.inf)
    np.maximum.at(relief, (place[:, 0], place[:, 1]), points[:, 2])
    relief[np.isinf(relief)] = np.nan
    return relief, place
