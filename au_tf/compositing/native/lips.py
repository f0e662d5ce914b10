"""What an open mouth shows in a photo: where its lips end inside, by colour near where landmarks say so.

Its numbers were chosen by eye on 14 open mouths.
"""

from typing import NamedTuple

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator

from au_tf.arrays import Array, Bool, Float32, Float64, Int32, Pixels
from au_tf.compositing.fields import LUMINANCE
from au_tf.compositing.native.closing import within
from au_tf.geometry.landmarks import LOWER_LIP, MOUTH_CORNERS, OUTER_LIPS, UPPER_LIP
from au_tf.rendering.native.sampling import blur, dilate, smoothstep, touching

_COLUMNS = 96
"""Across a mouth, from corner to corner."""
_REACH, _ERROR = 0.10, 0.035
"""How far from its landmarks an edge is looked for, and how far they err (standard deviation), shares of a mouth."""
_STEPS = 24
"""To either side, at which it may be."""
_BENDS = 2.0
"""Price of a step between neighbouring columns."""
_COLOUR = np.array([8.0, 4.0, 4.0])
"""Blur of distributions of colours, in L, a and b of 0 to 255."""
_TELLS = 3.0
"""Most that one pixel may say, a natural logarithm."""
_SAMPLES = 400
"""Pixels at most by which a distribution is known."""
_DARK, _BRIGHT = 0.65, 1.2
"""Lightness over that of a lip below which it is a corner's shade, and from which what is pale is a tooth."""
_TOLD = 0.33
"""Share of what landmarks call a lip that must be unlike skin for colour to be believed."""
_SHADED, _NEARBY = 0.88, 2.0
"""Light of lips beside an open mouth, over that of lips so many pixels about, below which it is the mouth's shade."""
_SHADE_REACH, _LEAST_LIGHT, _LEAST_OF_OTHER = 0.12, 0.9, 0.55
"""How far an open mouth shades its lips, shares of its width; light left to one, of its median and the other's."""


class Mouth(NamedTuple):
    """A mouth in a photo, laid straight: columns from corner to corner, whose rows go down from the line between."""

    middle: Float64
    """float64[2], (column, row) between the corners."""
    across: Float64
    """float64[2], from the middle to the corner at the right of the picture."""
    column: Float64
    """float64[C], places from corner to corner, -1 to 1."""
    outer: Float64
    """float64[2, C], how far below that line the upper and the lower lip end outside, in half widths of the mouth."""
    inner: Float64
    """float64[2, C], and inside."""

    @property
    def down(self) -> Float64:
        return np.array([-self.across[1], self.across[0]])

    def places(self, rows: Array) -> Float32:
        """float32[..., C, 2], (column, row) of rows [..., C]."""
        along = self.column * np.ones_like(rows)
        return np.asarray(
            self.middle + along[..., np.newaxis] * self.across + np.asarray(rows)[..., np.newaxis] * self.down,
            np.float32,
        )

    def straight(self, places: Array) -> Float32:
        """float32[..., 2], column from -1 to 1 and row of places (column, row)."""
        away = np.asarray(places, np.float64) - self.middle
        size = float(self.across @ self.across)
        return np.stack([away @ self.across, away @ self.down], -1).astype(np.float32) / np.float32(size)


