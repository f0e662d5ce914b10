"""A photo taken apart, by OpenCV."""

import cv2
import numpy as np

from au_tf.arrays import Array, Bool, Float32, Float64, Pixels
from au_tf.compositing.fields import LUMINANCE, Fields
from au_tf.compositing.layers import Layers
from au_tf.compositing.native.closing import continued, sideways, unfolded, within, without_corners
from au_tf.compositing.native.eyes import shut_eyes, upper_lids, without_lids
from au_tf.compositing.native.lips import open_mouth, out_of_shade
from au_tf.compositing.native.mouth import lamp, own_teeth, rendered, sky, tooth_gain
from au_tf.compositing.native.occluders import find_occluders
from au_tf.compositing.native.sharpness import grain, pores, softness, wrinkled
from au_tf.compositing.tuning import CLOSED, EYE_SEEN, MOST_FOLD, SHADED, SOCKET_REACH, WELL_INSIDE, WELL_INSIDE_BLUR
from au_tf.geometry.landmarks import LOWER_LIP_EDGE, MOUTH_CORNERS, NOSE_TIP, UPPER_LIP_EDGE
from au_tf.pictures import colour
from au_tf.rendering.lighting import CAVITY
from au_tf.rendering.native.sampling import blur, smoothstep

_BORDER, _BESIDE, _SOFT, _SOFT_AT_LIPS = 0.06, 0.015, 0.02, 0.006
"""How far from the border of a face and from its features creases end, and how gradually, shares of its size."""
_SEAM, _SEAM_BLUR = (0.3, 0.8), 0.8
"""Blurred share of an open mouth at which what is continued from lips comes in, and the blur in pixels."""


def prepare(image: Pixels, source: Fields, landmarks: Float64, skin_tone: Float32, millimetre: float) -> Layers:
    """Takes a photo apart.

    Args:
      image: uint8[h, w, 3], sRGB, the window.
      source: the fields of the fitted face itself, arrays.
      landmarks: float64[68, 2], (column, row) in the window.
      skin_tone: float32[3], mean reflectance of the skin of people.
      millimetre: pixels a mm.

    Returns:
      Layers, of arrays.
    """
    photo = colour.to_linear(image)
    shut = is_closed(landmarks)
    closed = np.asarray(source.mouth * np.float32(shut), np.float32)
    core = well_inside(source.mouth)
    occluders = find_occluders(image, photo, source, landmarks)
    eye, mouth = (cover[..., 0] > 0.3 for cover in (source.eye, source.mouth - closed))
    eye &= shut_eyes(landmarks, image.shape[:2])[..., 0] < 0.5
    mouth, *lips = open_mouth(image, mouth, landmarks)
    skin = _inpainted(image, eye | mouth, None)
    plain = (source.face[..., 0] > 0.5) & ~(occluders.under | eye | mouth)
    if occluders.under.any() and plain.any():
        # Under what lies over a face there is skin, and nothing of hair or frames.
        skin = np.where(occluders.under[..., None], continued(photo, plain), skin)
    skin = _with_lips(skin, photo, mouth, *lips)
    if not shut:
        skin = without_corners(skin, landmarks, millimetre)
    creased = _creased(landmarks, image.shape[:2], shut)
    lids = upper_lids(landmarks, image.shape[:2], millimetre)
    smooth = unfolded(skin, creased, millimetre)
    # What is hidden in the folds of lids is as the skin about sockets, and not as the shade below brows.
    about = creased * (lids < 0.02)
    smooth += lids * (within(skin, about, max(1.0, SOCKET_REACH * millimetre)) - smooth)
    aside = sideways(landmarks, image.shape[:2], millimetre)
    light = lamp(photo, source, landmarks, skin_tone)
    core = core * (1.0 - np.float32(shut)) * own_teeth(photo, source, core, closed, light)
    shade = sky(source.mouth - closed, source.mouth_depth, millimetre)
    drawn = rendered(source, light, np.ones_like(photo), shade)
    gain = tooth_gain(photo, drawn, core * source.teeth * source.mouth_seen * (1.0 - closed), millimetre)
    painted = _inpainted(image, (source.eye[..., 0] <= EYE_SEEN) | occluders.under, source.eye)
    return Layers(
        skin=np.concatenate([photo, skin, smooth, creased, aside, lids], -1),
        eyes=without_lids(photo, painted, source.eye * ~occluders.under[..., None], landmarks, millimetre),
        mouth=np.concatenate([photo, core, closed, gain, shade], -1),
        closed=closed,
        fold=fold(photo, source.face),
        lamp=light,
        millimetre=millimetre,
        shut=float(shut),
        softness=softness(image, source.face + source.eye + source.mouth),
        grain=grain(image, source.face, millimetre),
        pores=pores(photo, creased, millimetre),
        wrinkled=wrinkled(photo, _calm(creased, lids, landmarks), millimetre),
        covered=occluders.covered,
        still=occluders.still,
    )


