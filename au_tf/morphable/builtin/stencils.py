"""Where the colours of the built-in face lie: weights of skin, lips, brows, hair and blemishes at each vertex."""

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.spatial import cKDTree

from au_tf.arrays import Array
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.identity import mean_shape
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.sculpt import bump, hill, nostrils, outline_distance, smoothstep
from au_tf.morphable.completion.surface import vertex_normals
from au_tf.morphable.model import Part

SMOOTH_FIELDS = 90


class Stencils:
    """Weights float[V] of each feature, in [0, 1] where nothing else is said, shared by all people."""

    def __init__(self, mesh: HeadMesh, rng: np.random.Generator) -> None:
        self.mesh = mesh
        p = mesh.points.astype(np.float32)
        self.x, self.y, self.z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
        x, y = self.x, self.y
        self.front = smoothstep(-20.0, 15.0, self.z)
        self.grain = rng.normal(size=len(p)).astype(np.float32)
        self.spots = np.clip(rng.normal(size=len(p)) - 1.2, 0, 1) * bump(x, y, 24, -22, 26, 16) * self.front
        self.stains = _stains(mesh.points, rng)
        self.mottle, self.flush = _waves(p, rng, 6.0, 18.0), _waves(p, rng, 5.0, 14.0)
        self.hollow = _hollows(mesh)
        self.cheek = bump(x, y, 37, -32, 16, 12) * self.front
        self.nose = (bump(x, y, 0, -38, 10, 8) + bump(x, y, 13, -41, 6, 6)).clip(0, 1) * self.front
        self.chin = bump(x, y, 0, -94, 13, 9) * self.front
        self.forehead = smoothstep(30.0, 48.0, y) * self.front
        self.under_eye = (bump(x, y, 27, -11.5, 11, 4.0) + 0.6 * bump(x, y, 18, -8, 4, 4)).clip(0, 1) * self.front
        self.lids = bump(x, y, 32, 7.5, 13, 5.5) * self.front
        # What lies under their front rims is seen, and is as dark.
        self.nostrils = nostrils(p + np.array([0.0, 0.0, 1.8]))
        self.ears = np.zeros(len(p))
        for name in ("ear_left", "ear_right"):
            self.ears[mesh.pieces[name].rows] = 1.0
        # Between the lips hardly any light comes back.
        above = np.abs(y - outlines.lip_line(x))
        self.parting = np.exp(-((above / 0.8) ** 2)) * self.front * smoothstep(27.5, 24.0, x)
        self.lip = self._lip()
        self.lip_fullness = np.exp(-((above / 4.5) ** 2)) * self.lip
        self.lashes = self._lashes()
        self.scalp = self._scalp()
        self.beard = self._beard() * (1 - self.lip)
        self.moustache = self._moustache() * (1 - self.lip)
        self._brow_along = np.clip((x - 12.0) / 45.0, -0.2, 1.3)
        self._brow_off = y - outlines.brow_line(np.clip(self._brow_along, 0, 1))[:, 1]

    def brow(self, half_width: float) -> Array:
        """The brow's hair, for half its width, mm: thin at its soft head, densest in the middle, tapering to a tail."""
        u = self._brow_along
        half = half_width * (1.0 - 0.62 * np.clip(u, 0, 1) ** 1.4)
        shape = np.exp(-(np.abs(self._brow_off / half) ** 2.2))
        dense = 0.55 + 0.45 * smoothstep(-0.05, 0.3, u)
        return shape * dense * smoothstep(-0.14, 0.12, u) * smoothstep(1.15, 0.72, u) * self.front

    def _lip(self) -> Array:
        above = self.y - outlines.lip_line(self.x)
        upper = smoothstep(1.16, 0.84, above / np.maximum(outlines.upper_lip_height(self.x), 0.3))
        lower = smoothstep(1.20, 0.80, -above / np.maximum(outlines.lower_lip_height(self.x), 0.3))
        mask = np.where(self.mesh.lip_side > 0, upper, lower) * smoothstep(26.6, 24.8, self.x)
        return mask * self.front * (np.abs(above) < 14)

    def _lashes(self) -> Array:
        lid = np.full(len(self.x), 40.0)
        near = np.flatnonzero((np.hypot(self.x - 31.5, self.y) < 25) & (self.z > 10))
        near = near[near < self.mesh.pieces["skin"].rows.stop]
        lid[near] = np.clip(outline_distance(self.x[near], self.y[near]), 0, None)
        return np.exp(-((lid / 0.75) ** 2)) * np.where(self.y > -1, 1.0, 0.4)

    def _scalp(self) -> Array:
        line = 66.0 - 0.012 * np.clip(self.x - 20, 0, None) ** 2 + 10 * bump(self.x, 0 * self.x, 45, 0, 9, 1)
        side = PchipInterpolator([-60, -40, -30, -22, -14, -5], [-62, -46, -28, -4, 15, 29])
        behind, z = self.z < -5, np.clip(self.z, -60, -5)
        steep = np.where(behind, side.derivative()(z), 0.0)
        inside = (self.y - np.where(behind, side(z), line)) / np.hypot(1.0, steep)
        # Hair thins out towards its border, which is nowhere a line.
        scalp = smoothstep(-9.0, 16.0, inside + 0.6 * self.flush)
        return scalp * (1 - self.ears)

    def _beard(self) -> Array:
        chin = smoothstep(-44, -56, self.y) * smoothstep(-132, -112, self.y) * smoothstep(-20, 10, self.z)
        return chin * (1 - bump(self.x, self.y, 34, -56, 11, 13))

    def _moustache(self) -> Array:
        band = smoothstep(-50.5, -54.0, self.y) * smoothstep(-68.0, -62.0, self.y)
        return band * smoothstep(33.0, 22.0, self.x) * (1 - 0.6 * bump(self.x, self.y, 0, -55, 3, 6)) * self.front


