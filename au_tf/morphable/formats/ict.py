"""Reader of ICT-FaceKit's folder (Li et al., Learning formation of physically-based face attributes)."""

import os
from pathlib import Path

import numpy as np

from au_tf.arrays import Bool, Float32, Float64, Int64, Pixels
from au_tf.errors import InputError
from au_tf.morphable.completion.surface import pieces
from au_tf.morphable.formats.ict_actions import action_coefficients
from au_tf.morphable.formats.ict_files import INDICES, NEUTRAL, identity_count, read_indices
from au_tf.morphable.formats.ict_layout import EYEBALLS, FACE, GUMS, HEAD, TEETH, texture_layout
from au_tf.morphable.formats.obj import ObjMesh, read_obj, read_vertices
from au_tf.morphable.formats.raw import RawFace
from au_tf.morphable.model import Part
from au_tf.progress import progress

HIDDEN = ("M_IrisLeft", "M_IrisRight", "M_LacrimalFluid", "M_EyeBlend", "M_EyeOcclusion", "M_EyeLashes")
"""What lies inside the eyeballs' shells, and what is transparent: drawn opaque, it would hide the eyes."""
DEVIATION = 0.3
"""Share of a whole shape that is one standard deviation of its coefficient.

ICT-FaceKit has no statistics of its shapes: this is the root mean square strength of an action among the samples that
the built-in face's expressions are made from.
"""
_CENTIMETRES = 10.0


def read_ict_facekit(folder: str | os.PathLike[str]) -> RawFace:
    """ICT-FaceKit: 100 components of identity, 53 named expressions, 68 landmarks, FACS actions.

    Each component of identity is an OBJ file minus the neutral one, and its coefficient a standard deviation. Of the
    expressions a coefficient of 1 is `DEVIATION` of the whole shape: all of jawOpen is 1 / 0.3.

    All vertices are kept. The irises, which lie inside the eyeballs' opaque shells, the eyeballs' backs and the
    transparent layers before the eyes (tears, occlusion, lashes) are vertices without triangles, since au_tf draws
    nothing transparent.

    Args:
      folder: FaceXModel, with generic_neutral_mesh.obj, vertex_indices.json, identity000.obj and on, and an OBJ file
        for each expression that the JSON file names.

    Raises:
      InputError: if a file is missing or damaged, or does not fit the others.
    """
    folder = Path(folder)
    mesh = read_obj(folder / NEUTRAL)
    known = (FACE, HEAD, GUMS, TEETH, *EYEBALLS, *HIDDEN)
    for name in mesh.materials:
        if name not in known:
            raise InputError(folder / NEUTRAL, "material", ascii(name[:40]), f"one of {', '.join(known)}")
    if FACE not in mesh.materials:
        raise InputError(folder / NEUTRAL, "material", f"no {FACE}", f"polygons of {FACE}")
    landmarks, expressions = read_indices(folder / INDICES, len(mesh.vertices))
    actions = action_coefficients(expressions, folder / INDICES)
    identities = [f"identity{k:03}" for k in range(identity_count(folder))]
    offsets = _read_offsets(folder, identities + expressions, mesh.vertices)
    parts = _parts(mesh)
    with np.errstate(all="ignore"):
        mean = (mesh.vertices * _CENTIMETRES).astype(np.float32)
    face = RawFace(
        name="ICT-FaceKit",
        mean_shape=mean,
        identity_basis=offsets[: len(identities)],
        expression_basis=offsets[len(identities) :] * np.float32(DEVIATION),
        triangles=mesh.triangles[_drawn(mesh)].astype(np.int32),
        landmarks=landmarks,
        parts=parts,
        uv=texture_layout(mesh, parts),
        actions=actions / np.float32(DEVIATION),
    )
    face.check(folder)
    return face


def _read_offsets(folder: Path, names: list[str], neutral: Float64) -> Float32:
    """Differences of OBJ files from the neutral one, float32[len(names), V, 3], mm."""
    offsets = np.empty((len(names), *neutral.shape), np.float32)
    for row, name in enumerate(progress(names, folder.name, unit="shape")):
        path = folder / f"{name}.obj"
        vertices = read_vertices(path)
        if vertices.shape != neutral.shape:
            raise InputError(path, "vertices", len(vertices), f"{len(neutral)}, as {NEUTRAL} has")
        with np.errstate(all="ignore"):
            offsets[row] = (vertices - neutral) * _CENTIMETRES
    return offsets


def _parts(mesh: ObjMesh) -> Pixels:
    """What each vertex belongs to, uint8[V], by the materials; where two meet, the first of the order below."""
    parts = np.zeros(len(mesh.vertices), np.uint8)
    parts[_corners(mesh, *EYEBALLS, *HIDDEN)] = Part.EYE
    parts[_corners(mesh, TEETH)] = Part.TEETH
    parts[_corners(mesh, GUMS)] = Part.MOUTH
    parts[_mouth_socket(mesh)] = Part.MOUTH
    parts[_corners(mesh, FACE)] = Part.SKIN
    return parts


def _drawn(mesh: ObjMesh) -> Bool:
    """bool[T]: what can be seen of the mesh at all. Without its back an eyeball can be laid out flat for a texture."""
    drawn = ~mesh.of(*HIDDEN)
    for name in EYEBALLS:
        chosen = mesh.of(name)
        at = mesh.vertices[mesh.triangles[chosen]].mean(1)
        if len(at):
            with np.errstate(all="ignore"):
                offset = at - 0.5 * (at.min(0) + at.max(0))
                drawn[chosen] = offset[:, 2] > -0.5 * np.linalg.norm(offset, axis=1)
    return drawn


def _corners(mesh: ObjMesh, *materials: str) -> Int64:
    return np.unique(mesh.triangles[mesh.of(*materials)])


def _mouth_socket(mesh: ObjMesh) -> Int64:
    """Vertices of the mouth's lining: the piece of the head's material that fills the same box as gums and tongue."""
    gums, head = _corners(mesh, GUMS), mesh.triangles[mesh.of(HEAD)]
    if not len(gums) or not len(head):
        return gums
    piece, used = pieces(len(mesh.vertices), head), np.unique(head)
    boxes = {label: used[piece[used] == label] for label in np.unique(piece[used])}
    best = max(boxes, key=lambda label: _overlap(mesh.vertices[boxes[label]], mesh.vertices[gums]))
    return boxes[best] if _overlap(mesh.vertices[boxes[best]], mesh.vertices[gums]) > 0.5 else gums


def _overlap(one: Float64, other: Float64) -> float:
    """Volume shared by the bounding boxes of two sets of points, as a share of what they take together."""
    low, high = np.stack([one.min(0), other.min(0)]), np.stack([one.max(0), other.max(0)])
    with np.errstate(all="ignore"):
        shared = np.clip(high.min(0) - low.max(0), 0.0, None).prod()
        return float(shared / ((high - low).prod(1).sum() - shared + 1e-12))
