"""The regressor: an aligned picture and its landmarks to all coefficients at once, as 3DFaceNet (Guo et al. 2018)."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Array, Float, Float32, Pixels
from au_tf.errors import InputError
from au_tf.files import write_npz
from au_tf.fitting.regress.estimate import Estimate, RegressorConfig, Scales
from au_tf.fitting.regress.forward import forward, weight_shapes
from au_tf.fitting.regress.normalizer import Normalizer
from au_tf.fitting.view import features, pose_of, turn_about_camera
from au_tf.geometry.alignment import ALIGNED_SIZE, align_face, transform
from au_tf.geometry.camera import Camera
from au_tf.model_files import read_network
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.signature import Basis, FaceSignature
from au_tf.resources import saved_model

SHIPPED = "fitter-builtin"
FILE = "regressor.npz"

_BASES: tuple[Basis, ...] = ("identity", "expression")
_NUMBERS = "origin", "mean_error", "covariance"
_BATCH = 64
PICTURE_SIZE = ALIGNED_SIZE // 2
"""Side in pixels to which aligned pictures are averaged before the network sees them."""


class Regression(NamedTuple):
    """What the regressor finds of several faces."""

    coefficients: Coefficients
    """With one batch axis; rotation, translation and lighting in the space of the camera asked about."""
    error: Float32
    """float32[B], root mean square distance in mm by which the regressor expects the face's vertices to be off."""
    confidence: Float32
    """float32[B] in [0, 1], 1 - `error` over that of the mean face."""


