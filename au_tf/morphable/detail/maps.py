"""The painted maps of details in ever coarser steps, so that a small picture averages what it cannot show."""

import hashlib
import logging
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter

from au_tf.arrays import Array, Float32
from au_tf.errors import InputError
from au_tf.files import kept_place, read_npz, write_npz
from au_tf.morphable.detail.chart import PER_MM
from au_tf.morphable.detail.marks import paint_marks
from au_tf.morphable.detail.wrinkles import paint_heights

logger = logging.getLogger(__name__)

LEVELS = 5
"""Each half as fine as the one before."""
_CAVITY = 1.5
"""mm over which a furrow is deeper than what is about it."""
_SHADE = 0.55
"""How much light a cavity loses for each mm of its depth."""
MARKED = 3
"""Levels fine enough to show marks."""


class Maps(NamedTuple):
    """Maps of all levels, the finest first."""

    relief: tuple[Float32, ...]
    """float32[LAYERS, rows, columns, 3] of each level, per mm of depth: slope along the columns (to the face's left)
    and along the rows (down), mm a mm; share of the light that does not reach the place."""
    marks: tuple[Float32, ...]
    """float32[rows, columns, MARKS] of each level, strength of the marks; 0 on those too coarse for them."""

    def level(self, pixels_per_mm: float) -> int:
        """The level whose texels are nearest in size to a picture's pixels."""
        finer = PER_MM / max(pixels_per_mm, 1e-6)
        return int(np.clip(np.rint(np.log2(finer)), 0, LEVELS - 1))


@cache
def maps() -> Maps:
    """Painted on the first call, in a second or two, and kept in `cache_folder`."""
    path = kept_place(f"detail-{_version()}.npz")
    if path.exists():
        try:
            arrays = read_npz(path, ["relief", "marks"])
            return Maps(pyramid(arrays["relief"]), _marked(arrays["marks"]))
        except InputError:
            logger.warning("%s is damaged and is made again", path)
    relief, marks = relief_of(paint_heights()), paint_marks()
    try:
        write_npz(path, {"relief": relief, "marks": marks})
    except InputError as error:
        logger.warning("details are painted anew each time: %s", error)
    return Maps(pyramid(relief), _marked(marks))


def relief_of(heights: Float32) -> Float32:
    """What `Maps.relief` holds, float32[LAYERS, rows, columns, 3], of heights float32[LAYERS, rows, columns] in mm."""
    down, along = np.gradient(heights, 1.0 / PER_MM, axis=(1, 2))
    cavity = gaussian_filter(heights, (0.0, _CAVITY * PER_MM, _CAVITY * PER_MM)) - heights
    return np.stack([along, down, _SHADE * np.maximum(cavity, 0.0)], -1).astype(np.float32)


def _marked(finest: Array) -> tuple[Float32, ...]:
    levels = pyramid(finest)
    return *levels[:MARKED], *(np.zeros_like(level) for level in levels[MARKED:])


def pyramid(finest: Array) -> tuple[Float32, ...]:
    """float32[..., rows, columns, C] and its means over 2 x 2 texels, and over those, `LEVELS` in all."""
    levels = [np.asarray(finest, np.float32)]
    for _ in range(LEVELS - 1):
        rows, columns = (side // 2 * 2 for side in levels[-1].shape[-3:-1])
        quarters = [levels[-1][..., row:rows:2, column:columns:2, :] for row in (0, 1) for column in (0, 1)]
        levels.append(np.float32(0.25) * sum(quarters[1:], quarters[0]))
    return tuple(np.ascontiguousarray(level) for level in levels)


def _version() -> str:
    sha = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        sha.update(source.read_bytes())
    return sha.hexdigest()[:16]
