"""The skin between dense landmarks, laid flat, so that what is left of a picture is folds, brows, lids and lips."""

from functools import cache
from typing import NamedTuple, Self

import cv2
import numpy as np

from au_tf.arrays import ArrayLike, Bool, Float32, Float64, Int64, UInt8
from au_tf.fitting.detect.dense_landmarks import SKIN

CROP = 192
"""Pixels a side of the grey picture of a face that is kept of a photo."""
CROP_EYES = 78.0
"""Pixels there between the outer corners of the eyes, which lie level at `CROP_MIDDLE`."""
CROP_MIDDLE = (95.5, 69.0)
SIDE = 144
"""Pixels a side of the skin laid flat."""
_EYES, _MIDDLE = 75.0, (71.5, 46.75)
"""As `CROP_EYES` and `CROP_MIDDLE`."""
CELL, DIRECTIONS = 8, 6
CELLS = SIDE // CELL
SOFT = 5.0
"""Grey levels added to the contrast, so that a flat picture's noise is not taken for folds."""
_CELL_OF = np.add.outer(np.arange(SIDE) // CELL * CELLS, np.arange(SIDE) // CELL)
"""int64[144, 144], the cell of each pixel."""
OUTER_EYE_CORNERS = (33, 263)


class Crop(NamedTuple):
    """A face of a photo, levelled."""

    grey: UInt8
    """uint8[192, 192]."""
    points: Float32
    """float32[478, 2], its landmarks there, (column, row)."""


def cropped(picture: UInt8, points: ArrayLike) -> Crop:
    """Cuts a face out of a photo.

    Args:
      picture: uint8[H, W, 3], sRGB.
      points: float[478, 3] in its pixels, as `DetectedFace.dense` has them.
    """
    dense = np.asarray(points, np.float64)
    right, left = dense[list(OUTER_EYE_CORNERS)]
    # With depth, so that a face that is turned away is not enlarged.
    scale = CROP_EYES / max(float(np.linalg.norm(left - right)), 1e-6)
    across = (left - right)[:2] / max(float(np.linalg.norm((left - right)[:2])), 1e-6)
    linear = scale * np.array([[across[0], across[1]], [-across[1], across[0]]])
    matrix = np.concatenate([linear, (CROP_MIDDLE - linear @ (right + left)[:2] / 2)[:, None]], 1)
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
    """int64[P, 3], three landmarks for each pixel that lies on the face, row by row."""
    weights: Float32
    """float32[P, 3], how much of each."""
    inside: Bool
    """bool[144, 144], what lies on the face."""

    @classmethod
    def of(cls, reference: Float64) -> Self:
        """By the triangles between the landmarks of a reference face float64[478, 3], seen from the front."""
        # scipy.spatial is slow to import.
        from scipy.spatial import Delaunay

        places = reference[SKIN, :2] * (_EYES, -_EYES) + _MIDDLE
        triangles = Delaunay(places)
        pixels = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1).reshape(-1, 2).astype(np.float64)
        which = triangles.find_simplex(pixels)
        inside = which >= 0
        transform = triangles.transform[which[inside]]
        two = np.einsum("nij,nj->ni", transform[:, :2], pixels[inside] - transform[:, 2])
        weights = np.concatenate([two, 1.0 - two.sum(1, keepdims=True)], 1).astype(np.float32)
        corners = triangles.simplices[which[inside]].astype(np.int64)
        return cls(corners, weights, inside.reshape(SIDE, SIDE))

    def flat(self, crop: Crop) -> Float32:
        """The skin of a face, grey levels float32[144, 144]; what lies beyond the face is 0."""
        parts = [crop.points[self.corners[:, k]] * self.weights[:, k, None] for k in range(3)]
        places = np.clip(parts[0] + parts[1] + parts[2], 0.0, CROP - 1.0)
        low = np.minimum(places.astype(np.int32), CROP - 2)
        (x, y), first = (places - low).T, low[:, 1] * CROP + low[:, 0]
        grey = crop.grey.ravel()
        upper = grey[first] * (1.0 - x) + grey[first + 1] * x
        lower = grey[first + CROP] * (1.0 - x) + grey[first + CROP + 1] * x
        seen = np.zeros((SIDE, SIDE), np.float32)
        seen[self.inside] = upper * (1.0 - y) + lower * y
        return seen

    @property
    def features(self) -> int:
        """How many numbers describe a skin."""
        return int(self.cells.sum()) * DIRECTIONS

    @property
    def cells(self) -> Bool:
        """bool[18, 9], cells of one side most of which lie on the face."""
        share = self.inside.reshape(CELLS, CELL, CELLS, CELL).mean((1, 3))
        return np.asarray((share + share[:, ::-1])[:, : CELLS // 2] > 1.0)

    @property
    def heights(self) -> Float64:
        """How far above the eyes what each number tells of lies, float64[F], in distances of the outer eye corners."""
        rows = np.nonzero(self.cells)[0]
        return np.repeat((_MIDDLE[1] - (rows + 0.5) * CELL) / _EYES, DIRECTIONS)

    def both(self, axis: int) -> Bool:
        """Where both neighbours along an axis lie on the face, without the first and last of the axis."""
        first, last = [slice(None), slice(None)], [slice(None), slice(None)]
        first[axis], last[axis] = slice(None, -2), slice(2, None)
        return np.asarray(self.inside[tuple(first)] & self.inside[tuple(last)])

    def gradients(self, flat: ArrayLike) -> Float32:
        """How strong edges of each direction are in each cell of skins [N, 144, 144], as float32[N, F].

        As histograms of oriented gradients (Dalal and Triggs 2005), against the contrast of the whole face; roots, so
        that one strong edge does not outweigh the rest. Both sides are averaged, as in `frontal.described`.
        """
        inside, grey = self.inside, np.asarray(flat, np.float32)
        area = float(inside.sum())
        grey = np.where(inside, grey - (grey.sum((1, 2)) / area)[:, None, None], 0.0)
        grey /= np.sqrt(np.square(grey).sum((1, 2)) / area)[:, None, None] + SOFT
        across, down = np.zeros_like(grey), np.zeros_like(grey)
        across[:, :, 1:-1] = (grey[:, :, 2:] - grey[:, :, :-2]) * self.both(1)
        down[:, 1:-1] = (grey[:, 2:] - grey[:, :-2]) * self.both(0)
        strength = np.hypot(across, down)
        direction = np.arctan2(down, across) * np.float32(DIRECTIONS / np.pi) + np.float32(DIRECTIONS)
        lower = direction.astype(np.int32)
        share = (direction - lower) * strength
        cells = np.empty((len(grey), CELLS, CELLS, DIRECTIONS), np.float32)
        place = (_CELL_OF * DIRECTIONS).ravel()
        for k in range(len(grey)):
            bins = lower[k].ravel() % DIRECTIONS, (lower[k].ravel() + 1) % DIRECTIONS
            parts = (strength[k] - share[k]).ravel(), share[k].ravel()
            total = sum(
                np.bincount(place + each, part, CELLS * CELLS * DIRECTIONS)
                for each, part in zip(bins, parts, strict=True)
            )
            cells[k] = np.sqrt(total / CELL**2).reshape(CELLS, CELLS, DIRECTIONS)
        mirrored = cells[:, :, ::-1, -np.arange(DIRECTIONS)]
        even = (cells + mirrored)[:, :, : CELLS // 2] / 2
        return np.asarray(even[:, self.cells].reshape(len(grey), -1), np.float32)


@cache
def _flat_skin(reference: bytes) -> FlatSkin:
    return FlatSkin.of(np.frombuffer(reference, np.float64).reshape(-1, 3))


def flat_skin(reference: Float64) -> FlatSkin:
    """`FlatSkin.of`, once for each reference."""
    return _flat_skin(np.ascontiguousarray(reference, np.float64).tobytes())
