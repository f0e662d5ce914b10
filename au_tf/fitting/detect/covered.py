"""Which parts of a face something is in front of.

MediaPipe's network puts a mouth on a mask, and closed lids on sunglasses, without saying so. Two things give it away:
what is seen where the part should be (colours over those of the face, directions of edges), and that the network's
answers for slightly different squares scatter there. Logistic regressions on both, learnt from rendered people before
whose faces hands, masks, dark glasses and other things were drawn (`benchmarks/covered_parts.py`).
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

import cv2
import numpy as np

from au_tf.arrays import Arrays, Float32, Float64, Pixels
from au_tf.files import read_npz
from au_tf.fitting.detect.ibug import MIRRORED

_RIGHT_EYE = (33, 133, 159, 145, 70, 63, 105, 66, 107, 46, 53, 65)
_MOUTH = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
PARTS = {
    "right eye": _RIGHT_EYE,
    "left eye": tuple(MIRRORED[list(_RIGHT_EYE)].tolist()),
    "nose": (168, 6, 4, 5, 195, 48, 278, 94, 2, 98, 327),
    "mouth": _MOUTH,
}
"""Parts of the face, and the dense points that lie about them; brows belong to the eyes."""
KINDS = {"right eye": "eye", "left eye": "eye", "nose": "nose", "mouth": "mouth"}
"""Which regression tells of each part."""
WEIGHTS = Path(__file__).with_name("covered_parts.npz")
_WIDTH, _HEIGHT = 32, 24
_ROOM = 1.35
_CELLS, _DIRECTIONS = (3, 4), 6
_SKIN, _CHIN, _FOREHEAD = slice(0, 468), 152, 10
_CELL_OF = np.add.outer(np.arange(_HEIGHT) // 8 * _CELLS[1], np.arange(_WIDTH) // 8) * _DIRECTIONS
"""int64[24, 32], the first direction of the cell of each pixel of a part."""


def covered(image: Pixels, answers: Float64) -> Float32:
    """The probability of each of `PARTS` of being covered for the most part.

    Args:
      image: uint8[H, W, 3], sRGB.
      answers: float64[S, 478, 3], dense points by several starts, in its pixels.

    Returns:
      float32[4].
    """
    weights = np.stack([_weights()[kind] for kind in KINDS.values()])
    logits = weights[:, 0] + (features(image, answers) * weights[:, 1:]).sum(1)
    return np.asarray(1.0 / (1.0 + np.exp(-logits)), np.float32)


def scatter(answers: Float64) -> float:
    """How far answers float64[S, 478, 3] of several starts lie apart, a share of the spread of the points.

    Root mean square over the points of the skin; without bias, whatever the number S of starts.
    """
    return _Answers.of(answers).scatter(_SKIN)


class _Answers(NamedTuple):
    """Several answers for one face, and what all its parts are measured by."""

    mean: Float64
    """float64[478, 3]."""
    apart: Float64
    """float64[478], mean square distance of the answers from their mean in the picture."""
    spread: float
    """Root mean square distance of the skin's points from their middle."""

    @classmethod
    def of(cls, answers: Float64) -> Self:
        mean = answers.mean(0)
        apart = np.square((answers - mean)[..., :2]).sum((0, 2)) / max(len(answers) - 1, 1)
        skin = mean[_SKIN]
        return cls(mean, apart, float(np.sqrt(np.square(skin - skin.mean(0)).sum() / len(skin))))

    def scatter(self, points: slice | list[int]) -> float:
        """As `scatter`, of some of the points."""
        return float(np.sqrt(self.apart[points].mean()) / max(self.spread, 1e-6))


def features(image: Pixels, answers: Float64) -> Float32:
    """What tells of each part whether it is covered, float32[4, 219]; of a left eye as of a right one.

    Colours over those of the skin, edges, and how far answers scatter there and everywhere.
    """
    face = _Answers.of(answers)
    skin, everywhere = _skin(image, face.mean), face.scatter(_SKIN)
    return np.stack([_features(image, face, part, skin, everywhere) for part in PARTS])


def _features(image: Pixels, face: _Answers, part: str, skin: tuple[Float32, Float32], everywhere: float) -> Float32:
    patch = _lab(np.asarray(cv2.GaussianBlur(_patch(image, face, part), (0, 0), 0.6), np.uint8))
    middle, spread = skin
    small = cv2.resize(patch, (8, 6), interpolation=cv2.INTER_AREA)
    colours = np.clip((small - middle) / (4.0 * np.maximum(spread, (4.0, 1.5, 1.5))), -3.0, 3.0)
    apart = np.log([face.scatter(list(PARTS[part])) + 1e-4, everywhere + 1e-4])
    edges, strength = _edges(patch[..., 0])
    return np.concatenate([colours.ravel(), edges, [strength], 3.0 * (apart + 4.0)]).astype(np.float32)


def _edges(lightness: Float32) -> tuple[Float32, float]:
    """Directions of edges in each cell, float32[72], and how strong edges are."""
    across, down = (cv2.Sobel(lightness, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    strength = np.hypot(across, down)
    direction = ((np.arctan2(down, across) % np.pi) / np.pi * _DIRECTIONS).astype(int) % _DIRECTIONS
    total = np.bincount((_CELL_OF + direction).ravel(), strength.ravel(), _CELLS[0] * _CELLS[1] * _DIRECTIONS)
    return (3.0 * total / (np.linalg.norm(total) + 8.0)).astype(np.float32), float(np.log1p(strength.mean()))


def _patch(image: Pixels, face: _Answers, part: str) -> Pixels:
    """uint8[24, 32, 3], what is seen of a part, levelled."""
    dense = face.mean
    down = dense[_CHIN, :2] - dense[_FOREHEAD, :2]
    down = down / max(float(np.linalg.norm(down)), 1e-9)
    axes = np.stack([[down[1], -down[0]], down])
    places = dense[list(PARTS[part]), :2] @ axes.T
    low, high = places.min(0), places.max(0)
    half = np.maximum(_ROOM * (high - low) / 2, max(0.12 * face.spread, 1.0))
    ratio = _WIDTH / _HEIGHT
    half = np.maximum(half, half[::-1] * (ratio, 1.0 / ratio))
    step = 2.0 * half / (_WIDTH, _HEIGHT) * (-1.0 if part == "left eye" else 1.0, 1.0)
    linear = axes.T * step
    corner = axes.T @ ((low + high) / 2) - linear @ np.array([(_WIDTH - 1) / 2, (_HEIGHT - 1) / 2])
    matrix = np.concatenate([linear, corner[:, None]], 1)
    flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(image, matrix, (_WIDTH, _HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _skin(image: Pixels, dense: Float64) -> tuple[Float32, Float32]:
    """Median colour float32[3] under the points, and the median difference from it, in CIE Lab."""
    places = np.clip(np.rint(dense[_SKIN, :2]).astype(int), 0, np.array(image.shape[1::-1]) - 1)
    colours = _lab(image[places[:, 1], places[:, 0]][None])[0]
    middle = np.median(colours, 0)
    return middle, np.median(np.abs(colours - middle), 0)


def _lab(picture: Pixels) -> Float32:
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB), np.float32)


@cache
def _weights() -> Arrays:
    """Of each kind of part an intercept and the weights of the features, float32[220]."""
    return read_npz(WEIGHTS, sorted(set(KINDS.values())))
