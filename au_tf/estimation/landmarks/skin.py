"""The skin between dense landmarks, laid flat, so that what is left of a picture is folds, brows, lids and lips."""

from functools import cache
from typing import NamedTuple, Self

import cv2
import numpy as np

from au_tf.arrays import ArrayLike, Bool, Float32, Float64, Int64, UInt8
from au_tf.fitting.detect.dense_landmarks import SKIN

CROP = 128
"""Pixels a side of the grey picture of a face that is kept of a photo."""
_CROP_EYES = 52.0
"""Pixels there between the outer corners of the eyes, which lie level at `_CROP_MIDDLE`."""
_CROP_MIDDLE = (63.5, 46.0)
SIDE = 96
"""Pixels a side of the skin laid flat."""
_EYES, _MIDDLE = 50.0, (47.5, 31.0)
"""As in the crop."""
_CELL, _DIRECTIONS = 8, 6
_CELLS = SIDE // _CELL
_SOFT = 5.0
"""Grey levels added to the contrast, so that a flat picture's noise is not taken for folds."""
_OUTER_EYE_CORNERS = (33, 263)


class Crop(NamedTuple):
    """A face of a photo, levelled."""

    grey: UInt8
    """uint8[128, 128]."""
    points: Float32
    """float32[478, 2], its landmarks there, (column, row)."""


def cropped(picture: UInt8, points: ArrayLike) -> Crop:
    """Cuts a face out of a photo.

    Args:
      picture: uint8[H, W, 3], sRGB.
      points: float[478, 3] in its pixels, as `DetectedFace.dense` has them.
    """
    dense = np.asarray(points, np.float64)
    right, left = dense[list(_OUTER_EYE_CORNERS)]
    # With depth, so that a face that is turned away is not enlarged.
    scale = _CROP_EYES / max(float(np.linalg.norm(left - right)), 1e-6)
    across = (left - right)[:2] / max(float(np.linalg.norm((left - right)[:2])), 1e-6)
    linear = scale * np.array([[across[0], across[1]], [-across[1], across[0]]])
    matrix = np.concatenate([linear, (_CROP_MIDDLE - linear @ (right + left)[:2] / 2)[:, None]], 1)
    fine = max(int(1.0 / scale), 1)
    # Averaged where the photo is much finer than the crop.
    shrink = np.array([[fine, 0.0, (fine - 1) / 2], [0.0, fine, (fine - 1) / 2]])
    large = shrink[:, :2] @ matrix + np.array([[0.0, 0.0, shrink[0, 2]], [0.0, 0.0, shrink[1, 2]]])
    seen = cv2.warpAffine(picture, large, (fine * CROP, fine * CROP), borderMode=cv2.BORDER_REPLICATE)
    if fine > 1:
        seen = cv2.resize(seen, (CROP, CROP), interpolation=cv2.INTER_AREA)
    placed = dense[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    return Crop(np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), np.uint8), placed.astype(np.float32))


class FlatSkin(NamedTuple):
    """Where each pixel of the skin laid flat lies between the landmarks of a face."""

    corners: Int64
    """int64[96 * 96, 3], three landmarks."""
    weights: Float64
    """float64[96 * 96, 3], how much of each."""
    inside: Bool
    """bool[96, 96], what lies on the face."""

    @classmethod
    def of(cls, reference: Float64) -> Self:
        """By the triangles between the landmarks of a reference face float64[478, 3], seen from the front."""
        # scipy.spatial is slow to import.
        from scipy.spatial import Delaunay

        places = reference[SKIN, :2] * (_EYES, -_EYES) + _MIDDLE
        triangles = Delaunay(places)
        pixels = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1).reshape(-1, 2).astype(np.float64)
        which = triangles.find_simplex(pixels)
        transform = triangles.transform[np.maximum(which, 0)]
        two = np.einsum("nij,nj->ni", transform[:, :2], pixels - transform[:, 2])
        weights = np.concatenate([two, 1.0 - two.sum(1, keepdims=True)], 1)
        corners = triangles.simplices[np.maximum(which, 0)].astype(np.int64)
        return cls(corners, weights, (which >= 0).reshape(SIDE, SIDE))

    def flat(self, crop: Crop) -> UInt8:
        """The skin of a face, uint8[96, 96]; what lies beyond the face is 0."""
        places = np.einsum("nk,nkd->nd", self.weights, crop.points[self.corners])
        across, down = (places[:, k].reshape(SIDE, SIDE).astype(np.float32) for k in (0, 1))
        seen = cv2.remap(crop.grey, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.where(self.inside, seen, 0).astype(np.uint8)

    @property
    def features(self) -> int:
        """How many numbers describe a skin."""
        return int(self._cells.sum()) * _DIRECTIONS

    @property
    def _cells(self) -> Bool:
        """bool[12, 6], cells of one side most of which lie on the face."""
        share = self.inside.reshape(_CELLS, _CELL, _CELLS, _CELL).mean((1, 3))
        return np.asarray((share + share[:, ::-1])[:, : _CELLS // 2] > 1.0)

    def gradients(self, flat: UInt8) -> Float32:
        """How strong edges of each direction are in each cell of skins uint8[N, 96, 96], as float32[N, F].

        As histograms of oriented gradients (Dalal and Triggs 2005), against the contrast of the whole face; roots, so
        that one strong edge does not outweigh the rest. Both sides are averaged, as in `frontal.described`.
        """
        inside, grey = self.inside, flat.astype(np.float32)
        area = float(inside.sum())
        grey = np.where(inside, grey - (grey.sum((1, 2)) / area)[:, None, None], 0.0)
        grey /= np.sqrt(np.square(grey).sum((1, 2)) / area)[:, None, None] + _SOFT
        across, down = np.zeros_like(grey), np.zeros_like(grey)
        across[:, :, 1:-1] = (grey[:, :, 2:] - grey[:, :, :-2]) * _both(inside, 1)
        down[:, 1:-1] = (grey[:, 2:] - grey[:, :-2]) * _both(inside, 0)
        strength = np.hypot(across, down)
        direction = np.mod(np.arctan2(down, across) / np.pi, 1.0) * _DIRECTIONS
        cells = np.empty((len(flat), _CELLS, _CELLS, _DIRECTIONS), np.float32)
        for k in range(_DIRECTIONS):
            off = np.abs(np.mod(direction - k + _DIRECTIONS / 2, _DIRECTIONS) - _DIRECTIONS / 2)
            share = strength * np.maximum(1.0 - off, 0.0)
            cells[..., k] = np.sqrt(share.reshape(-1, _CELLS, _CELL, _CELLS, _CELL).mean((2, 4)))
        mirrored = cells[:, :, ::-1, -np.arange(_DIRECTIONS)]
        even = (cells + mirrored)[:, :, : _CELLS // 2] / 2
        return np.asarray(even[:, self._cells].reshape(len(flat), -1), np.float32)


def _both(inside: Bool, axis: int) -> Bool:
    """Where both neighbours along an axis lie on the face, without the first and last of the axis."""
    first, last = [slice(None), slice(None)], [slice(None), slice(None)]
    first[axis], last[axis] = slice(None, -2), slice(2, None)
    return np.asarray(inside[tuple(first)] & inside[tuple(last)])


@cache
def _flat_skin(reference: bytes) -> FlatSkin:
    return FlatSkin.of(np.frombuffer(reference, np.float64).reshape(-1, 3))


def flat_skin(reference: Float64) -> FlatSkin:
    """`FlatSkin.of`, once for each reference."""
    return _flat_skin(np.ascontiguousarray(reference, np.float64).tobytes())
