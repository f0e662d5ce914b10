"""What lies over a face in a photo, and stays as it is: hair, caps, glasses, whatever covers mouth or eyes."""

from typing import NamedTuple

import cv2
import numpy as np

from au_tf.arrays import Bool, Float32, Float64, Pixels
from au_tf.compositing.fields import LUMINANCE, Fields
from au_tf.compositing.native.glasses import frame
from au_tf.geometry.landmarks import (
    BROWS,
    CHIN,
    INNER_LIPS,
    JAW,
    LEFT_EYE,
    MOUTH_CORNERS,
    NOSE_BASE,
    NOSE_BRIDGE,
    NOSE_TIP,
    OUTER_LIPS,
    RIGHT_EYE,
)
from au_tf.rendering.native.sampling import blur, dilate, smoothstep, touching

_DIM = 0.002
"""Linear light below which nothing is told apart."""
_DARK = (0.8, 1.3)
"""Natural logarithm of expected over found light from which on something may be hair."""
_THIN, _ENDS = (0.3, 0.6), 0.12
"""The same next to hair, so near to it."""
_HALF_BROW = 0.12
"""Of the way from a brow's upper edge to the eye, how far its middle lies down."""
_BESIDE_BROW, _BESIDE_EYE, _BROW_ENDS = 0.1, 0.12, 0.3
"""How far brows and eyes may be dark about their landmarks; as all lengths here, in distances of the eyes; and which
share of that beyond the ends of brows, where hair hangs."""
_RED, _LIPS_DARK, _COLOURLESS = 0.035, 0.12, 0.03
"""By how much lips are redder (logarithm of red over green) or darker than the skin about them, at least; and how red
skin is that has no colour, of which nothing can be said."""
_PALER = 0.1
"""By how much less red than that skin is what only shines."""
_BRIGHT, _FEW = np.log(0.9), 0.05
"""Logarithm of linear light from which on a channel may be clipped, and the share of lips that is too small to tell."""
_EDGE = 0.05
"""How far beyond its edge what lies over a face shows."""
_RAYS = 720
"""In how many directions what lies behind hair is looked for."""
_ABOUT = 0.12
"""How far beyond the border of a face its skin may come from."""
_PATCH, _DARK_GLASSES = 0.3, 0.42
"""How far about an eye what covers it reaches, and about both eyes dark glasses, which are some 45 mm high."""
_LASHES = 0.9
"""By how much the darkest tenth of an eye, its lashes or iris, is darker than the skin about it, at least."""


class Occluders(NamedTuple):
    """What lies over a face."""

    still: Float32
    """float32[h, w, 1], how far each pixel stays what it is."""
    under: Bool
    """bool[h, w], where skin that moves is continued under hair and glasses."""
    covered: tuple[str, ...]
    """What is hidden so far that it is left alone: "mouth", "right eye", "left eye", the person's."""


def find_occluders(image: Pixels, photo: Float32, source: Fields, landmarks: Float64) -> Occluders:
    """Finds what lies over a face.

    Args:
      image: uint8[h, w, 3], sRGB, the window.
      photo: float32[h, w, 3], the same, linear.
      source: the fields of the fitted face itself, arrays.
      landmarks: float64[68, 2], (column, row) in the window.
    """
    size = max(float(np.linalg.norm(landmarks[RIGHT_EYE].mean(0) - landmarks[LEFT_EYE].mean(0))), 1.0)
    light = blur(np.log(np.maximum(photo, _DIM)), max(0.01 * size, 0.4))
    eyes = {"right eye": landmarks[RIGHT_EYE], "left eye": landmarks[LEFT_EYE]}
    bright = light @ LUMINANCE
    covered = [name for name, eye in eyes.items() if _eye_is_covered(bright, eye, size)]
    dark = _over_eyes(light.shape, [eyes[name] for name in covered], size)
    hair = _hair(light, source, landmarks, size, dark)
    still = blur(np.maximum(hair, frame(image, landmarks).astype(np.float32)), max(0.01 * size, 0.5))
    # The edge of what lies over the face is blurred, and throws a shadow: there, too, the photo stays, ever less.
    beside, reach = 1.0 - _features(still.shape, landmarks, size), _EDGE * size
    edge = dilate(still, round(reach)) * beside
    face = dilate(source.face[..., 0], round(_ABOUT * size))
    under = (np.maximum(still, edge) > 0.1) & (source.face[..., 0] > 0.5) | (still > 0.95) & (face > 0.5)
    still = np.maximum(still, blur(dilate(still, round(reach / 2.0)) * beside, reach / 3.0))
    if _mouth_is_covered(light, landmarks, size):
        covered.insert(0, "mouth")
        still = np.maximum(still, _lower_face(still.shape, landmarks, size))
    still = np.maximum(still, blur(dark, 0.08 * size))
    return Occluders(still[..., np.newaxis], under, tuple(covered))


