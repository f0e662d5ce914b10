"""Hair and lids about the eyes of a photo: lashes go with the upper lid, brows as one, and closed eyes stay closed."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Array, Float32, Float64, Int32, Tensor
from au_tf.geometry.landmarks import BROWS, LEFT_EYE, LOWER_LIDS, RIGHT_EYE, UPPER_LIDS, eye_distance
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.detail.regions import step

_LASHES, _ABOVE_LASHES = (0.03, 0.08), 0.16
"""Up to here above the lid's edge skin goes with it, shares of the eye corners' distance: as far as that leaves so much
of the way to the brow's upper edge, within these limits.

A lid unfolds above its lashes. On a face model the fold may lie lower than in the photo, and drawn out lashes look
like paint that runs.
"""
_BROW, _OF_BROWS = 0.135, 0.6
"""How far down from its upper edge skin goes with a brow, and at most which share of that way: its hair would be drawn
out, too. Between the two skin gives evenly."""
_LOWERED, _OF_LOWERED = 0.105, 0.5
"""The same of brows that come down, which leave thin lids room to fold."""
_SQUEEZED = 0.85
"""Share of that way within which a lid that rises by itself pushes skin together: lashes and low brows give, too."""
_OVER_BROW, _BESIDE = (0.03, 0.07), (0.06, 0.12)
"""Up to where above a brow and beside the ends of lids and brows skin goes with them, and from where on by itself."""
_UNDER_LID = -0.015
"""What is lower over the lid's edge goes by itself."""
_UNDER_EYE = 0.18
"""How far about its edge the skin of a lower lid goes with it, a share of the eye's width (standard deviation times the
root of two, as the face model has it: 4.5 mm)."""
NARROWED = 0.4
"""How far lids that begin to close do so, of the way that the face model's would leave the same share of the eye: its
eyes are higher than most, and a squint of a low eye would leave nothing but the lamp that it mirrors."""
_STIFF = np.array([[3, 1, 0, 0, 0], [1, 2, 1, 0, 0], [0, 1, 2, 1, 0], [0, 0, 1, 2, 1], [0, 0, 0, 1, 3]]) / 4.0
"""How landmarks of a brow share their motion: it is a strip of hair and muscle that bends evenly, and has no hooks."""
_LINES: tuple[list[int], ...] = (*UPPER_LIDS, *np.arange(68)[BROWS].reshape(2, 5).tolist())
"""Landmarks of what leads hair, from left to right in a picture: lids, and after them brows."""
MIDDLES = np.array([[1, 2], [5, 6]])
"""Of these landmarks, in the middle of either lid."""

SHUT = (0.07, 0.16)
"""Height of an eye over its width at which it is wholly closed, and from which on it is open."""
WINK = 0.12
"""Difference of these from which on one eye winks."""
_ROUND, _TALL = (0.6, 1.0), 1.4
"""Within and up to how many widths of an eye the skin is that of its lids; brows, above, are nearer by so much."""


class Lids(NamedTuple):
    """The vertices near upper lashes and brows, and how far they go with these; the skin of closed lids."""

    rows: Int32
    """int32[N], vertices."""
    edge: Int32
    """int32[18], vertices of upper lids and brows."""
    share: Float32
    """float32[N, 1], how far they go with these: 1 on lashes and brows and between them, fading to 0 about them."""
    of_lid: Float32
    """float32[N, 18], place along a lid as weights of `edge`, which sum to 1."""
    of_brow: Float32
    """float32[N, 18], the same along the brow above it."""
    way: Float32
    """float32[N, 3], from lid (0) to brow (1): how skin gives, is pushed together by the lid, and by the brow."""
    upward: Float32 | Tensor
    """float32[2], from the eyes to the brows in the photo."""
    near: Float32
    """float32[V, 2], how far each vertex goes with the lids of the right and of the left eye."""
    upper: Float32
    """float32[V], how far each vertex is skin of upper lids: 1 on lashes, fading to 0 at the brow."""
    corners: Int32
    """int32[2, 2], vertices in the corners of these eyes."""
    shut: Float32 | Tensor
    """float32[2], how far these eyes are closed."""
    below: Float32
    """float32[V, 2], how far each vertex is skin of the lower lids of these eyes."""
    lower: Int32
    """int32[2, 2], vertices in the middle of the edges of these lids."""
    high: Float32 | Tensor
    """float32[2], how high these eyes would be if they were the face model's, in the pixels of motion."""
    room: Float32 | Tensor
    """float32[2], how high they are in the photo, a share of that, at most 1."""

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
        sides = [_led(screen, landmarks, size, side) for side in (0, 1)]
        shares = np.stack([side.share for side in sides]) * skin
        rows = np.flatnonzero(shares.max(0) > 1e-3)
        nearer = shares[:, rows].argmax(0)

        def of_nearer(values: list[Array]) -> Float32:
            return np.where(nearer[:, None] == 0, *(value[rows] for value in values)).astype(np.float32)

        edge = model.landmarks[np.concatenate(_LINES)]
        below = np.stack([_under(screen, landmarks, side) for side in (0, 1)], -1) * skin[:, None]
        moved = skin | (model.parts == Part.EYE)
        near = np.stack([_about(screen, landmarks[eye]) for eye in (RIGHT_EYE, LEFT_EYE)], -1) * moved[:, None]
        return cls(
            rows.astype(np.int32),
            edge,
            shares.max(0)[rows, None].astype(np.float32),
            of_nearer([side.of_lid for side in sides]),
            of_nearer([side.of_brow for side in sides]),
            of_nearer([side.way for side in sides]),
            upward(landmarks),
            near.astype(np.float32),
            (shares * [1.0 - side.way[:, 0] for side in sides]).max(0).astype(np.float32),
            model.landmarks[np.array(UPPER_LIDS)[:, [0, 3]]],
            closures(landmarks),
            below.astype(np.float32),
            model.landmarks[np.array(LOWER_LIDS)[:, 1:3]],
            *rooms(model, landmarks),
        )


