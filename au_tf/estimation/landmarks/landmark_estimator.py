"""An estimator of Action Units that looks at dense landmarks and the skin between them, and at the neutral face's."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np

from au_tf.arrays import Array, ArrayLike, Float32, Float64, Pixels
from au_tf.errors import InputError
from au_tf.estimation.landmarks import blendshapes
from au_tf.estimation.landmarks.frontal import INNER_POINTS, POINTS, Frontal, described, turned
from au_tf.estimation.landmarks.skin import Crop, cropped, flat_skin
from au_tf.estimation.landmarks.uncertainty import TERMS, Spread
from au_tf.facs import ACTION_UNITS, MAX_INTENSITY
from au_tf.files import write_npz
from au_tf.model_files import read_network
from au_tf.resources import saved_model

FILE = "estimator.npz"
PLACES = 2 * len(INNER_POINTS)
"""Numbers that tell where landmarks are; those of the skin follow, then those of `blendshapes`."""
_UNITS = len(ACTION_UNITS)
_SKIN_AT_ONCE = 256
_REST_SHARE, _REST_DEVIATIONS = 0.25, 2.0
"""Where the middle of the frames in which an Action Unit rests is, if these are half of a film's; how far it may be."""


@dataclass(frozen=True, eq=False, repr=False)
class LandmarkEstimator:
    """Linear readings of faces turned to the front; with a neutral face, of the change from it and of that face itself.

    F numbers describe a face: places of landmarks in distances of the outer eye corners, edges of the skin, and what
    `blendshapes` makes of the landmarks.
    """

    reference: Float64
    """float64[478, 3], the mean face."""
    mean: Float64
    """float64[F], the usual description."""
    alone: Float64
    """float64[F, 12], intensity for each unit by which a face differs from the usual one."""
    alone_bias: Float64
    """float64[12]."""
    alone_spread: Float64
    """float64[8, 12], as `Spread.weights`: how far readings err on people whom it has not seen."""
    change: Float64
    """float64[F, 12], intensity for each unit by which a face differs from the same person's neutral one."""
    own: Float64
    """float64[F, 12], the same for each unit by which that neutral face differs from the usual one."""
    change_bias: Float64
    """float64[12]."""
    change_spread: Float64
    """float64[8, 12]."""
    level: Float64
    """float64[12], how far the readings of people's neutral faces differ from one another, a standard deviation."""
    rest_level: Float64
    """float64[12], the same of readings beside the usual face, as if that were the person's neutral one."""

    def __repr__(self) -> str:
        return f"LandmarkEstimator({len(self.mean)} numbers a face)"

    def describe(self, points: ArrayLike, crops: Sequence[Crop], frontal: Frontal | None = None) -> Float64:
        """What is seen of faces, float64[N, F].

        Args:
          points: float[N, 478, 3] in pixels, as `DetectedFace.dense` has them.
          crops: N, what `skin.cropped` makes of the photos and these points.
          frontal: the points as `turned` lays them over the reference, if that has been done.

        Raises:
          InputError: for another shape.
        """
        given = np.asarray(points, np.float64)
        if given.ndim != 3 or given.shape[1:] != (POINTS, 3) or len(crops) != len(given):
            raise InputError(
                "estimator", "points", f"shape {given.shape}, {len(crops)} crops", f"[N, {POINTS}, 3] and N"
            )
        return described_faces(given, crops, self.reference, frontal)

    def describe_one(self, picture: Pixels, points: ArrayLike) -> Float64:
        """What is seen of one face of a photo, float64[1, F].

        Args:
          picture: uint8[H, W, 3], sRGB.
          points: float[478, 3] in its pixels, as `DetectedFace.dense` has them.
        """
        return self.describe(np.asarray(points)[np.newaxis], [cropped(picture, points)])

    def read(self, seen: Float64, neutral: Float64 | None = None) -> Float64:
        """Readings float64[N, 12] that are not confined to [0, 5] yet.

        Args:
          seen: float64[N, F], as `describe` returns it.
          neutral: float64[1, F] or [N, F], the same people's neutral faces.
        """
        if neutral is None:
            return (seen - self.mean) @ self.alone + self.alone_bias
        return (seen - neutral) @ self.change + (neutral - self.mean) @ self.own + self.change_bias

    def errors(self, views: Float64, readings: Float64, changed: bool) -> Float64:
        """Root mean square errors to be expected, float64[N, 12].

        Args:
          views: float64[N, 5], as `uncertainty.views` tells how the faces are seen.
          readings: float64[N, 12] of `read`.
          changed: whether the neutral faces were known.
        """
        return Spread(self.change_spread if changed else self.alone_spread)(views, readings)

    def rested(self, readings: Float64) -> Float64:
        """Readings of one person's film less what is read off the person at rest, float64[N, 12].

        Each Action Unit rests in frames of its own: a crying face may tell what its lids look like at rest. Nobody's
        rest is further off than people's neutral faces are.

        Args:
          readings: float64[N, 12] of `read`, of each frame beside the usual face as if it were the neutral one.
        """
        rest = np.quantile(readings, _REST_SHARE, 0)
        return readings - np.clip(rest, -_REST_DEVIATIONS * self.rest_level, _REST_DEVIATIONS * self.rest_level)

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Writes `estimator.npz` into a directory that is made if need be.

        Raises:
          InputError: if the place cannot be written.
        """
        write_npz(Path(directory) / FILE, self.arrays())

    def arrays(self) -> dict[str, Float32]:
        """What its file holds, by name."""
        return {field.name: getattr(self, field.name).astype(np.float32) for field in fields(self)}


@cache
def load_landmark_estimator(directory: str | Path | None = None) -> LandmarkEstimator:
    """Reads what `LandmarkEstimator.save` wrote.

    Args:
      directory: where it is; None is the one that ships with au_tf.

    Raises:
      InputError: if the file is missing, damaged, or of another shape.
    """
    path = (saved_model("estimator-landmarks") if directory is None else Path(directory)) / FILE
    arrays = read_network(path, [field.name for field in fields(LandmarkEstimator)])
    reference = arrays["reference"]
    _check(path, "reference", reference, (POINTS, 3))
    features = PLACES + flat_skin(reference.astype(np.float64)).features + len(blendshapes.SHAPES)
    for name in ("alone", "change", "own"):
        _check(path, name, arrays[name], (features, _UNITS))
    for name in ("alone_bias", "change_bias", "level", "rest_level"):
        _check(path, name, arrays[name], (_UNITS,))
    for name in ("alone_spread", "change_spread"):
        _check(path, name, arrays[name], (TERMS, _UNITS))
    _check(path, "mean", arrays["mean"], (features,))
    return LandmarkEstimator(**{name: array.astype(np.float64) for name, array in arrays.items()})


def _check(path: Path, name: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.shape != shape or not np.isfinite(array).all():
        raise InputError(path, name, f"shape {array.shape}", f"finite numbers of shape {shape}")


def described_faces(
    points: Float64, crops: Sequence[Crop], reference: Float64, frontal: Frontal | None = None
) -> Float64:
    """What is seen of faces float64[N, 478, 3] beside a reference face float64[478, 3]: places, skin, blendshapes."""
    skin = flat_skin(reference)
    edges = [np.empty((0, skin.features), np.float32)]
    for first in range(0, len(crops), _SKIN_AT_ONCE):
        edges.append(skin.gradients(np.stack([skin.flat(crop) for crop in crops[first : first + _SKIN_AT_ONCE]])))
    places = described(frontal or turned(points, reference))
    return np.concatenate([places, np.concatenate(edges), blendshapes.described(points)], 1)


def intensities_of_readings(readings: Float64) -> Float32:
    """float32[N, 12] in [0, 5]."""
    return np.clip(readings, 0.0, MAX_INTENSITY).astype(np.float32)
