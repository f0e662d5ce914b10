"""A window of a photo composed anew, in TensorFlow ops."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.compositing import tuning
from au_tf.compositing.fields import Fields
from au_tf.compositing.graph.eyes import lid_shade
from au_tf.compositing.graph.mouth import (
    filled,
    folded,
    grained,
    hollow,
    lined,
    lit,
    power,
    rendered,
    rounded,
    sky,
    without_notches,
)
from au_tf.compositing.layers import Layers
from au_tf.rendering.graph.sampling import blur, dilate, fill, sample_bicubic, smoothstep

Sampler = Callable[[Tensor, Tensor], Tensor]
"""How pictures are read between pixels, as `sample_bicubic`."""


class Composed(NamedTuple):
    """A window with another expression, and where its skin and eyes come from."""

    picture: Tensor
    """float32[h, w, 3], linear RGB."""
    changed: Tensor
    """bool[h, w, 1], where it differs from the photo."""
    skin: Tensor
    """float32[h, w, 1], the share of the skin in each pixel."""
    move: Tensor
    """float32[h, w, 2], from a pixel to where its skin was."""
    light: Tensor
    """float32[h, w, 3], factor of the skin's colour."""
    eye: Tensor
    """float32[h, w, 1], the share of the eyes."""
    eye_move: Tensor
    """float32[h, w, 2], as `move`, of the eyes."""


def compose(layers: Layers, fields: Fields, opened: Tensor | float = 0.0, sample: Sampler = sample_bicubic) -> Composed:
    """Composes a window of a photo anew.

    Args:
      layers: the photo, taken apart.
      fields: what the mesh of the new expression says, of static shape.
      opened: how far eyes that are closed in the photo open, 0 to 1.
      sample: how pictures are read between pixels.
    """
    # Where the fit leaves a gap in a mouth that is closed, the photo shows lips.
    wide = smoothstep(*tuning.OPEN, blur(fields.mouth, max(tuning.OPEN_BLUR * layers.millimetre, 0.6)))
    mouth = tf.maximum(fields.mouth - (1.0 - wide) * layers.closed, 0.0)
    slit = max(tuning.SLIT_BLUR, tuning.SLIT_WIDTH * layers.millimetre, layers.softness)
    fields = fields._replace(mouth=smoothstep(*tuning.SLIT, blur(rounded(mouth, layers.millimetre), slit)))
    h, w = fields.mouth.shape[:2]
    pixels = tf.stack(tf.meshgrid(tf.range(float(w)), tf.range(float(h))), -1)
    move, ratio = _extended(fields, pixels)
    size = tf.norm(move, axis=-1, keepdims=True)
    # What moves little may lie beside what moves a lot.
    moving = smoothstep(*tuning.MOVING, dilate(size, max(1, round(tuning.MOVING_REACH * max(h, w)))))
    sampled = sample(layers.skin, pixels + move)
    headroom = 1.0 - smoothstep(*tuning.NO_HEADROOM, tf.reduce_max(sampled[..., :3], -1, keepdims=True))
    light = _lip_edge(layers, fields, moving) * _relit(ratio, layers.fold, headroom)
    skin = _skin(sampled[..., :11], move, moving, layers.millimetre)
    if sampled.shape[-1] > 11:
        lids = sampled[..., 11:]
        skin = _without_streaks(skin, _drawn_out(move) * (1.0 - lids), layers)
        skin = _unfolded(skin, sampled[..., 6:9], lids * smoothstep(*tuning.UNFOLDS, 1.0 - _area(move)), layers)
    else:
        skin = _without_streaks(skin, _drawn_out(move), layers)
    skin *= light
    eye_move = _known(fields.eye_source, fields.eye, pixels)
    share = 1.0 - fields.eye - fields.mouth
    eyes = _eyes(layers, fields, sample(layers.eyes, pixels + eye_move), opened)
    mouth = _mouth(share * skin, layers, filled(fields), moving, sample)
    result = share * skin + fields.eye * eyes + fields.mouth * mouth
    result += layers.still * (layers.skin[..., :3] - result)
    lit = tf.abs(ratio - 1.0) >= tuning.STILL_LIGHT
    changed = (size >= tuning.STILL_PIXELS) | lit | (fields.eye + fields.mouth >= tuning.STILL_COVER)
    return Composed(result, changed, share, move, light, fields.eye, eye_move)


