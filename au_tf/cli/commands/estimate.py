"""`au-tf estimate`: the Action Units of the faces in photos and films."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

import au_tf
from au_tf.cli.live import check_sources, until_stopped
from au_tf.cli.parameters import Camera, File, Flag, Inputs, Landmarks, OutFile, Rate, Seconds
from au_tf.errors import Argument, InputError
from au_tf.faces.estimated import Format, as_csv
from au_tf.files import write_whole
from au_tf.pictures.charts import to_png
from au_tf.pictures.clips import source_files
from au_tf.pictures.film import SUFFIXES as FILMS
from au_tf.places import check_distinct, check_file

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)
WRITTEN = {"out": (".csv",), "overlay": (*FILMS, ".png", ".jpg"), "plot": (".png",), "strip": (".png",)}
"""Suffixes of what is made."""


def estimate(
    inputs: Inputs = None,
    /,
    *,
    out: OutFile,
    camera: Camera = None,
    seconds: Seconds = None,
    neutral: Annotated[Path | None, Parameter(metavar="PHOTO")] = None,
    rest: Flag = False,
    form: Annotated[Format, Parameter(name="--format")] = "openface",
    overlay: File = None,
    plot: File = None,
    strip: File = None,
    rate: Annotated[Rate | None, Parameter(name="--fps")] = None,
    landmarks: Landmarks = "mediapipe",
    estimator: Annotated[Path | None, Parameter(metavar="DIR")] = None,
) -> list[Path]:
    """Read the Action Units of faces.

    Intensities from 0 to 5 of the twelve Action Units of all faces in photos and films, as a table with a row for each
    face in each picture and OpenFace's columns. Its estimator has learnt from rendered people.

    Args:
      inputs: Photos, films, folders of them, or patterns.
      out: The table (.csv).
      neutral: The person with a neutral face: what is read is the change from it.
      rest: Judge each face of a film from what it looks like when it does least.
      form: The columns; long has a row for each Action Unit.
      overlay: The first film with bars of the intensities (.webm, .mp4, ...), or the first photo (.png).
      plot: Time lines of the first face (.png).
      strip: The same below pictures of the face (.png).
      rate: The pictures are the frames of one recording, so many a second.
      estimator: What `au-tf train landmark-estimator` made, instead of the one that ships.
    """
    made = {"out": out, "overlay": overlay, "plot": plot, "strip": strip}
    for name, place in made.items():
        if place is not None:
            check_file(name, place, WRITTEN[name])
    check_sources(inputs, camera, seconds, overlay=overlay, plot=plot, strip=strip, rate=rate, rest=rest)
    if camera is not None:
        tables = au_tf.estimate_live(camera, neutral=neutral, landmarks=landmarks, estimator=estimator)
        return [_written(out, until_stopped(tables, seconds), form)]
    inputs = inputs or []
    for path in source_files(inputs):
        check_distinct(("inputs", path), *made.items())
    found = au_tf.estimate(
        inputs, neutral=neutral, rest=rest, rate=rate or 0.0, landmarks=landmarks, estimator=estimator
    )
    written = [found.save(out, form), *_drawn(found, overlay, plot, strip)]
    failed = int((found.table["success"] == 0).sum())
    if failed:
        logger.warning("%d of %d rows without a face that can be read; `reason` tells why", failed, len(found))
    return written


def _drawn(found: "au_tf.Readings", overlay: Path | None, plot: Path | None, strip: Path | None) -> Iterator[Path]:
    if overlay is not None:
        yield found.draw(overlay)
    for name, place, drawn in (("plot", plot, found.plot), ("strip", strip, found.strip)):
        if place is not None:
            write_whole(place, to_png(drawn(face=_first_face(found, Argument(name, place)))))
            yield place


def _first_face(found: "au_tf.Readings", drawn: Argument) -> int:
    read = found.table.loc[found.table["success"] == 1, "face_id"]
    if read.empty:
        raise InputError(drawn, "faces", "none that can be read", "a face in one of the pictures")
    return int(read.min())


def _written(out: Path, tables: "Iterator[pd.DataFrame]", form: Format) -> Path:
    """Writes rows as they come, so that others can read them meanwhile; those that are there are whole."""
    first = next(tables, None)
    if first is None:
        raise InputError("camera", "pictures", "none", "at least one")
    try:
        with out.open("w", encoding="utf-8") as file:
            file.write(as_csv(first, form))
            for table in tables:
                file.flush()
                file.write(as_csv(table, form, header=False))
    except OSError as error:
        found = error.strerror or error
        raise InputError(Argument("out", out), "file", found, "a place that can be written") from error
    return out
