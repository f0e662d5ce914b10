"""Reflectance out of photographed skin, and what the photo does not show continued by the other side and the model."""

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from au_tf.arrays import Float32, UInt8
from au_tf.compositing.fields import LUMINANCE
from au_tf.morphable.detail.chart import PER_MM, texels
from au_tf.morphable.detail.regions import ellipse, step
from au_tf.rendering.native.sampling import blur, smoothstep
from au_tf.texture.photographed import Photographed

LEAST_LIGHT = 0.35
"""Of the median light on the skin, that colours are divided by at least: what is darker by the fit has light unknown to
it."""
DARK = (0.3, 0.7)
"""Reflectance over that of usual skin below which colours are not believed, and above which they are."""
WIDE = 9.0
"""mm over which differences in brightness are light rather than skin."""
KEPT = 0.5
"""How much of such a difference is kept if it is the same on both sides of the face; if it is not, nothing is."""
STRANGE = (0.4, 0.7)
"""Logarithm of reflectance over what is usual on the face from which on something is no skin, and certainly none."""
STRANGE_BLUR = 1.5
"""mm over which that is taken, wider than a wrinkle."""
LARGE = 0.1
"""Of the largest piece of skin, that another is at least."""
GLARE = (0.4, 0.8)
"""Logarithm of luminance over that of the skin about it from which on something about the eyes is a reflection."""
CONTRAST, COLOURFUL = 0.6, 0.6
"""Most that the logarithm of luminance differs from that of the skin about it, and how far colours differ."""
FEATHER = 2.5
"""mm over which one source passes over into another."""
_COARSE = 4
"""Texels a side that one stands for where only slow changes matter."""
_BORDER = 7
"""Of these, twice how far from its border what is known tells what is beyond."""
_FADING = 0.03
"""Share of what is known about a place at which half of a change has faded."""
_DIM = np.float32(2e-3)


class Reflectance(NamedTuple):
    """Photographed skin without light."""

    colour: Float32
    """float32[ROWS, COLUMNS, 3], linear RGB."""
    relit: Float32
    """float32[3], factor of the light of the fit under which it is as the photo shows it."""


def reflectance(photo: Photographed, usual: Float32, fitted: Float32) -> Reflectance:
    """Takes the light out of photographed skin.

    Luminance alone is divided by, and the light's colour is taken to be the same everywhere. How bright and colourful
    the light is and how much so the skin, a photo does not tell: half and half.

    Args:
      photo: what it shows.
      usual: float32[3], reflectance of the skin of people.
      fitted: float32[3], of the fitted face.
    """
    light, shown = photo.light @ LUMINANCE, (photo.seen > 0.5) & (regions().features < 0.1)
    if not shown.any():
        return Reflectance(photo.colour, np.ones(3, np.float32))
    bright = np.maximum(light, LEAST_LIGHT * np.median(light[shown]))
    colour = photo.colour / bright[..., np.newaxis]
    middle = np.maximum(np.median(colour[shown], 0), _DIM)
    tint, skin = (np.log(each / (each @ LUMINANCE)) for each in (middle, usual))
    level = 0.5 * np.log((usual @ LUMINANCE) * (fitted @ LUMINANCE))
    factor = np.exp(0.5 * (tint + skin) + level) / middle
    fit = photo.light[shown].mean(0)
    relit = (fit @ LUMINANCE) / (np.maximum(fit, 0.02 * fit.max()) * factor)
    return Reflectance(_natural(factor * colour, float(usual @ LUMINANCE)), np.asarray(relit, np.float32))


def _natural(colour: Float32, usual: float) -> Float32:
    """Reflectance float32[h, w, 3] whose dark parts, hair and folds, are not bluer than they are green, nor than red.

    What is dark has hardly any colour in a photo, and the light's would give it one.
    """
    red, green, blue = np.moveaxis(colour, -1, 0)
    green = np.minimum(green, red)
    brown = np.stack([red, green, np.minimum(blue, green)], -1)
    dark = 1.0 - smoothstep(*DARK, colour @ LUMINANCE / np.float32(usual))
    return np.asarray(colour + dark[..., np.newaxis] * (brown - colour), np.float32)


class Regions(NamedTuple):
    """Parts of the map, float32[ROWS, COLUMNS] each, 0 to 1."""

    middle: Float32
    """Where nothing but a face can be: brows to chin."""
    features: Float32
    """Brows, eyes, nostrils and lips, whose colour is not the skin's."""
    glasses: Float32
    """Where they may reflect."""
    inside: Float32
    """1 but for the borders of the map, beyond which the skin is the face model's."""


@cache
def regions() -> Regions:
    """The same for all face models."""
    u, v = texels()
    u = np.abs(u)
    ovals = (33.0, 26.0, 27.0, 8.0), (31.5, 0.5, 19.0, 10.0), (8.0, -46.0, 9.0, 6.0), (0.0, -67.0, 28.0, 11.0)
    features = np.max([ellipse(u, v, *oval) for oval in ovals], 0)
    inside = step(76.0, 60.0, u) * step(-124.0, -104.0, v) * step(84.0, 66.0, v)
    middle = ellipse(u, v, 0.0, -28.0, 58.0, 62.0)
    glasses = ellipse(u, v, 31.5, -8.0, 32.0, 24.0)
    return Regions(*(part.astype(np.float32) for part in (middle, features, glasses, inside)))


