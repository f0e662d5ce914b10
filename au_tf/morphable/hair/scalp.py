"""The built-in head as hair knows it: where each kind of hair grows, and what hair lies upon."""

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Int
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh, build_mesh
from au_tf.morphable.builtin.sculpt import bump, smoothstep
from au_tf.morphable.completion.surface import unit, vertex_normals
from au_tf.morphable.model import Part

_BROW_FROM, _BROW_TO = 11.0, 57.0


@dataclass(frozen=True, eq=False)
class Surface:
    """Points to lie on."""

    tree: cKDTree
    vertices: Int
    """int[N], of the head, that the tree is made of."""
    points: Array
    """float[N, 3], mm."""
    out: Array
    """float[N, 3], unit vectors outward."""

    @classmethod
    def of(cls, vertices: Int, points: Array, out: Array) -> Self:
        """Some vertices of the head, int[N], with all of its points and directions."""
        return cls(cKDTree(points[vertices]), vertices, points[vertices], out[vertices])

    def over(self, points: Array) -> tuple[Array, Array]:
        """Heights above the nearest point, float[N] mm, and the directions outward there, float[N, 3]."""
        found = self.tree.query(points, workers=-1)[1]
        return np.einsum("nc,nc->n", points - self.points[found], self.out[found]), self.out[found]


@dataclass(frozen=True, eq=False)
class Scalp:
    """The mean head with what grows where."""

    points: Array
    """float[V, 3], mm."""
    normals: Array
    """float[V, 3], outward."""
    triangles: Int
    """int[T, 3], those of skin but for the ears'."""
    inside: Array
    """float[V], mm inside the usual hairline, negative outside."""
    beard: Array
    """float[V] in [0, 1], how densely a beard grows."""
    moustache: Array
    """float[V] in [0, 1]."""
    brow: Array
    """float[V] in [0, 1]."""
    brow_off: Array
    """float[V], mm above the brow's middle line."""
    ears: cKDTree
    """Of the vertices of both ears."""
    lids: tuple[Int, Int]
    """Vertices of the margins of the left and the right eye's lids, each in order."""
    surface: "Surface"
    """What long hair lies on, ears included."""
    bare: "Surface"
    """What short hair lies on, without the ears."""


@cache
def scalp() -> Scalp:
    """Made on the first call, in a few seconds."""
    mesh = build_mesh()
    p = mesh.points
    normals = vertex_normals(p, mesh.triangles)
    skin = np.zeros(len(p), bool)
    skin[mesh.pieces["skin"].rows] = True
    ears = np.zeros(len(p), bool)
    for name in ("ear_left", "ear_right"):
        ears[mesh.pieces[name].rows] = True
    # Ears are folded; hair lies over them as over a plate.
    out = np.where(ears[:, None], np.sign(p[:, :1]) * [1.0, 0.0, 0.0], unit(normals))
    outside = mesh.part == Part.SKIN
    return Scalp(
        points=p,
        normals=normals,
        triangles=mesh.triangles[skin[mesh.triangles].all(1)],
        inside=np.where(skin, _inside(p), -99.0),
        beard=_beard(mesh) * skin,
        moustache=_moustache(mesh) * skin,
        brow=_brow(p) * skin,
        brow_off=p[:, 1] - outlines.brow_line(_brow_along(p))[:, 1],
        ears=cKDTree(p[ears]),
        lids=(mesh.lid_left, mesh.lid_right),
        surface=Surface.of(np.flatnonzero((skin | ears) & outside), p, out),
        bare=Surface.of(np.flatnonzero(skin & outside), p, out),
    )


def _inside(p: Array) -> Array:
    x, y, z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
    line = 66.0 - 0.012 * np.clip(x - 20, 0, None) ** 2 + 10 * bump(x, 0 * x, 45, 0, 9, 1)
    side = PchipInterpolator([-60, -40, -30, -22, -14, -5], [-62, -46, -28, -4, 15, 29])
    behind, depth = z < -5, np.clip(z, -60, -5)
    steep = np.where(behind, side.derivative()(depth), 0.0)
    return np.asarray((y - np.where(behind, side(depth), line)) / np.hypot(1.0, steep))


def _beard(mesh: HeadMesh) -> Array:
    """Along the jaw from the ears to the chin, and under it; not on the lips."""
    x, y, z = np.abs(mesh.points[:, 0]), mesh.points[:, 1], mesh.points[:, 2]
    upper = -62.0 + 0.75 * np.clip(x - 30.0, 0.0, None)
    grown = smoothstep(4.0, -6.0, y - upper) * smoothstep(-128.0, -112.0, y) * smoothstep(-24.0, -8.0, z)
    below = outlines.lip_line(x) - y - outlines.lower_lip_height(x)
    return grown * np.where(x < 27.0, smoothstep(1.0, 4.0, below), 1.0)


def _moustache(mesh: HeadMesh) -> Array:
    x, y, z = np.abs(mesh.points[:, 0]), mesh.points[:, 1], mesh.points[:, 2]
    above = y - outlines.lip_line(x) - outlines.upper_lip_height(x)
    band = smoothstep(-0.5, 1.5, above) * smoothstep(-50.0, -53.0, y) * smoothstep(31.0, 24.0, x)
    return band * (1.0 - 0.5 * bump(x, y, 0, -54, 2.5, 6)) * (z > 20)


def _brow_along(p: Array) -> Array:
    return np.clip((np.abs(p[:, 0]) - _BROW_FROM) / (_BROW_TO - _BROW_FROM), 0, 1)


def _brow(p: Array) -> Array:
    x, y = np.abs(p[:, 0]), p[:, 1]
    u = (x - _BROW_FROM) / (_BROW_TO - _BROW_FROM)
    off = y - outlines.brow_line(np.clip(u, 0, 1))[:, 1]
    half = 4.6 * (1.0 - 0.68 * np.clip(u, 0, 1) ** 1.4)
    shape = np.exp(-(np.abs(off / half) ** 3))
    return shape * smoothstep(-0.06, 0.1, u) * smoothstep(1.08, 0.8, u) * (p[:, 2] > 0)
