"""Pictures in the course of time, as a film."""

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from au_tf.arrays import ArrayLike, Pixels
from au_tf.errors import InputError
from au_tf.files import plain_name, whole_file
from au_tf.pictures.provenance.films import state_film
from au_tf.pictures.provenance.statement import Statement
from au_tf.pictures.video import Video
from au_tf.startup import stderr_discarded

# What browsers play and OpenCV's wheels may write: VP9 in MP4, VP8 in WebM. A picture of 512 x 512 took 65 to 150 ms of
# one processor in VP9, 16 in VP8 and 1.5 in MPEG-4, which players show and no browser does.
_CODECS = {".mp4": "vp09", ".webm": "VP80", ".mkv": "mp4v", ".avi": "XVID"}
# A second in whole ticks of what counts the time.
_TICKS = {".gif": 100, ".webp": 1000}
SUFFIXES = (*_CODECS, *_TICKS)
"""What films may end in."""
LONG = ".webm"
"""Of those that play in a browser the one for long films."""
MAX_RATE = 1000.0
_USUAL_RATE = 25.0
_MAX_DENOMINATOR = 65535


def check_film(path: str | os.PathLike[str], rate: float) -> float:
    """Makes sure, before the work, that a film of such a name and rate can be written.

    Returns:
      pictures a second, as near to `rate` as the container holds.

    Raises:
      InputError: for another suffix or a rate that is not from above 0 to 1000.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(path, "suffix", path.suffix or "none", " or ".join(SUFFIXES))
    if not 0.0 < rate <= MAX_RATE:
        raise InputError(path, "rate", f"{rate:g} pictures a second", f"more than 0, at most {MAX_RATE:g}")
    if suffix in _TICKS:
        return _TICKS[suffix] / max(1, round(_TICKS[suffix] / rate))
    # OpenCV writes thousandths, hundredths or tenths as a fraction; clocks of MPEG-4 have 16 bits.
    return round(rate, next(digits for digits in (3, 2, 1) if rate * 10**digits <= _MAX_DENOMINATOR))


def alike(pictures: Iterable[Pixels]) -> Iterator[Pixels]:
    """Pictures uint8[H, W, 3], all brought to the size of the first: those of a series may differ, a film's may not."""
    size: tuple[int, ...] | None = None
    for picture in pictures:
        size = size or picture.shape[1::-1]
        yield picture if size == picture.shape[1::-1] else np.asarray(cv2.resize(picture, size), np.uint8)


def rate_of(times: ArrayLike) -> float:
    """Pictures a second of a recording with pictures at these moments, float[N] in seconds; 25 of a single one."""
    moments = np.unique(times)
    return 1.0 / float(np.median(np.diff(moments))) if len(moments) > 1 else _USUAL_RATE


def write_film(
    path: str | os.PathLike[str], pictures: Iterable[Pixels], rate: float, statement: Statement | None = None
) -> None:
    """Writes a film picture by picture, so that it may be long; a film that is not finished is not left.

    Args:
      path: ends in .mp4 (VP9) or .webm (VP8, four times as fast), which browsers play; .mkv or .avi (MPEG-4 part 2,
        forty times as fast); .gif (with the 256 colours that suit the first picture) or .webp, which repeat. Those with
        a codec lose an odd last row or column.
      pictures: uint8[H, W, 3], sRGB, all of one size; at least one.
      rate: pictures a second, rounded to what `check_film` says.
      statement: what it says of itself, if it is synthetic.

    Raises:
      InputError: for another suffix or rate, or if the place cannot be written.
    """
    path = Path(path)
    rate = check_film(path, rate)
    writer = {".gif": _write_gif, ".webp": _write_webp}.get(path.suffix.lower(), _write_coded)
    with whole_file(path) as beside:
        writer(beside, pictures, rate)
        if statement is not None:
            state_film(beside, statement)


def _write_coded(path: Path, pictures: Iterable[Pixels], rate: float) -> None:
    rest = iter(pictures)
    first = next(rest)
    height, width = (side - side % 2 for side in first.shape[:2])
    # OpenCV grumbles about its own way of naming VP8 in WebM.
    with plain_name(path) as name, stderr_discarded():
        codec = cv2.VideoWriter.fourcc(*_CODECS[path.suffix.lower()])
        writer = cv2.VideoWriter(name, cv2.CAP_FFMPEG, codec, rate, (width, height))
    if not writer.isOpened():
        raise OSError("no film that OpenCV can write there")
    count = 0
    try:
        for picture in chain([first], rest):
            writer.write(cv2.cvtColor(picture[:height, :width], cv2.COLOR_RGB2BGR))
            count += 1
    finally:
        writer.release()
    # OpenCV does not say when the disk is full.
    try:
        with Video(path) as film:
            while film.grab():
                pass
    except InputError as error:
        raise OSError(f"a film that cannot be read back ({error.found})") from error
    if film.number < count:
        raise OSError(f"room for {film.number} of {count} pictures")


def _write_gif(path: Path, pictures: Iterable[Pixels], rate: float) -> None:
    images = (Image.fromarray(picture) for picture in pictures)
    first = next(images)
    palette = first.quantize()
    # Colours of each picture's own, or dithering, would let flicker what rests.
    frames = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in chain([first], images))
    next(frames).save(path, "GIF", save_all=True, append_images=frames, duration=round(1000 / rate), loop=0)


def _write_webp(path: Path, pictures: Iterable[Pixels], rate: float) -> None:
    images = (Image.fromarray(picture) for picture in pictures)
    next(images).save(
        path, "WEBP", save_all=True, append_images=images, duration=round(1000 / rate), loop=0, quality=90
    )
