"""An estimator of Action Units that looks at dense landmarks, and at the neutral face's if it is known."""

import os
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np

from au_tf.arrays import ArrayLike, Float32, Float64
from au_tf.errors import InputError
from au_tf.estimation.landmarks.frontal import INNER_POINTS, POINTS, described, turned
from au_tf.facs import ACTION_UNITS, MAX_INTENSITY
from au_tf.files import read_npz, write_npz
from au_tf.resources import saved_model

FILE = "estimator.npz"
FEATURES = 2 * len(INNER_POINTS)
_UNITS = len(ACTION_UNITS)
_SHAPES: dict[str, tuple[int, ...]] = {
    "reference": (POINTS, 3),
    "mean": (FEATURES,),
    "alone": (FEATURES, _UNITS),
    "alone_bias": (_UNITS,),
    "alone_error": (_UNITS,),
    "change": (FEATURES, _UNITS),
    "change_bias": (_UNITS,),
    "change_error": (_UNITS,),
}


@dataclass(frozen=True, eq=False)
class LandmarkEstimator:
    """Ridge regressions on the landmarks of faces turned to the front, and on their change from neutral."""

    reference: Float64
    """float64[478, 3], the mean face."""
    mean: Float64
    """float64[F], what is usual of the landmarks' places."""
    alone: Float64
    """float64[F, 12], intensity for each distance of the outer eye corners that a landmark is off its usual place."""
    alone_bias: Float64
    """float64[12]."""
    alone_error: Float64
    """float64[12], root mean square error on people whom it has not seen."""
    change: Float64
    """float64[F, 12], the same for a landmark's way from its place in the neutral face."""
    change_bias: Float64
    """float64[12]."""
    change_error: Float64
    """float64[12]."""

    def describe(self, points: ArrayLike) -> Float64:
        """What is seen of faces, float64[N, F].

        Args:
          points: float[N, 478, 3] in pixels, as `DetectedFace.dense` has them.

        Raises:
          InputError: for another shape.
        """
        given = np.asarray(points, np.float64)
        if given.ndim != 3 or given.shape[1:] != (POINTS, 3):
            raise InputError("estimator", "points", f"shape {given.shape}", f"[N, {POINTS}, 3]")
        return described(turned(given, self.reference))

    def estimate(self, points: ArrayLike, neutral: ArrayLike | None = None) -> Float32:
        """Estimates intensities.

        Args:
          points: float[N, 478, 3] in pixels, as `DetectedFace.dense` has them.
          neutral: float[478, 3] or [N, 478, 3], the same people with a neutral face.

        Returns:
          float32[N, 12] in [0, 5].

        Raises:
          InputError: for another shape.
        """
        seen = self.describe(points)
        if neutral is None:
            found = (seen - self.mean) @ self.alone + self.alone_bias
        else:
            rest = np.asarray(neutral, np.float64)
            found = (seen - self.describe(rest.reshape(-1, POINTS, 3))) @ self.change + self.change_bias
        return np.clip(found, 0.0, MAX_INTENSITY).astype(np.float32)

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Writes `estimator.npz` into a directory that is made if need be.

        Raises:
          InputError: if the place cannot be written.
        """
        arrays = {field.name: getattr(self, field.name).astype(np.float32) for field in fields(self)}
        write_npz(Path(directory) / FILE, arrays)


@cache
def load_landmark_estimator(directory: str | Path | None = None) -> LandmarkEstimator:
    """Reads what `LandmarkEstimator.save` wrote.

    Args:
      directory: where it is; None is the one that ships with au_tf.

    Raises:
      InputError: if the file is missing, damaged, or of another shape.
    """
    path = (saved_model("estimator-landmarks") if directory is None else Path(directory)) / FILE
    arrays = read_npz(path, list(_SHAPES))
    for name, shape in _SHAPES.items():
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            raise InputError(path, name, f"shape {arrays[name].shape}", f"finite numbers of shape {shape}")
    return LandmarkEstimator(**{name: array.astype(np.float64) for name, array in arrays.items()})