def open_mouth(image: Pixels, inside: Bool, landmarks: Float64) -> tuple[Bool, Bool, Bool]:
    """What an open mouth shows, by colour: its inside, its upper and its lower lip, bool[h, w] each.

    Each lip is judged by itself: the upper one is often in shade and brown, the lower one lit and red.

    Args:
      image: uint8[h, w, 3], sRGB.
      inside: bool[h, w], where the fitted mesh has the inside, to which stray teeth and dark corners are added.
      landmarks: float64[68, 2], (column, row).
    """
    area = np.zeros(inside.shape, np.uint8)
    cv2.fillPoly(area, [np.round(landmarks[OUTER_LIPS]).astype(np.int32)], 1)
    lips = (area > 0) & ~inside
    if inside.any(1).sum() < 3 or not lips.any():
        return inside, lips & False, lips & False
    mouth = mouth_of(landmarks)
    rows, columns = np.indices(inside.shape)
    along, row = np.moveaxis(mouth.straight(np.stack([columns, rows], -1)), -1, 0)
    upper, lower = (np.interp(along, mouth.column, edge) for edge in edges(image, mouth))
    inside = inside | ((row > upper) & (row < lower) & (np.abs(along) < 1.0))
    around = (dilate(area, 4) > 0.0) & (area == 0)
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2Lab).astype(np.float32)
    light, red, chroma = lab[..., 0], lab[..., 1], np.linalg.norm(lab[..., 1:] - 128.0, axis=-1)
    # Teeth are less red than skin and paler, lips redder.
    tooth, skin = np.median(red[inside]), np.median(red[around])
    pale = chroma < 0.5 * (np.median(chroma[inside]) + np.median(chroma[around]))
    stray = inside & False
    for lip in (lips & ~inside & (row < upper), lips & ~inside & (row > lower)):
        if lip.any():
            usual = np.median(light[lip])
            teeth = pale & (red < 0.5 * (tooth + min(skin, np.median(red[lip])))) & (light > _BRIGHT * usual)
            stray |= lip & (teeth | (light < _DARK * usual))
    inside = inside | (dilate(touching(stray, inside, 1), 1) > 0.0)
    lips &= ~inside
    # Landmarks take in some skin; a lip is like the half of its pixels that is least like skin.
    away_from_skin = lab - np.median(lab[around], 0)
    # What is brighter than skin is lit, and no lip for that.
    away_from_skin[..., 0] = np.minimum(away_from_skin[..., 0], 0.0)
    from_skin = np.square(away_from_skin).sum(-1)
    for lip in (lips & (row < upper), lips & (row >= upper)):
        if lip.any():
            usual = np.median(lab[lip & (from_skin >= np.median(from_skin[lip]))], 0)
            found = lip & (np.square(lab - usual).sum(-1) < from_skin)
            # Colour that sets apart only a few pixels does not tell a lip.
            lips &= ~lip | found if found.sum() > _TOLD * lip.sum() else True
    # Pixels that show both a lip and a tooth, or the shade between them, are neither.
    rim = dilate(inside, 1) > 0.0
    shade = light < _SHADED * within(light[..., None], lips[..., None].astype(np.float32), _NEARBY)[..., 0]
    inside |= rim & ((area > 0) | shade)
    lips &= ~inside
    return inside, lips & (row < upper), lips & (row >= upper)


def out_of_shade(photo: Float32, lips: tuple[Bool, Bool], inside: Bool) -> Float32:
    """The photo float32[h, w, 3], linear, with the light that an open mouth takes from lips beside it given back."""
    usual = [np.median(photo[lip], 0).astype(np.float32) if lip.any() else np.zeros(3, np.float32) for lip in lips]
    light = blur(photo @ LUMINANCE[:, np.newaxis], 0.7)
    reach = _SHADE_REACH * float(np.ptp(np.nonzero(inside)[1]) + 1)
    away = np.asarray(cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5), np.float32)[..., np.newaxis]
    near, lit = 1.0 - smoothstep(0.5 * reach, reach, away), photo
    for lip, own, other in zip(lips, usual, usual[::-1], strict=True):
        colour = max(_LEAST_LIGHT * own, _LEAST_OF_OTHER * other, key=lambda c: float(c @ LUMINANCE))
        wanted = float(colour @ LUMINANCE)
        missing = np.maximum(wanted - light, 0.0) / max(wanted, 1e-4)
        lit = lit + lip[..., np.newaxis] * near * missing * colour
    return np.asarray(lit, np.float32)


def mouth_of(landmarks: Float64) -> Mouth:
    """The mouth of float64[68, 2]."""
    right, left = landmarks[MOUTH_CORNERS]
    middle, across = 0.5 * (right + left), 0.5 * (left - right)
    column = np.linspace(-1.0, 1.0, _COLUMNS)
    mouth = Mouth(middle, across, column, np.zeros((2, _COLUMNS)), np.zeros((2, _COLUMNS)))

    def edge(numbers: list[int]) -> Float64:
        along, row = mouth.straight(landmarks[numbers]).astype(np.float64).T
        along = np.maximum.accumulate(along) + 1e-3 * np.arange(len(along))
        return np.asarray(PchipInterpolator(along, row, extrapolate=True)(np.clip(column, along[0], along[-1])))

    outer, inner = (np.stack([edge(lip[side]) for lip in (UPPER_LIP, LOWER_LIP)]) for side in (0, 1))
    inner.sort(0)
    return mouth._replace(outer=outer, inner=inner)


