"""One face drawn by one thread: the kernels in their order, and the room that they work in."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float32, Int32, Int64
from au_tf.rendering.native import kernels


class PlacedFace(NamedTuple):
    """What the kernels want to know of a face's place and light."""

    rotation: Float32
    """float32[3, 3]."""
    translation: Float32
    """float32[3], mm."""
    lens: Float32
    """float32[2, 3], into samples."""
    light: Float32
    """float32[10, 3]."""


class Canvas(NamedTuple):
    """Room for what one thread computes, named as in `kernels`."""

    position: Float32
    normal: Float32
    vertices: Float32
    grid: Int32
    keys: Int64
    pixels: Float32
    """float32[H, W, 5], what was drawn last, as `kernels.resolve` writes it."""
    samples: int
    """To a side of each pixel."""

    @classmethod
    def of(cls, fourth: Float32, height: int, width: int, samples: int) -> "Canvas":
        """For pictures of that size, and meshes with a fourth channel float32[V] beside linear RGB."""
        count = len(fourth)
        position, normal = (np.empty((count, 3), np.float32) for _ in range(2))
        vertices, grid = np.empty((count, 8), np.float32), np.empty((count, 2), np.int32)
        vertices[:, 7] = fourth
        keys = np.empty((height * samples, width * samples), np.int64)
        return cls(position, normal, vertices, grid, keys, np.empty((height, width, 5), np.float32), samples)

    def draw(self, triangles: Int32, shape: Float32, albedo: Float32, pose: PlacedFace) -> None:
        """Draws a face.

        Args:
          triangles: int32[T, 3].
          shape: float32[3, N], mm, N at least V, in the model's space.
          albedo: float32[3, N], linear RGB.
          pose: of the face.
        """
        flat, position, normal = (table.reshape(-1) for table in (self.vertices, self.position, self.normal))
        kernels.place(shape, pose.rotation, pose.translation, pose.lens, position, flat)
        kernels.sum_normals(triangles, self.position, self.normal)
        kernels.shade(normal, pose.light, albedo, flat)
        self.fill(triangles)

    def fill(self, triangles: Int32) -> None:
        """From vertices to pixels."""
        kernels.snap(self.vertices, self.grid)
        kernels.nearest(triangles, self.vertices, self.grid, self.keys)
        kernels.resolve(triangles, self.vertices, self.keys, self.samples, self.pixels)