class _Led(NamedTuple):
    """How places go with a lid and the brow above it; as the fields of `Lids`, of V places."""

    share: Float64
    of_lid: Float64
    of_brow: Float64
    way: Float64


def upward(landmarks: Float64) -> Float32:
    """float32[2], the way from the eyes to the brows of landmarks float64[68, 2]."""
    across = landmarks[LEFT_EYE].mean(0) - landmarks[RIGHT_EYE].mean(0)
    return np.asarray(np.array([across[1], -across[0]]) / max(float(np.linalg.norm(across)), 1e-6), np.float32)


def _led(places: Array, landmarks: Float64, size: float, side: int) -> _Led:
    """How places float[V, 2] go with the lid and the brow of the person's right (0) or left (1) side."""
    lid, brow = (_from_line(places, landmarks[_LINES[line]]) for line in (side, 2 + side))
    over, down = lid.above / size, -brow.above / size
    gap = np.maximum(over + down, 1e-3)
    gives, lowered = _between(over, gap, _BROW, _OF_BROWS), _between(over, gap, _LOWERED, _OF_LOWERED)
    pushed = np.clip(over / (_SQUEEZED * gap), 0.0, 1.0)
    beside_lid, beside_brow = (step(*_BESIDE[::-1], np.abs(line.beside) / size) for line in (lid, brow))
    share = beside_lid + gives * (beside_brow - beside_lid)
    share *= step(*_OVER_BROW[::-1], np.maximum(-down, 0.0)) * (over > _UNDER_LID)
    weights = np.zeros((2, len(places), len(np.concatenate(_LINES))))
    along = lid.weights, brow.weights @ _STIFF @ _STIFF
    for row, shares, first in zip(weights, along, (4 * side, 8 + 5 * side), strict=True):
        row[:, first : first + shares.shape[1]] = shares
    of_lid, of_brow = weights
    return _Led(share, of_lid, of_brow, np.stack([gives, pushed, lowered], -1))


def _between(over: Float64, gap: Float64, brow: float, of_gap: float) -> Float64:
    """0 on lashes to 1 on a brow, that far down from its upper edge and at most that share of the gap, float64[V]."""
    high = gap - np.minimum(brow, of_gap * gap)
    low = np.minimum(np.clip(gap - _ABOVE_LASHES, *_LASHES), 0.5 * high)
    return np.asarray(np.clip((over - low) / (high - low), 0.0, 1.0))


def _under(places: Array, landmarks: Float64, side: int) -> Float64:
    """How far places float[V, 2] are skin of the lower lid of the person's right (0) or left (1) side, float64[V]."""
    line = landmarks[LOWER_LIDS[side]]
    found = _from_line(places, line)
    away = np.hypot(found.above, found.beside) / float(np.linalg.norm(line[-1] - line[0]))
    return np.asarray(np.exp(-np.square(away / _UNDER_EYE)))


def rooms(model: MorphableModel, landmarks: Float64) -> tuple[Float32, Float32]:
    """`Lids.high` and `Lids.room` of landmarks float64[68, 2]."""
    eyes = [RIGHT_EYE, LEFT_EYE]
    widths = np.array([np.linalg.norm(landmarks[eye][3] - landmarks[eye][0]) for eye in eyes])
    share = np.array([_height(landmarks[eye]) for eye in eyes]) / heights(model)
    return np.asarray(widths * heights(model), np.float32), np.minimum(share, 1.0).astype(np.float32)


def heights(model: MorphableModel) -> Float64:
    """Heights of the right and the left eye of a face model over their widths, float64[2]."""
    points = model.mean_shape[model.landmarks].astype(np.float64)
    return np.array([_height(points[eye]) for eye in (RIGHT_EYE, LEFT_EYE)])


class _Line(NamedTuple):
    """Where places are to a line."""

    above: Float64
    """float64[V]."""
    beside: Float64
    """float64[V], beyond its ends."""
    weights: Float64
    """float64[V, P], place along it as weights of its points."""


def _from_line(places: Array, line: Float64) -> _Line:
    """Where float[V, 2] are to a line [P, 2]."""
    across = (line[-1] - line[0]) / max(float(np.linalg.norm(line[-1] - line[0])), 1e-6)
    upward = np.array([across[1], -across[0]])
    nodes, heights = (line - line[0]) @ across, (line - line[0]) @ upward
    x, y = (places - line[0]) @ across, (places - line[0]) @ upward
    # Detected landmarks may stand in the wrong order on an eye that is nearly shut.
    nodes = np.maximum.accumulate(nodes + 1e-6 * np.arange(len(line)))
    inside = np.clip(x, nodes[0], nodes[-1])
    weights = np.stack([np.interp(inside, nodes, row) for row in np.eye(len(line))], -1)
    return _Line(y - weights @ heights, x - inside, weights)


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
