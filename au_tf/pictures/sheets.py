"""Contact sheets: tiles of one size in rows and columns, with labels."""

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from au_tf.arrays import Pixels

_GAP = 4
_TITLE = 20
_NOTE = 14
_LINE = 17
_ROW_LETTERS = 15
_INK = (40, 40, 46)
_PALE = (110, 110, 120)


class Label(NamedTuple):
    """What is written beside a row or above a column."""

    title: str
    """Large."""
    note: str = ""
    """Small, beneath it."""


def sheet(tiles: Sequence[Sequence[Pixels]], rows: Sequence[Label], columns: Sequence[Label]) -> Pixels:
    """Lays tiles out in a grid.

    Args:
      tiles: rows of pictures uint8[h, w, 3], all of one size.
      rows: a label for each row, or none at all.
      columns: a label for each column.

    Returns:
      uint8[H, W, 3] on white.
    """
    height, width = tiles[0][0].shape[:2]
    notes = [textwrap.wrap(label.note, width // (_NOTE // 2)) for label in columns]
    left = 8 * _ROW_LETTERS + 2 * _GAP if rows else 0
    top = _TITLE + 5 * _GAP + _LINE * max(map(len, notes))
    size = left + len(columns) * (width + _GAP) + _GAP, top + len(tiles) * (height + _GAP)
    canvas = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(canvas)
    xs = [left + _GAP + j * (width + _GAP) for j in range(len(columns))]
    ys = [top + i * (height + _GAP) for i in range(len(tiles))]
    for x, label, note in zip(xs, columns, notes, strict=True):
        _write(draw, x + width // 2, 2 * _GAP, label.title, note, "m")
    for y, label in zip(ys, rows, strict=False):
        note = textwrap.wrap(label.note, _ROW_LETTERS)
        _write(draw, left - 2 * _GAP, y + (height - _TITLE - _LINE * len(note)) // 2, label.title, note, "r")
    for y, row in zip(ys, tiles, strict=True):
        for x, tile in zip(xs, row, strict=True):
            canvas.paste(Image.fromarray(tile), (x, y))
    return np.asarray(canvas)


def grid(tiles: Sequence[Pixels], labels: Sequence[Label], columns: int) -> Pixels:
    """Lays tiles out row by row, each with its label above; the last row may be short.

    Args:
      tiles: pictures uint8[h, w, 3], all of one size.
      labels: one a tile.
      columns: tiles a row.

    Returns:
      uint8[H, W, 3] on white.
    """
    missing = -len(tiles) % columns
    tiles, labels = [*tiles, *[np.full_like(tiles[0], 255)] * missing], [*labels, *[Label("")] * missing]
    rows = [slice(first, first + columns) for first in range(0, len(tiles), columns)]
    return np.concatenate([sheet([tiles[row]], [], labels[row]) for row in rows])


def colour_bar(colours: Pixels, low: str, high: str, width: int) -> Pixels:
    """What colours mean, in the middle of a strip.

    Args:
      colours: uint8[n, 3], from low to high.
      low: what the first means.
      high: what the last means.
      width: of the strip.

    Returns:
      uint8[h, width, 3] on white.
    """
    canvas = Image.new("RGB", (width, _TITLE + 4 * _GAP), "white")
    left, top, long = width // 3, 2 * _GAP, width // 3
    canvas.paste(Image.fromarray(colours[np.newaxis]).resize((long, _TITLE)), (left, top))
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(_NOTE)
    draw.text((left - 2 * _GAP, top + _TITLE // 2), low, _PALE, font, anchor="rm")
    draw.text((left + long + 2 * _GAP, top + _TITLE // 2), high, _PALE, font, anchor="lm")
    return np.asarray(canvas)


def _write(draw: ImageDraw.ImageDraw, x: int, y: int, title: str, note: Sequence[str], align: str) -> None:
    draw.text((x, y), title, _INK, ImageFont.load_default(_TITLE), anchor=f"{align}a")
    small = ImageFont.load_default(_NOTE)
    for k, line in enumerate(note):
        draw.text((x, y + _TITLE + 2 * _GAP + _LINE * k), line, _PALE, small, anchor=f"{align}a")
