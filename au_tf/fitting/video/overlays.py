"""Overlays of everything that was extracted: a picture for each face of a photo, a film for each recording."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from au_tf.arrays import Arrays, Int64, Pixels
from au_tf.fitting.overlay import Overlay
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.pictures.clips import Clip
from au_tf.pictures.film import LONG, alike, rate_of, write_film
from au_tf.pictures.images import write_image
from au_tf.progress import progress


def draw_overlays(folder: Path, clips: Sequence[Clip], arrays: Arrays, model: MorphableModel) -> list[Path]:
    """Writes overlays of what `extract` found in clips to a folder, which is made if need be.

    Returns:
      the files: `<number>-<photo>-<face>.png`, and `<video>.webm` of recordings of which any frame can be read, with a
      number before it where several have one name.

    Raises:
      InputError: if a place cannot be written.
    """
    overlay = Overlay.of(model)
    names = [Path(clip.name).stem for clip in clips if clip.recording]
    written: list[Path] = []
    for number, clip in enumerate(clips, 1):
        if not clip.recording:
            written += _photos(folder, clip, arrays, overlay)
        elif arrays["image_size"][_rows(clip, arrays)].any():
            name = Path(clip.name).stem
            written.append(folder / (f"{name}{LONG}" if names.count(name) == 1 else f"{number:02d}-{name}{LONG}"))
            write_film(written[-1], alike(_film(clip, arrays, overlay)), rate_of(arrays["time"][_rows(clip, arrays)]))
    return written


def _photos(folder: Path, clip: Clip, arrays: Arrays, overlay: Overlay) -> list[Path]:
    written = []
    for frame in progress(clip.frames(), "overlays", total=clip.count(), unit="photo"):
        for row in np.flatnonzero((arrays["source"] == frame.source) & np.isfinite(arrays["rotation"]).all(1)).tolist():
            face, camera = face_of(arrays, row)
            path = folder / f"{frame.number:05d}-{Path(frame.source).stem}-{arrays['face'][row]}.png"
            assert frame.image is not None
            write_image(path, overlay.panels(frame.image, face, camera, arrays["landmarks"][row]))
            written.append(path)
    return written


def _film(clip: Clip, arrays: Arrays, overlay: Overlay) -> Iterator[Pixels]:
    own = _rows(clip, arrays)
    own = own[np.isfinite(arrays["rotation"][own]).all(1)]
    for frame in progress(clip.frames(), f"{clip.name}: overlay", total=clip.count() or None, unit="frame"):
        if frame.image is not None:
            found = [face_of(arrays, row) for row in own[arrays["frame"][own] == frame.number].tolist()]
            yield overlay.over(frame.image, [face for face, _ in found], found[0][1]) if found else frame.image


def _rows(clip: Clip, arrays: Arrays) -> Int64:
    """Which rows are of a clip."""
    return np.flatnonzero(np.isin(arrays["source"], [os.fspath(path) for path in clip.files]))


def face_of(arrays: Arrays, row: int) -> tuple[Coefficients, Camera]:
    """The face in a row, without batch axes, and the camera that took it."""
    face = Coefficients.of({name: values[row] for name, values in arrays.items()})
    (column, place), (height, width) = arrays["camera_centre"][row].tolist(), arrays["image_size"][row].tolist()
    return face, Camera(float(arrays["camera_focal"][row]), (column, place), height, width)
