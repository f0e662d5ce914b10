"""Lids in a photo: lashes go with the edge of the upper lid; eyes that are closed stay so unless they are opened."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Array, Float32, Float64, Int32, Tensor
from au_tf.geometry.landmarks import LEFT_EYE, RIGHT_EYE, UPPER_LIDS, eye_distance
from au_tf.morphable import MorphableModel, Part

_LASHES = (0.06, 0.12)
"""Up to here above the lid's edge skin goes with it, and from here on by itself; shares of the eye corners' distance.

A lid unfolds above its lashes. On a face model the fold may lie lower than in the photo, and drawn out lashes look
like paint that runs.
"""


SHUT = (0.07, 0.16)
"""Height of an eye over its width at which it is wholly closed, and from which on it is open."""
WINK = 0.12
"""Difference of these from which on one eye winks."""
_ROUND, _TALL = (0.6, 1.0), 1.4
"""Within and up to how many widths of an eye the skin is that of its lids; brows, above, are nearer by so much."""


class Lids(NamedTuple):
    """The vertices near upper lashes, and how far they go with the lid's edge; the skin of closed lids."""

    rows: Int32
    """int32[N], vertices."""
    edge: Int32
    """int32[8], vertices of `UPPER_LIDS`."""
    share: Float32
    """float32[N, 1], 1 on the lashes, fading to 0 above."""
    along: Float32
    """float32[N, 8], place along the edge as weights of `edge`, which sum to 1."""
    near: Float32
    """float32[V, 2], how far each vertex goes with the lids of the right and of the left eye."""
    corners: Int32
    """int32[2, 2], vertices in the corners of these eyes."""
    shut: Float32 | Tensor
    """float32[2], how far these eyes are closed."""

    @classmethod
    def of(cls, model: MorphableModel, screen: Array, landmarks: Float64) -> "Lids":
        """Finds the lids of a photo on the face fitted to it.

        Args:
          model: the face model.
          screen: float[V, 2], where the vertices are in the photo, (column, row).
          landmarks: float64[68, 2], as detected, in the same pixels.
        """
        size = float(eye_distance(landmarks))
        skin = (model.parts == Part.SKIN) & (model.mask > 0.0)
        share, along = np.zeros(len(screen)), np.zeros((len(screen), 8))
        for k, lid in enumerate(UPPER_LIDS):
            height, weights = _above(screen, landmarks[lid])
            near, far = _LASHES
            t = np.clip((far - height / size) / (far - near), 0.0, 1.0)
            here = np.where(skin, t * t * (3.0 - 2.0 * t), 0.0)
            along[here > share] = 0.0
            along[here > share, 4 * k : 4 * k + 4] = weights[here > share]
            share = np.maximum(share, here)
        rows = np.flatnonzero(share > 1e-3)
        edge = model.landmarks[np.ravel(UPPER_LIDS)]
        moved = skin | (model.parts == Part.EYE)
        near = np.stack([_about(screen, landmarks[eye]) for eye in (RIGHT_EYE, LEFT_EYE)], -1) * moved[:, None]
        return cls(
            rows.astype(np.int32),
            edge,
            share[rows, None].astype(np.float32),
            along[rows].astype(np.float32),
            near.astype(np.float32),
            model.landmarks[np.array(UPPER_LIDS)[:, [0, 3]]],
            closures(landmarks),
        )


def _above(places: Array, lid: Float64) -> tuple[Float64, Float64]:
    """Distance of float[V, 2] from a lid's edge [4, 2], infinite below it, and place along it as weights [V, 4]."""
    across = (lid[3] - lid[0]) / np.linalg.norm(lid[3] - lid[0])
    upward = np.array([across[1], -across[0]])
    nodes, heights = (lid - lid[0]) @ across, (lid - lid[0]) @ upward
    x, y = (places - lid[0]) @ across, (places - lid[0]) @ upward
    # Detected landmarks may stand in the wrong order on an eye that is nearly shut.
    nodes = np.maximum.accumulate(nodes + 1e-6 * np.arange(4))
    inside = np.clip(x, nodes[0], nodes[3])
    weights = np.stack([np.interp(inside, nodes, row) for row in np.eye(4)], -1)
    above = y - weights @ heights
    distance = np.hypot(np.maximum(above, 0.0), x - inside)
    return np.where(above > -0.05 * nodes[3], distance, np.inf), weights


def _about(places: Array, eye: Float64) -> Float64:
    """How far places float[V, 2] lie on the lids of an eye, landmarks float64[6, 2]: 1 to 0."""
    across = (eye[3] - eye[0]) / np.linalg.norm(eye[3] - eye[0])
    away = (places - eye.mean(0)) @ np.array([across, _TALL * np.array([-across[1], across[0]])]).T
    near, far = _ROUND
    t = np.clip((far - np.linalg.norm(away, axis=1) / np.linalg.norm(eye[3] - eye[0])) / (far - near), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def closures(landmarks: Float64) -> Float32:
    """How far the right and the left eye of landmarks float64[68, 2] are closed, float32[2]; alike unless one winks."""
    heights = np.array([_height(landmarks[eye]) for eye in (RIGHT_EYE, LEFT_EYE)])
    if np.ptp(heights) < WINK:
        heights[:] = heights.mean()
    t = np.clip((SHUT[1] - heights) / (SHUT[1] - SHUT[0]), 0.0, 1.0)
    return (t * t * (3.0 - 2.0 * t)).astype(np.float32)


def _height(eye: Float64) -> float:
    """Height of an eye, landmarks float64[6, 2], over its width."""
    return float(np.linalg.norm(eye[[1, 2]] - eye[[5, 4]], axis=1).mean() / np.linalg.norm(eye[3] - eye[0]))
