"""Where a face is: its rotation and translation from the model's space into the camera's."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Array, ArrayLike, Float, Float64


@dataclass(frozen=True, eq=False)
class Pose:
    """x -> R x + t, of one face or of B."""

    rotation: Float
    """float[..., 3], axis times angle in radians."""
    translation: Float
    """float[..., 3], mm."""

    @property
    def matrix(self) -> Float64:
        """float64[..., 3, 3], the rotation."""
        rotation = np.asarray(self.rotation, np.float64)
        return Rotation.from_rotvec(rotation.reshape(-1, 3)).as_matrix().reshape(*rotation.shape, 3)

    def apply(self, points: Array) -> Array:
        """Moves points [..., V, 3] of the model's space, mm, into the camera's; what it sees has z < 0."""
        moved = points @ np.swapaxes(self.matrix, -1, -2) + np.asarray(self.translation)[..., None, :]
        return moved.astype(np.asarray(points).dtype)

    def turned(self, turn: Rotation) -> Self:
        """The pose in a world that has been turned about the camera, by one rotation or B."""
        rotation = (turn * Rotation.from_rotvec(self.rotation)).as_rotvec()
        return type(self)(
            rotation.astype(self.rotation.dtype), turn.apply(self.translation).astype(self.rotation.dtype)
        )


def openface_angles(turns: ArrayLike) -> Float64:
    """Turns as OpenFace writes them, float64[N, 3] in radians about +x right, +y down, +z away from the camera.

    Args:
      turns: float[N, 3, 3], rotations in our axes.
    """
    matrices = np.asarray(turns, np.float64)
    if len(matrices) == 0:
        return np.empty((0, 3))
    # These axes are ours after half a turn about x, which turns the axis of the head's turn along.
    return np.asarray(
        Rotation.from_rotvec(Rotation.from_matrix(matrices).as_rotvec() * (1.0, -1.0, -1.0)).as_euler("XYZ")
    )
