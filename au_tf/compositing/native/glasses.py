"""Where a photo shows the frame of glasses: thin lines that cross the bridge of the nose and run round both eyes.

Lines are traced by dynamic programming through what is darker, or of another colour, than what lies on both sides of
it: across the nose, on rings about the eyes, and from there to the ears. Skin has a fold or a brow on such a path now
and then, never all the way.
"""

from typing import NamedTuple

import cv2
import numpy as np

from au_tf.arrays import Bool, Float, Float32, Float64, Indices, Int32, Pixels
from au_tf.geometry.landmarks import BROWS, LEFT_EYE, RIGHT_EYE
from au_tf.rendering.native.compiling import compiled

_DARK, _TINTED = 0.18, 0.035
"""Lightness and colour of a line, over those beside it, that count as strength 1; shares of the lightness about it."""
_WIDEST = 0.11
"""Width of a line up to which it is one; this and what follows in distances of the eyes."""
_SHARP, _ABOUT = 0.006, 0.15
"""Blur of noise, and that of the lightness about a line."""
_STRONGEST = 1.5
_BRIDGE, _RINGS = 0.95, 0.9
"""Strength of the line across the nose, and the share of a ring that has one, from which on there are glasses."""
_SEEN, _WEAKEST = 0.45, 0.35
"""Strength from which on a line is seen, and down to which the frame is followed."""
_BROW, _OFF_BROW = 0.1, 0.6
"""Width of a brow, and by how much less its lines count."""
_RIM, _WIDE_RIM = 0.055, 0.1
"""How far a frame reaches from the middle of its line, and a dark one at most."""
_INNER_CORNERS = [39, 42]


class _Line(NamedTuple):
    places: Float64
    """float64[N, 2], (column, row)."""
    strength: Float32
    """float32[N]."""


def frame(image: Pixels, landmarks: Float64) -> Bool:
    """Where the frame of glasses is, bool[h, w]; nowhere if the face wears none.

    Args:
      image: uint8[h, w, 3], sRGB.
      landmarks: float64[68, 2], (column, row).
    """
    eyes = landmarks[RIGHT_EYE].mean(0), landmarks[LEFT_EYE].mean(0)
    across = eyes[1] - eyes[0]
    axes = np.stack([across, np.array([-across[1], across[0]])])
    size = float(np.linalg.norm(across))
    lines = _lines(image, size)
    nowhere = np.zeros(lines.shape, np.bool_)
    bridge = _bridge(lines, landmarks[_INNER_CORNERS].mean(0), axes)
    if np.percentile(bridge.strength, 20) < _BRIDGE:
        return nowhere
    off_brows = lines * (1.0 - _OFF_BROW * _brows(lines.shape, landmarks, size))
    sides = [_ring_and_arm(lines, off_brows, eye, axes, side) for eye, side in zip(eyes, (-1, 1), strict=True)]
    if min((ring.strength > _SEEN).mean() for ring, _ in sides) < _RINGS:
        return nowhere
    core = np.zeros(lines.shape, np.uint8)
    for line in (bridge, *(part for side in sides for part in side)):
        places = np.rint(line.places).astype(int).tolist()
        for k in np.flatnonzero(np.minimum(line.strength[1:], line.strength[:-1]) > _WEAKEST):
            cv2.line(core, places[k], places[k + 1], 1, 1)
    near, wide, thin = (cv2.dilate(core, _disc(reach)) > 0 for reach in (_RIM * size, _WIDE_RIM * size, 1.0))
    return (near & (lines > _SEEN)) | thin | (wide & _as_dark(image, core > 0, size))


def _as_dark(image: Pixels, core: Bool, size: float) -> Bool:
    """What is about as dark as a dark frame's line next to it: frames are wider than lines."""
    light = cv2.cvtColor(image, cv2.COLOR_RGB2Lab)[..., 0].astype(np.float32)
    darkest = cv2.erode(np.where(core, light, np.float32(255.0)), _disc(_WIDE_RIM * size))
    skin = cv2.GaussianBlur(cv2.dilate(light, _disc(_WIDE_RIM * size)), (0, 0), max(_ABOUT * size, 0.3))
    return np.asarray((skin - darkest > 0.4 * skin) & (light < darkest + 0.4 * (skin - darkest)))


