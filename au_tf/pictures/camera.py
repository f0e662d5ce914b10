"""Pictures as they come: from a camera, from a film in its stead, or from whatever gives arrays."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import NamedTuple

import cv2
import numpy as np

from au_tf.arrays import Pixels
from au_tf.errors import Argument, InputError
from au_tf.pictures.clips import Clip, Frame
from au_tf.pictures.images import checked_picture
from au_tf.pictures.video import quiet_opencv

Frames = int | str | os.PathLike[str] | Iterable[Pixels]
"""The number of a camera, the first being 0; the file of a film; or pictures uint8[H, W, 3], sRGB."""


def live_frames(source: Frames, rate: float = 0.0) -> Iterator[Frame]:
    """Frames one after the other, each asked for when the one before is done with.

    A camera does not wait: of the pictures that come meanwhile the last is taken, and the numbers of frames tell how
    many were passed over.

    Args:
      source: where they come from.
      rate: pictures a second of arrays; 0 takes the time at which each comes. Cameras and films have their own.

    Raises:
      InputError: if there is no such camera or film, or an array is no picture.
    """
    if isinstance(source, str) and source.isdecimal():
        source = int(source)
    if isinstance(source, int):
        return _filmed(source)
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        if not path.is_file():
            expected = "the number of a camera, or a film in its stead"
            raise InputError(Argument("camera", source), "file", "nothing", expected)
        return Clip((path,), True, 0.0).frames()
    return _given(source, rate)


def _given(pictures: Iterable[Pixels], rate: float) -> Iterator[Frame]:
    begin = time.monotonic()
    for number, picture in enumerate(pictures, 1):
        moment = (number - 1) / rate if rate else time.monotonic() - begin
        yield Frame(number, moment, checked_picture(picture, f"frame {number}"), "frames")


class _Shot(NamedTuple):
    number: int
    time: float
    picture: Pixels


def _filmed(camera: int) -> Iterator[Frame]:
    with quiet_opencv():
        capture = cv2.VideoCapture(camera)
    if not capture.isOpened():
        found = "none that can be opened"
        raise InputError(Argument("camera", camera), "device", found, "one that is connected and not in use")
    newest: Queue[_Shot | None] = Queue(1)
    stop = Event()
    thread = Thread(target=_keep_newest, args=(capture, newest, stop), daemon=True, name=f"camera {camera}")
    thread.start()
    try:
        while (shot := newest.get()) is not None:
            yield Frame(shot.number, shot.time, shot.picture, f"camera {camera}")
    finally:
        stop.set()
        thread.join()
        capture.release()


def _keep_newest(capture: cv2.VideoCapture, newest: "Queue[_Shot | None]", stop: Event) -> None:
    """Puts each picture in place of one that nobody has taken yet; None once there are no more."""
    number, begin = 0, time.monotonic()
    while not stop.is_set():
        done, picture = capture.read()
        number += 1
        if not done or picture is None:
            break
        shot = _Shot(number, time.monotonic() - begin, np.ascontiguousarray(picture[..., ::-1]))
        with suppress(Empty):
            newest.get_nowait()
        newest.put(shot)
    while not stop.is_set():
        # The last picture may not have been taken yet.
        with suppress(Full):
            newest.put(None, timeout=0.1)
            return
