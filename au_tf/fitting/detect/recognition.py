"""Whether two pictures show one person, by dlib's face recognition network, if it is installed."""

import importlib.util
import os
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from au_tf.arrays import Float64, Pixels
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.detect.networks import package_file
from au_tf.optional import optional

dlib = optional("dlib")

SAME = 0.6
"""Distance of two descriptors up to which they are taken for one person's: the network's own operating point."""
_ONE_AT_A_TIME = Lock()
"""The network keeps the layers of the face that it is looking at, and dlib is loaded at its first use."""


def describe(image: Pixels, face: DetectedFace) -> Float64 | None:
    """A face as the network sees it: what makes a person, whatever the light and the expression.

    Args:
      image: uint8[H, W, 3], sRGB.
      face: where it is.

    Returns:
      float64[128], about 0.3 from those of the same person's other pictures, 0.8 from other people's; None if the
      network is not installed.
    """
    path = network_file()
    if path is None:
        return None
    with _ONE_AT_A_TIME:
        points = dlib.points([dlib.point(round(x), round(y)) for x, y in face.landmarks.tolist()])
        box = dlib.rectangle(*(round(edge) for edge in face.box))
        shape = dlib.full_object_detection(box, points)
        return np.array(_network(path).compute_face_descriptor(np.ascontiguousarray(image), shape))


def network_file() -> Path | None:
    """The network inside `face_recognition_models`; None if that or dlib is not installed."""
    if importlib.util.find_spec("dlib") is None:
        return None
    return package_file("face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat")


@cache
def _network(path: Path) -> Any:
    return dlib.face_recognition_model_v1(os.fspath(path))
