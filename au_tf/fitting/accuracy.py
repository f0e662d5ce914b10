"""How far what was found of faces is from what is true."""

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import ArrayLike, Float64


def aligned_distance(found: ArrayLike, true: ArrayLike, scaled: bool = False) -> Float64:
    """Mean distance of corresponding points after the motion that brings them closest (Kabsch 1976, Umeyama 1991).

    Args:
      found: float[..., P, 3], mm.
      true: float[..., P, 3], mm.
      scaled: whether the motion may scale: one picture hardly tells how large somebody is.

    Returns:
      float64[...], mm; turned and shifted, never mirrored.
    """
    a, b = (np.asarray(points, np.float64) for points in (found, true))
    a, b = a - a.mean(-2, keepdims=True), b - b.mean(-2, keepdims=True)
    left, sizes, right = np.linalg.svd(np.swapaxes(a, -1, -2) @ b)
    # A mirror would fit some faces better, but is no motion.
    sign = np.sign(np.linalg.det(left @ right))
    left[..., -1] *= sign[..., np.newaxis]
    sizes[..., -1] *= sign
    if scaled:
        a = a * (sizes.sum(-1) / np.square(a).sum((-2, -1)))[..., np.newaxis, np.newaxis]
    return np.asarray(np.linalg.norm(a @ (left @ right) - b, axis=-1).mean(-1), np.float64)


def turn_between(found: ArrayLike, true: ArrayLike) -> Float64:
    """Angle in degrees, float64[N], between rotations given as axis-angle float[N, 3] in radians."""
    turns = [Rotation.from_rotvec(np.asarray(rotation, np.float64)) for rotation in (found, true)]
    return np.degrees((turns[0] * turns[1].inv()).magnitude())


def weighted_correlation(found: ArrayLike, true: ArrayLike, motion: ArrayLike) -> float:
    """Pearson's correlation of each coefficient, mean weighted by the variance with which it moves the mesh.

    Args:
      found: float[N, C].
      true: float[N, C].
      motion: float[C], motion of the mesh by one unit of each coefficient.

    Returns:
      A number from -1 to 1; a coefficient that is found to be constant counts as not correlated.
    """
    a, b = (np.asarray(values, np.float64) for values in (found, true))
    a, b = a - a.mean(0), b - b.mean(0)
    spread = np.sqrt((a**2).mean(0) * (b**2).mean(0))
    correlation = np.divide((a * b).mean(0), spread, out=np.zeros_like(spread), where=spread > 1e-12)
    weight = np.square(motion) * (b**2).mean(0)
    return float(correlation @ weight / weight.sum())
