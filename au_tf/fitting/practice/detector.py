"""How the landmark detector errs on rendered people, measured."""

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from au_tf.errors import InputError
from au_tf.fitting.alignment import ALIGNED_SIZE
from au_tf.fitting.detection import Face, detect_faces
from au_tf.fitting.practice.landmarks import DetectorError, Outline, as_aligned, transform
from au_tf.fitting.practice.pictures import Photographer, Taken
from au_tf.fitting.practice.scenes import Scenes

PHOTO_SIZE = 336
"""Side in pixels of photos with an aligned face in the middle."""
_LEAST = 40
_FAR = 0.25
_AT_ONCE = 20


def photographed(
    scenes: Scenes, landmarks: NDArray[np.floating], photographer: Photographer, rng: np.random.Generator
) -> tuple[Scenes, NDArray[np.float64], Taken]:
    """Faces before aligned cameras in larger photos.

    Args:
      scenes: the faces before the cameras of aligned pictures.
      landmarks: float[N, 68, 2] there.
      photographer: takes the photos.
      rng: where the randomness comes from.

    Returns:
      the faces before the photos' cameras, the landmarks there, and the photos uint8[N, 336, 336, 3].
    """
    margin = (PHOTO_SIZE - ALIGNED_SIZE) / 2
    matrices = np.tile([[1.0, 0.0, margin], [0.0, 1.0, margin]], (len(scenes), 1, 1))
    moved, places = scenes.aligned(matrices), transform(matrices, np.asarray(landmarks, np.float64))
    return moved, places, photographer.take(moved, places.astype(np.float32), PHOTO_SIZE, rng)


def found_in(photo: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> Face | None:
    """The detected face whose true landmarks float[68, 2] these are; None if it is not found."""
    eyes = np.linalg.norm(landmarks[45] - landmarks[36])
    for face in detect_faces(photo):
        if np.linalg.norm(face.landmarks[17:].mean(0) - landmarks[17:].mean(0)) < _FAR * eyes:
            return face
    return None


def measure_detector(
    scenes: Scenes, outline: Outline, photographer: Photographer, rng: np.random.Generator
) -> DetectorError:
    """Lets the detector find people in photos.

    Args:
      scenes: the people before nearly aligned cameras.
      outline: of their face model.
      photographer: takes the photos.
      rng: where the randomness comes from.

    Raises:
      InputError: if it finds too few, such as on a face model that does not look like a face.
    """
    scenes, landmarks = as_aligned(scenes, outline, DetectorError.none(), rng)
    errors, turns = [], []
    turn = scenes.place().turn
    for start in tqdm(range(0, len(scenes), _AT_ONCE), desc="landmark detector", unit_scale=_AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        _, places, taken = photographed(scenes.rows(part), landmarks[part], photographer, rng)
        for photo, place, own in zip(taken.pictures, places, turn[part], strict=True):
            found = found_in(photo, place)
            if found is not None:
                errors.append(found.landmarks - place)
                turns.append(own)
    if len(errors) < _LEAST:
        raise InputError(
            photographer.renderer.model.name,
            "faces",
            f"{len(errors)} of {len(scenes)} detected",
            f"a face model whose faces the detector finds, at least {_LEAST}",
        )
    return DetectorError.fitted(np.array(errors), np.array(turns, np.float64))
