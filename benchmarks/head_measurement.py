"""Measures the heads of ICT-FaceKit at the named points of the built-in head and writes the package's table of them.

    python benchmarks/head_measurement.py FaceXModel

The built-in mesh is bent over the neutral mesh (edges of lids and lips by arc length, ears by their outline, all else
by nearest points of the surface that face the same way), each named point is found on a triangle, and what each
component and each expression moves that triangle by is the figure. Wants the folder of ICT-FaceKit.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from au_tf.arrays import Array, ArrayLike, Int
from au_tf.geometry.landmarks import LOWER_LIP, UPPER_LIP
from au_tf.morphable.builtin import measured
from au_tf.morphable.builtin.landmark_vertices import landmark_vertices
from au_tf.morphable.builtin.mesh import HeadMesh, build_mesh
from au_tf.morphable.builtin.parts import EAR_COLUMNS
from au_tf.morphable.builtin.sculpt import EYEBALL_CENTRE, EYEBALL_RADIUS, smoothstep
from au_tf.morphable.builtin.topology import EYE_OFFSETS, EYE_POINTS, LIP_POINTS, LIP_RINGS
from au_tf.morphable.completion.surface import face_normals, pieces, unit, vertex_normals
from au_tf.morphable.formats.ict import DEVIATION, read_ict_facekit
from au_tf.morphable.formats.ict_files import INDICES, NEUTRAL, read_indices
from au_tf.morphable.formats.ict_layout import EYEBALLS, FACE, HEAD, TEETH
from au_tf.morphable.formats.obj import read_obj

LID_THICKNESS = 0.9
"""mm from the edge of the lid that lies on the eyeball to the one that its skin begins at."""
# (z, y) of the left ear's outline on the neutral mesh, mm: front, top, back, lobe and on to the front again.
_EAR = np.array([
    (20, 6), (19, 14), (16, 22), (15, 30), (10, 34), (3, 36.5), (-1, 36.5), (-4, 36), (-10, 32.5), (-14.5, 27),
    (-17, 19), (-16, 12), (-15, 8), (-14, 4), (-11.5, -2), (-7, -9), (-2, -13), (4, -18), (11, -20), (15, -20),
    (19, -18), (21, -13), (20, -6), (20, 0), (20, 6),
])  # fmt: skip
_EAR_QUARTERS, _EAR_MIDDLE = (0, 6, 12, 18, 24), np.array([1.0, 8.0])
_EAR_DEPTH, _UNDER_EAR = 3.0, 11.0
"""mm that the ear's front edge dips under the skin, and the skin behind the ear under that."""
_SLACK = (3e4, 1e4, 3e3, 1e3, 3e2, 1e2, 3e1, 1e1)
"""Slack of the bending in each round."""
_TURN = 4.0
"""How many mm a difference of 1 between normals counts as."""
_LID_RINGS = ((0, 4), (2, 8), (4, 8), (6, 4), (8, 8))
"""Loops about the eye, and which of their vertices are named points."""
_RELAXED = 0.8
_CREASE, _OWN_CREASE = (2, 4, 6), 0.75
"""Loops about the eye that the upper lid's crease lies on, and how much of it the built-in head keeps."""
_LIP_RINGS, _BORDER = (0, 3, 6, 8, 11), 8
"""Loops about the mouth that are named points, and the one on the border of the lips."""
_EAR_RINGS = [4, 8, 11, 13, 15, 17, 18, 19, 20, 21]


@dataclass(frozen=True)
class Surface:
    """Points spread over a mesh, each known by the corners of its triangle."""

    corners: Int
    """int[N, 3]."""
    shares: Array
    """float[N, 3]."""
    points: Array
    """float[N, 3], mm."""
    normals: Array
    """float[N, 3]."""

    @classmethod
    def of(cls, vertices: Array, triangles: Int, area: float = 0.12) -> "Surface":
        rng = np.random.default_rng(0)
        size = 0.5 * np.linalg.norm(face_normals(vertices, triangles), axis=1)
        corners = np.repeat(triangles, np.ceil(size / area).astype(int), axis=0)
        shares = rng.dirichlet(np.ones(3), len(corners))
        normals = unit(np.einsum("nk,nkc->nc", shares, vertex_normals(vertices, triangles)[corners]))
        return cls(corners, shares, np.einsum("nk,nkc->nc", shares, vertices[corners]), normals)


