"""Expressions of one half of the face."""

from functools import lru_cache

import numpy as np

from au_tf.arrays import Float64
from au_tf.morphable.detail.regions import step
from au_tf.morphable.model import MorphableModel

SEAM_MM = 6.0
"""How far on either side of its middle the face's left goes over into its right."""


def left_share(model: MorphableModel) -> Float64:
    """How far each vertex belongs to the face's left, float64[V] in [0, 1]: 1/2 in the middle."""
    return np.asarray(step(-SEAM_MM, SEAM_MM, model.mean_shape[:, 0].astype(np.float64)))


@lru_cache(maxsize=2)
def left_part(model: MorphableModel) -> Float64:
    """What leaves of an expression the left half, float64[E, E]: `expression @ left_part(model)`.

    By least squares over the mesh, as far as the expression basis can do it; the right half is the rest.
    """
    basis = model.expression_basis.reshape(len(model.expression_basis), -1).astype(np.float64)
    halved = basis * np.repeat(left_share(model), 3)
    gram = basis @ basis.T
    # Components that the others make up for would be blown up.
    slack = 1e-6 * np.trace(gram) / len(gram) * np.eye(len(gram))
    return np.asarray(np.linalg.solve(gram + slack, basis @ halved.T).T)
