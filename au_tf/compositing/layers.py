"""What a photo offers to be moved: skin without eyes and mouth, eyes without lids, the inside of the mouth."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from au_tf.arrays import Bool, Float32, Float64, Pixels
from au_tf.compositing.graph.fields import Fields
from au_tf.pictures import colour
from au_tf.rendering.graph.sampling import blur, ramp
from au_tf.rendering.native import sampling as array_sampling

CLOSED = 0.06
"""Largest gap between the lips of a closed mouth, a share of its width."""
LIP_LINE = 0.6
"""How dark the line between closed lips is."""
_CREASE = 0.03
"""Width of the creases that vanish with an expression, a share of the window's height."""

FOLD = np.array([0.73, 1.06, 1.23], np.float32)
"""Exponents of a shadow's ratio of luminances in red, green and blue.

Light that skin of reflectance R throws back and forth in a fold, which sees the share v of its surroundings, leaves
R v / (1 - R (1 - v)); the exponents are those of R = (0.6, 0.4, 0.3) and v = 0.8, relative to luminance. The same
factor in all channels makes folds look grey.
"""


@dataclass(frozen=True, eq=False)
class Layers:
    """The window of a photo, prepared, in arrays or in tensors; colours are linear RGB."""

    skin: tf.Tensor
    """float32[h, w, 10]: the photo; without eyes and mouth; that without creases; where creases may be (1).
    float32[h, w, 6] if creases are to stay."""
    eyes: tf.Tensor
    """float32[h, w, 3], continued under the lids."""
    mouth: tf.Tensor
    """float32[h, w, 5]: the photo; well inside the open mouth (1); between closed lips (1)."""
    closed: tf.Tensor
    """float32[h, w, 1], where the fit sees a gap between lips that are closed in the photo."""
    tooth_gain: tf.Tensor
    """float32[3], what makes rendered teeth as bright as those in the photo."""
    lip_line: float
    """How dark the line is that closing lips get; 0 if the photo has it."""


def prepare(image: Pixels, source: Fields, landmarks: Float64, skin_tone: Float32) -> Layers:
    """Takes a photo apart.

    Args:
      image: uint8[h, w, 3], sRGB, the window.
      source: the fields of the fitted face itself, arrays.
      landmarks: float64[68, 2], (column, row) in the window.
      skin_tone: float32[3], mean reflectance of the skin of people.

    Returns:
      Layers, of arrays.
    """
    photo = colour.to_linear(image).numpy()
    shut = is_closed(landmarks)
    closed = source.mouth * float(shut)
    core = well_inside(source.mouth, array_sampling.blur).numpy()
    eye, mouth = (cover[..., 0] > 0.3 for cover in (source.eye, source.mouth - closed))
    mouth, lips = _open_mouth(image, mouth, landmarks)
    skin = _inpainted(image, eye | mouth, None)
    if lips.any():
        # Lips that close meet lips, at the corners too, where next to a tooth there is skin.
        well = array_sampling.blur(mouth[..., None], max(0.6, 0.004 * image.shape[0]))
        skin += array_sampling.ramp(0.5, 1.0, well) * (array_sampling.fill(photo, lips) - skin)
    smooth = array_sampling.blur(skin, max(1.0, _CREASE * image.shape[0]))
    return Layers(
        skin=np.concatenate([photo, skin, smooth, _creased(landmarks, image.shape[:2])], -1),
        eyes=_inpainted(image, source.eye[..., 0] < 0.95, source.eye),
        mouth=np.concatenate([photo, core, closed], -1),
        closed=closed,
        tooth_gain=tooth_gain(photo, source, core - closed, skin_tone).numpy(),
        lip_line=0.0 if shut else LIP_LINE,
    )


def well_inside(mouth: Any, blur: Callable[[Any, float], Any] = blur) -> tf.Tensor:
    """The inside of an open mouth float32[h, w, 1] without its border."""
    return ramp(0.75, 0.98, blur(mouth, max(1.0, 0.008 * mouth.shape[0])))


