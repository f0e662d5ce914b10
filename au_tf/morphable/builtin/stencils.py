"""Where the colours of the built-in face lie: weights of skin, lips, brows, hair and blemishes at each vertex."""

import numpy as np
from scipy.interpolate import PchipInterpolator

from au_tf.arrays import Array
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.sculpt import bump, hill, outline_distance, smoothstep

SMOOTH_FIELDS = 90


class Stencils:
    """Weights float[V] in [0, 1] of each feature, shared by all people."""

    def __init__(self, mesh: HeadMesh, rng: np.random.Generator) -> None:
        self.mesh = mesh
        p = mesh.points.astype(np.float32)
        self.x, self.y, self.z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
        x, y = self.x, self.y
        self.front = smoothstep(-20.0, 15.0, self.z)
        self.grain = rng.normal(size=len(p)).astype(np.float32)
        self.spots = np.clip(rng.normal(size=len(p)) - 1.2, 0, 1) * bump(x, y, 24, -22, 26, 16) * self.front
        self.stains = _stains(mesh.points, rng)
        self.cheek = bump(x, y, 38, -32, 17, 14) * self.front
        self.nose = bump(x, y, 0, -38, 11, 8) * self.front
        self.under_eye = bump(x, y, 29, -11, 12, 5) * self.front
        self.nostrils = bump(x, y, 6.8, -46.6, 2.4, 1.3) * (self.z > 45)
        # Between the lips hardly any light comes back.
        above = np.abs(y - outlines.lip_line(x))
        self.parting = np.exp(-((above / 0.8) ** 2)) * self.front * smoothstep(27.5, 24.0, x)
        self.lip = self._lip()
        self.lashes = self._lashes()
        self.scalp = self._scalp()
        self.beard = self._beard() * (1 - self.lip)
        self._brow_along = np.clip((x - 12.0) / 45.0, -0.2, 1.3)
        self._brow_off = y - outlines.brow_line(np.clip(self._brow_along, 0, 1))[:, 1]

    def brow(self, half_width: float) -> Array:
        """The brow's hair, for half its width at the head, mm."""
        u = self._brow_along
        half = half_width * (1.0 - 0.55 * np.clip(u, 0, 1) ** 1.5)
        shape = np.exp(-(np.abs(self._brow_off / half) ** 2.6))
        return shape * smoothstep(-0.10, 0.06, u) * smoothstep(1.12, 0.85, u) * self.front

    def _lip(self) -> Array:
        above = self.y - outlines.lip_line(self.x)
        upper = smoothstep(1.12, 0.9, above / np.maximum(outlines.upper_lip_height(self.x), 0.3))
        lower = smoothstep(1.12, 0.9, -above / np.maximum(outlines.lower_lip_height(self.x), 0.3))
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
        scalp = smoothstep(-5.0, 6.0, (self.y - np.where(behind, side(z), line)) / np.hypot(1.0, steep))
        for name in ("ear_left", "ear_right"):
            scalp[self.mesh.pieces[name].rows] = 0.0
        return scalp

    def _beard(self) -> Array:
        chin = smoothstep(-44, -56, self.y) * smoothstep(-132, -112, self.y) * smoothstep(-20, 10, self.z)
        return chin * (1 - bump(self.x, self.y, 34, -56, 11, 13))


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
