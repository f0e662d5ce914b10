"""Faces and their 68 landmarks, by dlib's HOG detector and its regression trees (the paper's, section 5.1).

The regression trees always answer, whatever they are shown. Started from slightly different boxes they agree on a
face, to about 1 % of the distance between the eyes, and scatter by several percent on anything else: the scatter
tells false detections from faces, and the mean over the starts is steadier than one answer (0.3-0.5 % instead of
0.8-2.6 % between resized, mirrored, tilted and darkened copies of one photo).
"""

import importlib.util
import os
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np

from au_tf.arrays import Bool, Float32, Float64, Pixels
from au_tf.errors import InputError
from au_tf.geometry.alignment import warp
from au_tf.geometry.landmarks import INNER, LEFT_EYE, RIGHT_EYE, eye_distance

Box = tuple[float, float, float, float]

MIN_SCORE = 0.0
"""Least score of the detector: its own operating point."""
MAX_SCATTER = 0.025
"""Largest scatter of the landmarks over the starts, a share of the distance of the outer eye corners: faces stay
under 0.015, while what the detector mistakes for one lies above 0.03."""
MAX_OUTSIDE = 17
"""Most landmarks that may lie outside the picture: a quarter, such as half the jaw."""
_SEARCH_SIDE, _QUICK_SIDE = 1024, 640
_CROP = 512
_STARTS, _FOLLOWING = 12, 4

# Where dlib's boxes lie about the landmarks inside: the side over the landmarks' root mean square radius, and how far
# the box's centre lies above theirs, in sides.
_BOX_RADIUS = 0.365
_BOX_RISE = 0.04


@dataclass(frozen=True, eq=False)
class DetectedFace:
    """A face found in a picture."""

    box: Box
    """left, top, right, bottom in pixels, as detected; may reach over the border."""
    score: float
    """The detector's score; 0 is its own threshold, clear faces have about 1."""
    landmarks: Float32
    """float32[68, 2], (column, row) in pixels, in the order of iBUG 300-W; may lie over the border."""
    scatter: float
    """How far the landmarks disagree between starts, a share of the distance of the outer eye corners."""
    outside: Bool
    """bool[68], which landmarks lie outside the picture."""

    @property
    def eye_distance(self) -> float:
        """Distance between the outer corners of the eyes, in pixels."""
        return float(eye_distance(self.landmarks))


def detect_faces(image: Pixels) -> list[DetectedFace]:
    """Finds the upright, roughly frontal faces in a picture.

    Args:
      image: uint8[height, width, 3], sRGB. A picture of more than 1024 pixels a side is searched at that size, where
        a face has to be 40 pixels wide; landmarks come from the full resolution.

    Returns:
      the faces, the largest first; detections that look like no face are left out.
    """
    faces = [trace_face(image, box, score) for box, score in search(image)]
    return sorted((f for f in faces if f.scatter <= MAX_SCATTER), key=lambda f: f.eye_distance, reverse=True)


