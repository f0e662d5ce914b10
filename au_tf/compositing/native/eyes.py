"""Eyes without lids, on arrays: what a lid hides of iris and white, by example of what it shows of them."""

import cv2
import numpy as np

from au_tf.arrays import Bool, Float32, Float64
from au_tf.compositing import tuning
from au_tf.compositing.fields import LUMINANCE
from au_tf.compositing.lids import closures
from au_tf.compositing.native.closing import within
from au_tf.geometry.landmarks import BROWS, LEFT_EYE, RIGHT_EYE, UPPER_LIDS
from au_tf.rendering.native.sampling import blur, smoothstep

_IRIS = 5.9
"""Radius of an iris in mm: people's differ little."""
_RING = (1.05, 1.6)
"""Where the white about an iris is looked for, in radii."""
_LIMBUS = (0.92, 1.08)
"""Where an iris passes over into the white, in radii."""
_ENOUGH, _CONTRAST = 0.35, 0.02
"""Share of an iris that must be seen to find it, and by how much it is darker than the white, linear light."""
_IRIS_LIGHT, _CATCHLIGHT = 0.6, (2.0, 4.0)
"""Quantile of an iris's brightness that is its own, and the multiples of it between which it comes to show lamps
instead: what lies under a lid mirrors no second one."""
_BESIDE_LID, _LID_EDGE = 3.0, 1.0
"""mm beside lids and brows to which what lies between them goes on, and the blur of its edge."""
_WHITE, _WHITEST = 2.0, 0.5
"""Blur of the white in mm, and the quantile of its brightness from which on it is no lash and lies in no shade."""
_LASH_LINE = 1.0
"""mm below an upper lid that its lashes darken: left standing where the lid rises, they would be a second row."""


def shut_eyes(landmarks: Float64, shape: tuple[int, int]) -> Float32:
    """How far the nearer eye is closed, float32[h, w, 1]."""
    rows, columns = np.indices(shape, np.float32)
    right, left = (
        np.hypot(columns - eye[:, 0].mean(), rows - eye[:, 1].mean())
        for eye in (landmarks[RIGHT_EYE], landmarks[LEFT_EYE])
    )
    of_right, of_left = closures(landmarks)
    return np.asarray(np.where(right < left, of_right, of_left), np.float32)[..., np.newaxis]


def upper_lids(landmarks: Float64, shape: tuple[int, int], millimetre: float) -> Float32:
    """What lies between the edges of upper lids and brows, float32[h, w, 1]."""
    area = np.zeros(shape, np.uint8)
    for lid, brow in zip(UPPER_LIDS, np.split(landmarks[BROWS], 2), strict=True):
        outline = np.concatenate([brow, landmarks[lid][::-1]])
        cv2.fillPoly(area, [np.rint(outline).astype(np.int32)], 1)
    wide = np.ones((1, 2 * round(_BESIDE_LID * millimetre) + 1), np.uint8)
    return blur(cv2.dilate(area, wide)[..., np.newaxis].astype(np.float32), max(0.6, _LID_EDGE * millimetre))


def without_lids(photo: Float32, painted: Float32, cover: Float32, landmarks: Float64, millimetre: float) -> Float32:
    """Open eyes with what lids hide of them, closed ones as they are.

    Args:
      photo: float32[h, w, 3], linear RGB.
      painted: float32[h, w, 3], the same with the surroundings of eyes painted over.
      cover: float32[h, w, 1], coverage by eyes.
      landmarks: float64[68, 2], (column, row).
      millimetre: pixels a mm.

    Returns:
      float32[h, w, 5]: the colours (3), how far they are known (1), whether a lid hid them (1).
    """
    shut = shut_eyes(landmarks, photo.shape[:2])
    seen = cover[..., 0] > tuning.EYE_SEEN
    colours = np.where(shut > 0.5, photo, painted)
    for eye, closed in zip((RIGHT_EYE, LEFT_EYE), closures(landmarks), strict=True):
        if closed <= 0.5:
            middle, reach = landmarks[eye].mean(0), float(np.ptp(landmarks[eye, 0]))
            (left, top), (right, bottom) = np.maximum(np.rint([middle - reach, middle + reach + 1]), 0).astype(int)
            part = slice(top, bottom), slice(left, right)
            if seen[part].any():
                iris = _iris(photo[part] @ LUMINANCE, seen[part], _IRIS * millimetre)
                seen[part] = _below_lashes(seen[part], millimetre)
                if iris is not None:
                    colours[part] = _completed(photo[part], colours[part], seen[part], iris, millimetre)
    hidden = (1.0 - shut) * (~seen[..., np.newaxis])
    return np.concatenate([colours, 1.0 - shut, hidden], -1).astype(np.float32)


