"""The light that falls on a surface, on arrays."""

from functools import cache

import numpy as np

from au_tf.arrays import ArrayLike, Float32, Float64
from au_tf.rendering.lighting import polynomials


def irradiance(normals: Float32, lighting: ArrayLike) -> Float32:
    """Light received by surfaces: Y(n) . gamma, which times the albedo is the colour.

    Args:
      normals: float32[..., N, 3], of length 1, in the camera's space.
      lighting: float32[..., 9, 3], coefficients a channel.

    Returns:
      float32[..., N, 3], linear; not clipped, so a lamp's far side can dip below 0 by the truncation at degree 2.
    """
    basis = np.stack(polynomials(*np.moveaxis(np.asarray(normals, np.float32), -1, 0)), -1)
    return (basis @ np.asarray(lighting, np.float32)).astype(np.float32)


@cache
def light_polynomial() -> Float64:
    """float64[10, 9] that makes of lighting the factors of 1, x, y, z, xx, yy, zz, xy, yz, zx in the irradiance.

    The basis functions are polynomials of degree 2, so ten points that determine one determine them.
    """
    axes = np.eye(3)
    points = np.concatenate([np.zeros((1, 3)), axes, -axes, axes + np.roll(axes, 1, 1)])
    x, y, z = points.T
    monomials = np.stack([np.ones(10), x, y, z, x * x, y * y, z * z, x * y, y * z, z * x], -1)
    return np.linalg.solve(monomials, np.stack(polynomials(x, y, z), -1))