def tooth_gain(photo: tf.Tensor, source: Fields, inside: tf.Tensor, skin_tone: Float32) -> tf.Tensor:
    """Colour of the photo's teeth over that of rendered ones, float32[3]; if too few show, the tint of its light."""
    weight = source.teeth * source.mouth_seen * source.mouth * tf.maximum(inside, 0.0)
    tint = tf.reduce_sum(source.face * photo, [0, 1]) / skin_tone
    # Part of what a face differs from the mean in is its own skin.
    tint = tf.math.divide_no_nan(tint, tf.reduce_mean(tint)) ** 0.5
    real = tf.reduce_sum(weight * photo, [0, 1])
    rendered = tf.reduce_sum(weight * source.mouth_colour, [0, 1])
    gain = tf.clip_by_value(tf.math.divide_no_nan(real, rendered), 0.4, 2.5)
    return tf.where(tf.reduce_sum(weight) < 2e-4 * photo.shape[0] * photo.shape[1], tint, gain)


def is_closed(landmarks: Float64) -> bool:
    """Whether the inner lips of float64[68, 2] touch."""
    gap = np.linalg.norm(landmarks[[61, 62, 63]] - landmarks[[67, 66, 65]], axis=1).mean()
    return bool(gap < CLOSED * np.linalg.norm(landmarks[54] - landmarks[48]))


def _creased(landmarks: Float64, shape: tuple[int, ...]) -> Float32:
    """Where a face has creases but no features, float32[h, w, 1]: cheeks, chin and forehead, in the photo."""
    points = landmarks.astype(np.int32)
    size = float(np.ptp(landmarks, axis=0).max())
    area, features = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(area, cv2.convexHull(points), 1)
    for first, last in ((17, 22), (22, 27), (27, 36), (36, 42), (42, 48), (48, 60)):
        cv2.fillConvexPoly(features, cv2.convexHull(points[first:last]), 1)

    def disc(share: float) -> Pixels:
        side = 2 * max(1, round(share * size)) + 1
        return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)

    plain = np.asarray(cv2.erode(area, disc(0.06)) * (1 - cv2.dilate(features, disc(0.015))), np.float32)
    return np.asarray(cv2.GaussianBlur(plain, (0, 0), max(0.5, 0.02 * size)), np.float32)[..., None]


def _open_mouth(image: Pixels, inside: Bool, landmarks: Float64) -> tuple[Bool, Bool]:
    """What an open mouth shows, by colour: its inside and its lips, bool[h, w] each.

    Args:
      image: uint8[h, w, 3], sRGB.
      inside: bool[h, w], where the fitted mesh has the inside, to which stray teeth and dark corners are added.
      landmarks: float64[68, 2], (column, row).
    """
    mouth = np.zeros(inside.shape, np.uint8)
    cv2.fillPoly(mouth, [np.round(landmarks[48:60]).astype(np.int32)], 1)
    lips = (mouth > 0) & ~inside
    if inside.any(1).sum() < 3 or not lips.any():
        return inside, lips & False
    around = (cv2.dilate(mouth, np.ones((9, 9), np.uint8)) > 0) & (mouth == 0)
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2Lab).astype(np.float32)
    light, red, chroma = lab[..., 0], lab[..., 1], np.linalg.norm(lab[..., 1:] - 128.0, axis=-1)
    # Teeth are less red than skin and paler, lips redder.
    tooth, skin, lip = np.median(red[inside]), np.median(red[around]), np.percentile(red[lips], 70)
    pale = chroma < 0.5 * (np.median(chroma[inside]) + np.median(chroma[around]))
    stray = (pale & (red < 0.5 * (tooth + min(skin, lip)))) | (light < 0.7 * np.median(light[lips]))
    stray = _touches(lips & stray, inside)
    inside = inside | (cv2.dilate(stray.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    return inside, lips & (red > 0.5 * (skin + lip)) & ~inside


def _touches(area: Bool, seed: Bool) -> Bool:
    """The connected pieces of an area that touch a seed."""
    _, labels = cv2.connectedComponents((area | seed).astype(np.uint8))
    return np.isin(labels, np.unique(labels[seed])) & area


def _inpainted(image: Pixels, unknown: Bool, near: Float32 | None) -> Float32:
    """The photo, linear, with unknown pixels continued from the known ones.

    Args:
      image: uint8[h, w, 3], sRGB.
      unknown: bool[h, w].
      near: float32[h, w, 1]; if given, only unknown pixels around its support are painted.
    """
    if near is not None:
        support = (near[..., 0] > 0.05).astype(np.uint8)
        side = 2 * max(2, round(0.03 * max(image.shape[:2]))) + 1
        unknown = unknown & (cv2.dilate(support, np.ones((side, side), np.uint8)) > 0)
    painted = cv2.inpaint(np.ascontiguousarray(image[..., ::-1]), unknown.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    return np.array(colour.to_linear(np.ascontiguousarray(painted[..., ::-1])), np.float32)
