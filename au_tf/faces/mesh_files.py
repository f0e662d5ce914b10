"""A face as a mesh file: GLB with blend shapes and animation, OBJ with its material and texture, or PLY."""

from pathlib import Path

from au_tf.arrays import Pixels
from au_tf.errors import InputError
from au_tf.files import write_whole
from au_tf.meshes.kinds import MESHES, material, mesh_files
from au_tf.meshes.mesh_export import BlendShapes, Track, to_glb, to_obj, to_ply
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.pictures.provenance.meshes import stated_text
from au_tf.pictures.provenance.statement import Statement


def write_mesh(
    path: Path,
    model: MorphableModel,
    coefficients: Coefficients,
    texture: Pixels,
    shapes: BlendShapes,
    track: Track | None = None,
    statement: Statement | None = None,
) -> list[Path]:
    """Writes a face as a mesh.

    Args:
      path: its suffix, one of `MESHES`, says what kind.
      model: the face model.
      coefficients: the face shown, without batch axes.
      texture: uint8[S, S, 3], as `meshes.texture` bakes it.
      shapes: of a GLB, which knows of no other expression than these can mix.
      track: of a GLB, their animation.
      statement: what it says of itself, if it is synthetic.

    Returns:
      The files written.

    Raises:
      InputError: for another suffix, or if the place cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in MESHES or (track is not None and kind != ".glb"):
        raise InputError(path, "suffix", kind or "none", " or ".join(MESHES if track is None else MESHES[:1]))
    if kind == ".glb":
        write_whole(path, to_glb(model, coefficients, texture, shapes, track, statement))
    elif kind == ".ply":
        write_whole(path, _stated(to_ply(model, coefficients, texture), statement))
    else:
        shape, beside = to_obj(model, coefficients, texture, material(path))
        for name, content in beside.items():
            write_whole(path.with_name(name), content)
        write_whole(path, _stated(shape, statement))
    return mesh_files(path)


def _stated(content: bytes, statement: Statement | None) -> bytes:
    return stated_text(content, statement) if statement else content
