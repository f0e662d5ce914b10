"""Poses and the pinhole camera in TensorFlow, with derivatives: `geometry.pose` and `geometry.camera` for graphs."""

import tensorflow as tf
from tensorflow_graphics.geometry.transformation import rotation_matrix_3d
from tensorflow_graphics.rendering.camera import perspective

from au_tf.arrays import ArrayLike, Tensor
from au_tf.geometry.camera import NEAREST, Camera


def rotation_matrix(rotation: Tensor | ArrayLike) -> tf.Tensor:
    """Rotation matrices from axis-angle vectors (Rodrigues), with finite derivatives at zero.

    Args:
      rotation: float32[..., 3], axis times angle in radians.

    Returns:
      float32[..., 3, 3].
    """
    rotation = tf.convert_to_tensor(rotation)
    # The square root has no derivative at 0; 1e-12 changes no rotation that float32 can tell from none.
    angle = tf.sqrt(tf.reduce_sum(rotation**2, -1, keepdims=True) + 1e-12)
    return rotation_matrix_3d.from_axis_angle(rotation / angle, angle)


def to_camera(vertices: Tensor | ArrayLike, rotation: Tensor | ArrayLike, translation: Tensor | ArrayLike) -> tf.Tensor:
    """Moves vertices from the model's space into the camera's: R v + t.

    Args:
      vertices: float32[..., V, 3], mm.
      rotation: float32[..., 3], axis-angle in radians.
      translation: float32[..., 3], mm.

    Returns:
      float32[..., V, 3], mm; what the camera sees has z < 0.
    """
    rotated = tf.linalg.matmul(vertices, rotation_matrix(rotation), transpose_b=True)
    return rotated + tf.convert_to_tensor(translation)[..., tf.newaxis, :]


def project(vertices: Tensor | ArrayLike, camera: Camera, nearest: float = NEAREST) -> tf.Tensor:
    """Projects points of the camera's space onto the picture, as `Camera.project`, with derivatives.

    Args:
      vertices: float32[..., V, 3], mm; of a batch of cameras float32[B, V, 3].
      camera: one or B, of numbers or of tensors.
      nearest: depth in mm from which on whatever is nearer is projected.

    Returns:
      float32[..., V, 3]: column in pixels, row in pixels (growing downward), depth in mm. Points with a depth
      of 0 or less lie behind the camera; their column and row mean nothing, but they and their derivatives are finite.
    """
    vertices = tf.convert_to_tensor(vertices)
    x, y, z = tf.split(vertices, 3, -1)
    focal, centre, roll = (tf.cast(part, vertices.dtype) for part in (camera.focal, camera.centre, camera.roll))
    pairs = tf.stack([focal, focal], -1), centre
    lens = [_spread(part, len(vertices.shape) - len(part.shape), 1) for part in pairs]
    roll = _spread(roll, len(vertices.shape) - len(roll.shape), 0)
    cosine, sine = tf.cos(roll), tf.sin(roll)
    # tensorflow-graphics looks along +z with y down.
    seen = tf.concat([cosine * x + sine * y, sine * x - cosine * y, tf.maximum(-z, nearest)], -1)
    return tf.concat([perspective.project(seen, *lens), -z], -1)


def _spread(part: tf.Tensor, axes: int, last: int) -> tf.Tensor:
    """With so many axes of length 1 before the last ones."""
    shape, place = tf.shape(part), len(part.shape) - last
    return tf.reshape(part, tf.concat([shape[:place], tf.ones(axes, tf.int32), shape[place:]], 0))
