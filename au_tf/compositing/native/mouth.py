"""The inside of a mouth, on arrays: rendered in the photo's light, as far as lips let it in; and its own teeth."""

import cv2
import numpy as np

from au_tf.arrays import Array, Float32, Float64, Pixels
from au_tf.compositing import tuning
from au_tf.compositing.fields import LUMINANCE, Fields
from au_tf.compositing.layers import Lamp
from au_tf.geometry.landmarks import NOSE, eye_distance
from au_tf.rendering.lighting import CAVITY
from au_tf.rendering.native.sampling import blur, fill, smoothstep

Area = tuple[slice, slice]
"""Rows and columns."""


def lamp(photo: Float32, source: Fields, landmarks: Float64, skin_tone: Float32) -> Lamp:
    """The light of a photo as its skin shows it about the nose, which faces the camera.

    Args:
      photo: float32[h, w, 3], linear RGB.
      source: the fields of the fitted face itself, arrays.
      landmarks: float64[68, 2], (column, row).
      skin_tone: float32[3], mean reflectance of the skin of people.
    """
    rows, columns = np.indices(photo.shape[:2], np.float32)
    column, row = landmarks[NOSE]
    radius = tuning.LAMP_REACH * float(eye_distance(landmarks))
    near = np.square(columns - np.float32(column)) + np.square(rows - np.float32(row)) < np.float32(radius**2)
    weight = source.face * near[..., np.newaxis]
    total = max(float(weight.sum()), 1e-6)
    own = np.maximum((weight * photo).sum((0, 1)) / total, tuning.DIM)
    shown, expected = np.log(own / (own @ LUMINANCE)), np.log(skin_tone / (skin_tone @ LUMINANCE))
    colour = np.clip(shown @ expected / (expected @ expected), 0.0, 1.0)
    tint = np.exp(tuning.LIGHT_IN_TINT * (shown - colour * expected))
    real, fitted = photo @ LUMINANCE[:, np.newaxis], source.light * (skin_tone @ LUMINANCE)
    ratio = np.log(np.maximum(real, tuning.DIM)) - np.log(np.maximum(fitted, tuning.DIM))
    strength = np.exp((weight * ratio).sum() / total)
    gain = np.asarray(strength * tint / (tint @ LUMINANCE), np.float32)
    return Lamp(gain, float(colour), float(own[0] / own[1]))


def rendered(fields: Fields, light: Lamp, gain: Float32, shade: Float32) -> Float32:
    """What is in the mouth, linear RGB float32[h, w, 3].

    Args:
      fields: of the face, arrays.
      light: of the photo.
      gain: float32[h, w, 3], further factor of the teeth.
      shade: float32[h, w, 1], how much of the light reaches it.
    """
    flesh = light._replace(colour=min(tuning.FLESH * light.colour, 1.0))
    bare = lit(fields.mouth_colour, flesh)
    bare += fields.teeth * (gain * lit(fields.mouth_colour, light) - bare)
    shaded = bare * folded(shade ** (1.0 + tuning.TEETH_SHADE * fields.teeth), light)
    limit = np.maximum(shaded.max(-1, keepdims=True) / tuning.BRIGHTEST, 1.0)
    return np.asarray(shaded / limit, np.float32)


def lit(colour: Float32, light: Lamp) -> Float32:
    """What is rendered float32[..., 3] under white light, under that of a photo, as colourful as the photo is."""
    bright = np.maximum(colour @ LUMINANCE[:, np.newaxis], 1e-6)
    return np.asarray(bright * (np.maximum(colour, 1e-6) / bright) ** light.colour * light.gain, np.float32)


def folded(shade: Float32, light: Lamp) -> Float32:
    """Factor of each colour channel float32[h, w, 3] for a share of the light [h, w, 1]: red gums add some."""
    return np.asarray(shade ** (1.0 + tuning.RED_SHADE * light.colour * (CAVITY - 1.0)), np.float32)