@dataclass
class Carried:
    """Where points of the built-in head lie on another mesh."""

    corners: Int
    """int[N, 3]."""
    shares: Array
    """float[N, 3]."""
    offset: Array
    """float[N, 3], mm from there."""

    def at(self, vertices: Array) -> Array:
        """The points float[N, 3] of a mesh with these vertices."""
        return self.carry(vertices) + self.offset

    def carry(self, shape: Array) -> Array:
        """Values float[..., V, 3] of the mesh's vertices at the points."""
        return np.einsum("nk,...nkc->...nc", self.shares, shape[..., self.corners, :])

    def part(self, rows: Int) -> "Carried":
        """Some of the points."""
        return Carried(self.corners[rows], self.shares[rows], self.offset[rows])


def joined(*parts: Carried) -> Carried:
    """All points of several."""
    return Carried(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("corners", "shares", "offset"))
    )


class IctHead:
    """The neutral mesh with the curves that the built-in head's are laid on, moved so that the eyes lie alike."""

    def __init__(self, folder: Path) -> None:
        self.face = read_ict_facekit(folder)
        assert self.face.landmarks is not None
        assert self.face.parts is not None
        self.landmarks, parts = self.face.landmarks, self.face.parts
        self.mesh = read_obj(folder / NEUTRAL)
        self.expressions = read_indices(folder / INDICES, len(self.mesh.vertices))[1]
        self.vertices = self.face.mean_shape.astype(np.float64)
        skin = self.mesh.triangles[self.mesh.of(FACE) | self.mesh.of(HEAD)]
        self.skin = skin[(parts[skin] == 0).all(1)]
        row, column = self.skin[:, [0, 1, 2]].ravel(), self.skin[:, [1, 2, 0]].ravel()
        length = np.linalg.norm(self.vertices[row] - self.vertices[column], axis=1)
        graph = csr_matrix((length, (row, column)), shape=(len(self.vertices),) * 2)
        self.graph = graph.maximum(graph.T)
        self.surface = Surface.of(self.vertices, self.skin)

    def path(self, *landmarks: int) -> Int:
        """Vertices along the edges from one landmark to the next."""
        rows = self.landmarks[list(landmarks)]
        found = [rows[:1]]
        for start, end in pairwise(rows):
            before = dijkstra(self.graph, indices=start, return_predecessors=True)[1]
            way = [end]
            while before[way[-1]] != start:
                way.append(before[way[-1]])
            found.append(np.array(way[::-1]))
        return np.concatenate(found)

    def along(self, path: Int, shares: Array) -> Carried:
        """Points at shares float[N] of a path's length."""
        arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(self.vertices[path], axis=0), axis=1))])
        at = shares * arc[-1]
        edge = np.clip(np.searchsorted(arc, at, side="right") - 1, 0, len(path) - 2)
        rest = (at - arc[edge]) / (arc[edge + 1] - arc[edge])
        corners = np.stack([path[edge], path[edge + 1], path[edge]], -1)
        return Carried(corners, np.stack([1.0 - rest, rest, 0.0 * rest], -1), np.zeros((len(at), 3)))


def _arc_shares(points: Array) -> Array:
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return arc / arc[-1]


