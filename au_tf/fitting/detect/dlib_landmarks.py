"""Upright faces and their 68 landmarks, by dlib's HOG detector and its regression trees (the paper's, section 5.1).

The trees were trained on 300-W, whose licence excludes commercial use.

The regression trees always answer, whatever they are shown. Started from slightly different boxes they agree on a
face, to about 1 % of the distance between the eyes, and scatter by several percent on anything else: the scatter
tells false detections from faces, and the mean over the starts is steadier than one answer (0.3-0.5 % instead of
0.8-2.6 % between resized, mirrored, tilted and darkened copies of one photo).
"""

import os
import pickle
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from au_tf.arrays import Float64, Pixels
from au_tf.errors import InputError
from au_tf.fitting.detect.detected_face import MIN_PRESENCE, Candidate, DetectedFace
from au_tf.fitting.detect.networks import package_file
from au_tf.geometry.alignment import warp
from au_tf.geometry.landmarks import INNER, LEFT_EYE, RIGHT_EYE, eye_distance
from au_tf.optional import optional

dlib = optional("dlib")

EXTRA = "pip install 'au_tf[dlib]'"
MIN_SCORE = 0.0
"""Least score of the detector: its own operating point."""
MAX_SCATTER = 0.025
"""Largest scatter of the landmarks over the starts, a share of the distance of the outer eye corners: faces stay
under 0.015, while what the detector mistakes for one lies above 0.03."""
_HALF = 1.0 - MIN_PRESENCE
_SEARCH_SIDE, _QUICK_SIDE = 1024, 640
_CROP = 512
_STARTS, _FOLLOWING = 12, 4

# Where dlib's boxes lie about the landmarks inside: the side over the landmarks' root mean square radius, and how far
# the box's centre lies above theirs, in sides.
_BOX_RADIUS = 0.365
_BOX_RISE = 0.04


class DlibReader:
    """Finds upright, roughly frontal faces, and the 68 landmarks of each."""

    name = "dlib"
    """What it is called."""

    def search(self, image: Pixels, quick: bool = False) -> list[Candidate]:
        """Where there may be faces.

        Args:
          image: uint8[height, width, 3], sRGB. A picture of more than 1024 pixels a side is searched at that size,
            where a face has to be 40 pixels wide.
          quick: search at no more than 640 pixels a side, for faces that are at least 80 wide there; takes a sixth of
            the time.
        """
        scale = min(1.0, (_QUICK_SIDE if quick else _SEARCH_SIDE) / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1.0 else image
        # Each call has its own, which keeps the picture that it scans: threads would find each other's faces.
        detector = pickle.loads(_detector())
        boxes, scores, _ = detector.run(np.ascontiguousarray(small), 0 if quick else 1, MIN_SCORE)
        edges = [np.array([b.left(), b.top(), b.right() + 1, b.bottom() + 1]) / scale - 0.5 for b in boxes]
        return [Candidate((e[0], e[1], e[2], e[3]), float(score)) for e, score in zip(edges, scores, strict=True)]

    def trace(self, image: Pixels, candidate: Candidate) -> DetectedFace:
        """The landmarks of one candidate: twice from three starts to centre the box and level it, then from all."""
        left, top, right, bottom = candidate.box
        square = np.array([[right - left, 0.0, (left + right) / 2], [0.0, bottom - top, (top + bottom) / 2]])
        for _ in range(2):
            square = _square(_guesses(image, square, 3).mean(0))
        return _face(image, candidate, _guesses(image, square, _STARTS))

    def follow(self, image: Pixels, face: DetectedFace) -> DetectedFace:
        """The landmarks of a face where it was in the frame before, several times as fast as by detection."""
        square = _square(_guesses(image, _square(face.landmarks.astype(np.float64)), 1)[0])
        guesses = _guesses(image, square, _FOLLOWING)
        return _face(image, Candidate(face.moved_box(guesses.mean(0)), face.score), guesses)


def landmark_file() -> Path:
    """dlib's 68-point model inside `face_recognition_models`.

    Raises:
      InputError: if that package is not installed.
    """
    # Importing the package fails where setuptools no longer brings pkg_resources.
    path = package_file("face_recognition_models", "models/shape_predictor_68_face_landmarks.dat")
    if path is None:
        raise InputError("face_recognition_models", "package", "nothing", EXTRA)
    return path


@cache
def _detector() -> bytes:
    """dlib's detector, pickled. A copy takes 2 ms, where making one takes 0.7 s."""
    return pickle.dumps(dlib.get_frontal_face_detector())


@cache
def _predictor() -> Any:
    return dlib.shape_predictor(os.fspath(landmark_file()))


def _face(image: Pixels, candidate: Candidate, guesses: Float64) -> DetectedFace:
    landmarks = guesses.mean(0)
    # The jaw is left out: it is loosely defined on faces too.
    scatter = np.median(np.sqrt(((guesses - landmarks) ** 2).sum(-1).mean(0))[INNER]) / eye_distance(landmarks)
    return DetectedFace.of(image, candidate, landmarks, float(np.clip(1.0 - _HALF * scatter / MAX_SCATTER, 0.0, 1.0)))


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
