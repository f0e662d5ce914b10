"""The inner loops of `native.fields`, compiled by numba for one thread; see `rendering.native.kernels`.

They call none of those, whose changes numba would not notice here.
"""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float32, Int32
from au_tf.morphable.model import Part
from au_tf.rendering.native.compiling import compiled, compiled_within

_ZERO, _ONE, _HALF, _FOUR = np.float32(0.0), np.float32(1.0), np.float32(0.5), np.float32(4.0)
_SKIN, _EYE, _MOUTH, _TEETH = int(Part.SKIN), int(Part.EYE), int(Part.MOUTH), int(Part.TEETH)

EDGE, RATIO, LIGHT, SHOWN, MASK, COLOUR, DEPTH, MOTION, ATTRIBUTES = 2, 3, 4, 5, 6, 7, 10, 11, 14
"""Columns of the vertices' table: place in the photo (2), edge of the lips, ratio, light, whether shown, mask,
colour (3), depth behind the lips, motion (3)."""
FACE, EYE, EYE_COVER, MOUTH, MOUTH_COLOUR, MOUTH_DEPTH, SEEN, TEETH, MOUTH_COVER, FIELDS = (
    *(6, 7, 12, 13, 15, 18, 19, 20, 21, 22),
)
"""Columns of what `average` sums: place, edge, ratio, light, whether shown and coverage of skin; place (2), colour
(3) and coverage of eyes; place (2), colour (3), depth, whether seen, teeth and coverage of the inside of the mouth."""


class Averages(NamedTuple):
    """What `average` writes: zeros before. Each kind lies by itself, since most pixels show but skin or nothing."""

    skin: Float32
    """float32[7, h, w]."""
    cover: Float32
    """float32[2, h, w], by eyes and by the inside of the mouth."""
    eye: Float32
    """float32[h, w, 2], place."""
    eye_colour: Float32
    """float32[h, w, 3]."""
    mouth: Float32
    """float32[h, w, 2], place."""
    mouth_colour: Float32
    """float32[h, w, 3]."""
    inside: Float32
    """float32[3, h, w], depth, whether seen, and teeth."""

    @classmethod
    def of(cls, height: int, width: int) -> "Averages":
        """Those of a window, nothing in them."""
        skin, cover, inside = (np.zeros((count, height, width), np.float32) for count in (7, 2, 3))
        eye, eye_colour, mouth, mouth_colour = (np.zeros((height, width, count), np.float32) for count in (2, 3, 2, 3))
        return cls(skin, cover, eye, eye_colour, mouth, mouth_colour, inside)


@compiled_within
def _add(
    row: Float32, start: int, weight: np.float32, table: Float32, corners: Int32, own: Float32, first: int, count: int
) -> None:
    """Adds some columns of a table of the vertices at a point of a triangle, times a weight, to those of a row."""
    a, b, c = corners[0], corners[1], corners[2]
    p, q, r = weight * own[0], weight * own[1], weight * own[2]
    for n in range(count):
        row[start + n] += p * table[a, first + n] + q * table[b, first + n] + r * table[c, first + n]


@compiled_within
def _at(table: Float32, corners: Int32, own: Float32, column: int) -> np.float32:
    """A column of a table of the vertices at a point of a triangle."""
    return own[0] * table[corners[0], column] + own[1] * table[corners[1], column] + own[2] * table[corners[2], column]


@compiled_within
def _seen(
    triangles: Int32,
    part: Int32,
    table: Float32,
    corners: Int32,
    own: Float32,
    visible: Int32,
    barycentric: Float32,
    scale: np.float32,
    reach: np.float32,
) -> bool:
    """Whether what the photo shows, at the place of a point inside the mouth, moves as that point does."""
    height, width = visible.shape
    column = int(np.rint((_at(table, corners, own, 0) + _HALF) * scale - _HALF))
    row = int(np.rint((_at(table, corners, own, 1) + _HALF) * scale - _HALF))
    row, column = min(max(row, 0), height - 1), min(max(column, 0), width - 1)
    k = visible[row, column]
    if k < 0 or part[k] < _MOUTH:
        return False
    total, moved = _ZERO, _ZERO
    for n in range(MOTION, MOTION + 3):
        motion = _at(table, corners, own, n)
        gap = _at(table, triangles[k], barycentric[row, column], n) - motion
        total, moved = total + gap * gap, moved + motion * motion
    # What the jaw takes far away may never have been what the photo shows there.
    return bool(total < reach * reach and moved < _FOUR * reach * reach)