def curves(ict: IctHead, mesh: HeadMesh) -> list[tuple[Int, Carried]]:
    """Vertices of the built-in head's edges of lids and lips and its nose's landmarks, and where they lie."""
    half = EYE_POINTS // 2
    found = []

    def add(rows: Int, landmarks: Sequence[int]) -> Carried:
        carried = ict.along(ict.path(*landmarks), _arc_shares(mesh.points[rows]))
        found.append((rows, carried))
        return carried

    for margin, inner, upper, lower, outer, eye in (
        (mesh.lid_left, 42, (43, 44), (47, 46), 45, EYEBALLS[0]),
        (mesh.lid_right, 39, (38, 37), (40, 41), 36, EYEBALLS[1]),
    ):
        centre = ict.vertices[np.unique(ict.mesh.triangles[ict.mesh.of(eye)])].mean(0)
        for rows, way in ((margin[: half + 1], lower), (np.append(margin[0], margin[: half - 1 : -1]), upper)):
            carried = add(rows, (inner, *way, outer))
            carried.offset = LID_THICKNESS * unit((carried.at(ict.vertices) - centre) * [0.3, 0.3, 1.0])
    add(mesh.upper_lip, UPPER_LIP[1])
    add(mesh.lower_lip, LOWER_LIP[1])
    return found


def marks(ict: IctHead, mesh: HeadMesh) -> tuple[Int, Int]:
    """Vertices of the built-in head and of the other that are alike: about the nose, and on the border of the lips."""
    named = np.r_[27, 30:36, 49:54, 55:60]
    return landmark_vertices(mesh)[named], ict.landmarks[named]


def ears(ict: IctHead, mesh: HeadMesh) -> list[tuple[Int, Carried]]:
    """The vertices of the ears' fronts, and where they lie: foremost points at the same share of the outline."""
    quarters = [_arc_shares(_EAR[a : b + 1]) for a, b in pairwise(_EAR_QUARTERS)]
    turn = np.concatenate([k + q[:-1] for k, q in enumerate(quarters)] + [[4.0]])
    found = []
    for side, sign in (("left", 1.0), ("right", -1.0)):
        piece = mesh.pieces[f"ear_{side}"]
        front = np.flatnonzero(piece.coordinates[:, 0] <= 1.0)
        share, angle = piece.coordinates[front].T
        edge = np.stack([np.interp(angle / (0.5 * np.pi), turn, c) for c in _EAR.T], -1)
        at = _EAR_MIDDLE + 0.985 * share[:, None] * (edge - _EAR_MIDDLE)
        near = np.flatnonzero((sign * ict.surface.points[:, 0] > 55) & (np.abs(ict.surface.points[:, 2]) < 40))
        tree = cKDTree(ict.surface.points[near][:, [2, 1]])
        best = []
        for place, around in zip(at, tree.query_ball_point(at, 0.5), strict=True):
            rows = near[around] if around else near[tree.query(place)[1:2]]
            best.append(rows[np.argmax(sign * ict.surface.points[rows, 0])])
        rows = np.array(best)
        carried = Carried(ict.surface.corners[rows], ict.surface.shares[rows], np.zeros((len(rows), 3)))
        # Where the ear overhangs itself, neighbours see different layers of it.
        height = carried.at(ict.vertices)[:, 0].reshape(-1, EAR_COLUMNS)
        even = gaussian_filter1d(gaussian_filter1d(height, 1.2, axis=1, mode="wrap"), 0.6, axis=0, mode="nearest")
        carried.offset[:, 0] = (even - height).ravel()
        carried.offset[:, 0] -= sign * _EAR_DEPTH * smoothstep(0.25, 0.6, np.cos(angle)) * smoothstep(0.8, 1.0, share)
        found.append((piece.rows.start + front, carried))
    return found


def _at_vertices(rows: Int) -> Carried:
    return Carried(np.repeat(rows[:, None], 3, 1), np.full((len(rows), 3), 1 / 3), np.zeros((len(rows), 3)))


def _in_ear(points: Array, middle: ArrayLike, size: tuple[float, float], tilt: float) -> Array:
    """bool[N], which points lie within an ellipse (z, y) at the side of the head."""
    z, y = np.transpose(points[:, [2, 1]] - np.asarray(middle))
    along, across = y * np.cos(tilt) - z * np.sin(tilt), z * np.cos(tilt) + y * np.sin(tilt)
    return (np.abs(points[:, 0]) > 55) & ((across / size[0]) ** 2 + (along / size[1]) ** 2 < 1)


