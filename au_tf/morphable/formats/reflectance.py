"""Albedo as face models store it, in the numbers of a picture, to the linear light that rendering computes with."""

import numpy as np

from au_tf.arrays import Array, Float32


def linear_albedo(mean: Array, basis: Array, white: float) -> tuple[Float32, Float32]:
    """Decodes a linear model of sRGB colours (IEC 61966-2-1) into one of linear RGB.

    The mean goes through the transfer function f, the basis through its slope at the mean: to first order
    f(mean + basis x) = f(mean) + f'(mean) basis x.

    Args:
      mean: float32[V, 3], sRGB from 0 to `white`.
      basis: float32[A, V, 3], the same a standard deviation.
      white: what full red, green or blue is, 1 or 255.

    Returns:
      float32[V, 3] and float32[A, V, 3], linear RGB.
    """
    encoded = np.asarray(mean, np.float64) / white
    curved = encoded > 0.04045
    base = (np.where(curved, encoded, 1.0) + 0.055) / 1.055
    with np.errstate(all="ignore"):
        linear = np.where(curved, base**2.4, encoded / 12.92)
        slope = np.where(curved, 2.4 / 1.055 * base**1.4, 1.0 / 12.92) / white
        return linear.astype(np.float32), basis * slope.astype(np.float32)
