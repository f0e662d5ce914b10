"""As `native.lighting`, in TensorFlow ops."""

import tensorflow as tf

from au_tf.arrays import ArrayLike, Tensor
from au_tf.rendering.lighting import polynomials


def sh_basis(normals: ArrayLike | Tensor) -> Tensor:
    """The nine basis functions Y of Deep3D at unit normals.

    They are polynomials, so they have derivatives at the poles too, unlike the same functions in polar angles.

    Args:
      normals: float32[..., 3], of length 1.

    Returns:
      float32[..., 9], in the order (degree, order) = (0,0), (1,-1), (1,0), (1,1), (2,-2) ... (2,2).
    """
    return tf.stack(polynomials(*tf.unstack(tf.convert_to_tensor(normals), axis=-1)), -1)


def irradiance(normals: ArrayLike | Tensor, lighting: ArrayLike | Tensor) -> Tensor:
    """Light received by surfaces: Y(n) . gamma, which times the albedo is the colour.

    Args:
      normals: float32[..., N, 3], of length 1, in the camera's space.
      lighting: float32[..., 9, 3], coefficients a channel.

    Returns:
      float32[..., N, 3], linear; not clipped, so a lamp's far side can dip below 0 by the truncation at degree 2.
    """
    basis = tf.stack(polynomials(*tf.unstack(tf.convert_to_tensor(normals), axis=-1)), -2)
    return tf.linalg.matmul(basis, lighting, transpose_a=True)
