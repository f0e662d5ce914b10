"""Which triangle every pixel shows, and where in it, for batches of meshes and without gradients.

Edges are evaluated in whole numbers, so a pixel's centre on an edge or a corner between triangles belongs to exactly
one of them, and the result is the same on every machine.
"""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import ArrayLike, Bool, Float32, Int32
from au_tf.rendering.native import kernels
from au_tf.rendering.native.threads import each


class Fragments(NamedTuple):
    """What each pixel shows."""

    triangle: Int32
    """int32[B, H, W], the visible triangle, -1 where there is none."""
    barycentric: Float32
    """float32[B, H, W, 3], perspective-correct weights of its corners, of sum 1; 0 where there is none."""
    depth: Float32
    """float32[B, H, W], mm, 0 where there is none."""

    @property
    def mask(self) -> Bool:
        """bool[B, H, W], where there is a triangle."""
        return self.triangle >= 0


def rasterize(
    screen: ArrayLike, triangles: ArrayLike, height: int, width: int, threads: int | None = None
) -> Fragments:
    """Finds the nearest triangle at each pixel's centre and the barycentric coordinates there.

    A triangle with a corner at depth 0 or less, or further than 65,536 pixels off, is left out whole: there is no
    clipping.

    Args:
      screen: float32[B, V, 3], column px, row px, depth mm, as `project` returns.
      triangles: int32[T, 3].
      height: rows of the picture.
      width: columns of the picture.
      threads: at most so many images at a time; None is one a processor.
    """
    triangles, corners = np.array(triangles, np.int32), np.array(screen, np.float32)
    with np.errstate(divide="ignore"):
        corners[..., 2] = np.float32(1.0) / corners[..., 2]
    size = len(corners), height, width
    found = Fragments(np.empty(size, np.int32), np.empty((*size, 3), np.float32), np.empty(size, np.float32))

    def one(image: int) -> None:
        grid, keys = np.empty((corners.shape[1], 2), np.int32), np.empty((height, width), np.int64)
        kernels.snap(corners[image], grid)
        kernels.nearest(triangles, corners[image], grid, keys)
        kernels.spread(triangles, corners[image], keys, *(part[image] for part in found))

    each(one, range(len(corners)), threads)
    return found


def interpolate(fragments: Fragments, triangles: ArrayLike, attributes: ArrayLike) -> Float32:
    """Spreads attributes of the vertices over the pixels.

    Args:
      fragments: what `rasterize` returned.
      triangles: int32[T, 3].
      attributes: float32[B, V, C].

    Returns:
      float32[B, H, W, C], 0 where there is no triangle.
    """
    triangles, tables = np.asarray(triangles), np.asarray(attributes, np.float32)
    pixels = np.zeros((*fragments.triangle.shape, tables.shape[-1]), np.float32)
    for table, triangle, weights, out in zip(tables, fragments.triangle, fragments.barycentric, pixels, strict=True):
        seen = triangle >= 0
        corners = triangles[triangle[seen]]
        out[seen] = sum(weights[seen][:, k, np.newaxis] * table[corners[:, k]] for k in range(3))
    return pixels
