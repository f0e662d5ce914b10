"""A photo taken apart, in TensorFlow ops, without OpenCV: what is hidden is filled in smoothly, and creases stay."""

import tensorflow as tf

from au_tf.arrays import Float32, Tensor
from au_tf.compositing.fields import LUMINANCE, Fields
from au_tf.compositing.graph.eyes import shut_eyes, without_lids
from au_tf.compositing.graph.mouth import lamp, own_teeth, rendered, sky, tooth_gain
from au_tf.compositing.layers import Layers
from au_tf.compositing.tuning import CLOSED, MOST_FOLD, SHADED, WELL_INSIDE, WELL_INSIDE_BLUR
from au_tf.rendering.graph.sampling import blur, fill, smoothstep
from au_tf.rendering.lighting import CAVITY


def prepare(
    frame: Tensor, source: Fields, landmarks: Tensor, skin_tone: Float32, millimetre: float
) -> tuple[Layers, Tensor]:
    """Takes a photo apart; as `native.layers.prepare`, but for what is hidden, sharpness, grain and wrinkles' depth.

    Args:
      frame: float32[h, w, 3], linear RGB.
      source: the fields of the fitted face itself.
      landmarks: float32[68, 2], (column, row) in the frame.
      skin_tone: float32[3], mean reflectance of the skin of people.
      millimetre: pixels a mm.

    Returns:
      Layers without creases; and where eyes and mouth hide the skin, float32[h, w, 1].
    """
    shut = is_closed(landmarks)
    closed = source.mouth * shut
    core = well_inside(source.mouth)
    eye = source.eye * tf.cast(shut_eyes(landmarks, frame.shape[:2]) < 0.5, tf.float32)
    hidden = tf.cast((eye > 0.3) | (source.mouth - closed > 0.3), tf.float32)
    hidden = tf.minimum(1.0, 2.0 * blur(hidden, 1.0))
    clean = fill(frame, 1.0 - hidden)
    light = lamp(frame, source, landmarks, skin_tone)
    core = core * (1.0 - shut) * own_teeth(frame, source, core, closed, light)
    shade = sky(source.mouth - closed, source.mouth_depth, millimetre)
    drawn = rendered(source, light, tf.ones_like(frame), shade)
    gain = tooth_gain(frame, drawn, core * source.teeth * source.mouth_seen * (1.0 - closed), millimetre)
    layers = Layers(
        skin=tf.concat([frame, clean], -1),
        eyes=without_lids(frame, source.eye, landmarks),
        mouth=tf.concat([frame, core, closed, gain, shade], -1),
        closed=closed,
        fold=fold(frame, source.face),
        lamp=light,
        millimetre=millimetre,
        shut=shut,
    )
    return layers, hidden


def well_inside(mouth: Tensor) -> Tensor:
    """The inside of an open mouth float32[h, w, 1] without its border."""
    return smoothstep(*WELL_INSIDE, blur(mouth, max(1.0, WELL_INSIDE_BLUR * mouth.shape[0])))


def fold(photo: Tensor, face: Tensor) -> Tensor:
    """`CAVITY` as far as colour goes with shadow on the face of a photo; see `native.layers.fold`."""
    darkest, brightest = SHADED
    shown = (face > 0.5) & tf.reduce_all((photo > darkest) & (photo < brightest), -1, keepdims=True)
    weight = tf.cast(shown, tf.float32)
    weight /= tf.maximum(tf.reduce_sum(weight), 1.0)
    light = tf.math.log(tf.maximum(tf.reduce_sum(photo * LUMINANCE, -1, keepdims=True), darkest / 2.0))
    tint = tf.math.log(tf.maximum(photo, darkest / 2.0)) - light
    shade = light - tf.reduce_sum(weight * light)
    slope = tf.reduce_sum(weight * shade * tint, [0, 1])
    slope /= tf.maximum(tf.reduce_sum(weight * shade * shade), 1e-6)
    usual = CAVITY - 1.0
    return 1.0 + tf.clip_by_value(tf.reduce_sum(slope * usual) / float(usual @ usual), 0.0, MOST_FOLD) * usual


def is_closed(landmarks: Tensor) -> Tensor:
    """Whether the inner lips of float32[68, 2] touch, 0 or 1."""
    gap = tf.reduce_mean(tf.norm(tf.gather(landmarks, [61, 62, 63]) - tf.gather(landmarks, [67, 66, 65]), axis=1))
    return tf.cast(gap < CLOSED * tf.norm(landmarks[54] - landmarks[48]), tf.float32)