@dataclass(frozen=True, eq=False, repr=False)
class Regressor:
    """The trained network with all that its use needs."""

    weights: tuple[Float32, ...]
    """As `forward.weight_shapes` has them."""
    config: RegressorConfig
    """Its sizes."""
    scales: Scales
    """Of its inputs and outputs."""
    origin: Float32
    """float32[3], the point of the face model, mm, whose place in the picture the network tells."""
    mean_error: float
    """The same distance of the mean face from people, on average."""
    face: FaceSignature
    """The face model whose coefficients these are."""
    covariance: Float32
    """float32[6 + I + E, 6 + I + E], of the errors of a face whose vertices are expected to be 1 mm off: a turn in
    radians, a shift in pixels of the aligned picture, the logarithm of the size, identity, expression."""

    def __repr__(self) -> str:
        coefficients = f"{self.config.identities} + {self.config.expressions} coefficients"
        return f"Regressor({coefficients} of face model {self.face.name})"

    @cached_property
    def _normalizer(self) -> Normalizer:
        return Normalizer.of(self.scales.landmarks)

    def estimate(self, picture: Pixels, landmarks: Float32, view: Float32) -> Estimate:
        """What the network says of what `forward` takes."""
        return Estimate.split(forward(self.weights, self.config, self.scales, picture, landmarks, view), self.config)

    def _rows(self, images: Pixels, landmarks: Float32, camera: Camera) -> Float32:
        small = [cv2.resize(image, (PICTURE_SIZE, PICTURE_SIZE), interpolation=cv2.INTER_AREA) for image in images]
        pictures = np.array(small, np.uint8).reshape(-1, PICTURE_SIZE, PICTURE_SIZE, 3)
        given = self._normalizer.normalize(pictures, landmarks), landmarks, features(camera)
        return forward(self.weights, self.config, self.scales, *given)

    def regress(self, images: Pixels, landmarks: Float, camera: Camera) -> Regression:
        """Finds the coefficients of faces in aligned pictures.

        Args:
          images: uint8[B, 224, 224, 3], sRGB, as `align_face` cuts them out.
          landmarks: float[B, 68, 2], (column, row) in pixels of the aligned pictures.
          camera: those of the aligned pictures; `Camera.aligned` has them from the photos'.

        Returns:
          Coefficients in the space of these cameras; the same for a face whatever else is in the batch.
        """
        landmarks = np.asarray(landmarks, np.float32)
        batches = [slice(i, i + _BATCH) for i in range(0, len(images), _BATCH)]
        parts = [self._rows(images[b], landmarks[b], camera[b]) for b in batches]
        rows = np.concatenate([np.zeros((0, sum(self.config.sizes.values())), np.float32), *parts])
        found = Estimate.split(rows, self.config)
        turn, translation = pose_of(found.place, self.origin, camera)
        named = {name: getattr(found, name) for name in ("identity", "albedo", "expression", "lighting")}
        rotation = Rotation.from_matrix(turn).as_rotvec().astype(np.float32)
        coefficients = Coefficients(**named, rotation=rotation, translation=translation.astype(np.float32))
        error = np.exp(found.error)
        return Regression(coefficients, error, np.clip(1.0 - error / self.mean_error, 0.0, 1.0).astype(np.float32))

    def regress_faces(self, photos: Sequence[Pixels], landmarks: Float, camera: Camera) -> Regression:
        """Finds the coefficients of faces in photos.

        Args:
          photos: uint8[H, W, 3] each, sRGB, one for each face; the same photo may stand there several times.
          landmarks: float[B, 68, 2], (column, row) in pixels of the photos.
          camera: that took them all, or one for each.

        Returns:
          Coefficients in the space of the cameras.
        """
        aligned = [align_face(photo, points) for photo, points in zip(photos, landmarks, strict=True)]
        side = ALIGNED_SIZE
        images = np.stack([a[0] for a in aligned]) if aligned else np.zeros((0, side, side, 3), np.uint8)
        matrices = np.stack([a[1] for a in aligned]) if aligned else np.zeros((0, 2, 3))
        inside = transform(matrices, landmarks)
        seen = camera.aligned(matrices, ALIGNED_SIZE, ALIGNED_SIZE)
        found = self.regress(images, inside, seen)
        return found._replace(coefficients=turn_about_camera(found.coefficients, seen.turn.inv()))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return hashlib.sha256(b"".join(w.tobytes() for w in self.weights)).hexdigest()

    def check(self, model: MorphableModel) -> None:
        """Makes sure that the regressor's coefficients are those of `model`.

        Raises:
          InputError: if it was trained on another face model.
        """
        self.face.require(model, "regressor")

    def rounded(self) -> Self:
        """The same with its kernels rounded to half precision, as the file holds them."""
        return replace(self, weights=tuple(_stored(w).astype(np.float32) for w in self.weights))

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Writes `regressor.npz`, which `load` reads, into a directory that is made if need be.

        Kernels are stored in half precision; a regressor that is `rounded` comes back bit by bit.
        """
        write_npz(Path(directory) / FILE, self.arrays())

    def arrays(self) -> dict[str, Any]:
        """What its file holds, by name: numbers, and settings as text."""
        weights = {f"weight/{i}": _stored(w) for i, w in enumerate(self.weights)}
        scales = {f"scale/{name}": value for name, value in self.scales._asdict().items()}
        rest = {"config": json.dumps(asdict(self.config))} | {name: getattr(self, name) for name in _NUMBERS}
        return rest | scales | self.face.arrays() | weights

    @classmethod
    def load(cls, directory: str | os.PathLike[str] | None = None) -> Self:
        """Reads what `save` wrote; without a directory, the regressor for the built-in face that ships with au_tf.

        Raises:
          InputError: if the file is missing, damaged, or does not fit together.
        """
        path = (saved_model(SHIPPED) if directory is None else Path(directory)) / FILE
        config = _read_config(path)
        scales = [f"scale/{name}" for name in Scales._fields]
        a = read_network(path, [*scales, *_NUMBERS, "face/name", "face/digest", "face/motion"])
        for name, like in zip(scales, Scales.plain(config), strict=True):
            _check(path, name, a[name], like.shape)
        _check(path, "origin", a["origin"], (3,))
        _check(path, "mean_error", a["mean_error"], ())
        errors = 6 + config.identities + config.expressions
        _check(path, "covariance", a["covariance"], (errors, errors))
        stored = Scales(*(a[name] for name in scales))
        face = FaceSignature.from_arrays(a, _BASES)
        return cls(
            _read_weights(path, config), config, stored, a["origin"], float(a["mean_error"]), face, a["covariance"]
        )


def _stored(weight: Float32) -> Array:
    # Statistics of batch normalization span more than half precision does, and are few.
    return weight.astype(np.float16) if weight.ndim > 1 else weight


def _read_config(path: Path) -> RegressorConfig:
    text = str(read_network(path, ["config"])["config"])
    try:
        return RegressorConfig(**json.loads(text))
    except (TypeError, ValueError) as error:
        raise InputError(path, "config", f"{text[:60]!r} ({error})", "the settings of a regressor") from error


def _read_weights(path: Path, config: RegressorConfig) -> tuple[Float32, ...]:
    shapes = {f"weight/{i}": shape for i, shape in enumerate(weight_shapes(config))}
    arrays = read_network(path, list(shapes))
    for name, shape in shapes.items():
        _check(path, name, arrays[name], shape)
    return tuple(arrays[name].astype(np.float32) for name in shapes)


def _check(path: Path, name: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype.kind != "f" or not np.isfinite(array).all():
        raise InputError(path, name, f"{array.dtype}{list(array.shape)}", f"finite numbers of shape {list(shape)}")
