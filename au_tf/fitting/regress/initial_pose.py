"""What the regressor says of a face in a photo, as that from which a fit starts."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Float, Float32, Float64, Pixels
from au_tf.fitting.refine.face_surface import FaceSurface, surface_of
from au_tf.fitting.refine.landmark_term import Placed
from au_tf.fitting.refine.prior import Prior
from au_tf.fitting.regress.regressor import Regressor
from au_tf.fitting.view import place_of
from au_tf.geometry.alignment import ALIGNED_SIZE, alignment_matrix
from au_tf.geometry.camera import Camera
from au_tf.geometry.pose import Pose
from au_tf.morphable import MorphableModel

_STEP = (1e-4, 1e-4, 1e-4, 0.01, 0.01, 0.01)
"""Radians and mm, for derivatives by finite differences."""


@lru_cache(maxsize=2)
def surface_for(model: MorphableModel, regressor: Regressor | None = None) -> FaceSurface:
    """The surface of a face model, with the regressor from whose answers fits start.

    Args:
      model: the face model.
      regressor: for this face model; without one fits start from the landmarks.

    Raises:
      InputError: if the regressor is for another face model.
    """
    if regressor is not None:
        regressor.check(model)
    return replace(surface_of(model), regressor=regressor)


def look_at(image: Pixels, landmarks: Float, camera: Camera, regressor: Regressor) -> Prior:
    """What a regressor says of shape and pose of a face, and how far it errs.

    Args:
      image: uint8[H, W, 3], sRGB.
      landmarks: float[68, 2], as detected, (column, row) in pixels.
      camera: that took the picture.
      regressor: of the face model that is to be fitted.
    """
    found = regressor.regress_faces([image], landmarks[None], camera)
    matrix = alignment_matrix(landmarks[None])
    face = found.coefficients
    shape = np.concatenate([face.identity[0], face.expression[0]]).astype(np.float64)
    middle = Placed(Rotation.from_rotvec(face.rotation[0]), face.translation[0].astype(np.float64), shape)
    to_errors = np.eye(6 + len(shape))
    seen = camera.aligned(matrix, ALIGNED_SIZE, ALIGNED_SIZE)
    to_errors[:6, :6] = _derivative(middle, seen, regressor.origin)
    covariance = _at_most_standard(regressor.covariance * np.square(found.error[0], dtype=np.float64))
    precision = to_errors.T @ np.linalg.solve(covariance, to_errors)
    return Prior(middle, (precision + precision.T) / 2)


def _at_most_standard(covariance: Float64) -> Float64:
    """A covariance float64[6 + K, 6 + K], its shape nowhere wider than the standard normal, which is known anyway."""
    values, vectors = np.linalg.eigh(covariance[6:, 6:])
    narrow = np.eye(len(covariance))
    narrow[6:, 6:] = vectors * np.minimum(1.0, np.maximum(values, 1e-12) ** -0.5) @ vectors.T
    return np.asarray(narrow @ covariance @ narrow.T)


def _derivative(placed: Placed, camera: Camera, origin: Float32) -> Float64:
    """float64[6, 6], of turn, shift and size in the aligned picture by turn and shift of the face in the photo."""
    columns = [(_errors(placed, s * e, camera, origin) / s) for s, e in zip(_STEP, np.eye(6), strict=True)]
    return np.stack(columns, -1)


def _errors(placed: Placed, step: Float64, camera: Camera, origin: Float32) -> Float64:
    """How far the place in the aligned picture changes with a step, float64[6]."""
    both = placed, placed.moved(np.append(step, 0 * placed.shape))
    pose = Pose(np.stack([p.turn.as_rotvec() for p in both]), np.stack([p.shift for p in both]))
    place = place_of(pose.turned(camera.turn), origin, camera.upright)
    before, after = Rotation.from_rotvec(place.turn)
    rest = np.diff(np.concatenate([place.shift, place.size[:, None]], 1), axis=0)[0]
    return np.concatenate([(after * before.inv()).as_rotvec(), rest])
