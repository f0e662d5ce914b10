"""What was measured on heads of people: where named points of the built-in head lie, and how far each shape moves them.

The figures are in `measured.npz`, which `benchmarks/head_measurement.py` makes; NOTICE says whose heads they are of.
Skin follows the points by the smoothest function that passes through them (cubic radial functions, with the lips drawn
apart so that each lip follows its own points); eyeballs and teeth move as they were measured to, without bending; the
mouth's lining follows the lips.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Float32, Int, Int64
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.parts import EAR_BACK, EAR_COLUMNS
from au_tf.morphable.builtin.sculpt import EYEBALL_CENTRE, outline_distance, smoothstep

UNIT = 0.01
"""mm that the table's whole numbers count."""
PIECES = ("skin", "ear_left", "ear_right", "eye_left", "eye_right", "teeth_upper", "teeth_lower")
"""The pieces of the mesh that have named points; a point's piece is an index of this."""
_GAPE = 9.0
_SLACK = {"skin": 20.0, "ear_left": 2.0, "ear_right": 2.0}
_FRONT = 4.0
"""mm about a tooth within which skin counts as before it."""
_BALL, _LID = 11.0, 6.0
"""mm from an eye's axis, and from the margin of a lid, within which a lid lies on the eyeball."""


@dataclass(frozen=True)
class Table:
    """The figures of all named points."""

    places: Array
    """float[P, 3], mm: where each lies on the built-in head as it is designed, its lips drawn apart."""
    piece: Array
    """uint8[P], an index of `PIECES`."""
    names: tuple[str, ...]
    """What was measured: "mean" is the way from the design to people's mean; the others are ways from the mean."""
    moves: Float32
    """float32[len(names), P, 3], mm."""

    def rows(self, prefix: str) -> list[int]:
        """Indices of the names that begin like that."""
        return [row for row, name in enumerate(self.names) if name.startswith(prefix)]


@cache
def table() -> Table:
    """The figures that come with the package."""
    with (files(__package__) / "measured.npz").open("rb") as file, np.load(file) as data:
        return Table(
            data["places"] * UNIT,
            data["piece"],
            tuple(str(name) for name in data["names"]),
            data["moves"].astype(np.float32) * np.float32(UNIT),
        )


def displacements(mesh: HeadMesh, *names: str) -> Float32:
    """How far what was measured moves each vertex, float32[len(names), V, 3] in mm; of one name, float32[V, 3].

    Args:
      mesh: the built-in head.
      names: of `table().names`: "mean", "jawOpen", ...
    """
    figures = table()
    moves = spread(mesh, figures.moves[[figures.names.index(name) for name in names]])
    return moves[0] if len(names) == 1 else moves


def spread(mesh: HeadMesh, moves: Array, *, person: bool = False, lids: bool = False) -> Float32:
    """Displacements float32[N, V, 3] of the vertices for those float[N, P, 3] of the table's points, mm.

    Args:
      mesh: the built-in head.
      moves: the points' displacements.
      person: whether they make another person: then eyes do not turn, and teeth stay as far behind the lips.
      lids: whether they are a difference between people: then lids slide over the eyeball, whatever distance from it
        was measured, and gums follow the skin before them.
    """
    return _Spreader(mesh, table())(np.asarray(moves, np.float32), person, lids)


def named_vertices(mesh: HeadMesh) -> Int64:
    """The vertices int[P] of the named points."""
    return vertices(mesh, table().places, table().piece)


def open_mouth(mesh: HeadMesh) -> Array:
    """The head as it is designed with its lips drawn apart, float[V, 3] in mm: what lies near moves alike."""
    points = mesh.points.copy()
    x, y, z = points.T
    above = y - outlines.lip_line(x)
    share = outlines.gap_profile(x) / outlines.LIP_GAP * np.exp(-((above / 14.0) ** 2)) * (z > 0)
    points[:, 1] += _GAPE * share * mesh.lip_side
    return points


def vertices(mesh: HeadMesh, places: Array, piece: Int) -> Int64:
    """The vertices int[P] that lie nearest to named points."""
    opened, found = open_mouth(mesh), np.zeros(len(places), np.int64)
    for index, name in enumerate(PIECES):
        rows = mesh.pieces[name].rows
        own = piece == index
        if own.any():
            found[own] = rows.start + cKDTree(opened[rows]).query(places[own])[1]
    return found


