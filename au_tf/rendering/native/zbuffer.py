"""Which triangle every pixel shows, for batches of meshes and without gradients: `rasterizer` compiled for speed.

Edges are evaluated in whole numbers, so a pixel's centre on an edge or a corner between triangles belongs to exactly
one of them, and the result is the same on every machine.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from joblib import cpu_count

from au_tf.arrays import Float32, Int32, Int64
from au_tf.rendering.native import kernels


class Surfaces(NamedTuple):
    """What each pixel shows."""

    triangle: Int32
    """int32[B, H, W], the visible triangle, -1 where there is none."""
    barycentric: Float32
    """float32[B, H, W, 3], perspective-correct weights of its corners, of sum 1; 0 where there is none."""
    depth: Float32
    """float32[B, H, W], mm, 0 where there is none."""


def rasterize_batch(
    screen: Any, triangles: Any, height: int, width: int, cull_backfaces: bool = False, threads: int | None = None
) -> Surfaces:
    """Finds the nearest triangle at each pixel's centre; as `rasterize`, several times as fast, without derivatives.

    A triangle with a corner at depth 0 or less, or further than 65,536 pixels off, is left out whole: there is no
    clipping.

    Args:
      screen: float32[B, V, 3], column px, row px, depth mm, as `project` returns.
      triangles: int32[T, 3].
      height: rows of the picture.
      width: columns of the picture.
      cull_backfaces: leave out the triangles that are clockwise as seen, the far side of a closed mesh.
      threads: at most so many images at a time; None is one a processor.

    Returns:
      Surfaces.
    """
    triangles = np.array(triangles, np.int32)
    size = len(screen), height, width
    found = Surfaces(np.empty(size, np.int32), np.empty((*size, 3), np.float32), np.empty(size, np.float32))

    def take(image: int, screen: Float32, keys: Int64) -> None:
        kernels.spread(triangles, screen, keys, *(part[image] for part in found))

    _search(screen, triangles, height, width, cull_backfaces, threads, take)
    return found


def visible_triangles(screen: Any, triangles: Any, height: int, width: int) -> tf.Tensor:
    """`rasterize_batch(...).triangle` as a tensor int32[B, H, W], in graphs too, though not in a SavedModel.

    Together with `rasterize(..., visible=...)` it gives fragments that are differentiable.
    """

    def search(screen: Float32, triangles: Int32) -> Int32:
        found = np.empty((len(screen), height, width), np.int32)

        def take(image: int, _: Float32, keys: Int64) -> None:
            # What does not fit into 32 bits is the depth.
            found[image] = keys.astype(np.int32)

        _search(screen, np.array(triangles), height, width, False, None, take)
        return found

    inputs = [tf.stop_gradient(screen), tf.convert_to_tensor(triangles, tf.int32)]
    visible = tf.numpy_function(search, inputs, tf.int32, stateful=False)
    return tf.ensure_shape(visible, [inputs[0].shape[0], height, width])


def _search(
    screen: Any,
    triangles: Int32,
    height: int,
    width: int,
    cull: bool,
    threads: int | None,
    take: Callable[[int, Float32, Int64], None],
) -> None:
    """Hands each image's number, its corners with 1/depth, and the keys that `kernels.nearest` finds, to `take`."""
    corners = np.array(screen, np.float32)
    with np.errstate(divide="ignore"):
        corners[..., 2] = np.float32(1.0) / corners[..., 2]

    def one(image: int) -> None:
        grid, keys = np.empty((corners.shape[1], 2), np.int32), np.empty((height, width), np.int64)
        kernels.snap(corners[image], grid)
        kernels.nearest(triangles, cull, corners[image], grid, keys)
        take(image, corners[image], keys)

    each(one, range(len(corners)), threads)


def each(function: Callable[[Any], None], items: Sequence[Any], threads: int | None = None) -> None:
    """Calls a function for each item, so many at a time; None is one a processor."""
    threads = threads or cpu_count()
    if threads == 1 or len(items) < 2:
        for item in items:
            function(item)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(function, items):
            pass
