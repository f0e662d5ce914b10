"""Reading pictures at fractional places, and filling fields where they are unknown, in TensorFlow ops."""

from functools import lru_cache

import numpy as np
import tensorflow as tf

from au_tf.arrays import ArrayLike, Float32, Tensor


def sample_bicubic(image: ArrayLike | Tensor, places: ArrayLike | Tensor) -> Tensor:
    """Interpolates a picture by Catmull-Rom splines; at whole places it returns the pixel itself.

    Args:
      image: float32[H, W, C].
      places: float32[..., 2], (column, row); beyond the border the edge is repeated.

    Returns:
      float32[..., C].
    """
    image, places = tf.convert_to_tensor(image, tf.float32), tf.convert_to_tensor(places, tf.float32)
    height, width = _side(image, 0), _side(image, 1)
    flat = tf.reshape(image, [height * width, tf.shape(image)[2]])
    whole = tf.floor(places)
    weights = _catmull_rom(places - whole)
    base = tf.cast(whole, tf.int32)
    total = tf.zeros_like(tf.gather(flat, tf.zeros_like(base[..., 0])))
    for j in range(4):
        row = tf.clip_by_value(base[..., 1] + (j - 1), 0, height - 1) * width
        for i in range(4):
            column = tf.clip_by_value(base[..., 0] + (i - 1), 0, width - 1)
            weight = weights[i][..., 0] * weights[j][..., 1]
            total += weight[..., tf.newaxis] * tf.gather(flat, row + column)
    return total


def sample_bilinear(image: ArrayLike | Tensor, places: ArrayLike | Tensor) -> Tensor:
    """As `sample_bicubic`, linearly between the four nearest pixels: softer, and four times as fast."""
    image, places = tf.convert_to_tensor(image, tf.float32), tf.convert_to_tensor(places, tf.float32)
    height, width = _side(image, 0), _side(image, 1)
    flat = tf.reshape(image, [height * width, image.shape[2]])
    whole = tf.floor(places)
    column, row = (tf.cast(whole[..., k], tf.int32) for k in (0, 1))
    across, down = (places[..., k : k + 1] - whole[..., k : k + 1] for k in (0, 1))
    columns = [tf.clip_by_value(column + k, 0, width - 1) for k in (0, 1)]
    rows = [tf.clip_by_value(row + k, 0, height - 1) * width for k in (0, 1)]
    upper, lower = (
        tf.gather(flat, each + columns[0]) * (1.0 - across) + tf.gather(flat, each + columns[1]) * across
        for each in rows
    )
    return upper * (1.0 - down) + lower * down