def _stains(p: Array, rng: np.random.Generator) -> Array:
    """Smooth random weights float[SMOOTH_FIELDS, V], two in three alike on both sides, whose squares add up to 1."""
    fields = []
    for k in range(SMOOTH_FIELDS):
        lopsided = k % 3 == 2
        centre = rng.uniform((-70 * lopsided, -115, -10), (70, 75, 60))
        radius = rng.uniform(10, 32)
        sides = [hill(p, centre, radius)] + ([] if lopsided else [hill(p, centre * [-1, 1, 1], radius)])
        fields.append(np.sum(sides, 0))
    stains = np.stack(fields).astype(np.float32)
    return stains / np.maximum(np.linalg.norm(stains, axis=0), 0.5)


def _waves(p: Array, rng: np.random.Generator, shortest: float, longest: float) -> Array:
    """A random smooth field float[V] of variance 1: waves with lengths between two, mm."""
    count = 48
    turns = rng.normal(size=(3, count))
    turns *= 2 * np.pi / rng.uniform(shortest, longest, count) / np.linalg.norm(turns, axis=0)
    phases = p @ turns.astype(np.float32) + rng.uniform(0, 2 * np.pi, count).astype(np.float32)
    return np.asarray(np.sin(phases).sum(1) * np.sqrt(2 / count))


def _hollows(mesh: HeadMesh) -> Array:
    """How much the skin about each vertex rises above it, 0 on what is flat or bulges: where less light comes in."""
    rows = np.arange(len(mesh.points))
    rows = rows[(mesh.part == Part.SKIN)]
    mean = mean_shape(mesh)
    p, normals = mean[rows], vertex_normals(mean, mesh.triangles)[rows]
    tree, total = cKDTree(p), np.zeros(len(mesh.points))
    for radius, near in ((3.0, 16), (8.0, 48)):
        distance, found = tree.query(p, near, distance_upper_bound=radius, workers=-1)
        known = np.isfinite(distance)
        away = p[np.where(known, found, 0)] - p[:, None]
        height = np.einsum("nkc,nc->nk", away, normals) * known
        total[rows] += (height.sum(1) / np.maximum(known.sum(1), 1) / radius).clip(0.0, 0.35)
    return total
