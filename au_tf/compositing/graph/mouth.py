"""The inside of a mouth in TensorFlow ops; see `native.mouth`."""

import math

import tensorflow as tf

from au_tf.arrays import Float32, Tensor
from au_tf.compositing import tuning
from au_tf.compositing.fields import LUMINANCE, Fields
from au_tf.compositing.layers import Lamp
from au_tf.geometry.landmarks import NOSE, OUTER_EYE_CORNERS
from au_tf.rendering.graph.alignment import grid
from au_tf.rendering.graph.sampling import blur, fill, smoothstep
from au_tf.rendering.lighting import CAVITY


def lamp(photo: Tensor, source: Fields, landmarks: Tensor, skin_tone: Float32) -> Lamp:
    """As `native.mouth.lamp`."""
    marks = tf.cast(landmarks, tf.float32)
    right, left = (marks[k] for k in OUTER_EYE_CORNERS)
    radius = tuning.LAMP_REACH * tf.norm(left - right)
    away = tf.reduce_sum(tf.square(grid(*photo.shape[:2]) - marks[NOSE]), -1, keepdims=True)
    weight = source.face * tf.cast(away < radius**2, tf.float32)
    total = tf.maximum(tf.reduce_sum(weight), 1e-6)
    own = tf.maximum(tf.reduce_sum(weight * photo, [0, 1]) / total, tuning.DIM)
    expected = tf.math.log(tf.constant(skin_tone / (skin_tone @ LUMINANCE)))
    shown = tf.math.log(own / _luminance(own))
    colour = tf.clip_by_value(tf.reduce_sum(shown * expected) / tf.reduce_sum(expected**2), 0.0, 1.0)
    tint = tf.exp(tuning.LIGHT_IN_TINT * (shown - colour * expected))
    real, fitted = _luminance(photo), source.light * float(skin_tone @ LUMINANCE)
    ratio = tf.math.log(tf.maximum(real, tuning.DIM)) - tf.math.log(tf.maximum(fitted, tuning.DIM))
    strength = tf.exp(tf.reduce_sum(weight * ratio) / total)
    return Lamp(strength * tint / _luminance(tint), colour, own[0] / own[1])


def _luminance(colour: Tensor) -> Tensor:
    return tf.tensordot(colour, LUMINANCE[:, None], 1)


def power(base: Tensor, exponent: Tensor | Float32 | float) -> Tensor:
    """A power of what is not negative: `tf.pow` takes ten times as long."""
    return tf.exp(exponent * tf.math.log(base))


def rendered(fields: Fields, light: Lamp, gain: Tensor, shade: Tensor) -> Tensor:
    """As `native.mouth.rendered`."""
    bare = lit(fields.mouth_colour, light._replace(colour=tf.minimum(tuning.FLESH * light.colour, 1.0)))
    bare += fields.teeth * (gain * lit(fields.mouth_colour, light) - bare)
    shaded = bare * folded(power(shade, 1.0 + tuning.TEETH_SHADE * fields.teeth), light)
    return shaded / tf.maximum(tf.reduce_max(shaded, -1, keepdims=True) / tuning.BRIGHTEST, 1.0)


def lit(colour: Tensor, light: Lamp) -> Tensor:
    """As `native.mouth.lit`."""
    bright = tf.maximum(_luminance(colour), 1e-6)
    return bright * power(tf.maximum(colour, 1e-6) / bright, light.colour) * light.gain


def folded(shade: Tensor, light: Lamp) -> Tensor:
    """As `native.mouth.folded`."""
    return power(shade, 1.0 + tuning.RED_SHADE * light.colour * (CAVITY - 1.0))


def sky(mouth: Tensor, depth: Tensor, millimetre: float) -> Tensor:
    """As `native.mouth.sky`."""
    widths = tuning.SKY_LEVELS
    level = tf.math.log(tuning.SKY_WIDTH * (depth + tuning.LIPS) / widths[0]) / math.log(2.0)
    level, seen = tf.clip_by_value(level, 0.0, len(widths) - 1.0), tf.zeros_like(mouth)
    for k, width in enumerate(widths):
        sigma = max(width * millimetre, 0.3)
        lower = tf.roll(blur(mouth, sigma), round(tuning.SKY_HEIGHT * sigma), 0)
        seen += tf.maximum(1.0 - tf.abs(level - float(k)), 0.0) * lower
    return tuning.LEAST_SKY + (1.0 - tuning.LEAST_SKY) * power(seen, tuning.SKY_POWER)


def rounded(mouth: Tensor, millimetre: float) -> Tensor:
    """As `native.mouth.rounded`."""
    near = blur(mouth, max(tuning.ROUND * millimetre, 0.3))
    return mouth * smoothstep(*tuning.ROUNDED, near / tf.maximum(tf.reduce_max(near), tuning.LEAST_NEAR))


