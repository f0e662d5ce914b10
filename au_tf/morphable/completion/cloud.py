"""A surface as evenly spread points that know which way they face and whether they bulge."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Bool, Int
from au_tf.morphable.completion.surface import front_relief, spread

# mm² of surface to a point, and the most and fewest points.
_AREA, _FEWEST, _MOST = 4.0, 4_000, 50_000
# How many mm of distance a difference of 1 between unit normals counts as.
_TURN = 16.0
# Radii in mm about a point in which its bulge is taken, and how much distance a mm of bulge counts as: lips and
# lids differ from cheeks by the first, nose and chin by the second.
_BULGES = ((6.0, 25.0), (12.0, 5.0))

# Points further than this, mm with all that counts as distance, have nothing in common.
_UNLIKE = 60.0


@dataclass(frozen=True)
class Cloud:
    """Points of a surface, found by place, direction and bulge."""

    points: Array
    """float[N, 3], mm."""
    normals: Array
    """float[N, 3], outward."""
    bulges: Array
    """float[N, 2], how far a point stands out from its surroundings, near and far, as mm of distance."""
    tree: Any
    """Of all these together."""

    @classmethod
    def of(cls, points: Array, triangles: Int) -> "Cloud":
        """The cloud of a mesh: float[V, 3], mm, and int[T, 3], counter-clockwise seen from outside.

        What is hidden from the front, such as teeth behind lips, is left out.
        """
        at, normals = spread(points, triangles, _AREA, _FEWEST, _MOST)
        shown = ~_hidden(at, normals)
        at, normals = at[shown], normals[shown]
        bulges = np.stack([share * _bulge(at, normals, radius) for radius, share in _BULGES], -1)
        return cls(at, normals, bulges, cKDTree(_key(at, normals, bulges)))

    def nearest(self, points: Array, normals: Array, bulges: Array) -> tuple[Array, Int]:
        """How unlike others the points most like them are, mm, and their indices; infinity and 0 if none is at all."""
        unlike, index = self.tree.query(_key(points, normals, bulges), distance_upper_bound=_UNLIKE)
        return unlike, np.where(np.isfinite(unlike), index, 0)

    def bulges_at(self, points: Array, normals: Array) -> Array:
        """Bulges float[N, 2] at points of the surface, from those beside them."""
        tree = cKDTree(_key(self.points, self.normals, self.bulges[:, :0]))
        return np.asarray(self.bulges[tree.query(_key(points, normals, points[:, :0]), k=3)[1]].mean(1))


def _key(points: Array, normals: Array, bulges: Array) -> Array:
    return np.concatenate([points, _TURN * normals, bulges], 1)


def _hidden(points: Array, normals: Array) -> Bool:
    """Whether a point faces the front and lies behind something else."""
    cell = 2.0 * np.sqrt(_AREA)
    front, place = front_relief(points, cell)
    upright = np.maximum(normals[:, 2], 1e-3)
    steep = np.sqrt(1.0 - upright**2) / upright
    # Within a cell, a surface rises by no more than its own slope.
    behind = front[place[:, 0], place[:, 1]] - points[:, 2] > 3.0 + np.sqrt(2.0) * cell * steep
    return np.asarray(behind & (normals[:, 2] > 0.2))


def _bulge(points: Array, normals: Array, radius: float) -> Array:
    """How far in mm points stand out from what lies within a radius and faces the same way."""
    # Some two dozen neighbours are enough.
    thin = slice(None, None, max(1, round(np.pi * radius**2 / _AREA / 28)))
    tree = cKDTree(points[thin])
    distance, index = tree.query(points, k=48, distance_upper_bound=radius, workers=-1)
    known = index < tree.n
    index = np.where(known, index, 0)
    distance = np.where(known, distance, radius)
    alike = np.einsum("nkc,nc->nk", normals[thin][index], normals) > 0.1
    weight = alike * (1.0 - (distance / radius) ** 2)
    height = np.einsum("nkc,nc->nk", points[thin][index] - points[:, None], normals)
    return np.asarray(-(weight * height).sum(1) / np.maximum(weight.sum(1), 1e-9))