def edges(image: Pixels, mouth: Mouth) -> Float64:
    """Where lips end inside, float64[2, C] as `Mouth.inner`, by their colours."""
    lab = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2Lab), np.uint8)
    pixel = 1.0 / float(np.linalg.norm(mouth.across))
    offset = np.linspace(-2.0 * _REACH, 2.0 * _REACH, 2 * _STEPS + 1)
    found, between = mouth.inner.copy(), mouth.inner.mean(0)
    for _ in range(2):
        inside = _sampled(lab, mouth, found[0] + np.linspace(0.2, 0.8, 9)[:, np.newaxis] * (found[1] - found[0]))
        wide = np.broadcast_to(found[1] - found[0] > 3.0 * pixel, inside.shape[:2])
        inside = inside[wide]
        if not inside.size:
            return found
        result = found.copy()
        for k, sign in ((0, 1.0), (1, -1.0)):
            lip = _sampled(
                lab, mouth, mouth.outer[k] + np.linspace(0.3, 0.8, 7)[:, np.newaxis] * (found[k] - mouth.outer[k])
            )[:, np.abs(mouth.column) < 0.9].reshape(-1, 3)
            rows = mouth.inner[k] + sign * offset[:, np.newaxis]
            strip = _sampled(lab, mouth, rows)
            says = np.clip(_log_density(strip, lip) - _log_density(strip, inside), -_TELLS, _TELLS)
            says *= (offset[1] - offset[0]) / pixel
            # What is above is a lip, what is below is not.
            total = np.cumsum(says, 0)
            price = -(2.0 * total - total[-1:])
            price += 0.5 * np.square(offset / (2.0 * _ERROR))[:, np.newaxis]
            beyond = sign * (rows - between) > 0.0
            outside = sign * (rows - mouth.outer[k]) < 0.2 * sign * (mouth.inner[k] - mouth.outer[k])
            price[(beyond | outside) & (offset != 0.0)[:, np.newaxis]] += 1e3
            result[k] = mouth.inner[k] + sign * offset[_cheapest(price)]
        found = np.stack([np.minimum(result[0], result.mean(0)), np.maximum(result[1], result.mean(0))])
    return found


def _sampled(lab: Pixels, mouth: Mouth, rows: Float64) -> Float64:
    """Colours float64[R, C, 3] at rows [R, C]."""
    places = mouth.places(rows)
    return np.asarray(
        cv2.remap(lab, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float64
    )


def _log_density(colours: Float64, seen: Float64) -> Float64:
    """Natural logarithm of how often colours [..., 3] are to be expected, by those that were seen [N, 3]."""
    seen = seen.reshape(-1, 3)
    seen = seen[:: max(1, len(seen) // _SAMPLES)] / _COLOUR
    scaled = (colours / _COLOUR).reshape(-1, 3)
    square = (scaled**2).sum(1)[:, None] + (seen**2).sum(1) - 2.0 * scaled @ seen.T
    density = np.exp(-0.5 * np.maximum(square, 0.0)).mean(1)
    return np.log(density + 1e-4).reshape(colours.shape[:-1])


def _cheapest(price: Float64) -> Int32:
    """int[C], the row in each column of float64[R, C] of the cheapest way across, which goes up or down by one."""
    steps, columns = price.shape
    total, came = price[:, 0], np.zeros(price.shape, np.int32)
    for column in range(1, columns):
        ways = np.stack([np.r_[np.inf, total[:-1]] + _BENDS, total, np.r_[total[1:], np.inf] + _BENDS])
        best = ways.argmin(0)
        came[:, column] = np.arange(steps) + best - 1
        total = ways[best, np.arange(steps)] + price[:, column]
    way = np.empty(columns, np.int32)
    way[-1] = total.argmin()
    for column in range(columns - 1, 0, -1):
        way[column - 1] = came[way[column], column]
    return way
