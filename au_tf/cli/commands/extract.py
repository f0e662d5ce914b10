"""`au-tf extract`: the coefficients of the faces in photos and videos."""

import logging
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import au_tf
from au_tf.cli.live import check_sources, until_stopped
from au_tf.cli.parameters import (
    BUILTIN,
    AnyFace,
    Camera,
    FaceModel,
    File,
    Fitter,
    Flag,
    Inputs,
    Landmarks,
    OutFile,
    Rate,
    Seconds,
)
from au_tf.errors import Argument, InputError
from au_tf.pictures.clips import PICTURES, source_files
from au_tf.pictures.film import SUFFIXES as FILMS
from au_tf.places import check_distinct, check_file, check_folder

logger = logging.getLogger(__name__)


def extract(
    inputs: Inputs = None,
    /,
    *,
    out: OutFile,
    camera: Camera = None,
    seconds: Seconds = None,
    csv: File = None,
    overlay: Annotated[Path | None, Parameter(metavar="DIR")] = None,
    rate: Annotated[Rate | None, Parameter(name="--fps")] = None,
    album: Flag = False,
    raw: Flag = False,
    face: AnyFace = None,
    model: FaceModel = BUILTIN,
    fitter: Fitter = None,
    landmarks: Landmarks = "mediapipe",
) -> list[Path]:
    """Write the coefficients of faces.

    Identity, albedo, expression, pose and light of the faces in photos and videos, with their landmarks and the camera,
    as NumPy arrays. In a video each person has one identity and albedo. An interrupted extraction goes on when it is
    started again.

    Args:
      inputs: A single photo gives one face, anything else a row for each face in each picture.
      out: Where the coefficients go (.npz).
      csv: Pose and landmarks as a table, too.
      overlay: Pictures and films of the mesh over the faces.
      rate: The pictures are the frames of one recording, so many a second.
      album: Photos show the same people again: one identity and albedo each, numbered as they first appear.
      raw: Do not smooth recordings over time.
    """
    _check(out, csv, overlay)
    check_sources(inputs, camera, seconds, overlay=overlay, rate=rate, album=album, face=face)
    if camera is not None:
        rows = au_tf.extract_live(camera, model=model, fitter=fitter, smooth=not raw, landmarks=landmarks)
        seen = au_tf.Extraction.of_live(until_stopped(rows, seconds), model)
        return [seen.save(path) for path in (out, csv) if path is not None]
    inputs = inputs or []
    for path in source_files(inputs):
        check_distinct(("inputs", path), ("out", out), ("csv", csv), ("model", Path(model)))
    found = au_tf.extract(
        inputs,
        model=model,
        fitter=fitter,
        face=face,
        rate=rate or 0.0,
        album=album,
        smooth=not raw,
        landmarks=landmarks,
    )
    written = [found.save(path) for path in (out, csv) if path is not None]
    written += found.draw(overlay) if overlay is not None else []
    found.forget()
    if found.failed:
        logger.warning("%d of %d rows without a reliable fit; `reason` tells why", found.failed, len(found))
    return written


def _check(out: Path, csv: Path | None, overlay: Path | None) -> None:
    check_file("out", out, (".npz",))
    if csv is not None:
        check_file("csv", csv, (".csv",))
    if overlay is not None:
        # Where `estimate` takes a file.
        if overlay.suffix.lower() in (*FILMS, *PICTURES) and not overlay.is_dir():
            raise InputError(Argument("overlay", overlay), "suffix", overlay.suffix, "a folder")
        check_folder("overlay", overlay)
