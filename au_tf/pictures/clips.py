"""Videos, photos, folders and patterns as frames."""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from au_tf.arrays import Pixels
from au_tf.errors import InputError
from au_tf.pictures.images import MIN_SIDE, read_image

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif", ".ppm", ".pgm")
VIDEOS = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg", ".flv", ".mts", ".ogv", ".3gp")


class Frame(NamedTuple):
    """One picture of a clip."""

    number: int
    """In its clip, the first being 1."""
    time: float
    """Seconds from the beginning; 0 for photos."""
    image: Pixels | None
    """uint8[H, W, 3], sRGB; None if it cannot be read."""
    source: str
    """The file."""
    reason: str = ""
    """Why it cannot be read."""


@dataclass(frozen=True)
class Clip:
    """Frames that follow each other, of one video or one series of pictures, or photos that have to do with nothing."""

    files: tuple[Path, ...]
    """One video, or the pictures in their order."""
    video: bool
    """Whether it is a video."""
    rate: float
    """Frames a second of a series of pictures; 0 for photos that are no series."""
    album: bool = False
    """Whether photos that are no series show the same people again and again."""

    @property
    def recording(self) -> bool:
        """Whether its frames follow each other."""
        return self.video or self.rate > 0

    @property
    def name(self) -> str:
        """What the clip is called."""
        return os.fspath(self.files[0] if len(self.files) == 1 else self.files[0].parent)

    def count(self) -> int:
        """How many frames there are; of a video, how many it says there are, 0 if it does not."""
        if not self.video:
            return len(self.files)
        with _opened(self.files[0]) as video:
            return max(int(video.get(cv2.CAP_PROP_FRAME_COUNT)), 0)

    def identity(self) -> list[object]:
        """What changes when the clip does, as text and numbers."""
        status = [path.stat() for path in self.files if path.exists()]
        files = [[os.fspath(path.resolve()) for path in self.files], [[s.st_size, s.st_mtime_ns] for s in status]]
        return [*files, self.video, self.rate, self.album]

    def frames(self, first: int = 1) -> Iterator[Frame]:
        """The frames from number `first` on; after those of a damaged video one without a picture that tells of it.

        Raises:
          InputError: if it is a video of which nothing can be decoded.
        """
        return self._decoded(first) if self.video else self._read(first)

    def _read(self, first: int) -> Iterator[Frame]:
        for number, path in enumerate(self.files[first - 1 :], first):
            time = (number - 1) / self.rate if self.rate else 0.0
            try:
                yield Frame(number, time, read_image(path), os.fspath(path))
            except InputError as error:
                yield Frame(number, time, None, os.fspath(path), f"{error.field}: found {error.found}")

    def _decoded(self, first: int) -> Iterator[Frame]:
        path = self.files[0]
        with _opened(path) as video:
            rate, number, time = video.get(cv2.CAP_PROP_FPS), 0, 0.0
            step = 1.0 / rate if rate > 0.0 else 0.0
            # Seeking is not exact in compressed videos, so what comes before is decoded as well.
            while video.grab():
                number += 1
                # Some containers hold no times.
                time = video.get(cv2.CAP_PROP_POS_MSEC) / 1000.0 or (number - 1) * step
                if number < first:
                    continue
                done, frame = video.retrieve()
                image = np.ascontiguousarray(frame[..., ::-1], np.uint8) if done and frame.ndim == 3 else None
                reason = "" if image is not None else "picture: found a frame that cannot be decoded"
                yield Frame(number, time, image, os.fspath(path), reason)
            if not number:
                raise InputError(path, "video", "no frame that can be decoded", "a video that OpenCV decodes")
            declared = video.get(cv2.CAP_PROP_FRAME_COUNT)
            if number + 1 >= first and _stops_early(number, time, declared, step):
                reason = f"video: found {number} frames that can be decoded of {declared:.0f} that it declares"
                yield Frame(number + 1, time, None, os.fspath(path), reason)


def _stops_early(number: int, time: float, declared: float, step: float) -> bool:
    """Whether frames are missing: where rates vary, containers declare more of them, but not a longer time."""
    return declared > number and declared * step > time + 3.0 * max(time / number, step)


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    # What FFmpeg would print about damaged files is told by errors.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    # With no backend named, OpenCV would take a name with a number in it for a series of pictures.
    video = cv2.VideoCapture(os.fspath(path), cv2.CAP_FFMPEG)
    try:
        if not video.isOpened():
            raise InputError(path, "video", "nothing that can be decoded", "a video that OpenCV decodes")
        side = min(video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if side < MIN_SIDE:
            raise InputError(path, "video", f"pictures {side:.0f} pixels high or wide", f"at least {MIN_SIDE}")
        yield video
    finally:
        video.release()


def find_clips(inputs: Sequence[str], rate: float = 0.0, album: bool = False) -> list[Clip]:
    """Finds out what is to be looked at.

    Args:
      inputs: pictures, videos, folders of them, or patterns such as "frames/*.png".
      rate: frames a second, if the pictures are the frames of one recording; 0 if they are photos.
      album: whether photos show the same people again and again.

    Returns:
      the videos, a clip each, and all pictures in one clip, in the order given; folders and patterns in the order of
      the names, numbers in them taken as numbers.

    Raises:
      InputError: if an input is missing, or holds neither pictures nor videos.
    """
    files = [path for text in inputs for path in _expand(text)]
    pictures = tuple(dict.fromkeys(path for path in files if not _is_video(path)))
    clips = [Clip((path,), True, 0.0) for path in dict.fromkeys(files) if _is_video(path)]
    return ([Clip(pictures, False, rate, album)] if pictures else []) + clips


def _expand(text: str) -> list[Path]:
    path = Path(text)
    if path.is_dir():
        found = [p for p in path.iterdir() if p.suffix.lower() in PICTURES + VIDEOS and not p.name.startswith(".")]
        if not found:
            raise InputError(text, "folder", "neither pictures nor videos", "some of either")
        return sorted(found, key=_natural)
    if path.exists() or not glob.has_magic(text):
        if not path.is_file():
            raise InputError(text, "file", "a device or pipe" if path.exists() else "nothing", "a picture or a video")
        return [path]
    found = [Path(p) for p in glob.glob(text, recursive=True) if Path(p).is_file()]
    if not found:
        raise InputError(text, "pattern", "no file of such a name", "pictures or videos")
    return sorted(found, key=_natural)


def _natural(path: Path) -> list[object]:
    parts = re.split(r"(\d+)", os.fspath(path))
    return [int(part) if k % 2 else part for k, part in enumerate(parts)]


def _is_video(path: Path) -> bool:
    """Whether a file is a video: by its name, else by whether OpenCV takes it for one."""
    suffix = path.suffix.lower()
    if suffix in PICTURES + VIDEOS:
        return suffix in VIDEOS
    try:
        with _opened(path):
            return True
    except InputError:
        return False
