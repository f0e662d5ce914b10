"""468 points of a face and 5 of each iris, by MediaPipe's network (Kartynnik et al. 2019, Grishchenko et al. 2020).

The network answers for a square about the face, levelled. Squares that differ a little give answers that differ a
little: their mean is steadier than one.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple, Self

import cv2
import numpy as np
from joblib import cpu_count

from au_tf.arrays import Float64, Pixels
from au_tf.errors import InputError
from au_tf.fitting.detect import blaze
from au_tf.fitting.detect.covered import covered, scatter
from au_tf.fitting.detect.detected_face import Candidate, DetectedFace
from au_tf.fitting.detect.ibug import EYE_CORNERS, MIRRORED, ibug_landmarks
from au_tf.fitting.detect.networks import Network, network
from au_tf.geometry.alignment import warp
from au_tf.resources import saved_model

POINTS, SKIN = 478, slice(0, 468)
"""How many points, and those that are not of an iris."""
_MIRRORED = np.concatenate([MIRRORED, np.arange(473, 478), np.arange(468, 473)])
"""int64[478], of each point the one on the other side."""
_ROOM = 1.5
"""Side of the square about a face over the larger extent of box or points."""
_STARTS, _FOLLOWING = 4, 2
MAX_FLAT = 0.4
"""Largest share of a face that may have no shade: photos have 0.1 at most, drawings more than 0.6."""
_FLAT_SIDE, _FLAT = 64, 0.01
"""Side of the picture in which flatness is looked for, and which difference of neighbours over the contrast is none."""
_FINEST = 2.0
"""Most pixels of a photo for each of the network's, a side, that are looked at more than once."""


@dataclass(frozen=True, eq=False)
class DenseReader:
    """Finds faces, and the dense landmarks of each."""

    name: str
    """What it is called."""
    network: Network
    """A square picture in [0, 1] to 478 points and the logit of its being a face."""

    def search(self, image: Pixels, quick: bool = False) -> list[Candidate]:
        """As `blaze.search`."""
        return blaze.search(image, quick)

    def trace(self, image: Pixels, candidate: Candidate) -> DetectedFace:
        """The landmarks of what a detector takes for a face: twice to centre the square and level it, then from all."""
        return self._face(image, candidate, *self._centred(image, candidate), _STARTS)

    def starts(self, image: Pixels, candidate: Candidate) -> tuple[Float64, float]:
        """What `trace` takes the mean of: points float64[4, 478, 3] in pixels, and the least presence."""
        small, square = self._centred(image, candidate)
        answers, presence = self._answers(small, square, _STARTS)
        return np.array([small.outside(points) for points in answers]), presence

    def follow(self, image: Pixels, face: DetectedFace) -> DetectedFace:
        """The landmarks of a face where it was in the frame before."""
        assert face.dense is not None
        square = _square(face.dense.astype(np.float64))
        small = _Part.of(image, square, self.network.side)
        found = self._face(image, Candidate(face.box, face.score), small, small.inside(square), _FOLLOWING)
        return replace(found, box=face.moved_box(found.landmarks))

    def _centred(self, image: Pixels, candidate: Candidate) -> tuple["_Part", Float64]:
        """The part of a photo about a candidate, and a levelled square about the face in it."""
        square = _first_square(candidate)
        small = _Part.of(image, square, self.network.side)
        square = small.inside(square)
        for _ in range(2):
            square = _square(self._answer(small.picture, square)[0])
        return small, square

    def _answers(self, small: "_Part", square: Float64, count: int) -> tuple[Float64, float]:
        """Points float64[count, 478, 3] by several starts, in pixels of the part, and the least presence."""
        squares = [square @ start for start in _starts()[:count]]
        answers = list(_workers(os.getpid()).map(partial(self._answer, small.picture), squares))
        # The mean would let pass what looks like a face in one square and like none in the next.
        return np.array([answer[0] for answer in answers]), min(answer[1] for answer in answers)

    def _face(self, image: Pixels, candidate: Candidate, small: "_Part", square: Float64, count: int) -> DetectedFace:
        answers, presence = self._answers(small, square, count)
        apart = scatter(answers)
        if flatness(small.picture, square) > MAX_FLAT:
            presence, apart = 0.0, np.inf
        dense = small.outside(answers.mean(0)).astype(np.float32)
        face = DetectedFace.of(image, candidate, ibug_landmarks(dense), presence, dense)
        return replace(face, scatter=apart, covered=covered(small.picture, answers))

    def _answer(self, image: Pixels, square: Float64) -> tuple[Float64, float]:
        """Points float64[478, 3] in pixels of a picture, and the probability of their being a face's."""
        side = self.network.side
        points, logit, *_ = self.network(warp(image, _from_pixels(square, side), side) / np.float32(255.0))
        places = points.reshape(-1, 3).astype(np.float64) / side
        placed = (places[:, :2] - 0.5) @ square[:, :2].T + square[:, 2]
        found = np.concatenate([placed, places[:, 2:] * np.hypot(*square[:, 0])], 1)
        if np.linalg.det(square[:, :2]) < 0.0:
            found = found[_MIRRORED]
        return found, float(1.0 / (1.0 + np.exp(-float(logit[0]))))


