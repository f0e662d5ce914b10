"""Videos, photos, folders and patterns as frames."""

import glob
import hashlib
import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from au_tf.arrays import ArrayLike, Pixels
from au_tf.errors import InputError
from au_tf.pictures.images import as_array, checked_picture, is_picture, read_image
from au_tf.pictures.video import Video

_LOG = logging.getLogger(__name__)
_NAMED = 5
"""How many of the files that are skipped are named."""
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
    pictures: tuple[Pixels, ...] = field(default=(), compare=False, repr=False)
    """The pictures themselves, if they are in no files: uint8[H, W, 3] each, sRGB."""

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
        with Video(self.files[0]) as video:
            return video.declared

    def identity(self) -> list[object]:
        """What changes when the clip does, as text and numbers."""
        status = [path.stat() for path in self.files if path.exists()]
        files = [[os.fspath(path.resolve()) for path in self.files], [[s.st_size, s.st_mtime_ns] for s in status]]
        seen = [hashlib.sha256(picture.tobytes()).hexdigest() for picture in self.pictures]
        return [*files, self.video, self.rate, self.album, *seen]

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
                image = self.pictures[number - 1] if self.pictures else read_image(path)
                yield Frame(number, time, image, os.fspath(path))
            except InputError as error:
                yield Frame(number, time, None, os.fspath(path), f"{error.field}: found {error.found}")

    def _decoded(self, first: int) -> Iterator[Frame]:
        path = self.files[0]
        with Video(path) as video:
            while video.grab():
                if video.number >= first:
                    image = video.picture()
                    reason = "" if image is not None else "picture: found a frame that cannot be decoded"
                    yield Frame(video.number, video.time, image, os.fspath(path), reason)
            if video.number + 1 >= first and video.stops_early():
                found = f"found {video.number} frames that can be decoded of {video.declared} that it declares"
                yield Frame(video.number + 1, video.time, None, os.fspath(path), f"video: {found}")


Source = str | os.PathLike[str]
Sources = Source | ArrayLike | Sequence[Source] | Sequence[ArrayLike]
"""Files, folders or patterns, or pictures uint8[H, W, 3] of any library; one or several."""


def clips_of(sources: Sources, rate: float = 0.0, album: bool = False) -> tuple[Clip, ...]:
    """What is to be looked at, as `find_clips`; pictures that are given themselves are called "picture 1" and so on.

    Raises:
      InputError: as `find_clips`, or for an array that is no picture.
    """
    if isinstance(sources, str | os.PathLike):
        return tuple(find_clips([os.fspath(sources)], rate, album))
    several = [sources] if _is_array(sources) and as_array(sources).ndim == 3 else list(sources)  # type: ignore[arg-type]
    if not several or not all(map(_is_array, several)):
        return tuple(find_clips([os.fspath(each) for each in several], rate, album))  # type: ignore[arg-type]
    names = tuple(Path(f"picture {number}") for number in range(1, len(several) + 1))
    arrays = map(as_array, several)
    pictures = tuple(checked_picture(each, name) for each, name in zip(arrays, names, strict=True))
    return (Clip(names, False, rate, album, pictures),)


def _is_array(value: object) -> bool:
    return hasattr(value, "__array__") or hasattr(value, "__array_interface__") or hasattr(value, "__dlpack__")


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
    videos = {path: _is_video(path) for text in inputs for path in _expand(text, tell=True)}
    pictures = tuple(path for path, video in videos.items() if not video)
    clips = [Clip((path,), True, 0.0) for path, video in videos.items() if video]
    return ([Clip(pictures, False, rate, album)] if pictures else []) + clips


def source_files(inputs: Sequence[str]) -> list[Path]:
    """The files that `find_clips` would look at.

    Raises:
      InputError: as `find_clips`.
    """
    return [path for text in inputs for path in _expand(text)]


def _expand(text: str, tell: bool = False) -> list[Path]:
    path = Path(text)
    if path.is_dir():
        files = sorted((p for p in path.iterdir() if p.is_file() and not p.name.startswith(".")), key=_natural)
        found = [p for p in files if p.suffix.lower() in VIDEOS or is_picture(p) or p.suffix.lower() in PICTURES]
        if not found:
            raise InputError(text, "folder", "neither pictures nor videos", "some of either")
        skipped = [p.name for p in sorted({*files} - {*found}, key=_natural) if not _is_settings(p)]
        if skipped and tell:
            first = ", ".join(skipped[:_NAMED]) + (", ..." if len(skipped) > _NAMED else "")
            told = "1 file is neither a picture nor a video" if len(skipped) == 1 else None
            told = told or f"{len(skipped)} files are neither pictures nor videos"
            _LOG.warning("%s: %s: %s", text, told, first)
        return found
    if path.exists() or not glob.has_magic(text):
        if not path.is_file():
            raise InputError(text, "file", "a device or pipe" if path.exists() else "nothing", "a picture or a video")
        return [path]
    matched = [Path(p) for p in glob.glob(text, recursive=True) if Path(p).is_file()]
    if not matched:
        raise InputError(text, "pattern", "no file of such a name", "pictures or videos")
    return sorted(matched, key=_natural)


def _is_settings(path: Path) -> bool:
    """Whether a command left this file beside a result or in a folder of them: nobody takes it for a picture."""
    return path.suffix == ".toml" and (path.name == "config.toml" or path.with_suffix("").is_file())


def _natural(path: Path) -> list[object]:
    parts = re.split(r"(\d+)", os.fspath(path))
    return [int(part) if k % 2 else part for k, part in enumerate(parts)]


def _is_video(path: Path) -> bool:
    """Whether a file is a video, by its content; one that is neither that nor a picture is what its name says."""
    if is_picture(path):
        return False
    try:
        with Video(path):
            return True
    except InputError:
        return path.suffix.lower() in VIDEOS