class Completed(NamedTuple):
    """A whole face of skin."""

    colour: Float32
    """float32[ROWS, COLUMNS, 3], linear RGB reflectance."""
    share: Float32
    """float32[ROWS, COLUMNS], how far it is the person's own rather than the face model's."""
    gain: Float32
    """float32[3], usual colour of the person's skin over that of the face model's."""


def completed(colour: Float32, seen: Float32, model: Float32) -> Completed:
    """A whole face out of a part of it.

    Args:
      colour: float32[ROWS, COLUMNS, 3], linear RGB reflectance, from a photo.
      seen: float32[ROWS, COLUMNS], how well the photo shows it, 0 to 1.
      model: float32[ROWS, COLUMNS, 3], the same of the face model.
    """
    own, usual = (np.log(np.maximum(each, _DIM)) for each in (colour, model))
    plain = 1.0 - regions().features
    seen = seen * _familiar(own - usual, seen)
    middle = _middle(own - usual, seen * plain)
    own = own - _unevenness(own - usual - middle, seen * plain)
    own = own - plain[..., np.newaxis] * _harsh(own - usual - middle, seen * plain)
    other, there = _flipped(own), _flipped(seen)
    other = other + _slow(own - other, seen * there)
    either = np.maximum(seen, there)
    person = own + (1.0 - _soft(seen))[..., np.newaxis] * (other - own)
    inside = regions().inside
    usual = usual + middle + inside[..., np.newaxis] * _slow(person - usual - middle, either * plain)
    share = inside * _soft(either)
    whole = np.exp(usual + share[..., np.newaxis] * (person - usual))
    return Completed(whole, share, np.exp(middle))


def _flipped(texture: Float32) -> Float32:
    """The other side of the face: the map is the same on both."""
    return np.ascontiguousarray(texture[:, ::-1])


def _soft(known: Float32) -> Float32:
    """A share float32[h, w] that is feathered inwards from where nothing is known."""
    return np.asarray(np.minimum(known, smoothstep(0.5, 1.0, blur(known, FEATHER * PER_MM))), np.float32)


def _middle(difference: Float32, seen: Float32) -> Float32:
    """Median float32[3] over what is seen."""
    shown = seen > 0.5
    return np.asarray(np.median(difference[shown], 0) if shown.any() else np.zeros(3), np.float32)


def _slow(difference: Float32, known: Float32, width: float = WIDE) -> Float32:
    """Slow changes of differences float32[h, w, C], which fade to 0 where they are not known."""
    weight = cv2.erode(_coarser(smoothstep(0.3, 0.9, known)), np.ones((_BORDER, _BORDER), np.uint8))
    small = _coarser(difference) * weight[..., np.newaxis]
    sigma = width * PER_MM / _COARSE
    mean = blur(small, sigma) / (blur(weight, sigma) + _FADING)[..., np.newaxis]
    return _finer(mean, difference.shape[:2])


def _unevenness(difference: Float32, seen: Float32) -> Float32:
    """What of the differences from a face model float32[h, w, 3] is light that the fit does not know."""
    slow = _slow(difference, seen)
    both = _coarser(np.minimum(seen, _flipped(seen)))
    both = _finer(blur(both, WIDE * PER_MM / _COARSE), seen.shape)[..., np.newaxis]
    aside = 0.5 * (slow - _flipped(slow))
    return np.asarray(both * aside + (1.0 - KEPT) * (slow - both * aside), np.float32)


def _harsh(difference: Float32, seen: Float32) -> Float32:
    """What of the differences from a face model float32[h, w, 3] is too much of a contrast for skin without light."""
    fine = difference - _slow(difference, seen)
    bright = (fine @ LUMINANCE)[..., np.newaxis]
    limited = CONTRAST * np.tanh(bright / CONTRAST)
    return np.asarray(bright - limited + (1.0 - COLOURFUL) * (fine - bright), np.float32)


def _familiar(difference: Float32, seen: Float32) -> Float32:
    """How far what a photo shows is skin rather than hair, glare, a collar or the wall, float32[h, w].

    Skin lies in large pieces.
    """
    parts = regions()
    plain = 1.0 - parts.features
    sure = (seen > 0.9) & (parts.middle * plain > 0.9)
    if not sure.any():
        return np.ones_like(seen)
    away = np.abs(blur(difference, STRANGE_BLUR * PER_MM) - np.median(difference[sure], 0)).max(-1)
    known = np.maximum(1.0 - smoothstep(*STRANGE, away), np.maximum(parts.middle, parts.features))
    bright = (difference - _slow(difference, seen * known * plain)) @ LUMINANCE
    known = known * (1.0 - plain * parts.glasses * smoothstep(*GLARE, blur(bright, 1.0 * PER_MM)))
    kept = _large((seen * known > 0.5).astype(np.uint8))
    return np.asarray(known * blur(kept, PER_MM), np.float32)


def _large(shown: UInt8) -> Float32:
    """The large pieces of what is shown, uint8[h, w], without threads between them."""
    whole = np.asarray(cv2.morphologyEx(shown, cv2.MORPH_OPEN, np.ones((2 * PER_MM, 2 * PER_MM), np.uint8)))
    _, labels = cv2.connectedComponents(whole)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    large = (sizes > LARGE * sizes.max())[labels].astype(np.float32)
    return np.asarray(cv2.dilate(large, np.ones((PER_MM, PER_MM), np.uint8)), np.float32)


def _coarser(values: Float32) -> Float32:
    size = -(-values.shape[1] // _COARSE), -(-values.shape[0] // _COARSE)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _finer(values: Float32, shape: tuple[int, ...]) -> Float32:
    return np.asarray(cv2.resize(values, shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