def _skin(sampled: Tensor, move: Tensor, moving: Tensor, millimetre: float) -> Tensor:
    """The moved skin float32[h, w, 3]; where it moves, without eyes, teeth and the creases that relax."""
    photo, clean, *relaxed = tf.split(sampled, [3, 3, 3, 1, 1] if sampled.shape[-1] > 6 else 2, -1)
    skin = photo + moving * (clean - photo)
    if not relaxed:
        return skin
    smooth, creased, aside = relaxed
    back = tuning.MOST_BACK * smoothstep(*tuning.BACK, aside * move[..., :1] / millimetre)
    return skin + creased * tf.maximum(_relaxed(move), back) * (smooth - skin)


def _eyes(layers: Layers, fields: Fields, sampled: Tensor, opened: Tensor | float) -> Tensor:
    """The eyes float32[h, w, 3]: the photo's own, shaded where a lid hid them; rendered where it shows none."""
    shown, known, hidden = tf.split(sampled, [3, 1, 1], -1)
    shade = lid_shade(fields.eye, layers.millimetre)
    drawn = tuning.SOCKET * shade * lit(fields.eye_colour, layers.lamp)
    return drawn + (1.0 - opened * tf.clip_by_value(1.0 - known, 0.0, 1.0)) * (
        (1.0 - hidden * (1.0 - shade)) * shown - drawn
    )


def _mouth(lips: Tensor, layers: Layers, fields: Fields, moving: Tensor, sample: Sampler) -> Tensor:
    """The inside of the mouth float32[h, w, 3]: the photo's own where it was visible, else rendered.

    Where the lips move, only teeth are taken from the photo, and not from the border that lips shade and blur: what
    stands in the dark of the fitted mesh may yet be a tooth of the photo.
    """
    photo, core, closed, gain, before = tf.split(sample(layers.mouth, fields.mouth_source), [3, 1, 1, 3, 1], -1)
    shade = sky(fields.mouth, fields.mouth_depth, layers.millimetre)
    drawn = hollow(rendered(fields, layers.lamp, gain, shade), fields, layers.millimetre)
    drawn = without_notches(drawn, fields, layers.millimetre)
    drawn += moving * (lined(drawn, lips, fields, layers.lamp, layers.millimetre) - drawn)
    sigma = max(layers.softness, tuning.MOUTH_BLUR * layers.millimetre)
    drawn = blur(fields.mouth * drawn, sigma) / tf.maximum(blur(fields.mouth, sigma), 1e-6)
    drawn = grained(drawn, layers.grain)
    own = fields.mouth_seen * (1.0 - closed)
    share = tf.clip_by_value(own + moving * (blur(own, tuning.SEEN_BLUR) * core * fields.teeth - own), 0.0, 1.0)
    change = tf.minimum(shade / tf.maximum(before, tuning.LEAST_SKY), tuning.MOST_SKY)
    brighter = 1.0 + moving * (folded(change, layers.lamp) - 1.0)
    return drawn + share * (tf.minimum(brighter * photo, tf.maximum(photo, tuning.BRIGHTEST)) - drawn)


def _lip_edge(layers: Layers, fields: Fields, moving: Tensor) -> Tensor:
    """Factor float32[h, w, 3] of the very edge of lips: dark between lips that close, wet and red on lips that part."""
    opened = smoothstep(*tuning.OPENED, blur(fields.mouth, tuning.OPENED_BLUR * layers.millimetre))
    sigma = max(tuning.WET_WIDTH * layers.millimetre, 0.6)
    edge = tf.minimum(2.0 * blur(fields.mouth, sigma), 1.0)
    dark = moving * (1.0 - layers.shut) * (1.0 - opened) * _lip_line(layers, fields)
    swallowed = tuning.WET_GREY + layers.lamp.colour * (tuning.WET - tuning.WET_GREY)
    return (1.0 - moving * opened * swallowed * edge) * power(1.0 - dark, layers.fold)


def _lip_line(layers: Layers, fields: Fields) -> Tensor:
    """How dark the line between closed lips is, float32[h, w, 1]: as wide as in life, and as soft as the photo."""
    width = tuning.LIP_LINE_WIDTH * layers.millimetre
    sigma = max(float(np.hypot(width, layers.softness)), 0.6)
    narrow, wide = blur(fields.edge, sigma), blur(fields.edge, 3.0 * sigma)
    profile = tf.minimum(narrow / tf.maximum(3.0 * wide, 1e-3), 1.0)
    return tuning.LIP_LINE * float(np.sqrt(min(width / sigma, 1.0))) * profile