def lay(ict: IctHead, mesh: HeadMesh) -> tuple[Array, Int, Carried]:
    """Bends the built-in head over the neutral mesh.

    Returns:
      Where each vertex of the skin comes to lie, float[N, 3]; the vertices of the edges of lids and lips, and where
      those lie.
    """
    held = curves(ict, mesh)
    rows = np.concatenate([r for r, _ in held])
    rows, first = np.unique(rows, return_index=True)
    fixed = joined(*(c for _, c in held)).part(first)
    target = fixed.at(ict.vertices)
    own, other = marks(ict, mesh)
    skin = mesh.pieces["skin"].rows
    design, place = mesh.points[skin], measured.open_mouth(mesh)[skin]
    triangles = mesh.triangles[(mesh.triangles < skin.stop).all(1)]
    points = design + (target - design[rows]).mean(0)
    free = np.setdiff1d(np.flatnonzero(~_hidden(design)), rows)
    surface = ict.surface
    allowed = np.flatnonzero(~_in_ear(surface.points, _EAR_MIDDLE, (20.0, 32.0), 0.3) & ~_in_nostril(surface))
    tree = cKDTree(np.concatenate([surface.points, _TURN * surface.normals], 1)[allowed])
    rng = np.random.default_rng(1)
    for slack in _SLACK:
        sample = rng.choice(free, 2200, replace=False)
        normals = vertex_normals(points, triangles)[sample]
        found = allowed[tree.query(np.concatenate([points[sample], _TURN * normals], 1))[1]]
        alike = np.einsum("nc,nc->n", surface.normals[found], normals) > 0.6
        sample, found = sample[alike], found[alike]
        at = np.concatenate([rows, own, sample])
        wanted = np.concatenate([target, ict.vertices[other], surface.points[found]]) - design[at]
        smoothing = np.repeat([0.01, 0.3 * slack, slack], [len(rows), len(own), len(sample)])
        at, first = np.unique(at, return_index=True)
        bend = RBFInterpolator(place[at], wanted[first], kernel="cubic", smoothing=smoothing[first], degree=1)
        gap = np.einsum("nc,nc->n", surface.points[found] - points[sample], surface.normals[found])
        print(f"slack {slack:6.0f}: {np.sqrt(np.mean(gap**2)):.2f} mm off the surface before")
        points = design + bend(place)
    return points, rows, fixed


def _in_nostril(surface: Surface) -> Array:
    """bool[N], which points of the neutral mesh are inside the nose."""
    x, y, z = surface.points.T
    outward = np.sign(x) * surface.normals[:, 0] > 0.3
    return np.asarray((np.abs(x) < 12) & (y > -5.6) & (y < 12) & (z > 90) & (z < 119) & ~outward)


def _hidden(points: Array) -> Array:
    """bool[N], which points of the skin have no counterpart on a surface, since they lie under the ears."""
    return _in_ear(points, (-45.0, -27.0), (23.0, 37.0), 0.25)


def named_points(mesh: HeadMesh) -> Int:
    """Vertices int[P] of skin and ears to be measured: edges and loops of lids and lips, the ears, and between them."""
    fixed = [ring * EYE_POINTS + np.arange(0, EYE_POINTS, step) for ring, step in _LID_RINGS]
    lips = len(EYE_OFFSETS) * EYE_POINTS
    upper = lips + np.arange(len(LIP_RINGS) * (LIP_POINTS + 1)).reshape(len(LIP_RINGS), -1)
    lower = upper.max() + 1 + np.arange(len(LIP_RINGS) * LIP_POINTS).reshape(len(LIP_RINGS), -1)
    shares = np.arange(0, LIP_POINTS + 1, 4)
    for ring in _LIP_RINGS:
        # In the corner the loops lie close together.
        own = np.append(shares[:-2], LIP_POINTS) if ring in (0, _BORDER) else shares[:-2]
        fixed += [upper[ring, own], lower[ring, own[own < LIP_POINTS]]]
    ear = mesh.pieces["ear_left"]
    grid = np.flatnonzero(ear.coordinates[:, 0] <= 1.0).reshape(-1, EAR_COLUMNS)
    around = np.arange(0, EAR_COLUMNS, 4)
    fixed += [ear.rows.start + np.append(grid[_EAR_RINGS][:, around].ravel(), grid[0, 0])]
    structure = np.unique(np.concatenate(fixed))
    skin = mesh.points[mesh.pieces["skin"].rows]
    free = np.flatnonzero((skin[:, 0] > -0.01) & ~_near(skin, mesh.points[structure[structure < len(skin)]], 3.5))
    free = free[np.lexsort((free, _spacing(skin[free])))]
    taken: list[int] = []
    place = measured.open_mouth(mesh)
    for row in free.tolist():
        others = place[taken + structure[structure < len(skin)].tolist()]
        if np.linalg.norm(others - place[row], axis=1).min() > _spacing(skin[row : row + 1])[0]:
            taken.append(row)
    return np.concatenate([structure, taken])


