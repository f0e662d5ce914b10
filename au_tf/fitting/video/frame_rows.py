"""What was found, a row for each face in each frame, as arrays and as CSV."""

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import ArrayLike, Arrays, Float
from au_tf.errors import escaped
from au_tf.files import write_npz, write_whole
from au_tf.fitting.fit import Fit
from au_tf.geometry.pose import openface_angles
from au_tf.morphable import MorphableModel
from au_tf.morphable.coefficients import NAMES
from au_tf.pictures.clips import Frame

NOBODY = -1
"""Face of a row that tells why a frame has none."""
_NUMBERS = ("time", "confidence", "landmark_error", "photometric_error", "camera_focal")
_PLACES = ("box", "landmarks", "camera_centre")
FIELDS = (
    "source",
    "frame",
    "face",
    "success",
    "reason",
    "covered",
    "image_size",
    *_NUMBERS,
    *_PLACES,
    *NAMES,
    "uncertainty",
)
"""The arrays of rows."""
_FLOATS = (*_NUMBERS, *_PLACES, *NAMES, "uncertainty")


def row_of(frame: Frame, face: int, fit: Fit, model: MorphableModel) -> dict[str, Any]:
    """The row of a face that was fitted."""
    camera = fit.camera
    height, width = camera.height, camera.width
    return _base(frame, face, fit.reason, (height, width)) | {
        "confidence": fit.confidence,
        "covered": "; ".join(fit.covered),
        "uncertainty": fit.uncertainty,
        "box": fit.face.box,
        "landmarks": fit.landmarks,
        "landmark_error": fit.landmark_error,
        "photometric_error": fit.photometric_error,
        "camera_focal": camera.focal,
        "camera_centre": camera.centre,
        **fit.coefficients.arrays(),
    }


def failed_row(frame: Frame, face: int, reason: str, model: MorphableModel, size: Sequence[int]) -> dict[str, Any]:
    """The row of a face that was not found, or of a frame without any, height and width `size`: no numbers."""
    sizes = {"box": (4,), "landmarks": (68, 2), "camera_centre": (2,)} | model.sizes
    sizes["uncertainty"] = sizes["expression"]
    sizes |= dict.fromkeys(("landmark_error", "photometric_error", "camera_focal"), ())
    empty = {name: np.full(shape, np.nan, np.float32) for name, shape in sizes.items()}
    return _base(frame, face, reason, size) | {"confidence": 0.0} | empty


def _base(frame: Frame, face: int, reason: str, size: Sequence[int]) -> dict[str, Any]:
    found = {"source": frame.source, "frame": frame.number, "time": frame.time, "face": face}
    return found | {"success": not reason, "reason": reason, "covered": "", "image_size": size}


def stacked(rows: Sequence[Mapping[str, ArrayLike]]) -> Arrays:
    """Rows as arrays of one row each."""
    arrays = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    single = {name: arrays[name].astype(np.float32) for name in _FLOATS if name != "time"}
    return arrays | single | {"frame": arrays["frame"].astype(np.int32), "face": arrays["face"].astype(np.int32)}


def joined(parts: Iterable[Arrays]) -> Arrays:
    """All rows of several arrays of them."""
    several = list(parts)
    return {name: np.concatenate([part[name] for part in several]) for name in several[0]}


def write_rows(path: str | os.PathLike[str], arrays: Arrays, model: MorphableModel) -> None:
    """Writes rows to one `.npz` with an array a field, and the face model they belong to.

    Raises:
      InputError: if the place cannot be written.
    """
    write_npz(path, arrays | {"face_model": np.array(model.name), "face_model_digest": np.array(model.digest)})


def write_csv(path: str | os.PathLike[str], arrays: Arrays) -> None:
    """Writes rows as CSV with the columns of OpenFace where it has them; `docs/extraction.md` tells of each.

    Raises:
      InputError: if the place cannot be written.
    """
    columns = _columns(arrays)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    write_whole(path, text.getvalue())


def _columns(arrays: Arrays) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        "source": [escaped(name) for name in arrays["source"].tolist()],
        "frame": arrays["frame"].tolist(),
        "face_id": arrays["face"].tolist(),
        "timestamp": _texts(arrays["time"], 3),
        "confidence": _texts(arrays["confidence"], 3),
        "success": arrays["success"].astype(int).tolist(),
        "reason": arrays["reason"].tolist(),
        "covered": arrays["covered"].tolist(),
    }
    for k, side in enumerate(("left", "top", "right", "bottom")):
        columns[f"box_{side}"] = _texts(arrays["box"][:, k], 1)
    for name, values in _pose(arrays).items():
        columns[name] = _texts(values, 4)
    for axis, letter in enumerate("xy"):
        for k in range(68):
            columns[f"{letter}_{k}"] = _texts(arrays["landmarks"][:, k, axis], 1)
    return columns


def _pose(arrays: Arrays) -> dict[str, Float]:
    """Place in mm and turn in radians as OpenFace writes them: +x right, +y down, +z away from the camera."""
    flip = np.array([1.0, -1.0, -1.0])
    known = np.flatnonzero(np.isfinite(arrays["rotation"]).all(1))
    angles = np.full(arrays["rotation"].shape, np.nan)
    angles[known] = openface_angles(Rotation.from_rotvec(arrays["rotation"][known]).as_matrix())
    places = arrays["translation"] * flip
    named = {f"pose_T{letter}": places[:, k] for k, letter in enumerate("xyz")}
    return named | {f"pose_R{letter}": angles[:, k] for k, letter in enumerate("xyz")}


def _texts(values: Float, digits: int) -> list[str]:
    """Rounded numbers; empty, which pandas reads as missing, where there is none."""
    return [f"{value:.{digits}f}" if np.isfinite(value) else "" for value in values.tolist()]