def sky(mouth: Float32, depth: Float32, millimetre: float, area: Area = (slice(None), slice(None))) -> Float32:
    """How much of the light reaches each point behind the lips, float32[r, c, 1].

    A point sees, through the opening between the lips, a part of the room before the face that is the larger, the
    wider the opening and the less deep the point: the opening is blurred as widely as the point is deep, and looked at
    from below, since light comes from above.

    Args:
      mouth: float32[h, w, 1], coverage by the opening.
      depth: float32[r, c, 1], mm behind the lips.
      millimetre: pixels a mm.
      area: the rows and columns asked for.
    """
    level = np.log2(tuning.SKY_WIDTH * (depth + tuning.LIPS) / tuning.SKY_LEVELS[0])
    level, seen = np.clip(level, 0.0, len(tuning.SKY_LEVELS) - 1.0), np.zeros_like(depth)
    for k, width in enumerate(tuning.SKY_LEVELS):
        sigma = max(width * millimetre, 0.3)
        lower = np.roll(blur(mouth, sigma), round(tuning.SKY_HEIGHT * sigma), 0)[area]
        seen += np.maximum(1.0 - np.abs(level - k), 0.0) * lower
    return np.asarray(tuning.LEAST_SKY + (1.0 - tuning.LEAST_SKY) * seen**tuning.SKY_POWER, np.float32)


def rounded(mouth: Float32, millimetre: float) -> Float32:
    """An opening float32[h, w, 1] without the sharp ends that a mesh gives its corners."""
    near = blur(mouth, max(tuning.ROUND * millimetre, 0.3))
    near /= max(float(near.max()), tuning.LEAST_NEAR)
    return np.asarray(mouth * smoothstep(*tuning.ROUNDED, near), np.float32)


def own_teeth(photo: Float32, source: Fields, inside: Float32, closed: Float32, light: Lamp) -> Float32:
    """Where the photo shows teeth, float32[h, w, 1]: what is bright among them and not red.

    Args:
      photo: float32[h, w, 3], linear RGB.
      source: the fields of the fitted face itself, arrays.
      inside: float32[h, w, 1], well inside the open mouth.
      closed: float32[h, w, 1], between closed lips.
      light: of the photo.
    """
    weight = source.teeth * source.mouth_seen * inside * (1.0 - closed)
    bright = photo @ LUMINANCE[:, np.newaxis]
    white = (weight * bright**4).sum() / max(float(weight.sum()), 1e-6)
    red = photo[..., :1] / np.maximum(photo[..., 1:2], tuning.DIM)
    pale = 1.0 - smoothstep(*tuning.RED, (red - 1.0) / max(light.redness - 1.0, tuning.LEAST_RED))
    return np.asarray(smoothstep(*tuning.WHITE, bright / max(white**0.25, tuning.DIM)) * pale, np.float32)


def tooth_gain(photo: Float32, drawn: Float32, weight: Float32, millimetre: float) -> Float32:
    """Colour of the photo's teeth over that of rendered ones, float32[h, w, 3]; what is hidden is as what is near.

    Args:
      photo: float32[h, w, 3], linear RGB.
      drawn: float32[h, w, 3], the same rendered.
      weight: float32[h, w, 1], where the photo shows teeth.
      millimetre: pixels a mm.
    """
    if weight.sum() < tuning.FEW_TEETH * millimetre**2:
        return np.ones_like(photo)
    bright = LUMINANCE[:, np.newaxis]
    whole = (weight * photo).sum((0, 1)) / np.maximum((weight * drawn).sum((0, 1)), 1e-6)
    planes = weight * np.concatenate([(photo / whole) @ bright, drawn @ bright, np.ones_like(weight)], -1)
    real, made, known = np.split(blur(planes, tuning.TOOTH_BLUR * millimetre), 3, -1)
    local = np.clip(real / np.maximum(made, 1e-6), *tuning.TOOTH_LIMITS)
    return np.clip(whole, *tuning.TOOTH_GAINS) * fill(local, np.minimum(4.0 * known, 1.0))


def filled(fields: Fields) -> Fields:
    """Fields whose inside of the mouth goes on beyond the opening."""
    names = ("mouth_source", "mouth_colour", "mouth_depth", "mouth_seen", "teeth")
    values = [getattr(fields, name) for name in names]
    ends = np.cumsum([value.shape[-1] for value in values])[:-1]
    known = (fields.mouth_colour.max(-1, keepdims=True) > 0.0).astype(np.float32)
    more = np.split(fill(np.concatenate(values, -1), known), ends, -1)
    return fields._replace(**dict(zip(names, more, strict=True)))