class _Spreader:
    """Carries displacements of the named points over to all vertices."""

    def __init__(self, mesh: HeadMesh, figures: Table) -> None:
        self.mesh, self.piece = mesh, figures.piece
        self.opened, self.at = open_mouth(mesh), vertices(mesh, figures.places, figures.piece)

    def __call__(self, moves: Float32, person: bool, lids: bool) -> Float32:
        mesh = self.mesh
        out = np.zeros((len(moves), len(mesh.points), 3), np.float32)
        for name in ("skin", "ear_left", "ear_right"):
            rows = mesh.pieces[name].rows
            out[:, rows] = self._bent(moves, name, rows)
            if name != "skin":
                # Its back stays behind its front, of which alone there are points.
                rings = out[:, rows].reshape(len(moves), -1, EAR_COLUMNS, 3)
                rings[:, -len(EAR_BACK) :] = rings[:, EAR_BACK]
                out[:, rows] = rings.reshape(len(moves), -1, 3)
        if person:
            pairs = np.stack([mesh.upper_lip, mesh.lower_lip], -1)
            out[:, pairs] = out[:, pairs].mean(2, keepdims=True)
        for side, margin in (("left", mesh.lid_left), ("right", mesh.lid_right)):
            eye, rim = mesh.pieces[f"eye_{side}"], mesh.pieces[f"lid_rim_{side}"]
            ball = self._rigid(moves, f"eye_{side}", eye.rows, turn=not person)
            if lids:
                self._slide(out, ball[:, :1], side)
            out[:, rim.rows] = out[:, margin[rim.coordinates[:, 1].astype(int)]]
            # Past the iris the white follows the lids into the corners of the eye.
            free = smoothstep(8.0, 11.0, eye.coordinates[:, 0]).astype(np.float32)[:, None]
            lid = out[:, margin[cKDTree(_bearing(mesh, margin, side)).query(_bearing(mesh, eye.rows, side))[1]]]
            out[:, eye.rows] = free * lid + (1.0 - free) * ball
        for piece, name in (("teeth_upper", "teeth_upper"), ("teeth_lower", "teeth_lower"), ("tongue", "teeth_lower")):
            rows = mesh.pieces[piece].rows
            out[:, rows] = self._behind_lips(out, rows, lids) if person else self._affine(moves, name, rows)
        return self._lined(out)

    def _slide(self, out: Float32, ball: Array, side: str) -> None:
        """Takes from the lids what would lift them off the eyeball or press them into it."""
        mesh = self.mesh
        rows = np.arange(mesh.pieces["skin"].rows.stop)
        away = mesh.points[rows] - _centre(side)
        rows, away = rows[np.hypot(*away[:, :2].T) < _BALL + 4.0], away[np.hypot(*away[:, :2].T) < _BALL + 4.0]
        near = np.exp(-((outline_distance(np.abs(mesh.points[rows, 0]), mesh.points[rows, 1]).clip(0.0) / _LID) ** 2))
        weight = near * smoothstep(_BALL + 2.0, _BALL - 1.0, np.hypot(*away[:, :2].T)) * (away[:, 2] > 0)
        normal = away / np.linalg.norm(away, axis=1, keepdims=True)
        lift = np.einsum("nvc,vc->nv", out[:, rows] - ball, normal)
        out[:, rows] -= (weight * lift)[:, :, None] * normal

    def _behind_lips(self, out: Float32, rows: slice, gums: bool) -> Array:
        """What the lips' edges do, and in the gums, if wanted, what the skin in front does."""
        at, skin = self.mesh.points[rows], self.mesh.points[: self.mesh.pieces["skin"].rows.stop]
        edge = np.concatenate([self.mesh.upper_lip, self.mesh.lower_lip])
        front = np.flatnonzero(skin[:, 2] > 30.0)
        line = _near_mean(out, edge, cKDTree(skin[edge, :1]).query(at[:, :1], 8))
        if not gums:
            return line
        face = _near_mean(out, front, cKDTree(skin[front, :2]).query(at[:, :2], 60))
        far = smoothstep(6.0, 14.0, np.abs(at[:, 1] - outlines.lip_line(at[:, 0]))).astype(np.float32)[:, None]
        return (1.0 - far) * line + far * face

    def _bent(self, moves: Float32, name: str, rows: slice) -> Array:
        """The smoothest motion of a piece through its points'."""
        own = self.piece == PIECES.index(name)
        wanted = np.moveaxis(moves[:, own], 0, 1).reshape(own.sum(), -1)
        bend = RBFInterpolator(self.opened[self.at[own]], wanted, kernel="cubic", smoothing=_SLACK[name], degree=1)
        return np.moveaxis(bend(self.opened[rows]).reshape(-1, len(moves), 3), 1, 0)

    def _own(self, moves: Float32, name: str) -> tuple[Array, Array]:
        own = self.piece == PIECES.index(name)
        return self.mesh.points[self.at[own]], moves[:, own]

    def _rigid(self, moves: Float32, name: str, rows: slice, turn: bool) -> Array:
        """The motion without bending, to first order, that comes nearest to the points'."""
        points, moved = self._own(moves, name)
        middle, count = points.mean(0), 6 if turn else 3
        ways = _motions(points - middle)[:count]
        amounts = np.linalg.lstsq(ways.reshape(count, -1).T, moved.reshape(len(moved), -1).T, rcond=None)[0]
        return np.tensordot(amounts.T, _motions(self.mesh.points[rows] - middle)[:count], 1)

    def _affine(self, moves: Float32, name: str, rows: slice) -> Array:
        """The affine motion that comes nearest to the points'."""
        points, moved = self._own(moves, name)
        middle = points.mean(0)

        def ways(at: Array) -> Array:
            return np.concatenate([at - middle, np.ones((len(at), 1))], 1)

        amounts = np.linalg.lstsq(ways(points), np.moveaxis(moved, 0, 1).reshape(len(points), -1), rcond=None)[0]
        return np.moveaxis((ways(self.mesh.points[rows]) @ amounts).reshape(-1, len(moves), 3), 1, 0)

    def _lined(self, out: Array) -> Float32:
        """Lets the mouth's lining follow the lips at its edge and the teeth in the throat."""
        mesh = self.mesh
        bag, loop = mesh.pieces["bag"], np.concatenate([mesh.upper_lip, mesh.lower_lip[-2:0:-1]])
        edge = loop[bag.coordinates[:, 1].astype(int)]
        deep = np.interp(bag.coordinates[:, 0], [1.0, 4.0, 7.0], [0.0, 0.7, 1.0]).astype(np.float32)[:, None]
        upper, lower = (out[:, mesh.pieces[f"teeth_{row}"].rows].mean(1)[:, None] for row in ("upper", "lower"))
        behind = np.where(mesh.lip_side[bag.rows, None] > 0, upper, lower)
        out[:, bag.rows] = (1.0 - deep) * out[:, edge] + deep * behind
        return np.ascontiguousarray(out, np.float32)