def own_teeth(photo: Tensor, source: Fields, inside: Tensor, closed: Tensor, light: Lamp) -> Tensor:
    """As `native.mouth.own_teeth`."""
    weight = source.teeth * source.mouth_seen * inside * (1.0 - closed)
    bright = _luminance(photo)
    white = tf.reduce_sum(weight * tf.square(tf.square(bright))) / tf.maximum(tf.reduce_sum(weight), 1e-6)
    red = photo[..., :1] / tf.maximum(photo[..., 1:2], tuning.DIM)
    pale = 1.0 - smoothstep(*tuning.RED, (red - 1.0) / tf.maximum(light.redness - 1.0, tuning.LEAST_RED))
    return smoothstep(*tuning.WHITE, bright / tf.maximum(white**0.25, tuning.DIM)) * pale


def tooth_gain(photo: Tensor, drawn: Tensor, weight: Tensor, millimetre: float) -> Tensor:
    """As `native.mouth.tooth_gain`."""
    whole = tf.reduce_sum(weight * photo, [0, 1]) / tf.maximum(tf.reduce_sum(weight * drawn, [0, 1]), 1e-6)
    known = tf.reduce_sum(weight) >= tuning.FEW_TEETH * millimetre**2
    whole = tf.where(known, whole, 1.0)
    planes = weight * tf.concat([_luminance(photo / whole), _luminance(drawn), tf.ones_like(weight)], -1)
    real, made, there = tf.split(blur(planes, tuning.TOOTH_BLUR * millimetre), 3, -1)
    local = tf.clip_by_value(real / tf.maximum(made, 1e-6), *tuning.TOOTH_LIMITS)
    gain = tf.clip_by_value(whole, *tuning.TOOTH_GAINS) * fill(local, tf.minimum(4.0 * there, 1.0))
    return tf.where(known, gain, 1.0)


def filled(fields: Fields) -> Fields:
    """As `native.mouth.filled`."""
    names = ("mouth_source", "mouth_colour", "mouth_depth", "mouth_seen", "teeth")
    values = [getattr(fields, name) for name in names]
    known = tf.cast(tf.reduce_max(fields.mouth_colour, -1, keepdims=True) > 0.0, tf.float32)
    more = tf.split(fill(tf.concat(values, -1), known), [value.shape[-1] for value in values], -1)
    return fields._replace(**dict(zip(names, more, strict=True)))


def grained(drawn: Tensor, grain: Tensor | float) -> Tensor:
    """As `native.mouth.grained`."""
    return tf.maximum(drawn + tuning.GRAIN * tf.maximum(_luminance(drawn), 0.0) * grain, 0.0)


def hollow(drawn: Tensor, fields: Fields, millimetre: float) -> Tensor:
    """As `native.mouth.hollow`."""
    dark, sigma = fields.mouth * (1.0 - fields.teeth), tuning.HOLLOW_BLUR * millimetre
    soft = blur(dark * drawn, sigma) / tf.maximum(blur(dark, sigma), 1e-4)
    return drawn + (1.0 - fields.teeth) * tf.cast(dark > 1e-3, tf.float32) * (soft - drawn)


def lined(drawn: Tensor, lips: Tensor, fields: Fields, light: Lamp, millimetre: float) -> Tensor:
    """As `native.mouth.lined`."""
    sigma = max(tuning.INNER_LIP * millimetre, 0.6)
    inside = blur(fields.mouth, sigma)
    near = blur(lips, sigma) / tf.maximum(1.0 - inside, 1e-2)
    deep = smoothstep(*tuning.INNER_LIP_ENDS, tf.roll(inside, -round(tuning.INNER_LIP_BELOW * sigma), 0))
    share = (1.0 - deep) * (1.0 - tuning.INNER_LIP_ON_TEETH * fields.teeth)
    parted = tf.minimum(2.0 * blur(fields.mouth, tuning.OPENED_BLUR * millimetre), 1.0)
    return drawn + share * (folded(tuning.INNER_LIP_SHADE * parted * (1.0 - 0.5 * deep), light) * near - drawn)


def without_notches(drawn: Tensor, fields: Fields, millimetre: float) -> Tensor:
    """As `native.mouth.without_notches`, of a face that stands upright."""
    side, sigma = [1, 2 * max(1, round(tuning.NOTCH * millimetre)) + 1], tuning.NOTCH_BLUR * millimetre
    grown = tf.nn.max_pool2d(fields.teeth[tf.newaxis], side, 1, "SAME")
    notch = -tf.nn.max_pool2d(-grown, side, 1, "SAME")[0] - fields.teeth
    white = blur(fields.teeth * drawn, sigma) / tf.maximum(blur(fields.teeth, sigma), 1e-4)
    return drawn + tf.maximum(notch, 0.0) * tf.maximum(tuning.IN_NOTCH * white - drawn, 0.0)