def _extended(fields: Fields, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Motion float32[h, w, 2] and ratio of shading [h, w, 1] of the skin layer, dying away beyond the face."""
    move = tf.where(fields.face > 0.0, fields.source - pixels, 0.0)
    # What the photo does not show is as what is next to it.
    wide, light = fill(move, fields.face * fields.shown), blur(fill(fields.ratio, fields.face), tuning.LIGHT_BLUR)
    inside = tf.minimum(1.0, fields.face + fields.eye + fields.mouth)
    near = _near(inside, wide)
    return near * wide, 1.0 + inside * (light - 1.0)


def _near(inside: Tensor, move: Tensor) -> Tensor:
    """How far what is beyond the face goes with it, float32[h, w, 1]: the farther out, the more its border moves."""
    reach = max(tuning.LEAST_REACH, tuning.REACH * max(inside.shape[:2]))
    levels = [blur(inside, reach * 2.0**k / 2.0) for k in range(tuning.REACHES)]
    border = tf.cast((inside > 0.5) & (levels[0] < tuning.BORDER), tf.float32)
    inward = tf.concat([_derivative(levels[0], 1), _derivative(levels[0], 0)], -1)
    size, slope = (tf.norm(field, axis=-1, keepdims=True) for field in (move, inward))
    retreat = -tf.reduce_sum(move * inward, -1, keepdims=True) / tf.maximum(slope, 1e-6)
    wanted = tf.reduce_max(border * tf.maximum(tuning.OVER_MOTION * size, tuning.OVER_RETREAT * retreat))
    level = tf.math.log(tf.maximum(wanted / reach, 1e-3)) / np.log(2.0)
    level = tf.clip_by_value(level, 0.0, tuning.REACHES - 1.0)
    shares = tf.maximum(1.0 - tf.abs(tf.range(float(tuning.REACHES)) - level), 0.0)
    return tf.add_n([shares[k] * smoothstep(*tuning.NEAR, each) for k, each in enumerate(levels)])


def _relit(ratio: Tensor, fold: Tensor, share: Tensor) -> Tensor:
    """Factor of each colour channel float32[h, w, 3] for a share of a ratio of luminances, both [h, w, 1]."""
    change = share * tf.math.log(ratio)
    return tf.exp(tf.where(change < 0.0, fold * change, change))


def _without_streaks(skin: Tensor, drawn_out: Tensor, layers: Layers) -> Tensor:
    """Moved skin float32[h, w, 3]: what is drawn out [h, w, 1] is smooth, with the grain of the photo."""
    sigma = tuning.DRAWN_OUT_BLUR * layers.millimetre
    smooth = blur(drawn_out * skin, sigma) / tf.maximum(blur(drawn_out, sigma), 1e-4)
    return skin + drawn_out * (grained(smooth, layers.grain) - skin)


def _unfolded(skin: Tensor, plain: Tensor, unfolds: Tensor, layers: Layers) -> Tensor:
    """Moved skin float32[h, w, 3]: lids that unfold [h, w, 1] show skin as it is about them, [h, w, 3]."""
    sigma = tuning.UNFOLDED_BLUR * layers.millimetre
    form = blur(unfolds * skin, sigma) / tf.maximum(blur(unfolds, sigma), 1e-4)
    form += tuning.UNFOLDED_SKIN * tf.maximum(tuning.UNFOLDED_SHADE * plain - form, 0.0)
    return skin + unfolds * (form * (1.0 + layers.pores) - skin)


def _drawn_out(move: Tensor) -> Tensor:
    """How far skin is drawn out so that its texture becomes streaks, float32[h, w, 1]."""
    return smoothstep(*tuning.DRAWN_OUT, 1.0 - _area(move))


def _area(move: Tensor) -> Tensor:
    """Area in the photo over that in the picture, float32[h, w, 1]."""
    across, down = _derivative(move, 1), _derivative(move, 0)
    return (1.0 + across[..., :1]) * (1.0 + down[..., 1:]) - across[..., 1:] * down[..., :1]


def _relaxed(move: Tensor) -> Tensor:
    """How far creases of the source vanish, float32[h, w, 1]: where skin that was pulled together lies free again."""
    area = _area(move)
    size = max(1.0, tuning.RELAXED_BLUR * max(move.shape[:2]))
    return tuning.MOST_RELAXED * smoothstep(*tuning.RELAXED, 1.0 - blur(area, size))


def _derivative(field: Tensor, axis: int) -> Tensor:
    ahead, behind = tf.roll(field, -1, axis), tf.roll(field, 1, axis)
    return 0.5 * (ahead - behind)


def _known(source: Tensor, weight: Tensor, pixels: Tensor) -> Tensor:
    """Motion of a layer, extended over its border."""
    return fill(tf.where(weight > 0.0, source - pixels, 0.0), tf.cast(weight > 0.0, tf.float32))
