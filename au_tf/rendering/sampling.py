"""Reading pictures at fractional places, and filling fields where they are unknown."""

from typing import Any

import tensorflow as tf


def sample_bicubic(image: Any, places: Any) -> tf.Tensor:
    """Interpolates a picture by Catmull-Rom splines; at whole places it returns the pixel itself.

    Args:
      image: float32[H, W, C].
      places: float32[..., 2], (column, row); beyond the border the edge is repeated.

    Returns:
      float32[..., C].
    """
    image, places = tf.convert_to_tensor(image, tf.float32), tf.convert_to_tensor(places, tf.float32)
    height, width = tf.shape(image)[0], tf.shape(image)[1]
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


def _catmull_rom(t: tf.Tensor) -> list[tf.Tensor]:
    """Weights of the four neighbours at a fraction t in [0, 1) between the middle two."""
    t2, t3 = t * t, t * t * t
    return [
        0.5 * (-t3 + 2.0 * t2 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (-3.0 * t3 + 4.0 * t2 + t),
        0.5 * (t3 - t2),
    ]


def sample_nearest(image: Any, places: Any) -> tf.Tensor:
    """The pixel float32[..., C] nearest to places float32[..., 2], (column, row), of a picture float32[H, W, C]."""
    image = tf.convert_to_tensor(image)
    height, width = tf.shape(image)[0], tf.shape(image)[1]
    whole = tf.cast(tf.round(places), tf.int32)
    column, row = tf.clip_by_value(whole[..., 0], 0, width - 1), tf.clip_by_value(whole[..., 1], 0, height - 1)
    return tf.gather(tf.reshape(image, [height * width, -1]), row * width + column)


def blur(image: Any, sigma: float) -> tf.Tensor:
    """Gaussian blur of float32[H, W, C]; the border is repeated.

    Wide kernels work on a coarser grid, whose cells are a third of `sigma` wide.
    """
    image = tf.convert_to_tensor(image, tf.float32)
    coarser = int(sigma // 3.0)
    if coarser > 1:
        height, width = image.shape[:2]
        small = tf.image.resize(image, (-(-height // coarser), -(-width // coarser)), "area")
        return tf.image.resize(blur(small, sigma / coarser), (height, width))
    radius = max(1, round(3.0 * sigma))
    taps = tf.exp(-0.5 * (tf.range(-radius, radius + 1, dtype=tf.float32) / sigma) ** 2)
    taps /= tf.reduce_sum(taps)
    for axis in (0, 1):
        index = tf.clip_by_value(tf.range(-radius, tf.shape(image)[axis] + radius), 0, tf.shape(image)[axis] - 1)
        wide = tf.gather(image, index, axis=axis)
        kernel = tf.reshape(taps, [-1, 1, 1, 1] if axis == 0 else [1, -1, 1, 1])
        planes = tf.transpose(wide, [2, 0, 1])[..., tf.newaxis]
        image = tf.transpose(tf.nn.conv2d(planes, kernel, 1, "VALID")[..., 0], [1, 2, 0])
    return image


def fill(values: Any, weight: Any) -> tf.Tensor:
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


def ramp(low: float, high: float, value: Any) -> tf.Tensor:
    """0 below `low`, 1 above `high`, a smooth step between."""
    u = tf.clip_by_value((value - low) / (high - low), 0.0, 1.0)
    return u * u * (3.0 - 2.0 * u)