def search(image: Pixels, quick: bool = False) -> list[tuple[Box, float]]:
    """Where there may be faces.

    Args:
      image: uint8[height, width, 3], sRGB.
      quick: search at no more than 640 pixels a side, for faces that are at least 80 wide there; takes a sixth of the
        time.

    Returns:
      boxes (left, top, right, bottom) in pixels, and the detector's scores.
    """
    scale = min(1.0, (_QUICK_SIDE if quick else _SEARCH_SIDE) / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1.0 else image
    # Each call has its own, which keeps the picture that it scans: threads would find each other's faces.
    detector = pickle.loads(_detector())
    boxes, scores, _ = detector.run(np.ascontiguousarray(small), 0 if quick else 1, MIN_SCORE)
    edges = [np.array([b.left(), b.top(), b.right() + 1, b.bottom() + 1]) / scale - 0.5 for b in boxes]
    return [((e[0], e[1], e[2], e[3]), float(score)) for e, score in zip(edges, scores, strict=True)]


def follow_face(image: Pixels, face: DetectedFace) -> DetectedFace:
    """Finds the landmarks of a face where it was in the frame before, several times as fast as by detection.

    Args:
      image: uint8[height, width, 3], sRGB.
      face: as it was.

    Returns:
      the face, its box moved along, with the score that it had; if its `scatter` is above `MAX_SCATTER` it is lost.
    """
    before = face.landmarks.astype(np.float64)
    square = _square(_guesses(image, _square(before), 1)[0])
    guesses = _guesses(image, square, _FOLLOWING)
    after = guesses.mean(0)
    growth = float(np.sqrt(((after - after.mean(0)) ** 2).sum() / ((before - before.mean(0)) ** 2).sum()))
    corners = (np.reshape(face.box, (2, 2)) - before.mean(0)) * growth + after.mean(0)
    (left, top), (right, bottom) = corners.tolist()
    return _face(image, (left, top, right, bottom), face.score, guesses)


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
        raise InputError(source, "face", "none", "an upright face, roughly frontal and at least 40 pixels wide")
    if not 0 <= index < len(faces):
        expected = "0, the only one" if len(faces) == 1 else f"0 (the largest) to {len(faces) - 1}"
        raise InputError(source, f"face {index}", f"{len(faces)} in the picture", expected)
    face = faces[index]
    outside = int(face.outside.sum())
    if outside > MAX_OUTSIDE:
        found = f"{outside} of its 68 landmarks outside the picture"
        raise InputError(source, f"face {index}", found, f"at most {MAX_OUTSIDE}")
    return face


def landmark_file() -> Path:
    """dlib's 68-point model inside `face_recognition_models`.

    Raises:
      InputError: if that package is not installed.
    """
    # Importing the package fails where setuptools no longer brings pkg_resources.
    spec = importlib.util.find_spec("face_recognition_models")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "models" / "shape_predictor_68_face_landmarks.dat"
        if path.is_file():
            return path
    raise InputError("face_recognition_models", "package", "nothing", "pip install face_recognition_models")


@cache
def _detector() -> bytes:
    """dlib's detector, pickled. A copy takes 2 ms, where making one takes 0.7 s."""
    return pickle.dumps(dlib.get_frontal_face_detector())


@cache
def _predictor() -> Any:
    return dlib.shape_predictor(os.fspath(landmark_file()))


def trace_face(image: Pixels, box: Box, score: float) -> DetectedFace:
    """Finds the landmarks of one detection: twice from three starts to centre the box and level it, then from all."""
    (left, top), (right, bottom) = box[:2], box[2:]
    square = np.array([[right - left, 0.0, (left + right) / 2], [0.0, bottom - top, (top + bottom) / 2]])
    for _ in range(2):
        square = _square(_guesses(image, square, 3).mean(0))
    return _face(image, box, score, _guesses(image, square, _STARTS))


def _face(image: Pixels, box: Box, score: float, guesses: Float64) -> DetectedFace:
    landmarks = guesses.mean(0)
    eyes = eye_distance(landmarks)
    # The jaw is left out: it is loosely defined on faces too.
    scatter = np.median(np.sqrt(((guesses - landmarks) ** 2).sum(-1).mean(0))[INNER]) / eyes
    outside = np.any((landmarks < -0.5) | (landmarks > np.array(image.shape[1::-1]) - 0.5), -1)
    return DetectedFace(box, score, landmarks.astype(np.float32), float(scatter), outside)


def _square(landmarks: Float64) -> Float64:
    """float64[2, 3], from the square [-1/2, 1/2]^2 to the box that dlib would put round the landmarks, levelled."""
    centre = landmarks.mean(0)
    side = np.sqrt(((landmarks - centre) ** 2).sum(-1).mean()) / _BOX_RADIUS
    across = landmarks[LEFT_EYE].mean(0) - landmarks[RIGHT_EYE].mean(0)
    across *= side / max(float(np.linalg.norm(across)), 1e-9)
    down = np.array([-across[1], across[0]])
    return np.stack([across, down, centre - _BOX_RISE * down], -1)


@cache
def _starts() -> Float64:
    """float64[12, 3, 3]: shifts up to 5 % of the side, scales up to 8 %, turns up to 7 degrees; first of all none."""
    rng = np.random.default_rng(68)
    shift, scale, turn = rng.uniform(-0.05, 0.05, (_STARTS, 2)), *rng.uniform(-1.0, 1.0, (2, _STARTS))
    shift[0] = scale[0] = turn[0] = 0.0
    cosine, sine = (np.exp(0.08 * scale) * f(0.12 * turn) for f in (np.cos, np.sin))
    zero, one = np.zeros(_STARTS), np.ones(_STARTS)
    rows = [[cosine, -sine, shift[:, 0]], [sine, cosine, shift[:, 1]], [zero, zero, one]]
    return np.transpose(np.array(rows), (2, 0, 1))


def _guesses(image: Pixels, square: Float64, count: int) -> Float64:
    """float64[count, 68, 2], landmarks from `count` starts about the box that `square` maps to."""
    quarter = _CROP // 4
    to_unit = np.array([[2.0 / _CROP, 0.0, -1.0], [0.0, 2.0 / _CROP, -1.0], [0.0, 0.0, 1.0]])
    box = dlib.rectangle(quarter, quarter, _CROP - quarter, _CROP - quarter)
    guesses = []
    for start in _starts()[:count]:
        matrix = square @ start @ to_unit
        found = _predictor()(warp(image, matrix, _CROP), box)
        guesses.append(np.array([(p.x, p.y, 1.0) for p in found.parts()]) @ matrix.T)
    return np.stack(guesses)
