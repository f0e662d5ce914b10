"""As `sampling`, on arrays: with OpenCV, several times as fast where pictures are small, and outside of graphs.

Pictures are float32[H, W] or float32[H, W, C], and what comes out has the same shape.
"""

from typing import Any

import cv2
import numpy as np

from au_tf.arrays import Float32, Int32
from au_tf.compositing.native import kernels as photo_kernels


def sample_bicubic(image: Float32, places: Float32) -> Float32:
    """Interpolates a picture float32[H, W, C] by Catmull-Rom splines at places float32[N, 2], (column, row).

    Beyond the border the edge is repeated; at whole places it returns the pixel itself.

    Returns:
      float32[N, C].
    """
    sampled = np.empty((len(places), image.shape[-1]), np.float32)
    photo_kernels.sample(image, np.ascontiguousarray(places, np.float32), sampled)
    return sampled


def blur(image: Any, sigma: float) -> Float32:
    """Gaussian blur; the border is repeated.

    Wide kernels work on a coarser grid, whose cells are a third of `sigma` wide.
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
    blurred = cv2.sepFilter2D(image, cv2.CV_32F, taps, taps, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32).reshape(image.shape)


def largest(field: Any, reach: int) -> Float32:
    """The largest value in the square of 2 `reach` + 1 pixels a side about each pixel."""
    field, side = np.ascontiguousarray(field, np.float32), 2 * reach + 1
    return np.asarray(cv2.dilate(field, np.ones((side, side), np.uint8)), np.float32).reshape(field.shape)


def fill(values: Any, weight: Any) -> Float32:
    """Extends a field smoothly to where its weight is 0 (push-pull: Gortler et al. 1996).

    Args:
      values: float32[H, W, C].
      weight: float32[H, W] in [0, 1], how far each value is known.

    Returns:
      float32[H, W, C], equal to `values` where the weight is 1; 0 if nothing is known.
    """
    weight = np.asarray(weight, np.float32)
    # Planes, the last of which is the weight: what has a short last axis is slow.
    planes = np.moveaxis(np.asarray(values, np.float32), -1, 0) * weight
    levels = [np.concatenate([planes, weight[np.newaxis]])]
    while max(levels[-1].shape[1:]) > 1:
        height, width = levels[-1].shape[1:]
        levels.append(np.empty((len(levels[0]), (height + 1) // 2, (width + 1) // 2), np.float32))
        photo_kernels.push(levels[-2], levels[-1])
    coarse = levels.pop()
    coarse[:-1] /= coarse[-1] if coarse[-1] > 0.0 else 1.0
    for fine in reversed(levels):
        photo_kernels.pull(coarse, fine)
        coarse = fine
    return np.moveaxis(coarse[:-1], 0, -1)


def ramp(low: float, high: float, value: Any) -> Any:
    """0 below `low`, 1 above `high`, a smooth step between."""
    u = np.clip((value - low) / (high - low), 0.0, 1.0)
    return u * u * (3.0 - 2.0 * u)


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
