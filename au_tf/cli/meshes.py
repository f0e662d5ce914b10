"""A subject's face as a mesh file: GLB with a blend shape for each Action Unit, OBJ or PLY."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from au_tf import facs
from au_tf.arrays import Float32, Pixels
from au_tf.cli import job

if TYPE_CHECKING:
    from au_tf.meshes.export import BlendShapes
    from au_tf.morphable import Coefficients

SUFFIXES = (".glb", ".obj", ".ply")


def files(path: Path) -> list[Path]:
    """Everything that a mesh at `path` consists of: an OBJ has its material and texture beside it."""
    if path.suffix.lower() != ".obj":
        return [path]
    name = _material(path)
    return [path, path.with_name(f"{name}.mtl"), path.with_name(f"{name}.png")]


def write(path: Path, subject: job.Subject, coefficients: "Coefficients", intensities: Float32) -> None:
    """Writes a face of the subject as a mesh that carries the photo's own texture.

    Args:
      path: the mesh; its suffix, one of `SUFFIXES`, says what kind.
      subject: whose face.
      coefficients: the face shown.
      intensities: float32[12] in [0, 5], those of `coefficients`; weights of a GLB's blend shapes.

    Raises:
      InputError: if the place cannot be written.
    """
    from au_tf.files import write_whole
    from au_tf.meshes.export import to_glb, to_obj, to_ply

    skin = texture(subject)
    if path.suffix.lower() == ".glb":
        write_whole(path, to_glb(subject.model, coefficients, skin, blend_shapes(subject, intensities)))
    elif path.suffix.lower() == ".ply":
        write_whole(path, to_ply(subject.model, coefficients, skin))
    else:
        shape, beside = to_obj(subject.model, coefficients, skin, _material(path))
        for name, content in beside.items():
            write_whole(path.with_name(name), content)
        write_whole(path, shape)


def texture(subject: job.Subject) -> Pixels:
    """The photo over the model's texture coordinates, uint8[S, S, 3]."""
    from au_tf.meshes.texture import bake_photo

    return bake_photo(subject.model, subject.fit.coefficients, subject.fit.camera, subject.image)


def blend_shapes(subject: job.Subject, intensities: Float32) -> "BlendShapes":
    """For each Action Unit what the generator makes of it at 5, less what it makes of none, for this person.

    Args:
      subject: whose face.
      intensities: float32[12] in [0, 5] of the face that is shown.
    """
    from au_tf.meshes.export import BlendShapes

    alone = facs.MAX_INTENSITY * np.eye(1 + len(facs.ACTION_UNITS), len(facs.ACTION_UNITS), -1, np.float32)
    none, *full = (face.expression for face in job.expressions(subject, alone))
    return BlendShapes(facs.AU_NAMES, np.stack(full) - none, intensities / np.float32(facs.MAX_INTENSITY))


def _material(path: Path) -> str:
    return "-".join(f"{path.stem} texture".split())
