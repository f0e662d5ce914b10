"""Faces in pictures as they come: their coefficients, or their Action Units."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from au_tf.arrays import Arrays, Pixels
from au_tf.estimation.landmarks.landmark_estimator import load_landmark_estimator
from au_tf.faces.estimated import Source, neutral_face, read_frame
from au_tf.faces.face_models import ModelSource, face_model_of
from au_tf.faces.pairing import FitterSource, ReaderSource, as_reader, as_regressor
from au_tf.fitting.regress.initial_pose import surface_for
from au_tf.fitting.video.live import extract_frames
from au_tf.fitting.video.tracker import Tracker
from au_tf.pictures.camera import Frames, live_frames

if TYPE_CHECKING:
    import pandas as pd


def extract_live(
    frames: Frames,
    *,
    rate: float = 0.0,
    model: ModelSource = "builtin",
    fitter: FitterSource = None,
    smooth: bool = True,
    landmarks: ReaderSource = None,
) -> Iterator[Arrays]:
    """Fits the face model to the faces in pictures as they come, without looking ahead.

    for rows in au_tf.extract_live(0):
        print(rows["time"], rows["face"], rows["expression"])

    Args:
      frames: number of a camera, file of a film, or pictures uint8[H, W, 3], sRGB, one after the other.
      rate: pictures a second, of arrays; 0 takes the time at which each comes.
      model: as for `Face.from_photo`.
      fitter: as for `Face.from_photo`.
      smooth: whether pose, expression and light are smoothed over the pictures so far.
      landmarks: as for `Face.from_photo`.

    Yields:
      for each picture the rows of `Extraction.rows`, one for each face, or one that tells why there is none. Nobody who
      has left has rows.

    Raises:
      InputError: if there is no such camera or film, or an array is no picture.
    """
    plain, reader = face_model_of(model), as_reader(landmarks)
    surface = surface_for(plain, as_regressor(fitter))
    return extract_frames(live_frames(frames, rate), plain, surface, reader, smooth)


def estimate_live(
    frames: Frames,
    *,
    neutral: Source | Pixels | None = None,
    rate: float = 0.0,
    landmarks: ReaderSource = None,
    estimator: str | Path | None = None,
) -> "Iterator[pd.DataFrame]":
    """Reads Action Units off the faces in pictures as they come, without looking ahead.

    for table in au_tf.estimate_live(0):
        print(table[["timestamp", "face_id", "AU12_r"]])

    Args:
      frames: as for `extract_live`.
      neutral: as for `estimate`.
      rate: as for `extract_live`.
      landmarks: as for `estimate`.
      estimator: as for `estimate`.

    Yields:
      for each picture the rows of `Readings.table`, the same as `estimate` gives of a film.

    Raises:
      InputError: if there is no such camera or film, an array is no picture, or the neutral photo shows no face.
    """
    reader, reads = as_reader(landmarks), load_landmark_estimator(estimator)
    known = None if neutral is None else neutral_face(neutral, reader, reads)
    pictures = live_frames(frames, rate)

    def tables() -> "Iterator[pd.DataFrame]":
        tracker = Tracker(reader=reader)
        for looked, frame in enumerate(pictures, 1):
            found = {} if frame.image is None else tracker.update(frame.image, looked)
            yield read_frame(frame, found, reads, reader, known)

    return tables()
