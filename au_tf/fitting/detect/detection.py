"""The faces in a picture, by one of the readers of landmarks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from au_tf.arrays import Pixels
from au_tf.errors import InputError
from au_tf.fitting.detect.dense_landmarks import dense_reader
from au_tf.fitting.detect.detected_face import (
    MAX_SCATTER,
    MIN_PRESENCE,
    STEADY_SCATTER,
    TURNED,
    Candidate,
    DetectedFace,
    overlap,
)
from au_tf.fitting.detect.dlib_landmarks import DlibReader
from au_tf.fitting.refine.dense_points import turned

MAX_OUTSIDE = 17
"""Most landmarks that may lie outside the picture: a quarter, such as half the jaw."""
_EXPECTED = "a face of at least 30 pixels and 2 % of the longest side, not covered for the most part"
_SAME = 0.4
"""Overlap of the outlines of two faces, over their union, from which they are one."""


class LandmarkReader(Protocol):
    """What finds faces and their landmarks."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def search(self, image: Pixels, quick: bool = False) -> list[Candidate]:
        """Where in a picture uint8[H, W, 3], sRGB, there may be faces; `quick` only for large ones."""
        ...

    def trace(self, image: Pixels, candidate: Candidate) -> DetectedFace:
        """The landmarks of a candidate, whether it is a face or not."""
        ...

    def follow(self, image: Pixels, face: DetectedFace) -> DetectedFace:
        """The landmarks of a face where it was in the frame before; it is lost if its `presence` is too low."""
        ...


def landmark_reader(name: str | Path | None = None) -> LandmarkReader:
    """The reader that is meant.

    Args:
      name: "mediapipe", the one that ships with au_tf, or None for the same; "dlib", the paper's; else a file such as
        Google's `face_landmarker.task`.

    Raises:
      InputError: if there is no such file.
    """
    if name in (None, "mediapipe"):
        return dense_reader()
    if name == "dlib":
        return DlibReader()
    return dense_reader(Path(str(name)))


def detect_faces(image: Pixels, reader: LandmarkReader | None = None) -> list[DetectedFace]:
    """Finds the faces in a picture, tilted however they may be.

    Args:
      image: uint8[height, width, 3], sRGB. Faces have at least 30 pixels, and 2 % of the longest side.
      reader: who looks for them; None is MediaPipe's networks.

    Returns:
      the faces, the largest first; what a detector mistakes for one is left out.
    """
    chosen = reader or landmark_reader()
    return traced(image, chosen.search(image), chosen)


def present(face: DetectedFace) -> bool:
    """Whether it is a face at all."""
    if face.presence < MIN_PRESENCE:
        return face.scatter <= STEADY_SCATTER and turned(face.dense, TURNED)
    return not face.scatter > MAX_SCATTER


def traced(image: Pixels, candidates: Sequence[Candidate], reader: LandmarkReader) -> list[DetectedFace]:
    """The landmarks of those candidates that are faces, each face once, the largest first."""
    found = [face for face in (reader.trace(image, c) for c in candidates) if present(face)]
    kept: list[DetectedFace] = []
    for face in sorted(found, key=lambda f: f.score, reverse=True):
        if all(overlap(face.outline, other.outline) < _SAME for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda f: f.eye_distance, reverse=True)


def select_face(faces: Sequence[DetectedFace], index: int, source: object) -> DetectedFace:
    """Picks one of the faces in a picture.

    Args:
      faces: what `detect_faces` returned.
      index: 0 for the largest, 1 for the next, and so on.
      source: what the picture is called in errors.

    Returns:
      the face.

    Raises:
      InputError: if there is no face, or none of that number, or it is cut by the border.
    """
    if not faces:
        raise InputError(source, "face", "none", _EXPECTED)
    if not 0 <= index < len(faces):
        found = "a single one" if len(faces) == 1 else f"{len(faces)} in the picture"
        expected = "`face` 0, the only one" if len(faces) == 1 else f"`face` 0 (the largest) to {len(faces) - 1}"
        raise InputError(source, f"face {index}", found, expected)
    face = faces[index]
    outside = int(face.outside.sum())
    if outside > MAX_OUTSIDE:
        found = f"{outside} of its 68 landmarks outside the picture"
        raise InputError(source, f"face {index}", found, f"at most {MAX_OUTSIDE}")
    return face
