"""Pictures with known Action Units made of photos of real people: their own skin, a known change."""

import os

import cv2
import numpy as np

from au_tf.arrays import Float32, Pixels
from au_tf.errors import InputError
from au_tf.estimation.landmarks.frontal import turned
from au_tf.estimation.landmarks.landmark_training import OF_PHOTOS, Sample
from au_tf.estimation.landmarks.skin import cropped
from au_tf.faces.expressive import Face
from au_tf.facs import ACTION_UNITS, MAX_INTENSITY
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.detect.detection import LandmarkReader, detect_faces, select_face
from au_tf.pictures.images import read_image
from au_tf.progress import progress

_LEAST, _COMBINED = 0.5, 0.25
"""Least intensity that is shown, and how often each Action Unit is in a combination."""
_EYES, _ROOM = 160.0, 0.9
"""Most pixels between the outer corners of the eyes; what is kept about a face, of its size from brow to chin."""


def made_of_photo(
    photo: str | os.PathLike[str] | Pixels, reader: LandmarkReader, pictures: int, seed: int = 0
) -> Sample:
    """Gives the largest face of a photo, whatever it shows, expressions, and finds its landmarks again.

    Args:
      photo: a file, or uint8[H, W, 3], sRGB.
      reader: who finds landmarks.
      pictures: how many are made: one of the neutral face, the others of single Action Units and combinations in turn.
      seed: of what they show.

    Returns:
      One person, the neutral face first.

    Raises:
      InputError: if the photo shows no face that can be given expressions, or the reader has no dense landmarks.
    """
    face = Face.from_photo(_about_face(photo, reader), landmarks=reader)
    shown = _shown(pictures, seed)
    found, crops = [], []
    for intensities in progress(shown, "pictures of the person", unit="picture"):
        made = face.express(intensities)
        picture = face.picture(made.coefficients, made.intensities)
        each = select_face(detect_faces(picture, reader), 0, face.name)
        found.append(each)
        crops.append(cropped(picture, _dense(each, face.name)))
    points = np.stack([_dense(each, face.name) for each in found])
    forward = turned(points, points[0] * (1.0, -1.0, -1.0)).turn[:, :, 2]
    return Sample(
        points=points,
        crops=np.stack([crop.grey for crop in crops]),
        places=np.stack([crop.points for crop in crops]),
        intensities=shown,
        person=np.zeros(pictures, np.int64),
        neutral=np.zeros(pictures, np.int64),
        tone=np.full(pictures, np.nan, np.float32),
        yaw=np.degrees(np.arctan2(forward[:, 0], np.abs(forward[:, 2]))).astype(np.float32),
        head=np.full(pictures, OF_PHOTOS),
        glasses=np.zeros(pictures, bool),
        scatter=np.array([each.scatter for each in found], np.float32),
    )


def _about_face(photo: str | os.PathLike[str] | Pixels, reader: LandmarkReader) -> Pixels:
    """The part of a photo about its largest face, no finer than estimators see: pictures are made of it many times."""
    image = photo if isinstance(photo, np.ndarray) else read_image(photo)
    face = select_face(detect_faces(image, reader), 0, "photo" if isinstance(photo, np.ndarray) else os.fspath(photo))
    left, top, right, bottom = face.outline
    room = _ROOM * max(right - left, bottom - top)
    rows = slice(max(int(top - room), 0), int(bottom + room))
    part = image[rows, max(int(left - room), 0) : int(right + room)]
    shrink = min(_EYES / max(face.eye_distance, 1.0), 1.0)
    size = [max(round(side * shrink), 1) for side in part.shape[1::-1]]
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)


def _dense(face: DetectedFace, source: str) -> Float32:
    if face.dense is None:
        raise InputError(source, "landmarks", "68 points", "a reader with dense landmarks")
    return face.dense


def _shown(pictures: int, seed: int) -> Float32:
    """float32[pictures, 12]: none, then each Action Unit by itself and combinations in turn."""
    rng, units = np.random.default_rng(seed), len(ACTION_UNITS)
    strength = rng.uniform(_LEAST, MAX_INTENSITY, (pictures, units))
    number = np.arange(pictures)[:, None]
    single = np.arange(units) == (number // 2) % units
    there = np.where(number % 2 == 1, single, rng.random((pictures, units)) < _COMBINED)
    return np.where(number > 0, strength * there, 0.0).astype(np.float32)
