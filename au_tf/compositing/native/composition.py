"""`photo.composed` on arrays: a window of a photo composed anew, where it changes."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float32, Indices
from au_tf.compositing.graph.fields import Fields
from au_tf.compositing.layers import FOLD, Layers
from au_tf.rendering.native.sampling import blur, fill, largest, ramp, sample_bicubic


class Recomposed(NamedTuple):
    """What another expression changes in a window."""

    changed: Indices
    """int[N], numbers of the pixels that differ from the photo's, row by row."""
    colour: Float32
    """float32[N, 3], linear RGB of these."""


def recomposed(layers: Layers, fields: Fields) -> Recomposed:
    """Composes a window of a photo anew; as `photo.composed`, many times as fast.

    Args:
      layers: the photo, taken apart, arrays.
      fields: what the mesh of the new expression says, arrays.
    """
    # Where the fit leaves a gap in a mouth that is closed, the photo shows lips.
    gap = np.maximum(fields.mouth - layers.closed, 0.0)
    # A slit thinner than a pixel is an error of the mesh rather than an open mouth.
    fields = fields._replace(mouth=ramp(0.3, 0.9, blur(gap, 0.6)))
    h, w = fields.mouth.shape[:2]
    pixels = np.stack(np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32)))
    move, ratio = _extended(fields, pixels)
    size = np.sqrt(move[0] ** 2 + move[1] ** 2)
    inner = (fields.eye + fields.mouth)[..., 0]
    here = np.flatnonzero((size >= 1e-2) | (np.abs(ratio - 1.0) >= 2e-3) | (inner >= 1e-3))
    # What moves little may lie beside what moves a lot.
    moving = ramp(0.3, 1.5, largest(size, max(1, round(0.02 * max(h, w)))))
    light = (1.0 - layers.lip_line * _at(moving * fields.edge[..., 0], here)) * _relit(_at(ratio, here))
    sampled = sample_bicubic(layers.skin, (pixels + move).reshape(2, -1).take(here, 1).T)
    colour = (1.0 - _at(inner, here)) * light * _skin(sampled, _at(_relaxed(move), here), _at(moving, here))
    eye, mouth = _at(fields.eye, here), _at(fields.mouth, here)
    # What has no eye or no mouth in it has no place either, and no share in them.
    few = np.flatnonzero(eye)
    colour[few] += eye[few] * sample_bicubic(layers.eyes, _at(fields.eye_source, here[few]))
    few = np.flatnonzero(mouth)
    colour[few] += mouth[few] * _mouth(layers, fields, moving, here[few])
    return Recomposed(here, colour)


def _at(field: Float32, here: Indices) -> Float32:
    """Values float32[N, C] of float32[h, w, C], or of one channel without axis, at numbers of pixels."""
    return field.reshape(field.shape[0] * field.shape[1], -1)[here]


def _skin(sampled: Float32, relaxed: Float32, moving: Float32) -> Float32:
    """Moved skin float32[N, 3]; where it moves, without eyes, teeth and the creases that relax."""
    photo, clean, smooth, creased = np.split(sampled, [3, 6, 9], -1)
    skin = photo + moving * (clean - photo)
    return skin + creased * relaxed * (smooth - skin)


def _mouth(layers: Layers, fields: Fields, moving: Float32, here: Indices) -> Float32:
    """The inside of the mouth float32[N, 3] at numbers of pixels: the photo's own if it was visible, else rendered.

    Where the lips move, only teeth are taken from the photo, and not from the border that lips shade and blur: what
    stands in the dark of the fitted mesh may yet be a tooth of the photo.
    """
    shadow = ramp(0.0, 0.95, _at(blur(fields.mouth, max(1.0, 0.012 * len(moving))), here))
    teeth = _at(fields.teeth, here)
    rendered = _at(fields.mouth_colour, here) * (1.0 + teeth * (layers.tooth_gain - 1.0)) * _relit(0.35 + 0.65 * shadow)
    photo, core, closed = np.split(sample_bicubic(layers.mouth, _at(fields.mouth_source, here)), [3, 4], -1)
    seen, own = np.zeros(moving.shape, np.float32), _at(fields.mouth_seen, here) * (1.0 - closed)
    seen.reshape(-1)[here] = own[:, 0]
    share = np.clip(own + _at(moving, here) * (_at(blur(seen, 0.7), here) * core * teeth - own), 0.0, 1.0)
    return rendered + share * (photo - rendered)


def _extended(fields: Fields, pixels: Float32) -> tuple[Float32, Float32]:
    """Motion float32[2, h, w] and ratio of shading [h, w] of the skin layer, dying away beyond the face."""
    face = fields.face[..., 0]
    move = np.where(face > 0.0, np.moveaxis(fields.source, -1, 0) - pixels, 0.0)
    planes = np.concatenate([move, fields.ratio[np.newaxis, ..., 0]])
    across, down, light = np.moveaxis(fill(np.moveaxis(planes, 0, -1), face), -1, 0)
    inside = np.minimum(1.0, face + (fields.eye + fields.mouth)[..., 0])
    reach = max(4.0, 0.07 * max(face.shape))
    near = ramp(0.04, 0.5, blur(inside, reach / 2.0))
    return np.stack([near * across, near * down]), 1.0 + inside * (blur(light, 0.8) - 1.0)


def _relit(ratio: Float32) -> Float32:
    """Factor of each colour channel float32[N, 3] for a ratio of luminances [N, 1] above 0."""
    # Exponentials are faster than powers.
    return np.where(ratio < 1.0, np.exp(FOLD * np.log(ratio)), ratio)


def _relaxed(move: Float32) -> Float32:
    """How far creases of the source vanish, float32[h, w]: where skin that was pulled together lies free again."""
    across, down = _derivative(move, 2), _derivative(move, 1)
    area = (1.0 + across[0]) * (1.0 + down[1]) - across[1] * down[0]
    size = max(1.0, 0.012 * max(area.shape))
    return np.asarray(0.7 * ramp(0.03, 0.35, 1.0 - blur(area, size)))


def _derivative(field: Float32, axis: int) -> Float32:
    return 0.5 * (np.roll(field, -1, axis) - np.roll(field, 1, axis))
