"""A face in a photo as coefficients of the morphable model."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from au_tf.fitting.detection import Face, detect_faces, select_face
from au_tf.fitting.landmark_fit import LandmarkFit, fit_landmarks
from au_tf.fitting.photometric_fit import fit_photometry
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering import AMBIENT, Camera, face_vertices


@dataclass(frozen=True, eq=False)
class Fit:
    """The model fitted to a face in a photo."""

    coefficients: Coefficients
    """Shape, albedo, pose and light, of one face without batch axes."""
    camera: Camera
    """The camera assumed to have taken the photo."""
    landmarks: NDArray[np.float32]
    """float32[68, 2], as detected, (column, row) in pixels."""
    projected: NDArray[np.float32]
    """float32[68, 2], where the fitted model has them; those of the jaw (0 to 16) lie on its outline."""
    landmark_error: float
    """Mean distance of the two over the distance of the outer eye corners, for the landmarks inside the photo."""
    face: Face
    """The detection."""


def fit_photo(image: NDArray[np.uint8], model: MorphableModel, face: int = 0, source: object = "photo") -> Fit:
    """Detects a face and fits the model: pose and shape to its landmarks, then albedo and light to its pixels.

    Args:
      image: uint8[H, W, 3], sRGB.
      model: the face model.
      face: which face, 0 being the largest.
      source: what the photo is called in errors.

    Returns:
      the fit.

    Raises:
      InputError: if there is no such face, or it is cut by the border.
    """
    found = select_face(detect_faces(image), face, source)
    camera = Camera.default(*image.shape[:2])
    shape = fit_landmarks(found.landmarks, model, camera, seen=~found.outside)
    coefficients = _unlit(shape, len(model.albedo_basis))
    light = fit_photometry(image, model, face_vertices(model, coefficients).numpy(), camera)
    distance = np.linalg.norm(shape.projected - found.landmarks, axis=-1)[~found.outside]
    return Fit(
        coefficients=replace(coefficients, albedo=light.albedo, lighting=light.lighting),
        camera=camera,
        landmarks=found.landmarks,
        projected=shape.projected.astype(np.float32),
        landmark_error=float(distance.mean()) / found.eye_distance,
        face=found,
    )


def _unlit(shape: LandmarkFit, albedos: int) -> Coefficients:
    fields = {name: getattr(shape, name) for name in ("identity", "expression", "rotation", "translation")}
    albedo = np.zeros(albedos, np.float32)
    return Coefficients(**{k: v.astype(np.float32) for k, v in fields.items()}, albedo=albedo, lighting=AMBIENT.copy())
