"""What a fit to 68 landmarks makes of a face: the expression that comes out for the one that went in."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import block_diag

from au_tf.arrays import Float64
from au_tf.fitting.refine.landmark_term import JAW_NOISE_ACROSS, JAW_NOISE_ALONG, NOISE
from au_tf.fitting.refine.usual_expressions import expression_precision
from au_tf.geometry.landmarks import JAW, OUTER_EYE_CORNERS
from au_tf.morphable.model import MorphableModel

_FREE = 1e-6


class LinearFit(NamedTuple):
    """The fit as a linear map from what is true to the fitted expression, in standard deviations, rows times this."""

    from_expression: Float64
    """float[E, E], what comes out of the true expression."""
    from_identity: Float64
    """float[I, E], what is taken for expression although it is identity."""
    from_noise: Float64
    """float[136, E], what standard normal errors of the landmarks turn into."""


def linear_fit(model: MorphableModel) -> LinearFit:
    """Linearises `fitting.refine.landmark_fit` about a frontal mean face.

    Identity is standard normal, expression as usual among people, pose is free, the landmarks A x carry standard normal
    errors once they are whitened: the expression's rows of (A'A + P)^-1 A', the posterior mean of the linear Gaussian
    model (Bishop 2006, eq. 2.116).

    Args:
      model: the face.

    Returns:
      The three maps; what comes out is the sum of theirs.
    """
    corners = model.mean_shape[model.landmarks[OUTER_EYE_CORNERS]]
    whitening = _whitening(model) / np.linalg.norm(corners[1] - corners[0])
    pose = _pose_rows(model.mean_shape[model.landmarks].astype(np.float64))
    bases = [basis[:, model.landmarks, :2] for basis in (model.expression_basis, model.identity_basis)] + [pose]
    rows = np.concatenate([np.einsum("nij,cnj->cni", whitening, basis).reshape(len(basis), -1) for basis in bases])
    sizes = [len(basis) for basis in bases]
    prior = block_diag(expression_precision(model), np.eye(sizes[1]), _FREE * np.eye(sizes[2]))
    to_expression = np.linalg.solve(rows @ rows.T + prior, rows)[: sizes[0]].T
    expression, identity, _ = np.split(rows, np.cumsum(sizes)[:2])
    return LinearFit(expression @ to_expression, identity @ to_expression, to_expression)


def _whitening(model: MorphableModel) -> Float64:
    """Square root of each landmark's precision in units of the distance of the eye corners, float[68, 2, 2]."""
    whitening = np.tile(np.eye(2) / NOISE, (68, 1, 1))
    jaw = model.mean_shape[model.landmarks[JAW], :2].astype(np.float64)
    along = np.gradient(jaw, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], -1)
    whitening[JAW] = np.stack([across / JAW_NOISE_ACROSS, along / JAW_NOISE_ALONG], 1)
    return whitening


def _pose_rows(landmarks: Float64) -> Float64:
    """Motions of the landmarks in the image by translation, scale and rotation, float[6, 68, 2]."""
    x, y, z = (landmarks - landmarks.mean(0)).T
    zero, one = np.zeros_like(x), np.ones_like(x)
    motions = [(one, zero), (zero, one), (x, y), (-y, x), (z, zero), (zero, z)]
    # At most a millimetre a unit each, so that one weak prior suits all.
    return np.stack([np.stack(m, -1) / max(1.0, float(np.abs(m).max())) for m in motions])