def _with_lips(skin: Float32, photo: Float32, mouth: Bool, upper: Bool, lower: Bool) -> Float32:
    """The skin float32[h, w, 3] with lips, bool[h, w] each, that meet where the inside of a mouth bool[h, w] was."""
    lips = upper | lower
    if not lips.any():
        return skin
    # They do at the corners too, where next to a tooth there is skin.
    skin, lit = (out_of_shade(part, (upper, lower), mouth) for part in (skin, photo))
    return skin + smoothstep(*_SEAM, blur(mouth[..., None], _SEAM_BLUR)) * (continued(lit, lips) - skin)


def well_inside(mouth: Float32) -> Float32:
    """The inside of an open mouth float32[h, w, 1] without its border."""
    return smoothstep(*WELL_INSIDE, blur(mouth, max(1.0, WELL_INSIDE_BLUR * mouth.shape[0])))


def fold(photo: Float32, face: Float32) -> Float32:
    """`CAVITY` as far as colour goes with shadow on the face of a photo, float32[3]; 1 in a grey one.

    Args:
      photo: float32[h, w, 3], linear RGB.
      face: float32[h, w, 1], coverage by skin.
    """
    darkest, brightest = SHADED
    shown = (face[..., 0] > 0.5) & (photo.min(-1) > darkest) & (photo.max(-1) < brightest)
    if not shown.any():
        return np.ones(3, np.float32)
    light = np.log(photo[shown] @ LUMINANCE)[:, np.newaxis]
    tint, shade = np.log(photo[shown]) - light, light - light.mean()
    slope = (shade * tint).mean(0) / max(float(np.square(shade).mean()), 1e-6)
    usual = CAVITY - 1.0
    share = np.clip(slope @ usual / (usual @ usual), 0.0, MOST_FOLD)
    return np.asarray(1.0 + share * usual, np.float32)


def is_closed(landmarks: Float64) -> bool:
    """Whether the inner lips of float64[68, 2] touch."""
    gap = np.linalg.norm(landmarks[UPPER_LIP_EDGE] - landmarks[LOWER_LIP_EDGE], axis=1).mean()
    return bool(gap < CLOSED * np.linalg.norm(np.subtract(*landmarks[MOUTH_CORNERS])))


def _creased(landmarks: Float64, shape: tuple[int, ...], shut: bool) -> Float32:
    """Where a face has creases but no features, float32[h, w, 1]: cheeks, chin and forehead, in the photo.

    They end beside lips that are closed, and at the very lips of a smile, whose corners draw folds.
    """
    points = landmarks.astype(np.int32)
    size = float(np.ptp(landmarks, axis=0).max())

    def hull(first: int, last: int) -> Pixels:
        area = np.zeros(shape, np.uint8)
        cv2.fillConvexPoly(area, cv2.convexHull(points[first:last]), 1)
        return area

    def disc(share: float) -> Pixels:
        side = 2 * max(1, round(share * size)) + 1
        return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)

    def soft(area: Array, share: float) -> Float32:
        return np.asarray(cv2.GaussianBlur(area.astype(np.float32), (0, 0), max(0.5, share * size)), np.float32)

    upper = np.max([hull(*part) for part in ((17, 22), (22, 27), (27, 36), (36, 42), (42, 48))], 0)
    lips = hull(48, 60)
    plain = soft(cv2.erode(hull(0, 68), disc(_BORDER)), _SOFT)
    plain *= 1.0 - soft(cv2.dilate(upper, disc(_BESIDE)), _SOFT)
    plain *= 1.0 - (soft(cv2.dilate(lips, disc(_BESIDE)), _SOFT) if shut else soft(lips, _SOFT_AT_LIPS))
    return plain[..., None]


def _calm(creased: Float32, lids: Float32, landmarks: Float64) -> Bool:
    """Skin above the tip of the nose without features, folds of lids and beard, bool[h, w]."""
    over_nose = np.arange(len(creased))[:, np.newaxis] < landmarks[NOSE_TIP, 1]
    return np.asarray((creased[..., 0] > 0.95) & (lids[..., 0] < 0.05) & over_nose)


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
    return colour.to_linear(painted[..., ::-1])
