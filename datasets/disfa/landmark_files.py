"""DISFA's own landmarks: 66 points a frame in a MATLAB file each."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from au_tf.arrays import Float32
from au_tf.datasets.recordings.schema import DISFA_LANDMARKS
from au_tf.errors import InputError
from au_tf.morphable.formats.isolated import read_arrays

_SHAPE = (DISFA_LANDMARKS, 2)


def read_landmarks(path: Path) -> Float32:
    """Reads the landmarks of one frame.

    Returns:
      float32[66, 2], (column, row) in pixels of the video.

    Raises:
      InputError: if the file is damaged, has no `pts`, or these are not 66 pairs of finite numbers.
    """
    points = read_arrays(path, "mat", ["pts"])["pts"]
    if points.shape != _SHAPE or points.dtype.kind not in "iuf":
        raise InputError(path, "pts", f"{points.dtype}{list(points.shape)}", f"numbers {list(_SHAPE)}")
    if not np.isfinite(points).all() or np.abs(points).max() > np.finfo(np.float32).max:
        raise InputError(path, "pts", "a number that is not finite", "finite numbers")
    return points.astype(np.float32)


def read_all_landmarks(paths: Iterable[Path | None]) -> Float32:
    """Reads the landmarks of several frames, float32[frames, 66, 2]; 0 where there is no file."""
    points = [np.zeros(_SHAPE, np.float32) if path is None else read_landmarks(path) for path in paths]
    return np.stack(points)
