"""Pictures of faces brought to one shape, so that what differs between them is not where things are.

What a network has to find then lies near one place: how far the landmarks are off, the skin, the light (the
normalisation of active appearance models, Cootes et al. 2001).
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from scipy.spatial import Delaunay

from au_tf.arrays import Float, Float32, Float64, Pixels
from au_tf.geometry.alignment import ALIGNED_SIZE

SIZE = 96
"""Side of a picture of one shape in pixels."""
_MARGIN = 0.16
_BORDER = (-8.0, ALIGNED_SIZE + 7.0)


@dataclass(frozen=True, eq=False)
class Normalizer:
    """Warps aligned pictures, piecewise affinely, such that the landmarks come to lie on their mean."""

    weights: Float32
    """float32[96 * 96, 68 + 12]: where each pixel of the result lies between the landmarks and points of a frame."""
    frame: Float32
    """float32[12, 2], points that stay where they are, in pixels of the aligned picture."""

    @classmethod
    def of(cls, mean: Float32) -> Self:
        """From the mean landmarks float32[68, 2] in pixels of the aligned picture."""
        ends = np.linspace(*_BORDER, 4)
        sides = np.stack([ends, np.full(4, _BORDER[0])], -1)
        far = np.stack([ends, np.full(4, _BORDER[1])], -1)
        frame = np.concatenate([sides, far, sides[1:3, ::-1], far[1:3, ::-1]])
        points = np.concatenate([mean.astype(np.float64), frame])
        mesh = Delaunay(points)
        pixels = _pixels(mean.astype(np.float64))
        triangle = mesh.find_simplex(pixels)
        to_corners = mesh.transform[triangle]
        two = np.einsum("pij,pj->pi", to_corners[:, :2], pixels - to_corners[:, 2])
        weights = np.zeros((len(pixels), len(points)), np.float32)
        np.put_along_axis(weights, mesh.simplices[triangle], np.c_[two, 1.0 - two.sum(1)].astype(np.float32), 1)
        return cls(weights, frame.astype(np.float32))

    def normalize(self, pictures: Pixels, landmarks: Float) -> Pixels:
        """Brings pictures to one shape.

        Args:
          pictures: uint8[B, S, S, 3], aligned, of any size.
          landmarks: float[B, 68, 2], (column, row) in pixels of aligned pictures of 224 x 224.

        Returns:
          uint8[B, 96, 96, 3].
        """
        scale = pictures.shape[1] / ALIGNED_SIZE
        frame = np.broadcast_to(self.frame, (len(landmarks), *self.frame.shape))
        points = (np.concatenate([landmarks, frame], 1).astype(np.float32) + 0.5) * np.float32(scale) - 0.5
        places = np.einsum("pk,bkc->bpc", self.weights, points, optimize=True).reshape(-1, SIZE, SIZE, 2)
        out = np.empty((len(pictures), SIZE, SIZE, 3), np.uint8)
        for picture, place, into in zip(pictures, places, out, strict=True):
            columns, rows = place[..., 0].copy(), place[..., 1].copy()
            cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, into, cv2.BORDER_REPLICATE)
        return out


def _pixels(mean: Float64) -> Float64:
    """Where the pixels of the result lie in the aligned picture: a square round the mean landmarks."""
    low, high = mean.min(0), mean.max(0)
    half = (0.5 + _MARGIN) * (high - low).max()
    middle = (low + high) / 2
    steps = (np.arange(SIZE) + 0.5) / SIZE * 2.0 - 1.0
    columns, rows = np.meshgrid(steps, steps)
    places = middle + half * np.stack([columns, rows], -1).reshape(-1, 2)
    return np.clip(places, _BORDER[0] + 1e-3, _BORDER[1] - 1e-3)
