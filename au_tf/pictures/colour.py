"""Between sRGB pictures at the boundary and the linear light that rendering computes with (IEC 61966-2-1)."""

from functools import cache

import numpy as np

from au_tf.arrays import ArrayLike, Float32, Pixels, UInt8


def to_linear(image: ArrayLike) -> Float32:
    """Decodes sRGB to linear RGB.

    Args:
      image: uint8[..., 3], or float[..., 3] in [0, 1].

    Returns:
      float32[..., 3] in [0, 1].
    """
    values = np.asarray(image)
    if values.dtype == np.uint8:
        return linear_levels()[values]
    srgb = np.clip(values, 0.0, 1.0)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(linear: ArrayLike) -> Float32:
    """Encodes linear RGB float[..., 3] as sRGB float32[..., 3] in [0, 1], clipping what no screen can show."""
    values = np.clip(linear, 0.0, 1.0)
    return np.where(values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055).astype(np.float32)


def to_levels(linear: Float32) -> Pixels:
    """Encodes linear RGB float32[..., 3] as sRGB uint8[..., 3], clipping what no screen can show.

    By a table: next to the border between two levels, to 1/65535, it may be either of them.
    """
    return srgb_levels()[(np.clip(linear, 0.0, 1.0) * np.float32(65535.0) + np.float32(0.5)).astype(np.int32)]


@cache
def linear_levels() -> Float32:
    """Linear light float32[256] of each level of sRGB."""
    return to_linear(np.arange(256) / 255.0)


@cache
def srgb_levels() -> UInt8:
    """Level of sRGB uint8[65536] of linear light in steps of 1/65535."""
    return np.rint(255.0 * to_srgb(np.linspace(0.0, 1.0, 65536))).astype(np.uint8)
