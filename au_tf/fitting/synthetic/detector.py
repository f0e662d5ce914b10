"""How the landmark detector errs on rendered people, measured."""

import numpy as np

from au_tf.arrays import Float, Float64, Pixels
from au_tf.errors import InputError
from au_tf.fitting.detect.dense_landmarks import dense_reader
from au_tf.fitting.detect.detected_face import Box, Candidate, DetectedFace
from au_tf.fitting.detect.detection import detect_faces, present
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline, as_aligned
from au_tf.fitting.synthetic.scenes import Scenes
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera, Taken
from au_tf.geometry.alignment import ALIGNED_SIZE, transform
from au_tf.geometry.landmarks import INNER, eye_distance
from au_tf.progress import progress

PHOTO_SIZE = 336
"""Side in pixels of photos with an aligned face in the middle."""
_LEAST = 40
_FAR = 0.25
_AT_ONCE = 20


def taken_pictures(
    scenes: Scenes, landmarks: Float, camera: SyntheticCamera, rng: np.random.Generator
) -> tuple[Scenes, Float64, Taken]:
    """Faces before aligned cameras in larger photos.

    Args:
      scenes: the faces before the cameras of aligned pictures.
      landmarks: float[N, 68, 2] there.
      camera: takes the photos.
      rng: where the randomness comes from.

    Returns:
      the faces before the photos' cameras, the landmarks there, and the photos uint8[N, 336, 336, 3].
    """
    margin = (PHOTO_SIZE - ALIGNED_SIZE) / 2
    matrices = np.tile([[1.0, 0.0, margin], [0.0, 1.0, margin]], (len(scenes), 1, 1))
    moved, places = scenes.aligned(matrices), transform(matrices, np.asarray(landmarks, np.float64))
    return moved, places, camera.take(moved, places.astype(np.float32), PHOTO_SIZE, rng)


def found_in(photo: Pixels, landmarks: Float) -> DetectedFace | None:
    """The detected face whose true landmarks float[68, 2] these are; None if it is not found."""
    return next((face for face in detect_faces(photo) if _is_of(face, landmarks)), None)


def measure_detector(
    scenes: Scenes, outline: Outline, camera: SyntheticCamera, rng: np.random.Generator
) -> DetectorError:
    """Lets the detector find the landmarks of people in photos, shown roughly where their faces are.

    Args:
      scenes: the people before nearly aligned cameras.
      outline: of their face model.
      camera: takes the photos.
      rng: where the randomness comes from.

    Raises:
      InputError: if it takes too few for faces, such as with a face model that does not look like one.
    """
    scenes, landmarks = as_aligned(scenes, outline, DetectorError.none(), rng)
    turns, rows, errors = np.asarray(scenes.place().turn, np.float64), [], []
    with progress(about="landmark detector", total=len(scenes), unit="photo") as bar:
        for start in range(0, len(scenes), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            _, places, taken = taken_pictures(scenes.rows(part), landmarks[part], camera, rng)
            for row, (photo, place) in enumerate(zip(taken.pictures, places, strict=True), start):
                found = dense_reader().trace(photo, Candidate(face_box(place, rng), 1.0))
                if present(found) and _is_of(found, place):
                    rows.append(row)
                    errors.append(found.landmarks - place)
            bar.update(len(places))
    if len(rows) < _LEAST:
        taken_for_faces = f"{len(rows)} of {len(scenes)} that the detector takes for such"
        raise InputError(camera.renderer.model.name, "faces", taken_for_faces, f"at least {_LEAST}")
    return DetectorError.fitted(landmarks[rows], np.array(errors), turns[rows])


def face_box(landmarks: Float64, rng: np.random.Generator) -> Box:
    """About where a detector would put its box round a face."""
    centre = landmarks.mean(0)
    side = 2.7 * float(np.sqrt(((landmarks - centre) ** 2).sum(1).mean())) * float(np.exp(rng.normal(0.0, 0.08)))
    column, row = (centre + side * rng.normal(0.0, 0.04, 2)).tolist()
    return column - side / 2, row - side / 2, column + side / 2, row + side / 2


def _is_of(face: DetectedFace, landmarks: Float) -> bool:
    eyes = eye_distance(landmarks)
    return bool(np.linalg.norm(face.landmarks[INNER].mean(0) - landmarks[INNER].mean(0)) < _FAR * eyes)
