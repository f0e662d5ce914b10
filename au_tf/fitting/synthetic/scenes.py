"""Who stands how before which camera in what light."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.stats import truncnorm

from au_tf.arrays import Float, Float32, Int64
from au_tf.fitting.view import Place, place_of, pose_of, turn_about_camera
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.geometry.camera import PORTRAIT_FOCAL, Camera
from au_tf.geometry.landmarks import INNER
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering.lighting import ambient, lamp, polynomials

Expressions = Callable[[int, np.random.Generator], Float32]
"""Draws float32[N, E] of as many people."""

YAW, PITCH, ROLL = 45.0, 25.0, 20.0
"""Largest turns of a head to the side, up or down, and in the picture's plane, in degrees."""
_PHOTO_SIDES = (240.0, 2400.0)
"""Sides of photos in pixels of the aligned picture: the face fills the first and is small in the second."""
_PIXELS_A_MM = 1.1


@dataclass(frozen=True, eq=False)
class Scenes:
    """N faces before cameras whose pictures are nearly aligned."""

    coefficients: Coefficients
    """With one batch axis, in the cameras' spaces."""
    camera: Camera
    """The cameras."""

    origin: Float32
    """float32[3], the point of the face model that stands for its place, mm."""

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All faces of several scenes of one face model."""
        camera = Camera.concatenate([part.camera for part in parts])
        return cls(Coefficients.concatenate([part.coefficients for part in parts]), camera, parts[0].origin)

    def rows(self, rows: slice | Int64) -> Self:
        """Some of the faces."""
        return replace(self, coefficients=self.coefficients[rows], camera=self.camera[rows])

    def aligned(self, matrices: Float) -> Self:
        """The same faces before the cameras of the pictures that float[N, 2, 3] makes of these cameras'."""
        camera = self.camera.aligned(matrices, ALIGNED_SIZE, ALIGNED_SIZE)
        return replace(self, coefficients=turn_about_camera(self.coefficients, camera.turn), camera=camera.upright)

    def place(self) -> Place:
        """Where the faces are in the pictures."""
        return place_of(self.coefficients.pose, self.origin, self.camera)

    def __len__(self) -> int:
        return len(self.camera)


def draw_scenes(
    model: MorphableModel, count: int, expressions: Expressions, rng: np.random.Generator, yaw: float = YAW
) -> Scenes:
    """Draws people, poses, cameras and light.

    Args:
      model: the face model.
      count: how many.
      expressions: draws what they show.
      rng: where the randomness comes from.
      yaw: largest turn to the side, degrees.

    Returns:
      Identity and albedo are standard normal, the latter up to 2; half of the yaws and pitches are spread evenly, the
      others bunched about a look into the camera.
    """
    identity = rng.standard_normal((count, len(model.identity_basis))).astype(np.float32)
    # Beyond that a linear model has skin that reflects less than nothing.
    albedo = truncnorm.rvs(-2.0, 2.0, size=(count, len(model.albedo_basis)), random_state=rng).astype(np.float32)
    side = np.exp(rng.uniform(math.log(_PHOTO_SIDES[0]), math.log(_PHOTO_SIDES[1]), count))
    # Somewhere in the photo, and all of it inside.
    room = np.maximum(side - ALIGNED_SIZE, 0.0)[:, None] / 2
    centre = (ALIGNED_SIZE - 1) / 2 + rng.uniform(-1.0, 1.0, (count, 2)) * room
    focal = (PORTRAIT_FOCAL * side).astype(np.float32)
    camera = Camera(focal, centre.astype(np.float32), ALIGNED_SIZE, ALIGNED_SIZE)
    origin = model.mean_shape[model.landmarks[INNER]].mean(0)
    shift, size = rng.normal(0.0, 3.0, (count, 2)) + (0.0, 12.0), rng.normal(np.log(_PIXELS_A_MM), 0.03, count)
    place = Place(_turns(count, rng, yaw), shift.astype(np.float32), size.astype(np.float32))
    turn, translation = pose_of(place, origin, camera)
    rotation = Rotation.from_matrix(turn).as_rotvec().astype(np.float32)
    shown = np.asarray(expressions(count, rng), np.float32)
    lighting = np.stack([draw_light(rng) for _ in range(count)])
    return Scenes(
        Coefficients(identity, albedo, shown, rotation, translation.astype(np.float32), lighting), camera, origin
    )


def _turns(count: int, rng: np.random.Generator, yaw: float) -> Float32:
    """float32[N, 3], axis-angle, model to a camera that looks straight at the face."""
    even = rng.random((count, 3)) < (0.5, 0.5, 0.0)
    bunched = np.clip(rng.standard_normal((count, 3)) * (0.35, 0.35, 0.45), -1.0, 1.0)
    angles = np.where(even, rng.uniform(-1.0, 1.0, (count, 3)), bunched) * (yaw, PITCH, ROLL)
    return Rotation.from_euler("ZYX", angles[:, [2, 0, 1]], degrees=True).as_rotvec().astype(np.float32)


def draw_light(rng: np.random.Generator) -> Float32:
    """Light from every side and one to three lamps, mostly before and above the face, as float32[9, 3].

    What the camera's white balance leaves of the lamps' colours is in it, and the exposure: surfaces turned to the
    camera receive about 0.9.
    """
    lamps = int(rng.integers(1, 4))
    share = rng.dirichlet(np.full(lamps + 1, 1.2))
    share[0] = 0.15 + 0.85 * share[0]
    light = ambient(share[0] * _tint(rng, 0.08))
    for strength in share[1:]:
        towards = rng.standard_normal(3) + (0.0, 0.5, 0.9)
        light = light + lamp(towards, 1.4 * strength * _tint(rng, 0.10))
    exposure = 0.9 * np.exp(rng.normal(0.0, 0.3)) / max(_received(light), 0.15)
    return (light * exposure * _tint(rng, 0.06)).astype(np.float32)


def _tint(rng: np.random.Generator, spread: float) -> Float32:
    """float32[3] about 1: warm or cool, and a little green or magenta."""
    warm, green = rng.normal(0.0, spread), rng.normal(0.0, spread / 3)
    return np.exp([warm, green, -warm]).astype(np.float32)


_TURNED = np.array([(x, y, 0.8) for x in (-0.5, 0.0, 0.5) for y in (-0.5, 0.0, 0.5)])
_MEAN_BASIS = np.mean(polynomials(*(_TURNED / np.linalg.norm(_TURNED, axis=1, keepdims=True)).T), axis=-1)


def _received(light: Float32) -> float:
    """Mean light on surfaces more or less turned to the camera."""
    return float((_MEAN_BASIS @ light).mean())
