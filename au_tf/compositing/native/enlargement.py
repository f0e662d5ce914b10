"""What was composed of a smaller copy of a photo, brought into the photo: fine detail stays the photo's own.

Each layer of the copy tells what it takes from the photo, from where and how bright. That is done again with the photo
itself; only what no photo shows is enlarged.
"""

from functools import partial

import numpy as np

from au_tf.arrays import Float32, Pixels, UInt8
from au_tf.compositing.native.composition import Composed
from au_tf.pictures.colour import linear_levels, srgb_levels
from au_tf.rendering.native.compiling import compiled
from au_tf.rendering.native.sampling import catmull_rom
from au_tf.rendering.native.threads import each

_ZERO, _ONE, _HALF, _LEVELS = np.float32(0.0), np.float32(1.0), np.float32(0.5), np.float32(65535.0)
_LAYER = 6
"""Columns of a layer: gain (3), weight, and move (2) times weight."""
_FIRST = 4
"""Columns before the layers: whether a pixel changes, and what is not from the photo (3)."""
_BAND = 256
"""Rows of the photo that are made in one go."""


def enlarge(made: Composed, photo: Pixels, picture: Pixels, step: int) -> None:
    """Writes the photo with what has changed.

    Args:
      made: of a copy [h, w] of the photo.
      photo: uint8[step h, step w, 3], sRGB.
      picture: uint8[step h, step w, 3], sRGB, written where it differs from the photo.
      step: pixels of the photo, a side, for one of the copy.
    """
    maps = _maps(made, (photo.shape[0] // step, photo.shape[1] // step))
    rows = np.flatnonzero(maps[..., 0].any(1))
    if len(rows):
        first, last = step * max(rows[0] - 1, 0), min(step * (rows[-1] + 2), len(photo))
        tables = linear_levels(), srgb_levels()
        draw = partial(_draw, maps, photo, np.float32(step), *tables, picture)
        each(lambda row: draw(row, min(row + _BAND, last)), range(first, last, _BAND))


def _maps(made: Composed, shape: tuple[int, int]) -> Float32:
    """What `_draw` needs, float32[h, w, 22]."""
    maps = np.zeros((shape[0] * shape[1], _FIRST + _LAYER * len(made.taken)), np.float32)
    rest = made.colour - sum(layer.gain * layer.photo for layer in made.taken)
    columns = [np.ones((len(rest), 1), np.float32), rest]
    for layer in made.taken:
        weight = layer.gain.mean(-1, keepdims=True)
        columns += [layer.gain, weight, weight * layer.move]
    maps[made.changed] = np.concatenate(columns, -1)
    return maps.reshape(*shape, -1)


@compiled
def _between(maps: Float32, x: np.float32, y: np.float32, values: Float32) -> None:
    """Values float32[C] of float32[h, w, C] at a place, interpolated linearly, written."""
    height, width, channels = maps.shape
    left, top = int(np.floor(x)), int(np.floor(y))
    across, down = x - np.float32(left), y - np.float32(top)
    values[:] = _ZERO
    for j in range(2):
        row = min(max(top + j, 0), height - 1)
        for i in range(2):
            column = min(max(left + i, 0), width - 1)
            if maps[row, column, 0] == _ZERO:
                continue
            weight = (across if i else _ONE - across) * (down if j else _ONE - down)
            for c in range(channels):
                values[c] += weight * maps[row, column, c]


@compiled
def _add_moved(photo: UInt8, linear: Float32, x: np.float32, y: np.float32, gain: Float32, colour: Float32) -> None:
    """Adds the photo's linear colour at a place, times gains float32[3], to a colour float32[3]."""
    height, width = photo.shape[0], photo.shape[1]
    across, down = np.empty(4, np.float32), np.empty(4, np.float32)
    left, top = np.floor(x), np.floor(y)
    catmull_rom(x - left, across)
    catmull_rom(y - top, down)
    for j in range(4):
        row = min(max(int(top) + j - 1, 0), height - 1)
        for i in range(4):
            column = min(max(int(left) + i - 1, 0), width - 1)
            weight = down[j] * across[i]
            for c in range(3):
                colour[c] += gain[c] * weight * linear[photo[row, column, c]]


@compiled
def _draw(
    maps: Float32,
    photo: UInt8,
    step: np.float32,
    linear: Float32,
    levels: UInt8,
    picture: UInt8,
    first: int,
    last: int,
) -> None:
    """Draws rows of a picture.

    Args:
      maps: float32[h, w, C], as `_maps` makes them.
      photo: uint8[H, W, 3], sRGB.
      step: pixels of the photo, a side, for one of the maps.
      linear: float32[256], linear light of levels.
      levels: uint8[65536], the reverse.
      picture: uint8[H, W, 3], written where the maps change it.
      first: row to begin with.
      last: row to end before.
    """
    values, colour = np.empty(maps.shape[2], np.float32), np.empty(3, np.float32)
    layers = (maps.shape[2] - _FIRST) // _LAYER
    for y in range(first, last):
        v = (np.float32(y) + _HALF) / step - _HALF
        for x in range(photo.shape[1]):
            _between(maps, (np.float32(x) + _HALF) / step - _HALF, v, values)
            if values[0] == _ZERO:
                continue
            colour[:] = values[1:_FIRST]
            for k in range(layers):
                layer = values[_FIRST + _LAYER * k : _FIRST + _LAYER * (k + 1)]
                if layer[3] > _ZERO:
                    across, down = step * layer[4] / layer[3], step * layer[5] / layer[3]
                    _add_moved(photo, linear, np.float32(x) + across, np.float32(y) + down, layer, colour)
            for c in range(3):
                # Beside what changes the photo stays by the rest of the weight.
                value = colour[c] + (_ONE - values[0]) * linear[photo[y, x, c]]
                picture[y, x, c] = levels[int(min(max(value, _ZERO), _ONE) * _LEVELS + _HALF)]