@compiled_within
def _normalise(row: Float32, first: int, cover: int) -> None:
    """Makes means of sums: columns from the first up to that of the weight."""
    if row[cover] > _ZERO:
        share = _ONE / row[cover]
        for n in range(first, cover):
            row[n] *= share


@compiled_within
def _copy(row: Float32, first: int, values: Float32) -> None:
    """Columns of a row from the first on, as many as there are values."""
    for n in range(len(values)):
        values[n] = row[first + n]


@compiled
def average(
    triangles: Int32,
    part: Int32,
    table: Float32,
    target: tuple[Int32, Float32],
    source: tuple[Int32, Float32],
    rows: tuple[Int32, Float32],
    columns: tuple[Int32, Float32],
    scale: np.float32,
    reach: np.float32,
    averages: Averages,
) -> None:
    """Averages what the samples of a grid show over the pixels, each layer by itself.

    Args:
      triangles: int32[T, 3].
      part: int32[T], the `Part` of each.
      table: float32[V, ATTRIBUTES].
      target: int32[R, C], the visible triangle of each sample or -1; float32[R, C, 3], weights of its corners.
      source: the same of the face that the photo shows.
      rows: int32[h], the first sample that each row of pixels takes; float32[h, K], how much of it and the next ones.
      columns: the same of the columns.
      scale: float32, samples per pixel.
      reach: float32, mm; points inside the mouth whose motions differ by less are of one body.
      averages: written.
    """
    visible, barycentric = target
    skin, cover, eye, eye_colour, mouth, mouth_colour, inside = averages
    row = np.empty(FIELDS, np.float32)
    for y in range(skin.shape[1]):
        for x in range(skin.shape[2]):
            found = False
            for i in range(rows[1].shape[1]):
                for j in range(columns[1].shape[1]):
                    v, u = rows[0][y] + i, columns[0][x] + j
                    k = visible[v, u]
                    if k < 0:
                        continue
                    weight = rows[1][y, i] * columns[1][x, j]
                    if weight == _ZERO:
                        continue
                    if not found:
                        found = True
                        row[:] = _ZERO
                    corners, own = triangles[k], barycentric[v, u]
                    if part[k] == _SKIN:
                        weight *= _at(table, corners, own, MASK)
                        if weight > _ZERO:
                            _add(row, 0, weight, table, corners, own, 0, FACE)
                            row[FACE] += weight
                    elif part[k] == _EYE:
                        _add(row, EYE, weight, table, corners, own, 0, 2)
                        _add(row, EYE + 2, weight, table, corners, own, COLOUR, 3)
                        row[EYE_COVER] += weight
                    else:
                        _add(row, MOUTH, weight, table, corners, own, 0, 2)
                        _add(row, MOUTH_COLOUR, weight, table, corners, own, COLOUR, 4)
                        if _seen(triangles, part, table, corners, own, source[0], source[1], scale, reach):
                            row[SEEN] += weight
                        if part[k] == _TEETH:
                            row[TEETH] += weight
                        row[MOUTH_COVER] += weight
            if not found:
                continue
            _normalise(row, 0, FACE)
            for n in range(FACE + 1):
                skin[n, y, x] = row[n]
            if row[EYE_COVER] > _ZERO:
                _normalise(row, EYE, EYE_COVER)
                cover[0, y, x] = row[EYE_COVER]
                _copy(row, EYE, eye[y, x])
                _copy(row, EYE + 2, eye_colour[y, x])
            if row[MOUTH_COVER] > _ZERO:
                _normalise(row, MOUTH, MOUTH_COVER)
                cover[1, y, x] = row[MOUTH_COVER]
                _copy(row, MOUTH, mouth[y, x])
                _copy(row, MOUTH_COLOUR, mouth_colour[y, x])
                for n in range(3):
                    inside[n, y, x] = row[MOUTH_DEPTH + n]
