"""What an example holds, the same in every data set of recorded faces."""

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import tensorflow_datasets as tfds

from au_tf.arrays import ArrayLike, Int, Pixels
from au_tf.facs import ACTION_UNITS
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.morphable import Coefficients
from au_tf.morphable.builtin.assembly import ALBEDOS, EXPRESSIONS, IDENTITIES
from au_tf.pictures.provenance.statement import Statement
from au_tf.pictures.provenance.stills import stated_jpeg
from au_tf.simulation.subjects import CAMERAS, SUBJECTS

LANDMARKS = 68
DISFA_LANDMARKS = 66
JPEG_QUALITY = 95


def frame_features(
    images: bool,
    *,
    identities: int = IDENTITIES,
    albedos: int = ALBEDOS,
    expressions: int = EXPRESSIONS,
    size: int = ALIGNED_SIZE,
    subjects: Sequence[str] = SUBJECTS,
    cameras: Sequence[str] = CAMERAS,
) -> tfds.features.FeaturesDict:
    """Features of one frame of one camera.

    Args:
      images: whether the aligned picture is among them.
      identities: I, how many identity coefficients the face model has.
      albedos: A, the same for its albedo.
      expressions: E, the same for its expression.
      size: pixels a side of the picture.
      subjects: who may be seen.
      cameras: which cameras there are.
    """
    features = {
        **_told(subjects, cameras),
        "disfa_landmarks": _floats(DISFA_LANDMARKS, 2, doc="As they come with DISFA; 0 where missing."),
        "identity": _floats(identities, doc="Standard deviations."),
        "albedo": _floats(albedos, doc="Standard deviations."),
        "expression": _floats(expressions, doc="Standard deviations."),
        "rotation": _floats(3, doc="Axis-angle in radians, model to camera."),
        "translation": _floats(3, doc="Millimetres, model to camera."),
        "lighting": _floats(9, 3, doc="Spherical-harmonics coefficients a colour channel."),
    }
    if images:
        features["image"] = _aligned(size)
    return tfds.features.FeaturesDict(features)


def picture_features(
    cameras: Sequence[str], subjects: Sequence[str] = SUBJECTS, **more: tfds.features.FeatureConnector
) -> tfds.features.FeaturesDict:
    """Features of one aligned picture of which no coefficients are known.

    Args:
      cameras: which cameras there are.
      subjects: who may be seen.
      **more: features of one data set.
    """
    return tfds.features.FeaturesDict(_told(subjects, cameras) | {"image": _aligned(ALIGNED_SIZE)} | more)


def _told(subjects: Sequence[str], cameras: Sequence[str]) -> dict[str, tfds.features.FeatureConnector]:
    """Who is seen, what is coded, and where the landmarks are."""
    return {
        "subject": tfds.features.ClassLabel(names=list(subjects), doc="Who is seen."),
        "camera": tfds.features.ClassLabel(names=list(cameras), doc="Which of the cameras."),
        "frame": tfds.features.Scalar(np.int32, doc="Number of the frame in the video, the first being 1."),
        "intensities": tfds.features.Tensor(
            shape=(len(ACTION_UNITS),),
            dtype=np.int32,
            doc="Intensity, 0 to 5, of AU1, 2, 4, 5, 6, 9, ... (au_tf.facs).",
        ),
        "neutral": tfds.features.Scalar(np.bool_, doc="Whether all twelve intensities are 0."),
        "registered": tfds.features.Scalar(np.bool_, doc="Whether landmarks and coefficients can be relied on."),
        "landmarks": _floats(LANDMARKS, 2, doc="As detected, (column, row) in pixels of the video; 0 where not found."),
    }


def _aligned(size: int) -> tfds.features.Image:
    return tfds.features.Image(shape=(size, size, 3), encoding_format="jpeg", doc="The aligned face, sRGB.")


def _floats(*shape: int, doc: str) -> tfds.features.Tensor:
    # As bytes they are written and read more than twice as fast as number by number.
    return tfds.features.Tensor(shape=shape, dtype=np.float32, encoding=tfds.features.Encoding.BYTES, doc=doc)


def frame_key(subject: str, camera: str, frame: int) -> str:
    """The key of an example, from which its place in the data set follows."""
    return f"{subject}_{camera}_{frame:05d}"


def labels(intensities: Int) -> dict[str, Any]:
    """The features that follow from the intensities int[12] of a frame."""
    return {"intensities": np.asarray(intensities, np.int32), "neutral": not np.any(intensities)}


def coefficients_of(example: Mapping[str, ArrayLike]) -> Coefficients:
    """The coefficients in an example or a batch of them, as arrays."""
    return Coefficients.of(example)


def encode_jpeg(image: Pixels, statement: Statement | None = None) -> bytes:
    """JPEG of a picture uint8[height, width, 3], sRGB, which says so by a statement if it is synthetic."""
    done, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert done
    return stated_jpeg(data.tobytes(), statement) if statement else data.tobytes()
