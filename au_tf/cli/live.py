"""What commands do with a camera."""

import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from au_tf.errors import Argument, InputError
from au_tf.progress import progress

T = TypeVar("T")


def check_sources(inputs: Sequence[str] | None, camera: str | None, seconds: float | None, **others: object) -> None:
    """Makes sure that there are files or a camera, and of a camera nothing that looks at more than what has come.

    Raises:
      InputError: for neither or both, or for one of the other arguments with a camera.
    """
    if camera is None and not inputs:
        raise InputError("inputs", "files", "none", "photos or videos, or `camera`")
    if camera is None and seconds is not None:
        raise InputError(Argument("seconds", seconds), "camera", "none", "`camera`")
    if camera is not None:
        given = [name for name, value in others.items() if value]
        if inputs:
            raise InputError(Argument("camera", camera), "inputs", inputs[0], "either a camera or files")
        if given:
            raise InputError(Argument(given[0], others[given[0]]), "camera", camera, "files, which can be seen twice")


def until_stopped(made: Iterator[T], seconds: float | None) -> Iterator[T]:
    """What is made of frames as they come, until there are no more, time is up, or somebody has had enough."""
    end = None if seconds is None else time.monotonic() + seconds
    try:
        for each in progress(made, "camera", unit="frame"):
            yield each
            if end is not None and time.monotonic() > end:
                return
    except KeyboardInterrupt:
        return