def _over_eyes(shape: tuple[int, ...], covered: list[Float64], size: float) -> Float32:
    """What lies over the eyes that are covered, float32[h, w]: over both it is a pair of dark glasses."""
    if len(covered) == 2:
        return _grown(shape, np.concatenate(covered), _DARK_GLASSES * size)
    return _grown(shape, covered[0], _PATCH * size) if covered else np.zeros(shape[:2], np.float32)


def _grown(shape: tuple[int, ...], points: Float64, reach: float, aside: float = 1.0) -> Float32:
    """1 in the convex hull of points and up to a distance from it, to its sides up to a share of it, float32[h, w]."""
    area = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(area, cv2.convexHull(np.rint(points).astype(np.int32)), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(aside * reach) + 1, 2 * round(reach) + 1))
    return np.asarray(cv2.dilate(area, disc), np.float32)


def _features(shape: tuple[int, ...], landmarks: Float64, size: float) -> Float32:
    """1 on eyes and brows and a little about them, float32[h, w]."""
    eyes = [_grown(shape, landmarks[eye], _BESIDE_EYE * size) for eye in (RIGHT_EYE, LEFT_EYE)]
    # Landmarks stand on the upper edge of brows.
    brows = [
        _grown(shape, brow + _HALF_BROW * (landmarks[eye].mean(0) - brow.mean(0)), _BESIDE_BROW * size, _BROW_ENDS)
        for brow, eye in zip(np.split(landmarks[BROWS], 2), (RIGHT_EYE, LEFT_EYE), strict=True)
    ]
    return np.asarray(np.max([*eyes, *brows], 0), np.float32)


def _hair(light: Float32, source: Fields, landmarks: Float64, size: float, other: Float32) -> Float32:
    """Hair, or a cap, that reaches from outside over the upper face, float32[h, w]: much darker than skin there.

    What is known to be something else, float32[h, w], is none.
    """
    shape, face = light.shape, source.face[..., 0] > 0.5
    features = np.maximum(_features(shape, landmarks, size), other)
    missing = np.log(np.maximum(source.light[..., 0], _DIM)) - light @ LUMINANCE
    plain = face & (_grown(shape, landmarks[[*range(27, 36), *range(36, 48)]], 0.1 * size) > 0) & (features == 0)
    if not plain.any():
        return np.zeros(shape[:2], np.float32)
    darkness = (missing - np.median(missing[plain])) * face * (1.0 - features)
    dark = smoothstep(*_DARK, darkness)
    # Below the nose there are beards, which go with the skin.
    down = landmarks[CHIN] - landmarks[BROWS].mean(0)
    rows, columns = np.indices(shape[:2], np.float32)
    below = (np.stack([columns, rows], -1) - landmarks[NOSE_BASE].mean(0)) @ down / np.linalg.norm(down)
    above = 1.0 - smoothstep(-0.3 * size, 0.0, below)
    # An open mouth is not outside, or nostrils and the folds of a laugh would be hair that hangs down to it.
    outside = ~face & (source.mouth[..., 0] < 0.5)
    hair = np.where(dilate(touching(dark > 0.5, outside, 2), 1) > 0.0, dark * above, np.float32(0.0))
    # Where it ends it is thin, and fairer.
    hair = np.maximum(hair, smoothstep(*_THIN, darkness) * dilate(hair, round(_ENDS * size)))
    return _and_beyond(hair, landmarks[NOSE_BRIDGE])


