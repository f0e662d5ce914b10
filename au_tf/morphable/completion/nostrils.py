"""Finds the inside of nostrils, which has to be dark since nothing shades it."""

import numpy as np
from scipy.ndimage import grey_closing
from scipy.spatial.transform import Rotation

from au_tf.arrays import Array, Int
from au_tf.geometry.landmarks import NOSE_BASE, NOSTRILS
from au_tf.morphable.builtin.sculpt import smoothstep
from au_tf.morphable.completion.reference import reference
from au_tf.morphable.completion.surface import face_normals, front_relief, spread

# mm below the landmark in the middle of the nose's base to which a nostril reaches.
_BELOW = 9.0
# Degrees from below at which one looks into them; mm round them that are looked at, and that they reach.
_VIEW, _ROUND, _REACH = -40.0, 20.0, 9.0
# Side of a cell, mm, and how many of them the radius of a hole has at most.
_CELL, _HOLE = 0.8, 6
# mm below the rim from which the inside begins to darken, and is dark.
_DEPTHS = (1.5, 4.0)


def inside_nostrils(points: Array, triangles: Int, laid: Array) -> Array:
    """How deep inside a nostril each vertex is, float[V] in [0, 1].

    Seen from before and below, what lies deep in a hole as narrow as a nostril is inside.

    Args:
      points: float[V, 3], mm at the built-in head's size.
      triangles: int[T, 3] of the skin.
      laid: float[V', 3], the built-in head laid over the mesh.
    """
    turn = Rotation.from_euler("x", _VIEW, degrees=True)
    seen = turn.apply(points)
    middles = [turn.apply(laid[reference().landmarks[pair]].mean(0)) for pair in NOSTRILS]
    away = np.min([np.linalg.norm(seen[:, :2] - middle[:2], axis=1) for middle in middles], axis=0)
    near = (away < _ROUND) & (np.abs(seen[:, 2] - middles[0][2]) < 40.0)
    local = triangles[near[triangles].all(1)]
    inside = np.zeros(len(points))
    if not np.linalg.norm(face_normals(seen, local), axis=1).sum() > 1.0:
        return inside
    # Seen from below, a full upper lip hides the skin behind it as well; no nostril reaches below the nose's base.
    above = points[:, 1] > laid[reference().landmarks[NOSE_BASE][2], 1] - _BELOW
    rows = np.flatnonzero(near & above & (away < _REACH))
    relief, place = front_relief(np.concatenate([seen[rows], spread(seen, local, 0.2, 2_000, 60_000)[0]]), _CELL)
    relief = np.where(np.isnan(relief), np.nanmin(relief), relief)
    disc = np.hypot(*np.mgrid[-_HOLE : _HOLE + 1, -_HOLE : _HOLE + 1]) <= _HOLE
    rim = grey_closing(relief, footprint=disc)[tuple(place[: len(rows)].T)]
    inside[rows] = smoothstep(*_DEPTHS, rim - seen[rows, 2]) * smoothstep(_REACH, 0.7 * _REACH, away[rows])
    return inside
