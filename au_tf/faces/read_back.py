"""What the estimator sees of the expressions that a face in a photo is given."""

import numpy as np

from au_tf.arrays import Float32, Float64, Pixels
from au_tf.errors import InputError
from au_tf.estimation.landmarks.landmark_estimator import load_landmark_estimator
from au_tf.faces.expressive import Face
from au_tf.faces.pairing import ReaderSource, as_reader
from au_tf.fitting.detect.detection import present


class ReadBack:
    """Reads Action Units off pictures of one face, by the change from its neutral picture.

    Args:
      face: one from a photo.
      landmarks: who finds landmarks, as for `Face.from_photo`; it has to know dense ones.

    Raises:
      InputError: of a face without a photo, or if its neutral picture shows no face.
    """

    def __init__(self, face: Face, landmarks: ReaderSource = None) -> None:
        if face.fit is None:
            raise InputError(face.name, "photo", "none", "a face from a photo")
        self._found, self._reader = face.fit.face, as_reader(landmarks)
        self._estimator = load_landmark_estimator()
        rest = self._dense(face.neutral().photo)
        if rest is None:
            raise InputError(face.name, "neutral face", "none that is found again", "a face")
        self._rest = rest

    def __call__(self, picture: Pixels) -> Float32 | None:
        """float32[12] in [0, 5], of uint8[H, W, 3], sRGB; None if no face is found where it was."""
        points = self._dense(picture)
        return None if points is None else self._estimator.estimate(points[np.newaxis], self._rest)[0]

    def _dense(self, picture: Pixels) -> Float64 | None:
        face = self._reader.follow(picture, self._found)
        return face.dense.astype(np.float64) if present(face) and face.dense is not None else None
