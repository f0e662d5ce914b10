"""A photo taken apart, in TensorFlow ops, without OpenCV: what is hidden is filled in smoothly, and creases stay."""

import tensorflow as tf

from au_tf.arrays import Float32, Tensor
from au_tf.compositing.fields import Fields
from au_tf.compositing.layers import Layers
from au_tf.compositing.tuning import (
    CLOSED,
    FEW_TEETH,
    LIGHT_IN_TINT,
    LIP_LINE,
    TOOTH_GAINS,
    WELL_INSIDE,
    WELL_INSIDE_BLUR,
)
from au_tf.rendering.graph.sampling import blur, fill, smoothstep


def prepare(frame: Tensor, source: Fields, landmarks: Tensor, skin_tone: Float32) -> tuple[Layers, Tensor]:
    """Takes a photo apart; as `native.layers.prepare`, but for what is hidden.

    Args:
      frame: float32[h, w, 3], linear RGB.
      source: the fields of the fitted face itself.
      landmarks: float32[68, 2], (column, row) in the frame.
      skin_tone: float32[3], mean reflectance of the skin of people.

    Returns:
      Layers without creases; and where eyes and mouth hide the skin, float32[h, w, 1].
    """
    shut = is_closed(landmarks)
    closed = source.mouth * shut
    core = well_inside(source.mouth)
    hidden = tf.cast((source.eye > 0.3) | (source.mouth - closed > 0.3), tf.float32)
    hidden = tf.minimum(1.0, 2.0 * blur(hidden, 1.0))
    clean = fill(frame, 1.0 - hidden)
    layers = Layers(
        skin=tf.concat([frame, clean], -1),
        eyes=fill(frame, tf.cast(source.eye > 0.95, tf.float32)),
        mouth=tf.concat([frame, core, closed], -1),
        closed=closed,
        tooth_gain=tooth_gain(frame, source, core - closed, skin_tone),
        lip_line=LIP_LINE * (1.0 - shut),
    )
    return layers, hidden


def well_inside(mouth: Tensor) -> Tensor:
    """The inside of an open mouth float32[h, w, 1] without its border."""
    return smoothstep(*WELL_INSIDE, blur(mouth, max(1.0, WELL_INSIDE_BLUR * mouth.shape[0])))


def tooth_gain(photo: Tensor, source: Fields, inside: Tensor, skin_tone: Float32) -> Tensor:
    """Colour of the photo's teeth over that of rendered ones, float32[3]; if too few show, the tint of its light."""
    weight = source.teeth * source.mouth_seen * source.mouth * tf.maximum(inside, 0.0)
    tint = tf.reduce_sum(source.face * photo, [0, 1]) / skin_tone
    tint = tf.math.divide_no_nan(tint, tf.reduce_mean(tint)) ** LIGHT_IN_TINT
    real = tf.reduce_sum(weight * photo, [0, 1])
    rendered = tf.reduce_sum(weight * source.mouth_colour, [0, 1])
    gain = tf.clip_by_value(tf.math.divide_no_nan(real, rendered), *TOOTH_GAINS)
    return tf.where(tf.reduce_sum(weight) < FEW_TEETH * photo.shape[0] * photo.shape[1], tint, gain)


def is_closed(landmarks: Tensor) -> Tensor:
    """Whether the inner lips of float32[68, 2] touch, 0 or 1."""
    gap = tf.reduce_mean(tf.norm(tf.gather(landmarks, [61, 62, 63]) - tf.gather(landmarks, [67, 66, 65]), axis=1))
    return tf.cast(gap < CLOSED * tf.norm(landmarks[54] - landmarks[48]), tf.float32)
