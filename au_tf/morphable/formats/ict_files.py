"""Which files ICT-FaceKit's folder has, and what its index of vertices says."""

import json
import os
import re
from pathlib import Path

import numpy as np

from au_tf.arrays import Int32
from au_tf.errors import InputError
from au_tf.morphable.formats.checks import file_size

NEUTRAL, INDICES = "generic_neutral_mesh.obj", "vertex_indices.json"
"""The files by which the folder is known."""
IDENTITIES = 100
"""Components of identity that the published model has; a larger one may have more."""
_LONGEST_INDICES = 1 << 24


def identity_count(folder: Path) -> int:
    """How many identities there are: up to the highest number, and as many as were published at least."""
    try:
        names = os.listdir(folder)
    except OSError as error:
        raise InputError(folder, "folder", error.strerror or error, "a folder that can be listed") from error
    numbers = (re.fullmatch(r"identity(\d{3})\.obj", name) for name in names)
    return max([IDENTITIES, *(int(number[1]) + 1 for number in numbers if number)])


def read_indices(path: Path, vertices: int) -> tuple[Int32, list[str]]:
    """The 68 landmarks' vertices and the expressions' names."""
    if file_size(path, "the indices of ICT-FaceKit") > _LONGEST_INDICES:
        raise InputError(path, "size", f"{file_size(path, '')} bytes", f"at most {_LONGEST_INDICES}")
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise InputError(path, "file", "something that is not JSON", "the indices of ICT-FaceKit") from None
    found = found if isinstance(found, dict) else {}
    landmarks, names = found.get("idx_to_landmark_verts"), found.get("expressions")
    if not isinstance(landmarks, list) or len(landmarks) != 68 or not all(type(k) is int for k in landmarks):
        raise InputError(path, "idx_to_landmark_verts", _described(landmarks), "a list of 68 vertices")
    if not 0 <= min(landmarks) <= max(landmarks) < vertices:
        wrong = next(k for k in landmarks if not 0 <= k < vertices)
        found_index = str(wrong) if abs(wrong) < 1 << 60 else "a number far too large"
        raise InputError(path, "idx_to_landmark_verts", found_index, f"vertices from 0 to {vertices - 1}")
    # Each becomes the name of a file: nothing may lead out of the folder.
    if not isinstance(names, list) or not all(isinstance(n, str) and re.fullmatch(r"\w{1,60}", n, re.A) for n in names):
        raise InputError(path, "expressions", _described(names), "a list of names such as jawOpen")
    if len(set(names)) < len(names):
        raise InputError(path, "expressions", "a name twice", "each name once")
    return np.array(landmarks, np.int32), names


def _described(value: object) -> str:
    if value is None:
        return "nothing"
    return f"a list of {len(value)}" if isinstance(value, list) else f"a {type(value).__name__}"
