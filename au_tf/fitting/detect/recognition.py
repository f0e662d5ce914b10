"""Whether two pictures show one person, by dlib's face recognition network."""

import os
from functools import cache
from threading import Lock
from typing import Any

import dlib
import numpy as np

from au_tf.arrays import Float64, Pixels
from au_tf.errors import InputError
from au_tf.fitting.detect.detection import DetectedFace, landmark_file

SAME = 0.6
"""Distance of two descriptors up to which they are taken for one person's: the network's own operating point."""
_ONE_AT_A_TIME = Lock()
"""The network keeps the layers of the face that it is looking at."""


def describe(image: Pixels, face: DetectedFace) -> Float64:
    """A face as the network sees it: what makes a person, whatever the light and the expression.

    Args:
      image: uint8[H, W, 3], sRGB.
      face: where it is.

    Returns:
      float64[128], about 0.3 from those of the same person's other pictures, 0.8 from other people's.

    Raises:
      InputError: if the network is not installed.
    """
    points = dlib.points([dlib.point(round(x), round(y)) for x, y in face.landmarks.tolist()])
    box = dlib.rectangle(*(round(edge) for edge in face.box))
    shape = dlib.full_object_detection(box, points)
    with _ONE_AT_A_TIME:
        return np.array(_network().compute_face_descriptor(np.ascontiguousarray(image), shape))


@cache
def _network() -> Any:
    path = landmark_file().with_name("dlib_face_recognition_resnet_model_v1.dat")
    if not path.is_file():
        raise InputError(path, "file", "nothing", "pip install face_recognition_models")
    return dlib.face_recognition_model_v1(os.fspath(path))
