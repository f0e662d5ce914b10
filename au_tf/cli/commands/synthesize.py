"""`au-tf synthesize`: the face of a photo with the Action Units asked for."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import au_tf
from au_tf.cli.parameters import (
    BUILTIN,
    Face,
    FaceModel,
    File,
    Fitter,
    Generator,
    Landmarks,
    Mark,
    OpenEyes,
    OutFile,
    References,
)
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
    photo: Path,
    /,
    *,
    intensities: Units,
    out: OutFile,
    render: File = None,
    mesh: File = None,
    mark: Mark = False,
    face: Face = 0,
    model: FaceModel = BUILTIN,
    generator: Generator = None,
    fitter: Fitter = None,
    landmarks: Landmarks = "mediapipe",
    open_eyes: OpenEyes = False,
    references: References = None,
) -> list[Path]:
    """Give the face of a photo an expression.

    The photo itself with the new expression, and on demand the picture and the mesh of the fitted 3D face.

    Args:
      photo: A photo with a face.
      out: Where the photo with the expression goes (.png or .jpg).
      render: Where the picture of the 3D face goes.
      mesh: Where the textured mesh goes (.glb, .obj or .ply).
    """
    asked = parse_sides(*intensities).max(0)
    check_file("out", out, WRITERS)
    named: list[tuple[str, Path | None]] = [("photo", photo), ("out", out), ("render", render)]
    if render is not None:
        check_file("render", render, WRITERS)
    if mesh is not None:
        for path in mesh_files(mesh):
            check_file("mesh", path, (*MESHES, *MATERIALS))
        named += [("mesh", path) for path in mesh_files(mesh)]
    check_distinct(*named)
    face_model = au_tf.load_face_model(model)
    check_shown(face_model, asked)
    found = au_tf.Face.from_photo(
        photo,
        model=face_model,
        generator=generator,
        fitter=fitter,
        face=face,
        landmarks=landmarks,
        open_eyes=open_eyes,
        references=references or (),
    )
    wanted = found.express(",".join(intensities))
    written = wanted.save(out, mark=mark)
    written += wanted.save(render, render=True, mark=mark) if render is not None else []
    return written + (wanted.save(mesh) if mesh is not None else [])
