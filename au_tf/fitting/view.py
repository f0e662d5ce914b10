"""The camera of an aligned picture, and where a face is in it.

Alignment turns, scales and shifts a photo. Such a picture is what a camera takes that has been rolled about its axis
by the same turn, with another focal length and principal point (`Camera.aligned`); so a pose in the aligned picture is
one in the photo.

A network is better asked for the place of the face in the picture and its turn about the line of sight to it than for
rotation and translation: how a face looks depends on the former alone, up to perspective, which `features` tell.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Float32, Float64, Tensor
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.geometry.camera import Camera
from au_tf.geometry.pose import Pose
from au_tf.morphable import Coefficients
from au_tf.rendering.lighting import polynomials

MIDDLE = (ALIGNED_SIZE - 1) / 2
"""Of an aligned picture, pixels."""


def features(camera: Camera) -> Float32:
    """What a network is told of the cameras of aligned pictures.

    Returns:
      float32[B, 3]: how strong the perspective is, and how far off the axis the face stands, each of size 1.
    """
    focal, centre = np.reshape(camera.focal, (-1, 1)), np.reshape(camera.centre, (-1, 2))
    return np.concatenate([500.0 / focal, 4.0 * (MIDDLE - centre) / focal], -1).astype(np.float32)


class Place(NamedTuple):
    """Where a face is in an aligned picture: where its origin is seen, how large, and its turn to the line of sight."""

    turn: Tensor | Float32
    """float32[B, 3], axis-angle in radians, model to a camera that looks straight at the origin."""
    shift: Tensor | Float32
    """float32[B, 2], (column, row) of the origin from the middle of the picture, pixels."""
    size: Tensor | Float32
    """float32[B], logarithm of the pixels a millimetre there."""


def place_of(pose: Pose, origin: Float32, camera: Camera) -> Place:
    """Where a posed face is seen.

    Args:
      pose: of B faces, model to camera.
      origin: float[3], the point of the model that stands for a face, mm.
      camera: those of the aligned pictures, upright.
    """
    turn = Rotation.from_rotvec(np.asarray(pose.rotation, np.float64))
    point = pose.apply(np.asarray(origin, np.float64)[None])
    column, row, depth = np.moveaxis(camera.project(point)[:, 0], -1, 0)
    shift, scale = np.stack([column, row], -1) - MIDDLE, camera.focal / depth
    sight = Rotation.from_matrix(line_of_sight(point[:, 0]))
    fields = (sight.inv() * turn).as_rotvec(), shift, np.log(scale)
    return Place(*(np.asarray(f, np.float32) for f in fields))


def pose_of(place: Place, origin: Float32, camera: Camera) -> tuple[Float64, Float64]:
    """The inverse of `place_of`: rotation matrices float64[B, 3, 3] and translation float64[B, 3]."""
    focal = np.reshape(camera.focal, (-1, 1))
    scale = np.exp(np.asarray(place.size, np.float64))[:, None]
    off_axis = (place.shift + MIDDLE - camera.centre) / scale
    point = np.concatenate([off_axis * (1.0, -1.0), np.broadcast_to(-focal / scale, scale.shape)], -1)
    turn = line_of_sight(point) @ Rotation.from_rotvec(np.asarray(place.turn, np.float64)).as_matrix()
    return turn, point - turn @ np.asarray(origin, np.float64)


def line_of_sight(point: Float64) -> Float64:
    """float64[B, 3, 3], the least rotation that takes the camera's axis to the direction of a point before it."""
    return np.stack([np.stack(row, -1) for row in sight_rows(*(point / np.linalg.norm(point, axis=-1)[:, None]).T)], -2)


def sight_rows(x: Any, y: Any, z: Any) -> list[list[Any]]:
    """The rows of that rotation, of a direction of length 1: Rodrigues for the axis (0, 0, -1) x (x, y, z)."""
    by = 1.0 / (1.0 - z)
    return [[1.0 - by * x * x, -by * x * y, -x], [-by * x * y, 1.0 - by * y * y, -y], [x, y, -z]]


def turn_lighting(lighting: Float32, turn: Rotation) -> Float32:
    """Lighting float32[..., 9, 3] of a world that has been turned, by one rotation or B."""
    # Rotation keeps the degree of a spherical harmonic, so any points that tell all nine apart determine it.
    normals = np.random.default_rng(9).standard_normal((32, 3))
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    before = np.einsum("...ji,nj->...ni", turn.as_matrix(), normals)
    now, then = (np.stack(polynomials(*np.moveaxis(where, -1, 0)), -1) for where in (normals, before))
    return np.asarray(np.linalg.pinv(now) @ then @ lighting, np.float32)


def turn_about_camera(coefficients: Coefficients, turn: Rotation) -> Coefficients:
    """Faces and their light, turned about the camera by one rotation or B."""
    pose, light = coefficients.pose.turned(turn), turn_lighting(coefficients.lighting, turn)
    return replace(coefficients, rotation=pose.rotation, translation=pose.translation, lighting=light)
