"""Carries what the built-in head does over to the expression basis of another face."""

import numpy as np

from au_tf.arrays import Array, Float32, Int
from au_tf.geometry.landmarks import JAW
from au_tf.geometry.similarity import Similarity
from au_tf.morphable.completion.correspondence import Correspondence
from au_tf.morphable.completion.reference import reference
from au_tf.morphable.model import STYLES

# Ridge of the projection on an expression basis: mm of noise, as if known at so many independent points of the face.
_NOISE, _POINTS = 0.7, 200.0
# Vertices of the face that the projection looks at, at most.
_MOST = 10_000


def carry_motions(
    similarity: Similarity, found: Correspondence, weights: Array, landmarks: Int, basis: Array
) -> tuple[Float32, Float32]:
    """Expression coefficients that come nearest to what actions and styles do to the built-in head.

    Each coefficient is drawn to 0 as its standard deviation demands, so that what a basis cannot do is left undone.

    Args:
      similarity: places the built-in head where the mesh is.
      found: the correspondence.
      weights: float[V], how much each vertex counts.
      landmarks: int[68]; those of brows, eyes, nose and mouth count as much as all else together.
      basis: float32[E, V, 3], mm a standard deviation.

    Returns:
      float32[A, E] and float32[A, STYLES, E].
    """
    ref = reference()
    motions = np.concatenate([ref.actions[:, None], ref.styles], 1)
    actions = len(motions)
    motions = np.moveaxis(motions.reshape(actions * (1 + STYLES), -1, 3), 0, 1)
    rows = np.flatnonzero(weights > 0.02)
    rows = rows[:: 1 + len(rows) // _MOST]
    near = Correspondence(found.index[rows], found.share[rows])
    inner = slice(JAW.stop, None)
    moved = similarity.turn(np.concatenate([near.carry(motions), motions[ref.landmarks[inner]]]))
    rows = np.concatenate([rows, landmarks[inner]])
    share = np.full(len(rows), 1.0 / len(landmarks[inner]))
    share[: len(near.index)] = weights[rows[: len(near.index)]]
    share[: len(near.index)] /= max(share[: len(near.index)].sum(), 1e-9)
    scaled = np.sqrt(share * _POINTS)[:, None] / (_NOISE * similarity.scale)
    axes = (basis[:, rows] * scaled).reshape(len(basis), -1).astype(np.float64)
    targets = (np.moveaxis(moved, 1, 0) * scaled).reshape(actions * (1 + STYLES), -1)
    solved = np.linalg.solve(axes @ axes.T + np.eye(len(axes)), axes @ targets.T)
    coefficients = solved.T.reshape(actions, 1 + STYLES, -1).astype(np.float32)
    return coefficients[:, 0], coefficients[:, 1:]
