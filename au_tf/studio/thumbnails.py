"""Small pictures of what each Action Unit does, drawn from the face model's mean face."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Pixels
from au_tf.faces.expressive import Face
from au_tf.facs import ACTION_UNITS, AU_NAMES, MAX_INTENSITY
from au_tf.morphable import MorphableModel
from au_tf.rendering.framing import close_up, portrait
from au_tf.rendering.native.renderer import render_face
from au_tf.studio.session import jpeg
from au_tf.synthesis.stored import StoredGenerator


class _Region(NamedTuple):
    """What of the square picture of a face is shown: left, top, right and bottom as shares."""

    left: float
    top: float
    right: float
    bottom: float


_UPPER, _LOWER = _Region(0.1, 0.12, 0.9, 0.62), _Region(0.14, 0.48, 0.86, 0.93)
_SIDE = 240
_UPPER_UNITS = (1, 2, 4, 5, 6)


@lru_cache(maxsize=4)
def thumbnails(model: MorphableModel, generator: StoredGenerator) -> tuple[bytes, ...]:
    """A JPEG of each Action Unit at 5, of the part of the face that it moves; the neutral's two come first."""
    camera = close_up(model, model.mask > 0.5, _SIDE, 1.1)
    face = Face.from_coefficients(portrait(model), camera, model=model, generator=generator)
    full = MAX_INTENSITY * np.eye(1 + len(AU_NAMES), len(AU_NAMES), -1, dtype=np.float32)
    pictures = [render_face(model, each, camera) for each in face.with_expressions(full)]
    regions = [_UPPER if unit.number in _UPPER_UNITS else _LOWER for unit in ACTION_UNITS]
    shown = [*zip((pictures[0], pictures[0]), (_UPPER, _LOWER), strict=True), *zip(pictures[1:], regions, strict=True)]
    return tuple(_part(picture, region) for picture, region in shown)


def _part(picture: Pixels, region: _Region) -> bytes:
    left, top, right, bottom = (round(share * _SIDE) for share in region)
    return jpeg(picture[top:bottom, left:right])
