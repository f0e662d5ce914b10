"""`au-tf animate`: the face of a photo moved by Action Units in the course of time."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import au_tf
from au_tf.cli.parameters import (
    BUILTIN,
    Face,
    FaceModel,
    Fitter,
    Generator,
    Landmarks,
    Mark,
    OpenEyes,
    OutFile,
    Rate,
    References,
)
from au_tf.pictures.film import SUFFIXES as FILMS
from au_tf.places import check_distinct, check_file
from au_tf.timeline import read_timeline


def animate(
    photo: Path,
    timeline: Annotated[Path, Parameter(metavar="TIMELINE.csv")],
    /,
    *,
    out: OutFile,
    rate: Annotated[Rate, Parameter(name="--fps")] = 25.0,
    mark: Mark = False,
    face_id: str | None = None,
    face: Face = 0,
    model: FaceModel = BUILTIN,
    generator: Generator = None,
    fitter: Fitter = None,
    landmarks: Landmarks = "mediapipe",
    open_eyes: OpenEyes = False,
    references: References = None,
) -> Path:
    """Move the face of a photo by Action Units over time.

    As a film of the photo, or as a mesh with an animation.

    Args:
      photo: A photo with a face.
      timeline: As OpenFace, py-feat, LibreFace or Live Link Face writes it, or with columns time (seconds), AU1, AU2,
        ... (0 to 5).
      out: The film (.mp4 and .webm play in browsers, .webm, .mkv and .avi are fast to make, .gif and .webp repeat) or
        mesh (.glb).
      rate: Pictures a second of the film, and of a time line that only counts frames.
      face_id: Whose rows of the time line count, if several faces are in it.
    """
    check_file("out", out, (*FILMS, ".glb"))
    check_distinct(("photo", photo), ("timeline", timeline), ("out", out))
    moves = read_timeline(timeline, rate, face_id)
    moved = au_tf.Face.from_photo(
        photo,
        model=model,
        generator=generator,
        fitter=fitter,
        face=face,
        landmarks=landmarks,
        open_eyes=open_eyes,
        references=references or (),
    )
    return moved.animate(moves, rate).save(out, mark=mark)
