"""One texture coordinate a vertex for ICT-FaceKit, whose own have a seam between the face and the rest of the head.

The face keeps the file's coordinates, scaled about the middle of the texture. The rest of the head is laid round it:
from the face's border, which it shares, out to the end of the neck at a rounded square, by two harmonic functions on
the mesh, one for the way outwards and one for the bearing. So no triangle of the skin spans a seam. The eye sockets'
lining takes the place of the lids' edge, and eyes, gums, teeth and the mouth's lining lie in tiles at the lower border,
each piece spread out about its front, since their coordinates in the file have seams as well.
"""

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.sparse.linalg import spsolve
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Float32, Int64, UInt8
from au_tf.morphable.completion.surface import pieces
from au_tf.morphable.formats.obj import ObjMesh
from au_tf.morphable.model import Part

FACE, HEAD, GUMS, TEETH = "M_Face", "M_BackHead", "M_GumsTongue", "M_Teeth"
EYEBALLS = ("M_ScleraLeft", "M_ScleraRight")
_TILE = 0.11
"""Side of the tiles of eyes, gums, teeth and the mouth's lining."""
_FACE_SHARE = 0.8
"""The face's part of the square that the skin takes."""
_EVENER = 0.3
"""Power of the harmonic way outwards."""


def texture_layout(mesh: ObjMesh, parts: UInt8) -> Float32 | None:
    """Texture coordinates float32[V, 2] in [0, 1].

    Args:
      mesh: the neutral mesh.
      parts: uint8[V], a `Part` each.

    Returns:
      The coordinates; None if the file has none for the face, or the head does not surround the face with a single
      border as it does in the published mesh.
    """
    corners, places = mesh.triangles[mesh.of(FACE)].ravel(), mesh.uv_triangles[mesh.of(FACE)].ravel()
    face, back = np.unique(corners), mesh.triangles[mesh.of(HEAD)]
    outside = np.setdiff1d(back[parts[back] == Part.SKIN], face)
    if (places < 0).any() or not len(outside):
        return None
    skin = np.zeros((len(mesh.vertices), 2))
    skin[corners] = 0.5 + (mesh.uv[places] - 0.5) * _FACE_SHARE
    piece = pieces(len(skin), back)
    head = back[piece[back[:, 0]] == np.bincount(piece[outside]).argmax()]
    with np.errstate(all="ignore"):
        around = _around(mesh.vertices, head, skin, face)
        if around is None:
            return None
        ring = np.setdiff1d(head, face)
        skin[ring] = around[ring]
        _place_lining(mesh.vertices, skin, np.setdiff1d(outside, ring), face, back)
        uv = _TILE + (1.0 - _TILE) * skin
        _place_tiles(mesh, uv, parts)
    return uv.astype(np.float32) if np.isfinite(uv).all() and 0.0 <= uv.min() <= uv.max() <= 1.0 else None


def _place_lining(points: Array, place: Array, lining: Int64, face: Int64, triangles: Int64) -> None:
    """Puts the eye sockets' lining where the edge of the lids is that it hangs on."""
    edge = np.intersect1d(face, triangles[np.isin(triangles, lining).any(1)])
    if len(edge):
        place[lining] = place[edge[cKDTree(points[edge]).query(points[lining])[1]]]


