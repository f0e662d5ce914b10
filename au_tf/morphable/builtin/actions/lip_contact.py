"""What lips touch: each other and the teeth, through which no action may draw them."""

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from au_tf.arrays import Array
from au_tf.facs import UNITS, both_sides
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.sculpt import smoothstep

DEPTH, GIVE = 2.0, 8.0
"""How far the skin of lips stays before the teeth, and how far round a place where it is pushed out it gives, mm."""
PRESSED = 0.2
"""mm by which lips may overlap further than they do at rest."""
_SOFT, _HIGH = 3.0, 9.0


def keep_lips_whole(mesh: HeadMesh, mean: Array, moved: Array) -> None:
    """Takes out of actions what would draw lips through each other or into the teeth.

    Both sides at intensity 5 are looked at; what is true of each action alone is then true of any sum of them.

    Args:
      mesh: the head as it is designed.
      mean: float[V, 3], mm, people's mean of it.
      moved: float[len(ACTIONS), V, 3], mm, changed in place.
    """
    lips = _Lips(mesh, mean)
    for unit in UNITS:
        sides = both_sides(unit)
        for push in (lips.apart, lips.out):
            pushed = push(mean + moved[sides].sum(0))
            moved[sides[0]] += lips.left * pushed
            moved[sides[1]] += (1.0 - lips.left) * pushed


class _Lips:
    """The lips, the teeth behind them, and the mouth's lining, which follows the lips."""

    def __init__(self, mesh: HeadMesh, mean: Array) -> None:
        x, y, z = mesh.points.T
        self.mesh = mesh
        self.left = smoothstep(-6.0, 6.0, x)[:, None]
        self.above = np.abs(y - outlines.lip_line(x))
        rows = np.arange(mesh.pieces["skin"].rows.stop)
        near = (np.abs(x[rows]) < 2.0 * outlines.MOUTH_CORNER[0]) & (self.above[rows] < 24.0) & (z[rows] > 10.0)
        self.rows = rows[near]
        self.teeth = np.r_[mesh.pieces["teeth_upper"].rows, mesh.pieces["teeth_lower"].rows]
        apart = cdist(mesh.points[self.rows, :2], mesh.points[self.rows, :2], "sqeuclidean").astype(np.float32)
        self.spread, even = np.exp(-apart / (2.0 * GIVE**2)), np.exp(-apart / (2.0 * _SOFT**2))
        self.even = even / even.sum(1, keepdims=True)
        self.depth = np.minimum(self._depth(mean), DEPTH)
        self.overlap = self._overlap(mean)

    def out(self, points: Array) -> Array:
        """What pushes the lips of a face float[V, 3] out of its teeth, float[V, 3]."""
        inside = np.clip(self.depth - self._depth(points), 0.0, None)
        there = np.flatnonzero(inside)
        pushed = (self.spread[:, there] * inside[there]).max(1, initial=0.0)
        return self._lined(np.maximum(pushed, self.even @ pushed), 2)

    def apart(self, points: Array) -> Array:
        """What draws lips apart that overlap, float[V, 3]."""
        beyond = np.clip(self._overlap(points) - self.overlap - PRESSED, 0.0, None)
        x = self.mesh.points[self.mesh.upper_lip, 0]
        share = np.interp(self.mesh.points[self.rows, 0], x, beyond) * np.exp(-((self.above[self.rows] / _HIGH) ** 2))
        return self._lined(0.5 * self.mesh.lip_side[self.rows] * share, 1)

    def _lined(self, pushed: Array, axis: int) -> Array:
        """Lets the lining of the mouth follow."""
        mesh, out = self.mesh, np.zeros_like(self.mesh.points)
        out[self.rows, axis] = pushed
        bag = mesh.pieces["bag"]
        edge = np.concatenate([mesh.upper_lip, mesh.lower_lip[-2:0:-1]])[bag.coordinates[:, 1].astype(int)]
        follow = np.interp(bag.coordinates[:, 0], [0, 1, 2, 3, 4], [1.0, 0.9, 0.45, 0.15, 0.0])
        out[bag.rows] = follow[:, None] * out[edge]
        return out

    def _depth(self, points: Array) -> Array:
        """How far the lips' points lie before the teeth that are seen behind them, mm; much where there are none."""
        teeth, lips = points[self.teeth], points[self.rows]
        distance, found = cKDTree(teeth[:, :2]).query(lips[:, :2], 12)
        return np.minimum(lips[:, 2] - np.where(distance < 2.5, teeth[found, 2], -np.inf).max(1), 30.0)

    def _overlap(self, points: Array) -> Array:
        """How far the lower lip's edge lies above the upper one's, mm, at each point of the latter."""
        upper, lower = points[self.mesh.upper_lip], points[self.mesh.lower_lip]
        return np.interp(upper[:, 0], lower[:, 0], lower[:, 1]) - upper[:, 1]
