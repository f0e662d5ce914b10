"""A square of a picture, sampled anew."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from au_tf.arrays import Float, Float64, Pixels
from au_tf.geometry.alignment import warp


@dataclass(frozen=True, eq=False)
class Square:
    """A part of a picture as a picture of its own, finer or coarser; it may reach beyond the border."""

    corner: Float64
    """float64[2], where its first pixel has its centre, (column, row) in pixels of the picture."""
    step: float
    """Pixels of the picture from one of its pixels to the next."""
    side: int
    """Pixels a side."""

    @classmethod
    def about(cls, points: Float, margin: float, side: int) -> Self:
        """The square of `side` pixels a side about points float[N, 2] of a picture, `margin` times as large as they."""
        low, high = np.min(points, 0), np.max(points, 0)
        step = margin * float((high - low).max()) / side
        return cls(np.asarray((low + high) / 2 - step * (side - 1) / 2, np.float64), step, side)

    @property
    def matrix(self) -> Float64:
        """float64[2, 3], from pixels of the picture to the square's."""
        return np.concatenate([np.eye(2), -self.corner[:, None]], 1) / self.step

    def places(self, points: Float) -> Float64:
        """Where points float[..., 2] of the picture are in the square."""
        return (points - self.corner) / self.step

    def cut(self, picture: Pixels) -> Pixels:
        """uint8[side, side, 3] out of uint8[H, W, 3], beyond its border the edge repeated."""
        return warp(picture, np.concatenate([self.step * np.eye(2), self.corner[:, None]], 1), self.side)