def _disc(radius: float) -> Pixels:
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _lines(image: Pixels, size: float) -> Float32:
    """How far each pixel lies on a thin line, float32[h, w]."""
    noisy, disc = cv2.cvtColor(image, cv2.COLOR_RGB2Lab).astype(np.float32), _disc(_WIDEST * size / 2)
    lab = cv2.GaussianBlur(noisy, (0, 0), max(_SHARP * size, 0.3))
    about = cv2.GaussianBlur(lab[..., 0], (0, 0), max(_ABOUT * size, 0.3)) + 1.0
    closed, opened = (cv2.morphologyEx(lab, how, disc) for how in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN))
    dark = (closed - lab)[..., 0] / _DARK
    tinted = np.maximum(closed - lab, lab - opened)[..., 1:].max(-1) / _TINTED
    return np.asarray(np.clip(np.maximum(dark, tinted) / about, 0.0, _STRONGEST), np.float32)


def _brows(shape: tuple[int, ...], landmarks: Float64, size: float) -> Float32:
    brows, thick = np.zeros(shape, np.uint8), max(1, round(_BROW * size))
    for line in np.split(np.rint(landmarks[BROWS]).astype(np.int32), 2):
        cv2.polylines(brows, [line], False, 1, thick)
    return np.asarray(cv2.GaussianBlur(brows.astype(np.float32), (0, 0), 0.01 * size + 0.3), np.float32)


def _bridge(lines: Float32, middle: Float64, axes: Float64) -> _Line:
    across, down = np.meshgrid(np.linspace(-0.16, 0.16, 48), np.linspace(-0.3, 0.35, 96))
    return _traced(lines, middle + np.stack([across, down], -1) @ axes, 2)


def _ring_and_arm(lines: Float32, off_brows: Float32, eye: Float64, axes: Float64, side: int) -> tuple[_Line, _Line]:
    """The frame about an eye, and from there outwards, to the left (-1) or right (1) of the picture."""
    turns, radii = np.linspace(0.0, 4.0 * np.pi, 361)[:-1], np.linspace(0.2, 0.5, 60)[:, np.newaxis]
    ring = np.stack([side * 1.2 * radii * np.cos(turns), 0.06 + radii * np.sin(turns)], -1)
    # Twice round, so that it closes.
    whole = _traced(off_brows, eye + ring @ axes, 1)
    places = whole.places[90:270]
    strength = _sampled(lines, places[np.newaxis])[0]
    start = float((side * (places - eye) @ axes[0]).max() / (axes[0] @ axes[0]))
    across, down = np.meshgrid(side * np.linspace(start, start + 0.55, 60), np.linspace(-0.22, 0.23, 50))
    return _Line(places, strength), _traced(lines, eye + np.stack([across, down], -1) @ axes, 1)


def _sampled(lines: Float32, places: Float64) -> Float32:
    column, row = np.moveaxis(places.astype(np.float32), -1, 0)
    return np.asarray(cv2.remap(lines, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float32)


def _traced(lines: Float32, places: Float64, slack: int) -> _Line:
    """The strongest line through places float64[R, C, 2] from the first to the last column."""
    strength = _sampled(lines, places)
    row = _path(strength, slack)
    column = np.arange(len(row))
    return _Line(places[row, column], strength[row, column])


def _path(gain: Float, slack: int) -> Indices:
    """A row for each column of float[R, C] that differ by `slack` at most and have the largest sum."""
    rows, columns = gain.shape
    total, steps = gain[:, 0].astype(np.float64), np.zeros((rows, columns), np.int32)
    _sum(np.asarray(gain, np.float32), slack, total, steps)
    path = np.empty(columns, int)
    path[-1] = total.argmax()
    for column in range(columns - 1, 0, -1):
        path[column - 1] = path[column] + steps[path[column], column]
    return path


@compiled
def _sum(gain: Float32, slack: int, total: Float64, steps: Int32) -> None:
    """Adds gains float32[R, C] along the best ways to each row of the last column.

    Args:
      gain: float32[R, C].
      slack: rows by which neighbours differ at most.
      total: float64[R], of the first column; written.
      steps: int32[R, C], rows from each place to the one before it, written.
    """
    rows, columns = gain.shape
    before = np.empty_like(total)
    for column in range(1, columns):
        before[:] = total
        for row in range(rows):
            best = max(row - slack, 0)
            for other in range(best + 1, min(row + slack + 1, rows)):
                if before[other] > before[best]:
                    best = other
            steps[row, column] = best - row
            total[row] = before[best] + np.float64(gain[row, column])