def _near_mean(out: Float32, rows: Int64, neighbours: tuple[Array, Array]) -> Array:
    """Means float[N, R, 3] of displacements at the nearest of some vertices, less the further they are."""
    distance, found = neighbours
    share = np.exp(-((distance / _FRONT) ** 2)) + 1e-9
    share = (share / share.sum(1, keepdims=True)).astype(np.float32)
    starts = np.arange(0, share.size + 1, share.shape[1])
    weights = csr_matrix((share.ravel(), rows[found].ravel(), starts), shape=(len(share), out.shape[1]))
    flat = np.moveaxis(out, 1, 0).reshape(out.shape[1], -1)
    return np.moveaxis((weights @ flat).reshape(len(share), len(out), 3), 1, 0)


def _centre(side: str) -> Array:
    """Of an eyeball as it is designed, float[3]."""
    return EYEBALL_CENTRE * [1.0 if side == "left" else -1.0, 1.0, 1.0]


def _bearing(mesh: HeadMesh, rows: slice | Int64, side: str) -> Array:
    """Directions float[N, 2] from the middle of an eye, seen from the front."""
    away = mesh.points[rows, :2] - _centre(side)[:2]
    return np.asarray(away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9))


def _motions(points: Array) -> Array:
    """Displacements float[6, N, 3] of points by a mm along each axis and by a radian about each."""
    along = np.broadcast_to(np.eye(3)[:, None], (3, *points.shape))
    return np.concatenate([along, np.cross(along, points)])
