"""Normals of meshes, on arrays."""

import numpy as np

from au_tf.arrays import ArrayLike, Float32
from au_tf.rendering.native import kernels


def vertex_normals(vertices: ArrayLike, triangles: ArrayLike) -> Float32:
    """Unit normals at the vertices, the mean of the adjacent triangles' weighted by area.

    Args:
      vertices: float32[..., V, 3].
      triangles: int32[T, 3], counter-clockwise seen from outside.

    Returns:
      float32[..., V, 3], pointing out; 0 at a vertex of no triangle.
    """
    positions, corners = np.array(vertices, np.float32), np.array(triangles, np.int32)
    sums = np.empty_like(positions)
    size = positions.shape[-2:]
    for position, normal in zip(positions.reshape(-1, *size), sums.reshape(-1, *size), strict=True):
        kernels.sum_normals(corners, position, normal)
    return sums / np.maximum(np.linalg.norm(sums, axis=-1, keepdims=True), np.float32(1e-10))