def _near(points: Array, others: Array, reach: float) -> Array:
    return np.asarray(cKDTree(others).query(points)[0] < reach)


def _spacing(points: Array) -> Array:
    """mm between named points of the skin."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    nose = (x < 20) & (y > -52) & (y < 8) & (z > 35)
    underside = (x < 14) & (y > -49) & (y < -40) & (z > 50)
    face = (z > 0) & (y > -122) & (y < 45)
    ear = _in_ear(points, (-46.0, -28.0), (26.0, 38.0), 0.3)
    return np.where(underside, 3.0, np.where(nose, 5.0, np.where(face | ear, 9.0, np.where(z > -20, 14.0, 24.0))))


def mirrored(mesh: HeadMesh, rows: Int) -> Int:
    """The vertices of the other half, or the same ones on the middle line."""
    place = measured.open_mouth(mesh)
    return np.asarray(cKDTree(place).query(place[rows] * [-1, 1, 1])[1])


def measure_skin(ict: IctHead, mesh: HeadMesh) -> tuple[Int, Carried]:
    """Named points of skin and ears, int[P], the left one of a pair before the right one, and where they lie."""
    laid, rows, fixed = lay(ict, mesh)
    left = named_points(mesh)
    both = np.unique(np.concatenate([left, mirrored(mesh, left)]))
    skin = both[both < mesh.pieces["skin"].rows.stop]
    laid = 0.5 * (laid[skin] + laid[mirrored(mesh, skin)] * [-1, 1, 1])
    outer = np.flatnonzero(~_in_nostril(ict.surface))
    found = outer[cKDTree(ict.surface.points[outer]).query(laid)[1]]
    carried = Carried(ict.surface.corners[found], ict.surface.shares[found], np.zeros((len(skin), 3)))
    # Across the nostrils it stays what the bending says: the built-in head has its own.
    hidden = _hidden(mesh.points[skin]) | (np.linalg.norm(laid - ict.surface.points[found], axis=1) > 0.7)
    carried.offset[hidden] = (laid - ict.surface.points[found])[hidden]
    under = _in_ear(laid, _EAR_MIDDLE, (16.0, 27.0), 0.3)
    carried.offset[under, 0] -= _UNDER_EAR * np.sign(laid[under, 0])
    known = [(skin, carried), (rows, fixed), *ears(ict, mesh)]
    rows = np.concatenate([r for r, _ in known])[::-1]
    # Of what is known twice, edges count.
    last = np.unique(rows, return_index=True)[1][np.searchsorted(np.unique(rows), both)]
    return both, joined(*(c for _, c in known)).part(len(rows) - 1 - last)


def measure_eye(ict: IctHead, mesh: HeadMesh, side: str) -> tuple[Int, Carried]:
    """Nine points of an eyeball."""
    piece = mesh.pieces[f"eye_{side}"]
    ring = np.flatnonzero(np.isclose(piece.coordinates[:, 0], 7.0))
    rows = piece.rows.start + np.append(ring[::5], 0)
    sign = 1.0 if side == "left" else -1.0
    ball = np.unique(ict.mesh.triangles[ict.mesh.of(EYEBALLS[0 if side == "left" else 1])])
    ball = ball[ict.vertices[ball, 2] > ict.vertices[ball, 2].mean()]
    wanted = ict.vertices[ball, :2].min(0) * 0.5 + ict.vertices[ball, :2].max(0) * 0.5
    offset = mesh.points[rows, :2] - EYEBALL_CENTRE[:2] * [sign, 1.0]
    found = ball[cKDTree(ict.vertices[ball, :2]).query(wanted + offset)[1]]
    carried = _at_vertices(found)
    carried.offset[:, :2] = wanted + offset - ict.vertices[found, :2]
    return rows, carried


def measure_teeth(ict: IctHead, mesh: HeadMesh, row: str) -> tuple[Int, Carried]:
    """Two points each, near the edge and near the gum, of twelve teeth."""
    piece = mesh.pieces[f"teeth_{row}"]
    down, across = piece.coordinates.T
    triangles = ict.mesh.triangles[ict.mesh.of(TEETH)]
    label = pieces(len(ict.vertices), triangles)
    teeth = [np.flatnonzero(label == k) for k in np.unique(label[triangles])]
    middle = np.array([ict.vertices[tooth].mean(0) for tooth in teeth])
    is_upper = middle[:, 1] > np.median(middle[:, 1])
    rows, found = [], []
    for sign in (1.0, -1.0):
        own = [k for k in np.flatnonzero(is_upper == (row == "upper")) if sign * middle[k, 0] > 0]
        own.sort(key=lambda k: -middle[k, 2])
        for number, k in enumerate(own[:6]):
            tooth = ict.vertices[teeth[k]]
            edge = tooth[:, 1].min() if row == "upper" else tooth[:, 1].max()
            for share, height in ((0.9, 1.0), (0.25, 7.0)):
                line = np.flatnonzero(np.isclose(across, 0.0) & np.isclose(down, share))
                line = line[sign * mesh.points[piece.rows][line, 0] > 0]
                line = line[np.argsort(np.abs(mesh.points[piece.rows][line, 0]))]
                rows.append(piece.rows.start + line[number])
                outward = unit(tooth.mean(0) - np.array([0.0, tooth[:, 1].mean(), 60.0]))
                low = np.abs(tooth[:, 1] - edge + (-height if row == "upper" else height)) < 1.5
                found.append(teeth[k][np.argmax(np.where(low, tooth @ outward, -np.inf))])
    return np.array(rows), _at_vertices(np.array(found))


def table(ict: IctHead, mesh: HeadMesh) -> dict[str, Array]:
    """The figures as `measured.table` reads them."""
    found = {"skin": measure_skin(ict, mesh)}
    found |= {f"eye_{side}": measure_eye(ict, mesh, side) for side in ("left", "right")}
    found |= {f"teeth_{row}": measure_teeth(ict, mesh, row) for row in ("upper", "lower")}
    rows = np.concatenate([r for r, _ in found.values()])
    carried = joined(*(c for _, c in found.values()))
    mean = carried.at(ict.vertices)
    piece = np.full(len(rows), 255, np.uint8)
    for index, name in enumerate(measured.PIECES):
        own = mesh.pieces[name].rows
        piece[(rows >= own.start) & (rows < own.stop)] = index
    corners = _eye_corners(mesh, rows)
    mean -= mesh.points[rows]
    mean -= mean[corners].mean(0)
    other = _partners(mesh, rows)
    mean = 0.5 * (mean + mean[other] * [-1, 1, 1])
    _close_lips(mesh, rows, mean)
    _relax_lids(mesh, rows, mean)
    _set_eyes(mesh, rows, piece, mean)
    _keep_creases(mesh, rows, mean)
    moves = [mean, *carried.carry(ict.face.identity_basis), *(carried.carry(ict.face.expression_basis) / DEVIATION)]
    names = ["mean", *(f"identity{k:03}" for k in range(len(ict.face.identity_basis))), *ict.expressions]
    return {
        "places": (measured.open_mouth(mesh)[rows] / measured.UNIT).round().astype(np.int16),
        "piece": piece,
        "names": np.array(names),
        "moves": (np.stack(moves) / measured.UNIT).round().astype(np.int16),
    }


def _eye_corners(mesh: HeadMesh, rows: Int) -> Int:
    corners = [margin[k] for margin in (mesh.lid_left, mesh.lid_right) for k in (0, EYE_POINTS // 2)]
    return np.flatnonzero(np.isin(rows, corners))


def _partners(mesh: HeadMesh, rows: Int) -> Int:
    """For each named point the one on the other side."""
    place = measured.open_mouth(mesh)[rows]
    return np.asarray(cKDTree(place).query(place * [-1, 1, 1])[1])


def _close_lips(mesh: HeadMesh, rows: Int, moves: Array) -> None:
    """Lets the edges of both lips move alike, since they meet on the built-in head."""
    for above, below in zip(mesh.upper_lip, mesh.lower_lip, strict=True):
        pair = np.flatnonzero((rows == above) | (rows == below))
        if len(pair):
            moves[pair] = moves[pair].mean(0)


def _set_eyes(mesh: HeadMesh, rows: Int, piece: Array, moves: Array) -> None:
    """Puts the built-in eyeballs, which are round, as far forward as the lids leave room for."""
    for side, margin in (("left", mesh.lid_left), ("right", mesh.lid_right)):
        own = piece == measured.PIECES.index(f"eye_{side}")
        moves[own] = moves[own].mean(0)
        centre = EYEBALL_CENTRE * [1.0 if side == "left" else -1.0, 1.0, 1.0] + moves[own].mean(0)
        lid = np.flatnonzero(np.isin(rows, margin))
        away = mesh.points[rows[lid]] + moves[lid] - centre
        away = away[np.hypot(*away[:, :2].T) < 9.0]
        ahead = away[:, 2] - np.sqrt((EYEBALL_RADIUS + LID_THICKNESS) ** 2 - np.square(away[:, :2]).sum(1))
        moves[own] += [0.0, 0.0, np.median(ahead)]
        near = _near(mesh.points[rows], mesh.points[margin], 5.0) & (rows < mesh.pieces["skin"].rows.stop)
        away = mesh.points[rows] + moves - centre - [0.0, 0.0, np.median(ahead)]
        room = np.square(EYEBALL_RADIUS + LID_THICKNESS) - np.square(away[:, :2]).sum(1)
        moves[near, 2] += np.clip(np.sqrt(np.maximum(room, 0.0)) - away[:, 2], 0.0, None)[near] * (room[near] > 0)


def _relax_lids(mesh: HeadMesh, rows: Int, moves: Array) -> None:
    """Lowers the upper lids from where people hold them who are being scanned."""
    for margin in (mesh.lid_left, mesh.lid_right):
        upper = mesh.points[margin[EYE_POINTS // 2 :]]
        skin = rows < mesh.pieces["skin"].rows.stop
        gap, nearest = cKDTree(upper).query(mesh.points[rows])
        share = np.sin(np.pi * nearest.clip(0, len(upper) - 1) / len(upper)) * np.exp(-((gap / 3.0) ** 2)) * skin
        share *= mesh.points[rows, 1] > -1.0
        moves[:, 1] -= _RELAXED * share


def _keep_creases(mesh: HeadMesh, rows: Int, moves: Array) -> None:
    """Lets the built-in upper lids keep most of their own crease, which smoothed scans have lost."""
    lid = np.concatenate([np.arange(EYE_POINTS // 2, EYE_POINTS) + ring * EYE_POINTS for ring in _CREASE])
    crease = np.isin(rows, np.concatenate([lid, mirrored(mesh, lid)]))
    skin = (rows < mesh.pieces["skin"].rows.stop) & ~crease
    place = measured.open_mouth(mesh)[rows]
    even = RBFInterpolator(place[skin], moves[skin], kernel="cubic", smoothing=1.0, degree=1)(place[crease])
    moves[crease] += _OWN_CREASE * (even - moves[crease])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path(measured.__file__).with_name("measured.npz"))
    arguments = parser.parse_args()
    figures = table(IctHead(arguments.folder), build_mesh())
    np.savez_compressed(arguments.out, **figures)  # type: ignore[arg-type]
    print(f"{figures['moves'].shape}: {arguments.out.stat().st_size / 1024:.0f} KB in {arguments.out}")


if __name__ == "__main__":
    main()