class _Part(NamedTuple):
    """A part of a photo, shrunk to what a network can see of it."""

    picture: Pixels
    """uint8[h, w, 3]."""
    corner: Float64
    """float64[2], (column, row) of its corner, in pixels of the photo."""
    scale: Float64
    """float64[2], its pixels for each of the photo's."""

    @classmethod
    def of(cls, image: Pixels, square: Float64, side: int) -> Self:
        """What lies about a square that a network of that side looks at; all of the photo if it is small."""
        extent = float(np.hypot(*square[:, 0]))
        shrink = _FINEST * side / extent
        if shrink >= 1.0:
            return cls(image, np.zeros(2), np.ones(2))
        limits = np.array(image.shape[1::-1])
        low = np.clip(np.floor(square[:, 2] - extent), 0, limits - 1).astype(int)
        high = np.clip(np.ceil(square[:, 2] + extent), low + 1, limits).astype(int)
        size = np.maximum(np.round((high - low) * shrink), 1.0)
        part = image[low[1] : high[1], low[0] : high[0]]
        picture = cv2.resize(part, tuple(size.astype(int).tolist()), interpolation=cv2.INTER_AREA)
        return cls(np.asarray(picture, np.uint8), low.astype(np.float64), size / (high - low))

    def inside(self, square: Float64) -> Float64:
        """A square of the photo, float64[2, 3], in the part."""
        middle = (square[:, 2] + 0.5 - self.corner) * self.scale - 0.5
        return np.concatenate([square[:, :2] * self.scale[:, None], middle[:, None]], 1)

    def outside(self, points: Float64) -> Float64:
        """Points of the part, float64[N, 3], in the photo."""
        places = (points[:, :2] + 0.5) / self.scale + self.corner - 0.5
        return np.concatenate([places, points[:, 2:] / self.scale.mean()], 1)


