"""The mean head and how people's heads differ from it, by what was measured on heads of people."""

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix, diags

from au_tf.arrays import Array, Float32
from au_tf.morphable.builtin import measured, outlines
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.sculpt import hill, nostrils, smoothstep

NOISE_FIELDS = 24
"""Smooth fields without a name, for what the measured heads do not say."""
_NOSTRIL = np.array([0.0, 6.0, -2.0])
"""mm from the nostrils' rims to their bottom."""
_BROW_HEIGHT, _BROW_REACH = 2.5, 8.0
"""mm by which brows differ in height, beyond what skulls do; and how far above and below the skin goes along."""
_CORNER = 5.0
"""mm about the corners of the mouth that are smoothed."""
_NOISE = 0.35
"""Share of a mm that each moves the skin by."""


@lru_cache(maxsize=2)
def mean_shape(mesh: HeadMesh) -> Float32:
    """The mean of people, float32[V, 3] in mm: the head as it is designed, moved to where people's points lie."""
    figures = measured.table()
    moved = mesh.points + measured.spread(mesh, figures.moves[figures.rows("mean")], person=True)[0]
    skin = mesh.pieces["skin"].rows
    moved[skin] += np.outer(nostrils(mesh.points[skin]), _NOSTRIL)
    mean = _soft_corners(mesh, moved).astype(np.float32)
    mean.flags.writeable = False
    return mean


def _soft_corners(mesh: HeadMesh, points: Array) -> Array:
    """Smooths the skin about the corners of the mouth, where the loops of both lips run together."""
    count = mesh.pieces["skin"].rows.stop
    edges = mesh.edges[(mesh.edges < count).all(1)]
    row, column = np.concatenate([edges, edges[:, ::-1]]).T
    near = csr_matrix((np.ones(len(row)), (row, column)), shape=(count, count))
    mean = diags(1.0 / np.asarray(near.sum(1)).ravel()) @ near
    corners = mesh.points[mesh.upper_lip[[0, -1]]]
    gap = np.linalg.norm(mesh.points[:count, None] - corners, axis=2).min(1)
    share = 0.6 * np.exp(-((gap / _CORNER) ** 2))[:, None]
    share[np.concatenate([mesh.upper_lip, mesh.lower_lip])] = 0.0
    out = points.copy()
    for _ in range(12):
        out[:count] += share * (mean @ out[:count] - out[:count])
    return out


def identity_fields(mesh: HeadMesh, rng: np.random.Generator) -> Float32:
    """Displacements float32[F, V, 3] in mm of the mean head for a standard deviation of each way that people differ.

    Lips meet in all of them, and lids stay on the eyeball, which moves without bending or turning.
    """
    figures = measured.table()
    moves = np.concatenate([figures.moves[figures.rows("identity")], _noise(mesh, rng), _brows(mesh)])
    return measured.spread(mesh, moves, person=True, lids=True)


def _brows(mesh: HeadMesh) -> Array:
    """float[1, P, 3]: brows sit higher or lower on the same skull, which heads without hair do not tell."""
    at = mesh.points[measured.named_vertices(mesh)]
    u = np.clip((np.abs(at[:, 0]) - 12.0) / 45.0, 0.0, 1.0)
    off = at[:, 1] - outlines.brow_line(u)[:, 1]
    share = np.exp(-0.5 * np.square(off / _BROW_REACH)) * smoothstep(0.0, 20.0, at[:, 2])
    return np.outer(share, (0.0, _BROW_HEIGHT, 0.0))[None]


def _noise(mesh: HeadMesh, rng: np.random.Generator) -> Array:
    """Smooth random displacements float[NOISE_FIELDS, P, 3] of the named points, most of them symmetric."""
    at = mesh.points[measured.named_vertices(mesh)]
    fields = []
    for k in range(NOISE_FIELDS):
        symmetric = k % 4 != 3
        centre = rng.uniform((-70 * (not symmetric), -115, -20), (70, 80, 60))
        radius = rng.uniform(16.0, 40.0)
        direction = _NOISE * rng.normal(size=3)
        field = direction * hill(at, centre, radius)[:, None]
        if symmetric:
            mirror = np.array([-1, 1, 1])
            field = field + direction * mirror * hill(at, centre * mirror, radius)[:, None]
        fields.append(field)
    return np.stack(fields)
