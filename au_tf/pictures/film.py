"""Pictures in the course of time, as a film."""

import os
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import cv2
from PIL import Image

from au_tf.arrays import Pixels
from au_tf.errors import InputError
from au_tf.files import whole_file


def write_film(path: str | os.PathLike[str], pictures: Iterable[Pixels], rate: float) -> None:
    """Writes a film picture by picture, so that it may be long; a film that is not finished is not left.

    Args:
      path: ends in .mp4 (MPEG-4 part 2, without an odd last row or column) or .gif (which repeats, has the 256 colours
        that suit the first picture, and whose pictures last whole hundredths of a second).
      pictures: uint8[H, W, 3], sRGB, all of one size; at least one.
      rate: pictures a second.

    Raises:
      InputError: for another suffix, or if the place cannot be written.
    """
    path = Path(path)
    writers = {".mp4": _write_mp4, ".gif": _write_gif}
    if path.suffix.lower() not in writers:
        raise InputError(path, "suffix", path.suffix or "none", " or ".join(writers))
    with whole_file(path) as beside:
        writers[path.suffix.lower()](beside, pictures, rate)


def _write_mp4(path: Path, pictures: Iterable[Pixels], rate: float) -> None:
    rest = iter(pictures)
    first = next(rest)
    height, width = (side - side % 2 for side in first.shape[:2])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), rate, (width, height))
    try:
        if not writer.isOpened():
            raise InputError(path, "film", "none that OpenCV can write here", "a place and a size for an MPEG-4 film")
        for picture in chain([first], rest):
            writer.write(cv2.cvtColor(picture[:height, :width], cv2.COLOR_RGB2BGR))
    finally:
        writer.release()


def _write_gif(path: Path, pictures: Iterable[Pixels], rate: float) -> None:
    images = (Image.fromarray(picture) for picture in pictures)
    first = next(images)
    palette = first.quantize()
    # Colours of each picture's own, or dithering, would let flicker what rests.
    frames = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in chain([first], images))
    duration = 10 * max(1, round(100 / rate))
    next(frames).save(path, "GIF", save_all=True, append_images=frames, duration=duration, loop=0)
