"""Coefficients of one face in an `.npz`, with what is needed to use them: camera, face model, and how well they fit."""

import os

import numpy as np

from au_tf.arrays import ArrayLike
from au_tf.errors import InputError
from au_tf.files import read_npz
from au_tf.fitting.fit import Fit
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel

_CAMERA = ("camera_focal", "camera_centre", "image_size")


def write_face(
    path: str | os.PathLike[str],
    model: MorphableModel,
    coefficients: Coefficients,
    camera: Camera,
    fit: Fit | None = None,
    **more: ArrayLike,
) -> None:
    """Writes one face.

    Args:
      path: the `.npz`.
      model: whose coefficients they are.
      coefficients: without batch axes.
      camera: that sees the face.
      fit: where the face comes from, if from a photo; its landmarks and errors are written as well.
      **more: further arrays by name.

    Raises:
      InputError: if the place cannot be written.
    """
    coefficients.save(
        path,
        camera_focal=np.float32(camera.focal),
        camera_centre=np.array(camera.centre, np.float32),
        image_size=np.array([camera.height, camera.width], np.int32),
        **({} if fit is None else _quality(fit)),
        face_model=model.name,
        face_model_digest=model.digest,
        **more,
    )


def _quality(fit: Fit) -> dict[str, ArrayLike]:
    return {
        "landmarks": fit.landmarks,
        "landmark_error": np.float32(fit.landmark_error),
        "photometric_error": np.float32(fit.photometric_error),
        "confidence": np.float32(fit.confidence),
        "success": np.bool_(fit.ok),
        "reason": fit.reason,
        "covered": "; ".join(fit.covered),
        "uncertainty": fit.uncertainty,
        "box": np.array(fit.face.box, np.float32),
    }


def read_face(path: str | os.PathLike[str]) -> tuple[Coefficients, Camera]:
    """Reads what `write_face` wrote.

    Raises:
      InputError: if the file is missing, damaged or lacks a field, or holds several faces.
    """
    coefficients, seen = Coefficients.load(path), read_npz(path, list(_CAMERA))
    if coefficients.rotation.ndim > 1:
        raise InputError(path, "rotation", f"shape {coefficients.rotation.shape}", "one face, 3 numbers")
    (column, row), (height, width) = seen["camera_centre"].tolist(), seen["image_size"].tolist()
    return coefficients, Camera(float(seen["camera_focal"]), (column, row), height, width)
