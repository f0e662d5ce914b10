"""Frames of a video, by OpenCV."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from au_tf.arrays import Pixels
from au_tf.errors import InputError
from au_tf.pictures.images import MIN_SIDE

_EXPECTED = "a video that OpenCV decodes"


def check_video(path: Path) -> None:
    """Makes sure that a video opens and that its first frame can be decoded.

    Raises:
      InputError: otherwise.
    """
    next(read_frames(path, 1, 1))


def read_frames(path: Path, first: int, last: int, *, final: bool = False, spare: int = 0) -> Iterator[Pixels]:
    """Decodes frames in their order.

    All frames before the first are decoded as well: seeking is not exact in compressed videos.

    Args:
      path: the video.
      first: number of the first frame to give, the video's first being 1.
      last: number of the last.
      final: whether the video has to end there.
      spare: how many frames more or fewer than `last` are let pass.

    Yields:
      uint8[height, width, 3], sRGB.

    Raises:
      InputError: if the video cannot be decoded, or ends too early or too late.
    """
    with _open(path) as video:
        for number in range(1, last + 1):
            if not video.grab():
                if number == 1:
                    raise InputError(path, "video", "no frame that can be decoded", _EXPECTED)
                if number + spare > last:
                    return
                raise InputError(path, "video", f"{number - 1} frames", f"{last}, as there are labels")
            if number >= first:
                yield _frame(path, number, video)
        beyond = 0
        while final and video.grab():
            beyond += 1
            if beyond > spare:
                raise InputError(path, "video", f"more than {last} frames", f"{last}, as there are labels")


@contextmanager
def _open(path: Path) -> Iterator[cv2.VideoCapture]:
    # What FFmpeg would print about damaged files is told by errors.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    # With no backend named, OpenCV would take a name with a number in it for a series of pictures.
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not video.isOpened():
            raise InputError(path, "video", "nothing that can be decoded", _EXPECTED)
        yield video
    finally:
        video.release()


def _frame(path: Path, number: int, video: cv2.VideoCapture) -> Pixels:
    done, frame = video.retrieve()
    if not done or frame is None or frame.ndim != 3 or min(frame.shape[:2]) < MIN_SIDE:
        found = "nothing" if not done or frame is None else f"{frame.shape[1]} x {frame.shape[0]} pixels"
        raise InputError(path, f"frame {number}", found, f"a colour picture of at least {MIN_SIDE} pixels a side")
    return np.ascontiguousarray(frame[..., ::-1], np.uint8)
