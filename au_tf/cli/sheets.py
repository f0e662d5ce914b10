"""Contact sheets: tiles of one size in rows and columns, with labels."""

import textwrap
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]

_GAP = 4
_INK = (40, 40, 46)
_PALE = (110, 110, 120)


def sheet(tiles: Sequence[Sequence[Picture]], rows: Sequence[tuple[str, str]], columns: Sequence[str]) -> Picture:
    """Lays tiles out in a grid.

    Args:
      tiles: rows of pictures uint8[h, w, 3], all of one size.
      rows: for each row a label, and what is written smaller beneath it.
      columns: a label for each column.

    Returns:
      uint8[H, W, 3] on white.
    """
    height, width = tiles[0][0].shape[:2]
    size = max(14, height // 10)
    margin, head = int(6.5 * size), 2 * size
    canvas = Image.new(
        "RGB", (margin + len(columns) * (width + _GAP) + _GAP, head + len(rows) * (height + _GAP) + _GAP), "white"
    )
    draw = ImageDraw.Draw(canvas)
    for j, label in enumerate(columns):
        x = margin + j * (width + _GAP) + _GAP + width // 2
        draw.text((x, head // 2), label, _INK, ImageFont.load_default(size), anchor="mm")
    for i, (row, (title, more)) in enumerate(zip(tiles, rows, strict=True)):
        y = head + i * (height + _GAP) + _GAP
        _label(draw, (margin - size // 2, y + height // 2), title, more, size)
        for j, tile in enumerate(row):
            canvas.paste(Image.fromarray(tile), (margin + j * (width + _GAP) + _GAP, y))
    return np.asarray(canvas)


def _label(draw: ImageDraw.ImageDraw, place: tuple[int, int], title: str, more: str, size: int) -> None:
    """Writes a row's label, right-aligned, its title just above the middle."""
    x, y = place
    draw.text((x, y), title, _INK, ImageFont.load_default(size), anchor="rd")
    small = ImageFont.load_default(0.7 * size)
    for k, line in enumerate(textwrap.wrap(more, 14)):
        draw.text((x, y + (0.15 + 0.85 * k) * size), line, _PALE, small, anchor="ra")