def grained(drawn: Float32, grain: Float32 | float) -> Float32:
    """What is rendered float32[h, w, 3], linear, with the grain of a photo float32[h, w, 1], in sRGB from 0 to 1."""
    bright = np.maximum(drawn @ LUMINANCE[:, np.newaxis], 0.0)
    return np.asarray(np.maximum(drawn + tuning.GRAIN * bright * grain, 0.0), np.float32)


def hollow(drawn: Float32, fields: Fields, millimetre: float) -> Float32:
    """What is rendered float32[h, w, 3] with soft forms where there are no teeth."""
    dark, sigma = fields.mouth * (1.0 - fields.teeth), tuning.HOLLOW_BLUR * millimetre
    soft = blur(dark * drawn, sigma) / np.maximum(blur(dark, sigma), np.float32(1e-4))
    return np.asarray(drawn + (1.0 - fields.teeth) * (dark > 1e-3) * (soft - drawn), np.float32)


def lined(drawn: Float32, lips: Float32, fields: Fields, light: Lamp, millimetre: float) -> Float32:
    """What is rendered float32[h, w, 3] with the wet side of the lips that turns inwards at its edge.

    Seen from the front and a little from above, the lower lip shows more of it. It is as the lips are beside it, darker
    and redder, and ends in the shade behind.

    Args:
      drawn: float32[h, w, 3], linear RGB.
      lips: float32[h, w, 3], the skin, times its coverage.
      fields: of the face, arrays.
      light: of the photo.
      millimetre: pixels a mm.
    """
    sigma = max(tuning.INNER_LIP * millimetre, 0.6)
    inside = blur(fields.mouth, sigma)
    near = blur(lips, sigma) / np.maximum(1.0 - inside, np.float32(1e-2))
    deep = smoothstep(*tuning.INNER_LIP_ENDS, np.roll(inside, -round(tuning.INNER_LIP_BELOW * sigma), 0))
    share = (1.0 - deep) * (1.0 - tuning.INNER_LIP_ON_TEETH * fields.teeth)
    parted = np.minimum(2.0 * blur(fields.mouth, tuning.OPENED_BLUR * millimetre), 1.0)
    wet = folded(tuning.INNER_LIP_SHADE * parted * (1.0 - 0.5 * deep), light) * near
    return np.asarray(drawn + share * (wet - drawn), np.float32)


def without_notches(drawn: Float32, fields: Fields, millimetre: float) -> Float32:
    """What is rendered float32[h, w, 3] with the dark notches in the edge of a row of teeth nearly closed."""
    sigma = tuning.NOTCH_BLUR * millimetre
    whole = cv2.morphologyEx(fields.teeth[..., 0], cv2.MORPH_CLOSE, _row(fields.teeth, tuning.NOTCH * millimetre))
    notch = whole[..., np.newaxis] - fields.teeth
    white = blur(fields.teeth * drawn, sigma) / np.maximum(blur(fields.teeth, sigma), np.float32(1e-4))
    return np.asarray(drawn + np.maximum(notch, 0.0) * np.maximum(tuning.IN_NOTCH * white - drawn, 0.0), np.float32)


def _row(teeth: Float32, reach: float) -> Pixels:
    """A line, uint8[2 N + 1, 2 N + 1], along a row of teeth [h, w, 1]: across it, what parts two rows is no notch."""
    moments = cv2.moments(teeth[..., 0])
    angle = 0.5 * np.arctan2(2.0 * moments["mu11"], moments["mu20"] - moments["mu02"])
    middle = max(1, round(reach))
    end = np.rint(reach * np.array([np.cos(angle), np.sin(angle)])).astype(int)
    line = np.zeros((2 * middle + 1,) * 2, np.uint8)
    cv2.line(line, (middle - end).tolist(), (middle + end).tolist(), 1)
    return line


def box(cover: Array, margin: int) -> Area:
    """Rows and columns of what a cover [h, w, 1] is not 0 in, with a margin."""
    rows, columns = (np.flatnonzero(cover[..., 0].any(axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    first, last = (np.array([rows[k], columns[k]]) for k in (0, -1))
    (top, left), (bottom, right) = np.maximum(first - margin, 0).tolist(), (last + 1 + margin).tolist()
    return slice(top, bottom), slice(left, right)
