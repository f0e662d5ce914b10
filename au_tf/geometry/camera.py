"""The pinhole camera: it stands at the origin, looks along -z, with +y up and +x to the right."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf
from tensorflow_graphics.geometry.transformation import rotation_matrix_3d
from tensorflow_graphics.rendering.camera import perspective

PORTRAIT_FOCAL = 2.2
"""Focal length over the longer side of a photo whose lens is unknown: an 80 mm lens on 36 mm film."""

_NEAREST = 1e-3
"""Depth in mm at which whatever is nearer, or behind the camera, is projected."""


@dataclass(frozen=True)
class Camera:
    """Intrinsics of a pinhole camera with square pixels; pixel (row i, column j) has its centre at exactly (i, j)."""

    focal: float
    """Focal length in pixels."""
    centre: tuple[float, float]
    """Principal point (column, row) in pixels."""
    height: int
    """Rows of the picture."""
    width: int
    """Columns of the picture."""

    @classmethod
    def default(cls, height: int, width: int) -> "Camera":
        """The camera assumed for a photo whose lens is unknown: a portrait lens, centred."""
        return cls(PORTRAIT_FOCAL * max(height, width), ((width - 1) / 2, (height - 1) / 2), height, width)

    def scaled(self, factor: int) -> "Camera":
        """The same view with `factor` times the pixels a side: pixel j is split into columns factor*j + 0..factor-1."""
        column, row = (factor * c + (factor - 1) / 2 for c in self.centre)
        return Camera(self.focal * factor, (column, row), self.height * factor, self.width * factor)


def rotation_matrix(rotation: Any) -> tf.Tensor:
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


def to_camera(vertices: Any, rotation: Any, translation: Any) -> tf.Tensor:
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


def project(vertices: Any, camera: Camera) -> tf.Tensor:
    """Projects points of the camera's space onto the picture.

    Args:
      vertices: float32[..., V, 3], mm.
      camera: the camera.

    Returns:
      float32[..., V, 3]: column in pixels, row in pixels (growing downward), depth in mm. Points with a depth
      of 0 or less lie behind the camera; their column and row mean nothing, but they and their derivatives are finite.
    """
    vertices = tf.convert_to_tensor(vertices)
    x, y, z = tf.split(vertices, 3, -1)
    batch = [1] * (len(vertices.shape) - 1)
    focal = tf.reshape(tf.constant([camera.focal, camera.focal], vertices.dtype), [*batch, 2])
    centre = tf.reshape(tf.constant(camera.centre, vertices.dtype), [*batch, 2])
    # tensorflow-graphics looks along +z with y down.
    seen = tf.concat([x, -y, tf.maximum(-z, _NEAREST)], -1)
    return tf.concat([perspective.project(seen, focal, centre), -z], -1)