def _below_lashes(seen: Bool, millimetre: float) -> Bool:
    """What is seen of an eye, bool[h, w], without the edge of the upper lid; all of it, if that is all there is."""
    height = max(1, round(_LASH_LINE * millimetre))
    column = np.zeros((2 * height + 1, 1), np.uint8)
    column[: height + 1] = 1
    clear = cv2.erode(seen.astype(np.uint8), column, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
    return clear if clear.any() else seen


def _completed(photo: Float32, painted: Float32, seen: Bool, iris: tuple[int, int], millimetre: float) -> Float32:
    """An eye float32[h, w, 3] whose iris, about that row and column, is mirrored under the lid; its white goes on."""
    radius = _IRIS * millimetre
    rows, columns = np.indices(seen.shape)
    row, column = iris
    away = np.hypot(rows - row, columns - column) / radius
    beside = seen & (away > _RING[0])
    bright = photo @ LUMINANCE
    beside &= bright >= (np.quantile(bright[beside], _WHITEST) if beside.any() else 0.0)
    white = beside.astype(np.float32)[..., np.newaxis]
    sclera = within(photo, white, max(1.0, _WHITE * millimetre)) if white.any() else painted
    sclera = np.where(blur(white, max(1.0, _WHITE * millimetre)) > 1e-3, sclera, painted)
    disc, own = painted.copy(), _without_catchlights(photo, seen & (away < _LIMBUS[0]))
    for turned in ((2 * row - rows, 2 * column - columns), (2 * row - rows, columns)):
        there = tuple(np.clip(n, 0, size - 1) for n, size in zip(turned, seen.shape, strict=True))
        shown = seen[there] & (away < _LIMBUS[1])
        disc = np.where(shown[..., np.newaxis], own[there], disc)
    share = 1.0 - smoothstep(*_LIMBUS, away[..., np.newaxis])
    return np.where(seen[..., np.newaxis], photo, sclera + share * (disc - sclera))


def _without_catchlights(photo: Float32, iris: Bool) -> Float32:
    """A photo float32[h, w, 3] with what is bright on an iris, bool[h, w], in the colour that is most of it."""
    if not iris.any():
        return photo
    bright = photo @ LUMINANCE
    limit = max(float(np.quantile(bright[iris], _IRIS_LIGHT)), 1e-3)
    plain = np.median(photo[iris & (bright <= limit)], axis=0)
    low, high = (multiple * limit for multiple in _CATCHLIGHT)
    lamp = smoothstep(low, high, bright)[..., np.newaxis]
    return np.where(iris[..., np.newaxis], photo + lamp * (plain - photo), photo).astype(np.float32)


def _iris(bright: Float32, seen: Bool, radius: float) -> tuple[int, int] | None:
    """Row and column of the middle of an iris: the disc that is darkest against what is about it."""
    reach = int(np.ceil(_RING[1] * radius))
    rows, columns = np.indices((2 * reach + 1,) * 2) - reach
    away = np.hypot(rows, columns) / radius
    disc, ring = (away <= 1.0).astype(np.float32), ((away > _RING[0]) & (away < _RING[1])).astype(np.float32)
    light, weight = np.asarray(bright * seen, np.float32), seen.astype(np.float32)
    sums = [
        cv2.filter2D(part, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)
        for kernel in (disc, ring)
        for part in (light, weight)
    ]
    dark, of_disc, pale, of_ring = sums
    contrast = pale / np.maximum(of_ring, 1.0) - dark / np.maximum(of_disc, 1.0)
    contrast[(of_disc < _ENOUGH * disc.sum()) | (of_ring < 0.1 * ring.sum())] = -1.0
    best = int(contrast.argmax())
    if contrast.flat[best] < _CONTRAST:
        return None
    return best // seen.shape[1], best % seen.shape[1]


def lid_shade(cover: Float32, millimetre: float) -> Float32:
    """What the upper lid's shadow leaves of the light on an eye, float32[h, w, 1]."""
    sigma = max(0.5, tuning.LID_SHADE * millimetre)
    above = np.roll(blur(cover, sigma), round(sigma), 0)
    return np.asarray(tuning.LEAST_EYE + (1.0 - tuning.LEAST_EYE) * smoothstep(0.2, 0.9, above), np.float32)
