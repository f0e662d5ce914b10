"""`au-tf animate`: the face of a photo moved by Action Units in the course of time."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from au_tf.cli.output import Report
from au_tf.cli.parameters import Fitted, Fitting, Mark, OutFile, Rate
from au_tf.cli.several import Places, made_of_each, places_of
from au_tf.errors import InputError
from au_tf.pictures.film import SUFFIXES as FILMS
from au_tf.places import check_distinct, check_file
from au_tf.timeline import read_timeline


def animate(
    photos: Annotated[list[Path], Parameter(metavar="PHOTO... TIMELINE.csv")],
    /,
    *,
    out: OutFile,
    rate: Annotated[Rate, Parameter(name="--fps")] = 25.0,
    mark: Mark = False,
    face_id: str | None = None,
    fitting: Fitted = Fitting(),
) -> list[Path] | Report:
    """Move the face of a photo by Action Units over time.

    As a film of the photo, or as a mesh with an animation.

    Args:
      photos: A photo with a face, or several, for the name of each of which {} stands in --out; then a time line, as
        OpenFace, py-feat, LibreFace or Live Link Face writes it, or with columns time (seconds), AU1, AU2, ... (0 to
        5).
      out: The film (.mp4 and .webm play in browsers, .webm, .mkv and .avi are fast to make, .gif and .webp repeat) or
        mesh (.glb).
      rate: Pictures a second of the film, and of a time line that only counts frames.
      face_id: Whose rows of the time line count, if several faces are in it.
    """
    *shown, timeline = photos
    if not shown:
        raise InputError(timeline, "time line", "none after it", "a photo, then a table that tells how its face moves")
    for photo in shown:
        place = places_of(photo, {"out": out})["out"]
        check_file("out", place or out, (*FILMS, ".glb"))
        check_distinct(("photos", photo), ("timeline", timeline), ("out", place))
    moves = read_timeline(timeline, rate, face_id)

    def make(photo: Path, places: Places) -> list[Path]:
        return [fitting.found(photo).animate(moves, rate).save(places["out"] or out, mark=mark)]

    return made_of_each(shown, {"out": out}, make)