def _place_tiles(mesh: ObjMesh, uv: Array, parts: UInt8) -> None:
    """Puts what is not skin into tiles along the lower border, and what has no triangles into their corner."""
    uv[parts != Part.SKIN] = 0.0
    for column, name in enumerate((*EYEBALLS, GUMS, TEETH, HEAD)):
        triangles = mesh.triangles[mesh.of(name)]
        rows = np.unique(triangles[(parts[triangles] != Part.SKIN).any(1)])
        if len(rows):
            own, label = np.unique(pieces(len(uv), triangles)[rows], return_inverse=True)
            side = int(np.ceil(np.sqrt(len(own))))
            cell = np.stack([label % side, label // side], -1) + _spread_out(mesh.vertices[rows], label)
            inside = parts[rows] != Part.SKIN
            uv[rows[inside]] = ((np.array([column, 0.0]) + cell / side) * _TILE)[inside]


def _spread_out(points: Array, label: Int64) -> Array:
    """Lays closed pieces out flat, seen from the front: float[N, 2] in the unit square, for points of labelled pieces.

    Each is spread about its foremost point by the angle from its middle; the front gets the larger part.
    """
    low, high = np.full((label.max() + 1, 3), np.inf), np.full((label.max() + 1, 3), -np.inf)
    np.minimum.at(low, label, points)
    np.maximum.at(high, label, points)
    x, y, z = (points - (0.5 * (low + high))[label]).T
    reach = 0.48 * np.sqrt(np.arctan2(np.hypot(x, y), z) / np.pi)
    bearing = np.arctan2(y, x)
    return 0.5 + reach[:, np.newaxis] * np.stack([np.cos(bearing), np.sin(bearing)], -1)


def _around(points: Array, head: Int64, place: Array, face: Int64) -> Array | None:
    """Places float[V, 2] of the head's vertices round the face's, or None if that is no ring."""
    loops = _border_loops(head)
    if loops is None or len(loops) != 2:
        return None
    loops.sort(key=lambda loop: not np.isin(loop, face).all())
    inner, outer = loops
    if not np.isin(inner, face).all() or np.isin(outer, face).any():
        return None
    turn = _wrapped(np.diff(_angle(place[inner] - 0.5), append=_angle(place[inner[0]] - 0.5)))
    if not np.isclose(abs(turn.sum()), 2 * np.pi):
        return None
    held = np.concatenate([inner, outer])
    start = _bearings(points, points[face].mean(0), points[outer].mean(0))
    start[inner] += _wrapped(_angle(place[inner] - 0.5) - start[inner])
    angle = _harmonic(head, start, held, turns=True)
    reach = np.zeros(len(points))
    reach[outer] = 1.0
    # The crown is far from the neck's end: a harmonic function alone would leave it a hair's breadth.
    reach = _harmonic(head, reach, held).clip(0.0, 1.0)[:, np.newaxis] ** _EVENER
    return (1.0 - reach) * _along(place[inner], angle) + reach * _rounded_square(angle)


def _bearings(points: Array, middle: Array, end: Array) -> Array:
    """Angle of each vertex about the line from the face's middle to the neck's end.

    It is -90 degrees at the throat and 90 at the back, and 0 on the face's left.
    """
    line = end - middle
    side = np.array([1.0, 0.0, 0.0])
    up = np.cross(side, line)
    up *= -np.sign(up[2]) / max(np.linalg.norm(up), 1e-12)
    offset = points - middle
    return np.arctan2(offset @ up, offset @ side)


def _harmonic(triangles: Int64, values: Array, held: Int64, turns: bool = False) -> Array:
    """The values of the `held` vertices, and for all others the mean of their neighbours'.

    With `turns` the values are angles; those given tell how many full turns lie between neighbours.
    """
    count = len(values)
    row, column = triangles[:, [0, 1, 2, 1, 2, 0]].ravel(), triangles[:, [1, 2, 0, 0, 1, 2]].ravel()
    adjacent = csr_matrix(coo_matrix((np.ones(len(row)), (row, column)), shape=(count, count)))
    adjacent.data[:] = 1.0
    free = np.setdiff1d(triangles, held)
    laplacian = csr_matrix(diags(np.asarray(adjacent.sum(1)).ravel()) - adjacent)[free]
    known = np.zeros(count)
    known[held] = values[held]
    right = -laplacian @ known
    if turns:
        edges = adjacent.tocoo()
        jump = values[edges.row] - values[edges.col]
        right += np.bincount(edges.row, jump - _wrapped(jump), count)[free]
    solved = values.copy()
    solved[free] = spsolve(laplacian[:, free].tocsc(), right)
    return solved


def _border_loops(triangles: Int64) -> list[Int64] | None:
    """The closed loops of vertices round a surface, or None if a vertex lies on two borders."""
    edges = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    key = int(edges.max()) + 1
    lone = edges[~np.isin(edges @ [key, 1], edges @ [1, key])]
    follows = dict(lone.tolist())
    if len(follows) < len(lone) or set(follows) != set(follows.values()):
        return None
    loops = []
    while follows:
        loop = [next(iter(follows))]
        while (successor := follows.pop(loop[-1])) != loop[0]:
            loop.append(successor)
        loops.append(np.array(loop))
    return loops


def _along(loop: Array, angle: Array) -> Array:
    """The points float[N, 2] of a loop round (0.5, 0.5) that lie at the given angles."""
    own = _angle(loop - 0.5)
    order = np.argsort(own)
    turns = np.concatenate([own[order] - 2 * np.pi, own[order], own[order] + 2 * np.pi])
    points = np.tile(loop[order], (3, 1))
    at = _wrapped(angle)
    return np.stack([np.interp(at, turns, points[:, 0]), np.interp(at, turns, points[:, 1])], -1)


def _rounded_square(angle: Array) -> Array:
    direction = np.stack([np.cos(angle), np.sin(angle)], -1)
    return 0.5 + 0.497 * direction / (direction**6).sum(-1, keepdims=True) ** (1 / 6)


def _angle(offset: Array) -> Array:
    return np.asarray(np.arctan2(offset[..., 1], offset[..., 0]))


def _wrapped(angle: Array) -> Array:
    """The same angles between -pi and pi."""
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)
