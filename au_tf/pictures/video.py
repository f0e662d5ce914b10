"""The one reader of films, by OpenCV."""

import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from au_tf.arrays import Pixels
from au_tf.errors import InputError
from au_tf.files import plain_name
from au_tf.pictures.images import MIN_SIDE

EXPECTED = "a video that OpenCV decodes"
_QUIET = "OPENCV_FFMPEG_LOGLEVEL"
_OPENING = Lock()


class Video:
    """A film that is decoded frame by frame from its beginning: seeking is not exact in compressed films.

    Args:
      path: the file.

    Raises:
      InputError: if nothing in it can be decoded, or its pictures are too small.
    """

    number = 0
    """How many frames were taken."""
    time = 0.0
    """Seconds from the beginning, of the last of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._capture = _opened(path)
        if not self._capture.isOpened():
            raise InputError(path, "video", "nothing that can be decoded", EXPECTED)
        sides = [self._capture.get(which) for which in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
        if min(sides) < MIN_SIDE:
            found = f"pictures {min(sides):.0f} pixels high or wide"
            raise InputError(path, "video", found, f"at least {MIN_SIDE}")
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.declared = max(int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
        """How many frames it says there are; 0 if it does not."""
        self._step = 1.0 / rate if rate > 0.0 else 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._capture.release()

    def grab(self) -> bool:
        """Goes on to the next frame; whether there is one.

        Raises:
          InputError: if there is not even a first one.
        """
        if not self._capture.grab():
            if not self.number:
                raise InputError(self.path, "video", "no frame that can be decoded", EXPECTED)
            return False
        self.number += 1
        # Some containers hold no times.
        self.time = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0 or (self.number - 1) * self._step
        return True

    def picture(self) -> Pixels | None:
        """The frame, uint8[height, width, 3], sRGB; None if it cannot be decoded."""
        done, frame = self._capture.retrieve()
        whole = done and frame is not None and frame.ndim == 3
        return np.ascontiguousarray(frame[..., ::-1], np.uint8) if whole else None

    def stops_early(self) -> bool:
        """Whether frames are missing at the end, by the time that the container declares.

        Where rates vary, containers declare more frames than there are, but not a longer time. What was cut from a clip
        without encoding it anew is still there and counted: edit lists of MP4 and MOV tell how long it plays. Matroska
        counts a late beginning as part of the length.
        """
        length = min(self.declared * self._step, played(self.path) or np.inf)
        end = max(self.time, self._capture.get(cv2.CAP_PROP_PTS) * self._step)
        return self.declared > self.number and length > end + 3.0 * max(self.time / max(self.number, 1), self._step)


def played(path: Path) -> float | None:
    """Seconds that the pictures of an MP4 or MOV play by its edit list; None if it has none."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            for track in _boxes(data, b"moov", b"trak"):
                if any(handler[8:12] == b"vide" for handler in _boxes(track, b"mdia", b"hdlr")):
                    (scale,) = (_timescale(header) for header in _boxes(data, b"moov", b"mvhd"))
                    return sum(map(_edited, _boxes(track, b"edts", b"elst"))) / scale or None
        except (struct.error, ValueError, ZeroDivisionError):
            pass
    return None


def _boxes(data: mmap.mmap | bytes, name: bytes, *within: bytes) -> Iterator[bytes]:
    """The contents of boxes, and of boxes within them, of ISO/IEC 14496-12."""
    at = 0
    while at + 8 <= len(data):
        size, kind, head = *struct.unpack_from(">I4s", data, at), 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        if kind == name:
            content = data[at + head : at + size if size else len(data)]
            yield from _boxes(content, *within) if within else (content,)
        if size < head:
            return
        at += size


def _timescale(header: bytes) -> int:
    """Units a second of `mvhd`."""
    return int(struct.unpack_from(">I", header, 20 if header[0] else 12)[0])


def _edited(edits: bytes) -> int:
    """Units that the edits of `elst` play, without those that are empty."""
    entry = struct.Struct(">Qqi" if edits[0] else ">Iii")
    return sum(length for length, begin, _ in entry.iter_unpack(edits[8:]) if begin >= 0)


def _opened(path: Path) -> cv2.VideoCapture:
    # With no backend named, OpenCV would take a name with a number in it for a series of pictures.
    with quiet_opencv(), plain_name(path) as name:
        return cv2.VideoCapture(name, cv2.CAP_FFMPEG)


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Keeps OpenCV and FFmpeg from printing what errors tell, while something is opened."""
    with _OPENING:
        before, level = os.environ.get(_QUIET), cv2.utils.logging.getLogLevel()
        os.environ.setdefault(_QUIET, "-8")
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        try:
            yield
        finally:
            cv2.utils.logging.setLogLevel(level)
            if before is None:
                os.environ.pop(_QUIET, None)