def _catmull_rom(t: Tensor) -> list[Tensor]:
    """Weights of the four neighbours at a fraction t in [0, 1) between the middle two."""
    t2, t3 = t * t, t * t * t
    return [
        0.5 * (-t3 + 2.0 * t2 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (-3.0 * t3 + 4.0 * t2 + t),
        0.5 * (t3 - t2),
    ]


def sample_nearest(image: ArrayLike | Tensor, places: ArrayLike | Tensor) -> Tensor:
    """The pixel float32[..., C] nearest to places float32[..., 2], (column, row), of a picture float32[H, W, C]."""
    image = tf.convert_to_tensor(image)
    height, width = _side(image, 0), _side(image, 1)
    whole = tf.cast(tf.round(places), tf.int32)
    column, row = tf.clip_by_value(whole[..., 0], 0, width - 1), tf.clip_by_value(whole[..., 1], 0, height - 1)
    return tf.gather(tf.reshape(image, [height * width, -1]), row * width + column)


def blur(image: ArrayLike | Tensor, sigma: float) -> Tensor:
    """Gaussian blur of float32[H, W, C] of static shape; the border is repeated.

    Wide kernels work on a coarser grid, whose cells are a third of `sigma` wide. All of it is linear along rows and
    along columns: two products with constant matrices, which take a fraction of the time of shifted sums.
    """
    image = tf.convert_to_tensor(image, tf.float32)
    height, width, channels = image.shape
    down, across = blurring(height, sigma), blurring(width, sigma)
    if channels == 1:
        return tf.linalg.matmul(tf.linalg.matmul(down, image[..., 0]), across, transpose_b=True)[..., tf.newaxis]
    rows = tf.reshape(tf.linalg.matmul(down, tf.reshape(image, [height, width * channels])), [height, width, channels])
    columns = tf.reshape(tf.transpose(rows, [1, 0, 2]), [width, height * channels])
    blurred = tf.reshape(tf.linalg.matmul(across, columns), [width, height, channels])
    return tf.transpose(blurred, [1, 0, 2])


@lru_cache(maxsize=256)
def blurring(size: int, sigma: float) -> Float32:
    """What blurs a row of so many pixels, float32[size, size]."""
    coarser = int(sigma // 3.0)
    if coarser > 1:
        few = -(-size // coarser)
        with tf.init_scope():
            every = np.eye(size, dtype=np.float32)[..., np.newaxis]
            small = tf.image.resize(every, (few, size), "area")[..., 0].numpy()
            wide = tf.image.resize(np.eye(few, dtype=np.float32)[..., np.newaxis], (size, few))[..., 0].numpy()
        return np.asarray(wide @ blurring(few, sigma / coarser) @ small, np.float32)
    radius = max(1, round(3.0 * sigma))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    places = np.clip(np.arange(size)[:, np.newaxis] + np.arange(-radius, radius + 1), 0, size - 1)
    found = np.zeros((size, size))
    np.add.at(found, (np.arange(size)[:, np.newaxis], places), taps / taps.sum())
    return found.astype(np.float32)


def _side(image: Tensor, axis: int) -> int | Tensor:
    """A number where it is known: it makes graphs several times smaller."""
    return image.shape[axis] or tf.shape(image)[axis]


def _part(image: Tensor, start: int, size: int | Tensor, axis: int) -> Tensor:
    return image[start : start + size] if axis == 0 else image[:, start : start + size]


def dilate(field: ArrayLike | Tensor, reach: int) -> Tensor:
    """The largest value of float32[H, W, C] in the square of 2 `reach` + 1 pixels a side about each pixel."""
    field = tf.convert_to_tensor(field)
    for axis in (0, 1):
        size, known = _side(field, axis), 1
        edge = [[reach, reach] if k == axis else [0, 0] for k in range(3)]
        field = tf.pad(field, edge, constant_values=field.dtype.min)
        # Windows grow by doubling.
        while known < 2 * reach + 1:
            step = min(known, 2 * reach + 1 - known)
            left = size + 2 * reach + 1 - known - step
            field = tf.maximum(_part(field, 0, left, axis), _part(field, step, left, axis))
            known += step
    return field


def fill(values: ArrayLike | Tensor, weight: ArrayLike | Tensor) -> Tensor:
    """Extends a field smoothly to where its weight is 0 (push-pull: Gortler et al. 1996).

    Args:
      values: float32[H, W, C].
      weight: float32[H, W, 1] in [0, 1], how far each value is known.

    Returns:
      float32[H, W, C], equal to `values` where the weight is 1; 0 if nothing is known.
    """
    values, weight = tf.convert_to_tensor(values, tf.float32), tf.convert_to_tensor(weight, tf.float32)
    levels = [(values * weight, weight)]
    while max(levels[-1][1].shape[:2]) > 1:
        sums = [tf.nn.avg_pool2d(part[tf.newaxis], 2, 2, "SAME")[0] for part in levels[-1]]
        # A coarse cell counts as known once a quarter of it is.
        grow = tf.minimum(4.0, tf.math.divide_no_nan(1.0, sums[1]))
        levels.append((sums[0] * grow, sums[1] * grow))
    known, weight = levels[-1]
    result = tf.math.divide_no_nan(known, weight)
    for known, weight in reversed(levels[:-1]):
        coarse = tf.image.resize(result, known.shape[:2])
        result = known + (1.0 - weight) * coarse
    return result


def smoothstep(low: float, high: float, value: Float32 | Tensor) -> Tensor:
    """0 below `low`, 1 above `high`, a smooth step between."""
    u = tf.clip_by_value((value - low) / (high - low), 0.0, 1.0)
    return u * u * (3.0 - 2.0 * u)
