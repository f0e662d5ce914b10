"""Frames of DISFA's videos, as many as there are labels."""

from collections.abc import Iterator
from pathlib import Path

from au_tf.arrays import Pixels
from au_tf.errors import InputError
from au_tf.pictures.video import Video


def check_video(path: Path) -> None:
    """Makes sure that a video opens and that its first frame can be decoded.

    Raises:
      InputError: otherwise.
    """
    next(read_frames(path, 1, 1))


def read_frames(path: Path, first: int, last: int, *, final: bool = False, spare: int = 0) -> Iterator[Pixels]:
    """Decodes frames in their order.

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
    with Video(path) as video:
        while video.number < last:
            if not video.grab():
                if video.number + spare >= last:
                    return
                raise InputError(path, "video", f"{video.number} frames", f"{last}, as there are labels")
            if video.number >= first:
                picture = video.picture()
                if picture is None:
                    raise InputError(path, f"frame {video.number}", "nothing", "a colour picture")
                yield picture
        while final and video.grab():
            if video.number > last + spare:
                raise InputError(path, "video", f"more than {last} frames", f"{last}, as there are labels")
