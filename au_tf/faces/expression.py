"""A face with an expression: pictures, mesh and what is written of them."""

import logging
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from au_tf.arrays import Array, Float32, Pixels
from au_tf.errors import InputError
from au_tf.faces.archive import write_face
from au_tf.faces.mesh_files import write_mesh
from au_tf.faces.notebook import card
from au_tf.faces.portrayed import Portrayed
from au_tf.facs import format_intensities
from au_tf.meshes.kinds import MESHES
from au_tf.meshes.mesh_export import to_trimesh
from au_tf.morphable import Coefficients
from au_tf.pictures.images import WRITERS, write_image
from au_tf.pictures.provenance.mark import marked
from au_tf.pictures.provenance.statement import Statement

if TYPE_CHECKING:
    import trimesh

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, repr=False)
class Expression:
    """A face with an expression; each picture is drawn when it is asked for, and kept."""

    face: Portrayed
    """Whose expression it is."""
    intensities: Float32
    """float32[12] in [0, 5], in the order of `AU_NAMES`; of sides that differ the mean."""
    coefficients: Coefficients
    """Those of the face, but for the expression."""
    sides: str = ""
    """What was asked for of each side, if they differ: "AU6=3,L12=5"."""

    @cached_property
    def photo(self) -> Pixels:
        """uint8[H, W, 3], sRGB, the photo with the expression.

        Raises:
          InputError: of a face without a photo.
        """
        own = self.face.photo.shape
        logger.info("Making the photo, %d x %d pixels", own[1], own[0])
        return self.face.picture(self.coefficients, self.intensities)

    @cached_property
    def render(self) -> Pixels:
        """uint8[H, W, 3], sRGB, the 3D face with the expression, as the camera of the photo sees it."""
        logger.info("Drawing the 3D face")
        return self.face.drawn(self.coefficients)

    @cached_property
    def vertices(self) -> Float32:
        """float32[V, 3], mm, unposed, as the coefficients say; `mesh` has the person's own shape."""
        shape = self.face.model.shape(self.coefficients.identity, self.coefficients.expression)
        return np.asarray(shape, np.float32)

    @cached_property
    def mesh(self) -> "trimesh.Trimesh":
        """The textured mesh in metres, unposed, with the photo's own skin."""
        return to_trimesh(self.face.shaped, self.coefficients, self.face.texture)

    @property
    def asked(self) -> str:
        """The Action Units that were asked for, in words: "AU6=3,AU12=5"."""
        return self.sides or format_intensities(self.intensities)

    def statement(self, render: bool = False) -> Statement:
        """What files of it say of themselves: `render` alone is no composite with the photo."""
        return self.face.statement(self.asked, render)

    def save(self, path: str | os.PathLike[str], *, render: bool = False, mark: bool = False) -> list[Path]:
        """Writes the expression as what the suffix says; pictures and meshes say that they are synthetic.

        Args:
          path: `.png` or `.jpg`, the photo; `.glb`, `.obj` or `.ply`, the textured mesh, in a GLB with a blend
            shape for each Action Unit; `.npz`, the coefficients, which `Face.from_coefficients` reads.
          render: draw the 3D face rather than the photo; a face without a photo has no other picture.
          mark: write "synthetic" on a picture, too, where people see it.

        Returns:
          The files written.

        Raises:
          InputError: for another suffix, or if the place cannot be written.
        """
        place, face = Path(path), self.face
        kind = place.suffix.lower()
        if kind in WRITERS:
            picture = self.render if render or face.image is None else self.photo
            write_image(place, marked(picture) if mark else picture, self.statement(render))
        elif kind in MESHES:
            shapes = face.blend_shapes(self.intensities)
            stated = self.statement()
            return write_mesh(place, face.shaped, self.coefficients, face.texture, shapes, statement=stated)
        elif kind == ".npz":
            write_face(place, face.model, self.coefficients, face.camera, intensities=self.intensities)
        else:
            raise InputError(place, "suffix", kind or "none", " or ".join((*WRITERS, *MESHES, ".npz")))
        return [place]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        """`photo`, or `render` of a face without one, for whatever takes a picture as an array."""
        return np.array(self._shown, dtype, copy=copy)

    @property
    def _shown(self) -> Pixels:
        return self.render if self.face.image is None else self.photo

    def __repr__(self) -> str:
        return f"Expression({self.asked} of {self.face.name})"

    def _repr_html_(self) -> str:
        return card(self.face.close_up(self._shown), repr(self), self.intensities)
