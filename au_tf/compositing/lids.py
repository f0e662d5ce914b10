"""Hair and lids about the eyes of a photo: lashes go with the upper lid, brows as one, and closed eyes stay closed."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Array, Float32, Float64, Int32, Tensor
from au_tf.geometry.landmarks import BROWS, LEFT_EYE, RIGHT_EYE, UPPER_LIDS, eye_distance
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.detail.regions import step

_LASHES = (0.06, 0.12)
"""Up to here above the lid's edge skin goes with it, and from here on by itself; shares of the eye corners' distance.

A lid unfolds above its lashes. On a face model the fold may lie lower than in the photo, and drawn out lashes look
like paint that runs.
"""
_OVER_BROW, _BROW, _OFF_LID = (0.03, 0.07), (0.105, 0.14), (0.015, 0.045)
"""The same above and below the upper edge of a brow, whose hair would be drawn out, too; and how near a lid it ends."""
_LINES: tuple[list[int], ...] = (*UPPER_LIDS, *np.arange(68)[BROWS].reshape(2, 5).tolist())
"""Landmarks of what leads hair, from left to right in a picture: lids, and after them brows."""

SHUT = (0.07, 0.16)
"""Height of an eye over its width at which it is wholly closed, and from which on it is open."""
WINK = 0.12
"""Difference of these from which on one eye winks."""
_ROUND, _TALL = (0.6, 1.0), 1.4
"""Within and up to how many widths of an eye the skin is that of its lids; brows, above, are nearer by so much."""


class Lids(NamedTuple):
    """The vertices near upper lashes and brows, and how far they go with their line; the skin of closed lids."""

    rows: Int32
    """int32[N], vertices."""
    edge: Int32
    """int32[18], vertices of upper lids and brows."""
    share: Float32
    """float32[N, 1], 1 on lashes and brows, fading to 0 about them."""
    along: Float32
    """float32[N, 18], place along these lines as weights of `edge`, which sum to 1."""
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
        shares, along = _led(screen, landmarks, size)
        shares *= skin
        share = shares.sum(0)
        rows = np.flatnonzero(share > 1e-3)
        weights = np.concatenate([part * of[:, None] for part, of in zip(along, shares, strict=True)], -1)
        edge = model.landmarks[np.concatenate(_LINES)]
        moved = skin | (model.parts == Part.EYE)
        near = np.stack([_about(screen, landmarks[eye]) for eye in (RIGHT_EYE, LEFT_EYE)], -1) * moved[:, None]
        return cls(
            rows.astype(np.int32),
            edge,
            share[rows, None].astype(np.float32),
            (weights[rows] / share[rows, None]).astype(np.float32),
            near.astype(np.float32),
            model.landmarks[np.array(UPPER_LIDS)[:, [0, 3]]],
            closures(landmarks),
        )


def _led(places: Array, landmarks: Float64, size: float) -> tuple[Float64, list[Float64]]:
    """How far places float[V, 2] go with each of `_LINES`, float64[4, V], and their points' weights, float64[V, P]."""
    above, beside, weights = zip(*(_from_line(places, landmarks[line]) for line in _LINES), strict=True)
    up, aside = np.array(above) / size, np.array(beside) / size
    over = np.where(up[:2] > -0.015, np.hypot(np.maximum(up[:2], 0.0), aside[:2]), np.inf)
    lids, away = step(*_LASHES[::-1], over), np.hypot(up[2:], aside[2:])
    brows = np.where(up[2:] > 0.0, step(*_OVER_BROW[::-1], away), step(*_BROW[::-1], away))
    lids[(lids.argmax(0) != np.arange(2)[:, None])] = 0.0
    brows *= 1.0 - step(*_OFF_LID[::-1], over.min(0))
    return np.concatenate([lids * (1.0 - brows.max(0)), brows]), list(weights)


def _from_line(places: Array, line: Float64) -> tuple[Float64, Float64, Float64]:
    """How far float[V, 2] are above a line [P, 2] and beside its ends, [V] each; place along it as weights [V, P]."""
    across = (line[-1] - line[0]) / max(float(np.linalg.norm(line[-1] - line[0])), 1e-6)
    upward = np.array([across[1], -across[0]])
    nodes, heights = (line - line[0]) @ across, (line - line[0]) @ upward
    x, y = (places - line[0]) @ across, (places - line[0]) @ upward
    # Detected landmarks may stand in the wrong order on an eye that is nearly shut.
    nodes = np.maximum.accumulate(nodes + 1e-6 * np.arange(len(line)))
    inside = np.clip(x, nodes[0], nodes[-1])
    weights = np.stack([np.interp(inside, nodes, row) for row in np.eye(len(line))], -1)
    return y - weights @ heights, x - inside, weights


def _about(places: Array, eye: Float64) -> Float64:
    """How far places float[V, 2] lie on the lids of an eye, landmarks float64[6, 2]: 1 to 0."""
    across = (eye[3] - eye[0]) / np.linalg.norm(eye[3] - eye[0])
    away = (places - eye.mean(0)) @ np.array([across, _TALL * np.array([-across[1], across[0]])]).T
    return step(*_ROUND[::-1], np.linalg.norm(away, axis=1) / np.linalg.norm(eye[3] - eye[0]))


def closures(landmarks: Float64) -> Float32:
    """How far the right and the left eye of landmarks float64[68, 2] are closed, float32[2]; alike unless one winks."""
    heights = np.array([_height(landmarks[eye]) for eye in (RIGHT_EYE, LEFT_EYE)])
    if np.ptp(heights) < WINK:
        heights[:] = heights.mean()
    return np.asarray(step(*SHUT[::-1], heights), np.float32)


def _height(eye: Float64) -> float:
    """Height of an eye, landmarks float64[6, 2], over its width."""
    return float(np.linalg.norm(eye[[1, 2]] - eye[[5, 4]], axis=1).mean() / np.linalg.norm(eye[3] - eye[0]))
