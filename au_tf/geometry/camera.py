"""The pinhole camera: it stands at the origin, looks along -z, with +y up and +x to the right."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Array, Bool, Float, Float64, Int

PORTRAIT_FOCAL = 2.2
"""Focal length over the longer side of a photo whose lens is unknown: an 80 mm lens on 36 mm film."""

NEAREST = 1e-3
"""Depth in mm at which whatever is nearer, or behind the camera, is projected."""


@dataclass(frozen=True)
class Camera:
    """Intrinsics of a pinhole camera with square pixels; pixel (row i, column j) has its centre at exactly (i, j).

    One camera, or one for each of B pictures of the same size: then `focal`, `centre` and perhaps `roll` have an axis
    for them.
    """

    focal: float | Float
    """Focal length in pixels, or float[B]."""
    centre: tuple[float, float] | Float
    """Principal point (column, row) in pixels, or float[B, 2]."""
    height: int
    """Rows of the picture."""
    width: int
    """Columns of the picture."""
    roll: float | Float = 0.0
    """Radians by which the camera is turned about its axis, so that the picture turns from right to down; or [B]."""

    @classmethod
    def default(cls, height: int, width: int) -> Self:
        """The camera assumed for a photo whose lens is unknown: a portrait lens, centred."""
        return cls(PORTRAIT_FOCAL * max(height, width), ((width - 1) / 2, (height - 1) / 2), height, width)

    @classmethod
    def concatenate(cls, cameras: "list[Camera]") -> Self:
        """The cameras of all pictures, in one batch, from batches for pictures of the same size."""
        focal, centre, roll = (
            np.concatenate([np.broadcast_to(getattr(c, name), np.shape(c.focal) + shape) for c in cameras])
            for name, shape in (("focal", ()), ("centre", (2,)), ("roll", ()))
        )
        return cls(focal, centre, cameras[0].height, cameras[0].width, roll)

    def __len__(self) -> int:
        """How many cameras there are in the batch; one without an axis has no length."""
        return len(np.asarray(self.focal))

    def __getitem__(self, rows: slice | Int | Bool) -> Self:
        """Some of the cameras of a batch."""
        focal, centre, roll = np.asarray(self.focal), np.asarray(self.centre), np.asarray(self.roll)
        return replace(self, focal=focal[rows], centre=centre[rows], roll=roll[rows] if roll.ndim else self.roll)

    @cached_property
    def lens(self) -> Float64:
        """float64[..., 2, 3]: column and row in pixels, times the depth, of a point of the camera's space."""
        focal, centre, roll = (np.asarray(part, np.float64) for part in (self.focal, self.centre, self.roll))
        along, across = focal * np.cos(roll), focal * np.sin(roll)
        rows = (along, across, -centre[..., 0]), (across, -along, -centre[..., 1])
        return np.stack([np.stack(np.broadcast_arrays(*row), -1) for row in rows], -2)

    def project(self, points: Array, nearest: float = NEAREST) -> Array:
        """Projects points of the camera's space onto the picture; `rendering.graph.cameras` does so with gradients.

        Args:
          points: float[..., V, 3], mm; of a batch of cameras float[B, V, 3].
          nearest: depth in mm from which on whatever is nearer is projected.

        Returns:
          [..., V, 3] of the same type: column in pixels, row in pixels (growing downward), depth in mm. Points nearer
          than `nearest` or behind the camera have a finite column and row that mean nothing.
        """
        points = np.asarray(points)
        depth = -points[..., 2:]
        seen = points[..., :2] @ np.swapaxes(self.lens[..., :2], -1, -2)
        seen /= np.maximum(depth, nearest)
        seen -= self.lens[..., None, :, 2]
        return np.concatenate([seen, depth], -1, dtype=points.dtype, casting="same_kind")

    def slopes(self, points: Array, nearest: float = NEAREST) -> Array:
        """Derivatives [..., V, 2, 3] of `project`'s column and row by the points."""
        points = np.asarray(points)
        depth = np.maximum(-points[..., 2:], nearest)
        lens, result = self.lens[..., None, :, :], np.empty((*points.shape[:-1], 2, 3), points.dtype)
        result[..., :2] = lens[..., :2] / depth[..., None]
        result[..., 2] = (lens[..., 2] + self.project(points, nearest)[..., :2]) / depth
        return result

    def scaled(self, factor: float) -> Self:
        """The same view with `factor` times the pixels a side, as a whole number splits pixels and resizing does."""
        centre = factor * np.asarray(self.centre) + (factor - 1) / 2
        height, width = (round(factor * side) for side in (self.height, self.width))
        return replace(self, focal=self.focal * factor, centre=_plain(centre), height=height, width=width)

    def through(self, window: tuple[slice, slice]) -> Self:
        """What takes `picture[window]`, the rows and columns of a part of the picture."""
        rows, columns = window
        centre = np.asarray(self.centre) - (columns.start, rows.start)
        height, width = rows.stop - rows.start, columns.stop - columns.start
        return replace(self, centre=_plain(centre), height=height, width=width)

    def aligned(self, matrices: Float, height: int, width: int) -> Self:
        """What takes pictures that were turned, scaled and shifted in their plane.

        Args:
          matrices: float[..., 2, 3], without a mirror, from pixels of this camera's picture to pixels of the others.
          height: rows of the others.
          width: their columns.
        """
        matrices = np.asarray(matrices, np.float64)
        centre = (matrices[..., :2] @ np.asarray(self.centre)[..., None])[..., 0] + matrices[..., 2]
        focal = self.focal * np.hypot(matrices[..., 0, 0], matrices[..., 1, 0])
        roll = self.roll + np.arctan2(matrices[..., 1, 0], matrices[..., 0, 0])
        return replace(self, focal=focal, centre=_plain(centre), height=height, width=width, roll=roll)

    @property
    def upright(self) -> Self:
        """The camera without its roll: it sees the world turned by `turn` as this one sees the world."""
        return replace(self, roll=0.0)

    @property
    def turn(self) -> Rotation:
        """The rotation of the world about the camera's axis that does what the roll does; or B of them."""
        return Rotation.from_rotvec(np.multiply.outer(-np.asarray(self.roll), (0.0, 0.0, 1.0)))


def _plain(centre: Float) -> tuple[float, float] | Float:
    return (float(centre[0]), float(centre[1])) if centre.ndim == 1 else centre
