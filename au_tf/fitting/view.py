"""The camera of an aligned picture, and where a face is in it.

Alignment turns, scales and shifts a photo. Such a picture is what a camera takes that has been rolled about its axis
by the same turn, with another focal length and principal point; so a pose in the aligned picture is one in the photo.

A network is better asked for the place of the face in the picture and its turn about the line of sight to it than for
rotation and translation: how a face looks depends on the former alone, up to perspective, which `View` tells.
"""

from dataclasses import replace
from typing import Any, NamedTuple, Self

import numpy as np
import tensorflow as tf
from scipy.spatial.transform import Rotation

from au_tf.arrays import Float, Float32
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.geometry.camera import rotation_matrix
from au_tf.morphable import Coefficients
from au_tf.rendering import Camera
from au_tf.rendering.lighting import sh_basis

_MIDDLE = (ALIGNED_SIZE - 1) / 2


class View(NamedTuple):
    """The cameras of aligned pictures."""

    focal: Float32
    """float32[B], focal length in pixels of the aligned picture."""
    centre: Float32
    """float32[B, 2], principal point (column, row) there; seldom inside the picture."""

    @classmethod
    def of(cls, camera: Camera, matrices: Float) -> Self:
        """What a photo's camera is in the aligned picture.

        Args:
          camera: that took the photo.
          matrices: float[B, 2, 3], from pixels of the photo to those of the aligned picture, no mirror.
        """
        count = len(matrices)
        own = cls(np.full(count, camera.focal, np.float32), np.full((count, 2), camera.centre, np.float32))
        return own.through(matrices)

    def through(self, matrices: Float) -> Self:
        """The cameras of the pictures that matrices float[B, 2, 3] make of these cameras' pictures."""
        matrices = np.asarray(matrices, np.float64)
        scale = np.hypot(matrices[:, 0, 0], matrices[:, 1, 0])
        centre = np.einsum("bij,bj->bi", matrices[:, :, :2], self.centre) + matrices[:, :, 2]
        return type(self)((self.focal * scale).astype(np.float32), centre.astype(np.float32))

    def features(self) -> tf.Tensor:
        """float32[B, 3]: how strong the perspective is, and how far off the axis the face stands, each of size 1."""
        off_axis = (_MIDDLE - self.centre) / self.focal[:, None]
        return tf.concat([500.0 / self.focal[:, None], 4.0 * off_axis], -1)


class Place(NamedTuple):
    """Where a face is in an aligned picture: where its origin is seen, how large, and its turn to the line of sight."""

    turn: Any
    """float32[B, 3], axis-angle in radians, model to a camera that looks straight at the origin."""
    shift: Any
    """float32[B, 2], (column, row) of the origin from the middle of the picture, pixels."""
    size: Any
    """float32[B], logarithm of the pixels a millimetre there."""


def place_of(rotation: Float32, translation: Float32, origin: Float32, view: View) -> Place:
    """Where a posed face is seen.

    Args:
      rotation: float[B, 3], axis-angle in radians, model to camera.
      translation: float[B, 3], mm.
      origin: float[3], the point of the model that stands for it, mm.
      view: the cameras.
    """
    turn = Rotation.from_rotvec(np.asarray(rotation, np.float64))
    point = turn.apply(np.asarray(origin, np.float64)) + translation
    scale = view.focal / -point[:, 2]
    shift = view.centre + scale[:, None] * point[:, :2] * (1.0, -1.0) - _MIDDLE
    sight = Rotation.from_matrix(_line_of_sight(tf.constant(point, tf.float32)).numpy())
    fields = (sight.inv() * turn).as_rotvec(), shift, np.log(scale)
    return Place(*(np.asarray(f, np.float32) for f in fields))


def pose_of(place: Place, origin: Any, view: View) -> tuple[tf.Tensor, tf.Tensor]:
    """The inverse of `place_of`, differentiable: rotation matrices float32[B, 3, 3] and translation float32[B, 3]."""
    focal, centre = tf.convert_to_tensor(view.focal), tf.convert_to_tensor(view.centre)
    scale = tf.exp(place.size)[:, tf.newaxis]
    off_axis = (place.shift + _MIDDLE - centre) / scale
    point = tf.concat([off_axis * (1.0, -1.0), -focal[:, tf.newaxis] / scale], -1)
    turn = tf.linalg.matmul(_line_of_sight(point), rotation_matrix(place.turn))
    return turn, point - tf.linalg.matvec(turn, tf.convert_to_tensor(origin, tf.float32))


def _line_of_sight(point: tf.Tensor) -> tf.Tensor:
    """float32[B, 3, 3], the least rotation that takes the camera's axis to the direction of a point before it."""
    x, y, z = tf.unstack(tf.math.l2_normalize(point, -1), axis=-1)
    # Rodrigues for the axis (0, 0, -1) x (x, y, z) = (y, -x, 0).
    by = 1.0 / (1.0 - z)
    rows = [[1.0 - by * x * x, -by * x * y, -x], [-by * x * y, 1.0 - by * y * y, -y], [x, y, -z]]
    return tf.stack([tf.stack(row, -1) for row in rows], -2)


def roll_of(matrices: Float) -> Rotation:
    """B rotations about the axis, from the camera of each aligned picture to that of its photo.

    Args:
      matrices: float[B, 2, 3], from pixels of the photo to those of the aligned picture.
    """
    # Rows grow downward, so a turn of the picture is the opposite turn of the space.
    angle = np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0])
    return Rotation.from_rotvec(np.stack([0.0 * angle, 0.0 * angle, angle], -1))


def turn_lighting(lighting: Float32, turn: Rotation) -> Float32:
    """Lighting float32[B, 9, 3] of a world that has been turned, by B rotations."""
    normals = np.random.default_rng(9).standard_normal((32, 3))
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    before = np.einsum("bji,nj->bni", turn.as_matrix(), normals)
    inverse = np.linalg.pinv(sh_basis(normals).numpy())
    return np.asarray(inverse @ sh_basis(before).numpy() @ lighting, np.float32)


def turn_about_camera(coefficients: Coefficients, turn: Rotation) -> Coefficients:
    """B faces and their light, turned about the camera by B rotations."""
    return replace(
        coefficients,
        rotation=(turn * Rotation.from_rotvec(coefficients.rotation)).as_rotvec().astype(np.float32),
        translation=turn.apply(coefficients.translation).astype(np.float32),
        lighting=turn_lighting(coefficients.lighting, turn),
    )
