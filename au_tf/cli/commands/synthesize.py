"""`au-tf synthesize`: the face of a photo with the Action Units asked for."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from au_tf.cli.output import Report
from au_tf.cli.parameters import File, Fitted, Fitting, Mark, OutFile, Photos
from au_tf.cli.several import Places, made_of_each, places_of
from au_tf.faces.face_models import check_shown
from au_tf.facs import parse_sides
from au_tf.meshes.kinds import MATERIALS, MESHES, mesh_files
from au_tf.pictures.images import WRITERS
from au_tf.places import check_distinct, check_file

Units = Annotated[
    list[str],
    Parameter(
        name="--au",
        metavar="AU12=5",
        help="An Action Unit and its intensity from 0 to 5; repeat it, or list several as AU12=5,AU6=3; L12=5 is the "
        "person's left side alone.",
    ),
]


def synthesize(
    photos: Photos,
    /,
    *,
    intensities: Units,
    out: OutFile,
    render: File = None,
    mesh: File = None,
    mark: Mark = False,
    fitting: Fitted = Fitting(),
) -> list[Path] | Report:
    """Give the face of a photo an expression.

    The photo itself with the new expression, and on demand the picture and the mesh of the fitted 3D face.

    Args:
      photos: A photo with a face; of several, {} in the names of what is made stands for the name of each.
      out: Where the photo with the expression goes (.png or .jpg).
      render: Where the picture of the 3D face goes.
      mesh: Where the textured mesh goes (.glb, .obj or .ply).
    """
    asked = parse_sides(*intensities).max(0)
    places = {"out": out, "render": render, "mesh": mesh}
    for photo in photos:
        _check(photo, places_of(photo, places))
    check_shown(fitting.face_model, asked)

    def make(photo: Path, places: Places) -> list[Path]:
        wanted = fitting.found(photo).express(",".join(intensities))
        drawn = {"out": {}, "render": {"render": True}}
        pictures = [(places[name], how) for name, how in drawn.items()]
        written = [path for place, how in pictures if place for path in wanted.save(place, mark=mark, **how)]
        return written + (wanted.save(places["mesh"]) if places["mesh"] else [])

    return made_of_each(photos, places, make)


def _check(photo: Path, places: Places) -> None:
    named: list[tuple[str, Path | None]] = [("photos", photo), ("out", places["out"]), ("render", places["render"])]
    for name, place in named[1:]:
        if place is not None:
            check_file(name, place, WRITERS)
    meshes = mesh_files(places["mesh"]) if places["mesh"] else []
    for path in meshes:
        check_file("mesh", path, (*MESHES, *MATERIALS))
    check_distinct(*named, *(("mesh", path) for path in meshes))