def _and_beyond(hair: Float32, middle: Float64) -> Float32:
    """Hair float32[h, w] and what lies behind it, seen from the middle of a face: fair strands, and more hair."""
    radius = float(np.hypot(*hair.shape))
    whole, how = (round(radius), _RAYS), cv2.WARP_POLAR_LINEAR | cv2.WARP_FILL_OUTLIERS | cv2.INTER_LINEAR
    rays = cv2.warpPolar(np.asarray(hair, np.float32), whole, middle.tolist(), radius, how)
    beyond = cv2.warpPolar(
        np.maximum.accumulate(rays, 1), hair.shape[::-1], middle.tolist(), radius, how | cv2.WARP_INVERSE_MAP
    )
    return np.maximum(hair, np.asarray(beyond, np.float32))


def _mouth_is_covered(light: Float32, landmarks: Float64, size: float) -> bool:
    """Whether a fifth of the lips is neither redder nor darker than what is about them: there is a hand, or a mask."""
    shape, told = light.shape, light.max(-1) < _BRIGHT
    lips = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(lips, [np.rint(landmarks[OUTER_LIPS]).astype(np.int32)], 1)
    about = (_grown(shape, landmarks[OUTER_LIPS], 0.15 * size) > 0) & (
        _grown(shape, landmarks[OUTER_LIPS], 0.04 * size) == 0
    )
    about &= told
    cv2.fillPoly(lips, [np.rint(landmarks[INNER_LIPS]).astype(np.int32)], 0)
    if not (lips.any() and about.any()):
        return False
    red, bright = light[..., 0] - light[..., 1], light @ LUMINANCE
    if np.median(np.abs(red[about])) < _COLOURLESS:
        return False
    right, left = landmarks[MOUTH_CORNERS]
    row, column = np.nonzero((lips > 0) & told)
    along = (np.stack([column, row], -1) - right) @ (left - right) / max(float(np.square(left - right).sum()), 1.0)
    fifth = np.clip(np.floor(5.0 * along), 0.0, 4.0)
    shown = [(row[fifth == k], column[fifth == k]) for k in range(5)]
    few = _FEW * (lips > 0).sum()
    redder = [np.median(red[part]) - np.median(red[about]) for part in shown if len(part[0]) > few]
    darker = [np.median(bright[about]) - np.median(bright[part]) for part in shown if len(part[0]) > few]
    return any(-_PALER < r < _RED and d < _LIPS_DARK for r, d in zip(redder, darker, strict=True))


def _lower_face(shape: tuple[int, ...], landmarks: Float64, size: float) -> Float32:
    """The face below the nose, softly bounded, float32[h, w]."""
    outline = np.concatenate([landmarks[JAW][2:15], landmarks[[NOSE_TIP]]])
    return blur(_grown(shape, outline, 0.25 * size), 0.12 * size)


def _eye_is_covered(bright: Float32, points: Float64, size: float) -> bool:
    """Whether an eye has neither lashes nor an iris: something lies over it, or it is behind dark glass."""
    eye = _grown(bright.shape, points, 0.06 * size) > 0
    about = (_grown(bright.shape, points, 0.22 * size) > 0) & (_grown(bright.shape, points, 0.12 * size) == 0)
    if not (eye.any() and about.any()):
        return False
    return bool(np.median(bright[about]) - np.percentile(bright[eye], 10) < _LASHES)
