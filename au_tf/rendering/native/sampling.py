"""Reading pictures at fractional places, and filling fields where they are unknown, on arrays.

`blur` and `dilate` take float32[H, W] as well as float32[H, W, C], and return the same.
"""

import cv2
import numpy as np

from au_tf.arrays import ArrayLike, Bool, Float32, Int32
from au_tf.rendering.native.compiling import compiled, compiled_within

_ZERO, _ONE, _HALF, _QUARTER = np.float32(0.0), np.float32(1.0), np.float32(0.5), np.float32(0.25)


def sample_bicubic(image: Float32, places: Float32) -> Float32:
    """Interpolates a picture by Catmull-Rom splines; at whole places it returns the pixel itself.

    Args:
      image: float32[H, W, C].
      places: float32[..., 2], (column, row); beyond the border the edge is repeated.

    Returns:
      float32[..., C].
    """
    rows = np.ascontiguousarray(places, np.float32).reshape(-1, 2)
    sampled = np.empty((len(rows), image.shape[-1]), np.float32)
    _sample(image, rows, sampled)
    return sampled.reshape(*np.shape(places)[:-1], image.shape[-1])


def blur(image: ArrayLike, sigma: float) -> Float32:
    """Gaussian blur; the border is repeated.

    Wide kernels work on a coarser grid, whose cells are a third of `sigma` wide. Where a picture of one channel is 0
    farther about than the kernel reaches, nothing is computed.
    """
    image = np.ascontiguousarray(image, np.float32)
    coarser = int(sigma // 3.0)
    if coarser > 1:
        height, width = image.shape[:2]
        small = cv2.resize(image, (-(-width // coarser), -(-height // coarser)), interpolation=cv2.INTER_AREA)
        wide = cv2.resize(blur(small, sigma / coarser), (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(wide, np.float32).reshape(image.shape)
    radius = max(1, round(3.0 * sigma))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    taps = (taps / taps.sum()).astype(np.float32)
    area = _reached(image, radius)
    part = cv2.sepFilter2D(image[area], cv2.CV_32F, taps, taps, borderType=cv2.BORDER_REPLICATE)
    if part.size == image.size:
        return np.asarray(part, np.float32).reshape(image.shape)
    blurred = np.zeros_like(image)
    blurred[area] = part.reshape(blurred[area].shape)
    return blurred


def _reached(image: Float32, reach: int) -> tuple[slice, slice]:
    """Rows and columns within reach of what is not 0 in a picture of one channel; all of another."""
    height, width = image.shape[:2]
    if image.size != height * width:
        return slice(0, height), slice(0, width)
    left, top, across, down = cv2.boundingRect((image.reshape(height, width) != 0.0).view(np.uint8))
    rows, columns = slice(max(top - reach, 0), top + down + reach), slice(max(left - reach, 0), left + across + reach)
    return rows, columns


def dilate(field: ArrayLike, reach: int) -> Float32:
    """The largest value in the square of 2 `reach` + 1 pixels a side about each pixel."""
    field, side = np.ascontiguousarray(field, np.float32), 2 * reach + 1
    return np.asarray(cv2.dilate(field, np.ones((side, side), np.uint8)), np.float32).reshape(field.shape)


def touching(area: Bool, seed: Bool, reach: int) -> Bool:
    """The connected pieces of an area bool[H, W] that come within so many pixels of a seed bool[H, W]."""
    _, labels = cv2.connectedComponents(area.astype(np.uint8))
    return np.isin(labels, np.unique(labels[area & (dilate(seed, reach) > 0.0)]))


def fill(values: ArrayLike, weight: ArrayLike) -> Float32:
    """Extends a field smoothly to where its weight is 0 (push-pull: Gortler et al. 1996).

    Args:
      values: float32[H, W, C].
      weight: float32[H, W, 1] in [0, 1], how far each value is known.

    Returns:
      float32[H, W, C], equal to `values` where the weight is 1; 0 if nothing is known.
    """
    planes = np.moveaxis(np.asarray(values, np.float32), -1, 0)
    return np.moveaxis(fill_planes(planes, np.asarray(weight, np.float32)[..., 0]), 0, -1)


def fill_planes(values: Float32, weight: Float32) -> Float32:
    """As `fill`, of float32[C, H, W] and float32[H, W]: what has a short last axis is slow."""
    # The last plane is the weight.
    levels = [np.empty((len(values) + 1, *weight.shape), np.float32)]
    np.multiply(values, weight, out=levels[0][:-1])
    levels[0][-1] = weight
    while max(levels[-1].shape[1:]) > 1:
        height, width = levels[-1].shape[1:]
        levels.append(np.empty((len(levels[0]), (height + 1) // 2, (width + 1) // 2), np.float32))
        _push(levels[-2], levels[-1])
    coarse = levels.pop()
    coarse[:-1] /= coarse[-1] if coarse[-1] > 0.0 else 1.0
    for fine in reversed(levels):
        _pull(coarse, fine)
        coarse = fine
    return coarse[:-1]


def smoothstep(low: float, high: float, value: Float32) -> Float32:
    """0 below `low`, 1 above `high`, a smooth step between."""
    u = (value - low) / (high - low)
    u = np.clip(u, 0.0, 1.0, out=u) if isinstance(u, np.ndarray) else np.clip(u, 0.0, 1.0)
    square = u * u
    u *= -2.0
    u += 3.0
    return square * u


def taps(size: int, pixels: int) -> tuple[Int32, Float32]:
    """How `tf.image.resize` makes so many pixels of a row of `size`: by area if they are fewer, else bilinearly.

    Returns:
      int32[pixels], the first that each takes; float32[pixels, K], weights of it and the next ones.
    """
    method = cv2.INTER_AREA if size > pixels else cv2.INTER_LINEAR
    matrix = np.asarray(cv2.resize(np.eye(size, dtype=np.float32), (size, pixels), interpolation=method), np.float32)
    used = matrix != 0.0
    first = used.argmax(1)
    count = int((size - used[:, ::-1].argmax(1) - first).max())
    first = np.minimum(first, size - count)
    return first.astype(np.int32), np.take_along_axis(matrix, first[:, np.newaxis] + np.arange(count), 1)


@compiled_within
def catmull_rom(t: np.float32, weights: Float32) -> None:
    """Weights of the four neighbours at a fraction t in [0, 1) between the middle two, written."""
    t2, t3 = t * t, t * t * t
    weights[0] = _HALF * (np.float32(2.0) * t2 - t3 - t)
    weights[1] = _HALF * (np.float32(3.0) * t3 - np.float32(5.0) * t2 + np.float32(2.0))
    weights[2] = _HALF * (np.float32(4.0) * t2 - np.float32(3.0) * t3 + t)
    weights[3] = _HALF * (t3 - t2)


@compiled
def _sample(image: Float32, places: Float32, sampled: Float32) -> None:
    """Interpolates a picture by Catmull-Rom splines; beyond the border the edge is repeated.

    Args:
      image: float32[H, W, C].
      places: float32[N, 2], (column, row).
      sampled: float32[N, C], written.
    """
    height, width, channels = image.shape
    across, down = np.empty(4, np.float32), np.empty(4, np.float32)
    sampled[:] = _ZERO
    for n in range(len(places)):
        left, top = np.floor(places[n, 0]), np.floor(places[n, 1])
        catmull_rom(places[n, 0] - left, across)
        catmull_rom(places[n, 1] - top, down)
        for j in range(4):
            y = min(max(int(top) + j - 1, 0), height - 1)
            for i in range(4):
                x = min(max(int(left) + i - 1, 0), width - 1)
                weight = down[j] * across[i]
                for c in range(channels):
                    sampled[n, c] += weight * image[y, x, c]


@compiled
def _push(fine: Float32, coarse: Float32) -> None:
    """Means of 2 x 2 pixels, those at an odd border of less; a coarse cell counts as known once a quarter of it is.

    Args:
      fine: float32[C + 1, H, W]: values times their weight, and the weight.
      coarse: float32[C + 1, (H + 1) // 2, (W + 1) // 2], written: the same.
    """
    channels, height, width = fine.shape
    for y in range(coarse.shape[1]):
        top, bottom = 2 * y, min(2 * y + 1, height - 1)
        for x in range(coarse.shape[2]):
            left, right = 2 * x, min(2 * x + 1, width - 1)
            for c in range(channels):
                upper, lower = fine[c, top, left] + fine[c, top, right], fine[c, bottom, left] + fine[c, bottom, right]
                coarse[c, y, x] = _QUARTER * (upper + lower)
            grow = _ONE / max(coarse[channels - 1, y, x], _QUARTER)
            for c in range(channels):
                coarse[c, y, x] *= grow


@compiled
def _pull(coarse: Float32, fine: Float32) -> None:
    """Completes values, as far as they are unknown, with coarser ones, between whose pixels it interpolates linearly.

    Args:
      coarse: float32[C + 1, h, w], of which the last plane is not used.
      fine: float32[C + 1, H, W], as `_push` takes it; but for the last plane, written: the values.
    """
    channels, height, width = fine.shape
    rows, columns = coarse.shape[1], coarse.shape[2]
    lefts, acrosses = np.empty(width, np.int32), np.empty(width, np.float32)
    for x in range(width):
        u = (np.float32(x) + _HALF) * np.float32(columns) / np.float32(width) - _HALF
        lefts[x] = int(np.floor(u))
        acrosses[x] = u - np.float32(lefts[x])
    for y in range(height):
        v = (np.float32(y) + _HALF) * np.float32(rows) / np.float32(height) - _HALF
        top = int(np.floor(v))
        down = v - np.float32(top)
        top, bottom = max(top, 0), min(top + 1, rows - 1)
        for x in range(width):
            rest = _ONE - fine[channels - 1, y, x]
            if rest == _ZERO:
                continue
            left, across = lefts[x], acrosses[x]
            left, right = max(left, 0), min(left + 1, columns - 1)
            for c in range(channels - 1):
                upper = coarse[c, top, left] + across * (coarse[c, top, right] - coarse[c, top, left])
                lower = coarse[c, bottom, left] + across * (coarse[c, bottom, right] - coarse[c, bottom, left])
                fine[c, y, x] += rest * (upper + down * (lower - upper))