@cache
def dense_reader(bundle: Path | None = None) -> DenseReader:
    """The reader of a network of MediaPipe's.

    Args:
      bundle: a file such as Google's `face_landmarker.task`, which holds it; None is the one that ships with au_tf.

    Raises:
      InputError: if the file is missing or holds no such network.
    """
    if bundle is None:
        return DenseReader("mediapipe", network(saved_model("face-landmarks") / "face_landmarks.tflite"))
    found = network(bundle, "face_landmarks_detector.tflite")
    if found.sizes[0] != 3 * POINTS:
        raise InputError(bundle, "points", found.sizes[0] // 3, f"{POINTS}, irises included")
    if found.sizes[1:2] != [1] or found.given != [1, found.side, found.side, 3]:
        found_here = f"a network of {found.given} to {found.sizes}"
        raise InputError(bundle, "network", found_here, f"one of [1, side, side, 3] to [{3 * POINTS}, 1]")
    return DenseReader(f"MediaPipe's of {bundle.name}", found)


def flatness(image: Pixels, square: Float64) -> float:
    """Share in [0, 1] of the inner part of a square of a picture in which one pixel is as the next, as in drawings."""
    inner = square * (1.0 / _ROOM, 1.0 / _ROOM, 1.0)
    face = warp(image, _from_pixels(inner, _FLAT_SIDE), _FLAT_SIDE)[8:-8, 8:-8]
    low, high = np.percentile(face, (5.0, 95.0))
    steps = cv2.absdiff(face[1:, :-1], face[:-1, :-1]), cv2.absdiff(face[:-1, 1:], face[:-1, :-1])
    # Channel by channel: numpy is slow where the axis that goes is short.
    most = np.maximum(*steps)
    alike = np.maximum(np.maximum(most[..., 0], most[..., 1]), most[..., 2]) <= _FLAT * (high - low)
    extreme = (face[:-1, :-1] == 0) | (face[:-1, :-1] == 255)
    clipped = extreme[..., 0] & extreme[..., 1] & extreme[..., 2]
    return float(alike[~clipped].mean()) if not clipped.all() else 1.0


def _first_square(candidate: Candidate) -> Float64:
    left, top, right, bottom = candidate.box
    across = np.array([1.0, 0.0]) if candidate.eyes is None else candidate.eyes[1] - candidate.eyes[0]
    across = across / max(float(np.linalg.norm(across)), 1e-9)
    return _levelled(np.array([left + right, top + bottom]) / 2, across, _ROOM * max(right - left, bottom - top))


def _square(points: Float64) -> Float64:
    """float64[2, 3], from the square [-1/2, 1/2]^2 to that about the points of a face, levelled."""
    places = points[SKIN, :2]
    across = places[EYE_CORNERS[1][0]] - places[EYE_CORNERS[0][0]]
    across = across / max(float(np.linalg.norm(across)), 1e-9)
    axes = np.stack([across, [-across[1], across[0]]])
    level = places @ axes.T
    low, high = level.min(0), level.max(0)
    return _levelled((low + high) / 2 @ axes, across, _ROOM * float((high - low).max()))


def _levelled(middle: Float64, across: Float64, side: float) -> Float64:
    side = max(side, 1.0)
    return np.stack([side * across, side * np.array([-across[1], across[0]]), middle], -1)


def _from_pixels(square: Float64, side: int) -> Float64:
    """float64[2, 3], from pixels of a picture of that side to pixels of the photo."""
    linear = square[:, :2] / side
    return np.concatenate([linear, (square[:, 2] - linear @ np.full(2, (side - 1) / 2))[:, None]], 1)


@cache
def _workers(_process: int) -> ThreadPoolExecutor:
    """Who answer for several squares at a time; threads do not live on in a forked process, which has its own."""
    return ThreadPoolExecutor(min(_STARTS, cpu_count()), "landmarks")


@cache
def _starts() -> Float64:
    """float64[4, 3, 3], of the square: every other in the mirror; shifts of 2 % of the side, scales of 4 %, turns."""
    steps = np.outer([0.0, 0.0, 1.0, -1.0], [0.02, 0.02, 0.04, 0.05])
    shift, (scale, turn) = steps[:, :2], steps[:, 2:].T
    cosine, sine = (np.exp(scale) * f(turn) for f in (np.cos, np.sin))
    zero, one, side = np.zeros(_STARTS), np.ones(_STARTS), np.resize([1.0, -1.0], _STARTS)
    rows = [[side * cosine, -sine, shift[:, 0]], [side * sine, cosine, shift[:, 1]], [zero, zero, one]]
    return np.transpose(np.array(rows), (2, 0, 1))
