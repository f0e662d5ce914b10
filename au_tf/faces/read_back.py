"""What the estimator sees of the expressions that a face in a photo is given."""

from au_tf.arrays import Float32, Float64, Pixels
from au_tf.errors import InputError
from au_tf.estimation.landmarks.landmark_estimator import intensities_of_readings, load_landmark_estimator
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
        rest = self._seen(face.neutral().photo)
        if rest is None:
            raise InputError(face.name, "neutral face", "none that is found again", "a face")
        self._rest = rest

    def __call__(self, picture: Pixels) -> Float32 | None:
        """float32[12] in [0, 5], of uint8[H, W, 3], sRGB; None if no face is found where it was."""
        seen = self._seen(picture)
        return None if seen is None else intensities_of_readings(self._estimator.read(seen, self._rest))[0]

    def _seen(self, picture: Pixels) -> Float64 | None:
        face = self._reader.follow(picture, self._found)
        if not present(face) or face.dense is None:
            return None
        return self._estimator.describe_one(picture, face.dense)
