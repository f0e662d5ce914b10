"""The features of the mean face, sculpted onto the bare head (half x >= 0).

Each function takes positions float[N, 3] in mm and returns them moved. Heights are added
along z, the direction in which a face is seen.
"""

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator

from au_tf.arrays import Array
from au_tf.morphable.builtin import outlines

EYE_SURFACE_Z = 45.4
"""Foremost point of the closed lids' surface."""
EYEBALL_RADIUS = 12.0
EYEBALL_CENTRE = np.array([31.5, 0.3, EYE_SURFACE_Z - 1.3 - EYEBALL_RADIUS])


def bump(x: Array, y: Array, cx: float, cy: float, rx: float, ry: float) -> Array:
    """A Gaussian hill of height 1."""
    return np.exp(-0.5 * (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2))


def hill(p: Array, centre: Array, radius: float) -> Array:
    """A round Gaussian hill of height 1 in space, at points float[N, 3]."""
    return np.exp(-0.5 * np.square(p - centre).sum(1) / radius**2)


def smoothstep(low: float | Array, high: float | Array, value: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    u = np.clip((value - low) / (high - low), 0.0, 1.0)
    return u * u * (3.0 - 2.0 * u)


def smooth_max(a: Array, b: Array, width: float) -> Array:
    """The larger of two heights, the edge between them rounded over `width` mm."""
    return 0.5 * (a + b + np.sqrt((a - b) ** 2 + width**2)) - 0.5 * width


def close_mouth(p: Array) -> Array:
    """Draws the lips together from the gap that the chart leaves between them."""
    x, y, z = p.T
    line = outlines.lip_line(x)
    gap = outlines.gap_profile(x)
    above = y - line
    beyond = np.clip(np.abs(above) - gap, 0.0, None)
    pull = gap * np.exp(-((beyond / 10.0) ** 2))
    return np.stack([x, y - np.sign(above) * np.minimum(pull, np.abs(above)), z], -1)


def forehead_and_brow(p: Array) -> Array:
    x, y, z = p.T
    z = z + 0.3 * bump(x, y, 26, 20, 15, 6.5) + 1.5 * bump(x, y, 46, 16, 8, 6)
    z = z - 1.0 * bump(x, y, 0, 26, 9, 8)
    return np.stack([x, y, z], -1)


def cheeks(p: Array) -> Array:
    x, y, z = p.T
    z = z + 2.6 * bump(x, y, 43, -27, 13, 11)
    z = z - 1.8 * bump(x, y, 52, -58, 12, 15)
    z = z + 1.0 * bump(x, y, 33, -60, 7, 14)
    # The fold from the wing of the nose to the corner of the mouth.
    fold = 24.0 + (-45.0 - y) * 0.34
    z = z - 0.6 * np.exp(-(((x - fold) / 3.2) ** 2)) * smoothstep(-70, -62, y) * smoothstep(-40, -50, y)
    return np.stack([x, y, z], -1)


def chin(p: Array) -> Array:
    x, y, z = p.T
    z = z + 4.0 * bump(x, y, 0, -101, 15, 8) + 0.8 * bump(x, y, 7, -103, 6, 6)
    z = z - 2.6 * bump(x, y, 0, -88, 15, 4.6)
    return np.stack([x, y, z], -1)


def _nose_height(x: Array, y: Array) -> Array:
    """Height of the nose above the cheeks: bridge, tip and wing, joined smoothly."""
    ridge_y = np.array([-60, -53, -48.5, -45, -41, -36, -30, -20, -10, 0, 7, 14, 22, 30], float)
    ridge_h = np.array([0, 1.0, 6.0, 15.0, 22.0, 24.6, 23.6, 18.6, 13.6, 9.2, 7.2, 5.0, 1.8, 0])
    ridge = PchipInterpolator(ridge_y, ridge_h, extrapolate=False)(np.clip(y, -60, 30))
    half = np.interp(y, [-45, -35, -25, -12, 0, 10, 25], [7.6, 8.0, 7.0, 6.4, 6.6, 9.0, 14])
    broad = np.interp(y, [-50, -40, -25, -12, 0, 10], [12.0, 13.0, 12.5, 11.0, 9.5, 12.0])
    bridge = ridge * (0.60 * np.exp(-0.5 * (x / half) ** 2) + 0.40 * np.exp(-0.5 * (x / broad) ** 2))
    tip = 25.0 * bump(x, y, 0, -37.0, 8.2, 6.6) * smoothstep(-52, -42, y)
    wing = 14.2 * np.exp(-0.5 * (((x - 12.2) / 4.9) ** 2 + ((y + 40.8) / 5.6) ** 2) ** 1.25) * smoothstep(-49, -44, y)
    return smooth_max(smooth_max(bridge, tip, 4.0), wing, 3.0)


def nose(p: Array) -> Array:
    x, y, z = p.T
    # The crease behind the wing.
    crease = np.exp(-(((np.hypot(x - 12.2, (y + 40.8) / 1.15) - 7.6) / 1.8) ** 2)) * smoothstep(10, 17, x)
    z = z + _nose_height(x, y) - 1.8 * crease * smoothstep(-28, -36, y) * smoothstep(-50, -46, y)
    return np.stack([x, y, z], -1)


def nostrils(p: Array) -> Array:
    """How deep in the nostrils points of the whole head as it is designed lie, float[N] in [0, 1]."""
    x, y, z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
    reach = np.hypot((x - 6.4) / 2.4, (z - 68.0) / 3.3)
    return np.asarray(smoothstep(1.1, 0.45, reach) * smoothstep(-47.5, -46.0, y) * smoothstep(-40.0, -41.5, y))


def lips(p: Array) -> Array:
    x, y, z = p.T
    line = outlines.lip_line(x)
    up, down = outlines.upper_lip_height(x), outlines.lower_lip_height(x)
    corner = np.clip(1.0 - (np.abs(x) / outlines.MOUTH_CORNER[0]) ** 2, 0.0, None)
    middle = corner**0.55
    above = y - line
    upper = np.clip(above / np.maximum(up, 0.3), 0.0, None)
    lower = np.clip(-above / np.maximum(down, 0.3), 0.0, None)
    roll_up = 4.8 * np.sin(np.pi * np.clip(0.17 + 0.62 * upper, 0, 1)) ** 0.9
    roll_low = 4.9 * np.sin(np.pi * np.clip(0.17 + 0.66 * lower, 0, 1)) ** 0.9
    # Past the vermilion border the height dies away into the skin.
    tail_up = np.exp(-((np.clip(above - up, 0, None) / 6.0) ** 2))
    tail_low = np.exp(-((np.clip(-above - down, 0, None) / 5.0) ** 2))
    height = np.where(above >= 0, roll_up * tail_up, roll_low * tail_low) * middle
    z = z + height
    # Philtrum and its columns; the dimple at the corner.
    skin = smoothstep(0.9, 1.25, upper) * smoothstep(-49, -53, y)
    z = z + skin * (0.35 * np.exp(-(((x - 5.4) / 2.4) ** 2)) - 0.5 * np.exp(-((x / 3.2) ** 2)))
    z = z - 0.8 * bump(x, y, 27.5, -67.5, 3.0, 3.5)
    return np.stack([x, y, z], -1)


def lid_surface(x: Array, y: Array) -> Array:
    """Height z of the surface that the lids lie on: the eyeball's, thickened and flattened to the canthi."""
    dx, dy = x - EYEBALL_CENTRE[0], y - EYEBALL_CENTRE[1]
    return EYE_SURFACE_Z - (dx**2 + dy**2) / 28.0 - 0.17 * dx + 0.012 * np.clip(-dx, 0, None) ** 2


def outline_distance(x: Array, y: Array) -> Array:
    """Signed distance in mm from the eye's opening, positive outside."""
    contour = outlines.eye_outline(96).astype(np.float32)
    near = np.hypot(x - EYEBALL_CENTRE[0], y - EYEBALL_CENTRE[1]) < 45
    distance = np.full(np.shape(x), 40.0)
    distance[near] = [
        -cv2.pointPolygonTest(contour, (float(a), float(b)), True) for a, b in zip(x[near], y[near], strict=True)
    ]
    return distance


def eyelids(p: Array) -> Array:
    """Lays the lids on the eyeball and carves the socket, the crease and the fold below."""
    x, y, z = p.T
    distance = np.clip(outline_distance(x, y), 0.0, None)
    above = smoothstep(-3.0, 4.0, y - EYEBALL_CENTRE[1])
    reach = 6.0 + 3.0 * above
    weight = 1.0 - smoothstep(0.15 * reach, reach * (1.25 - 0.28 * above), distance)
    socket = z - 2.0 * bump(x, y, 19, 6, 5, 7) + 1.2 * bump(x, y, 35, 4, 16, 9) + 2.2 * bump(x, y, 34, 10.5, 11, 4.0)
    socket = socket - 1.0 * bump(x, y, 22, -11, 9, 4)
    z = socket + weight * (lid_surface(x, y) - socket)
    across = smoothstep(15, 23, x) * (1 - smoothstep(38, 47, x))
    crease = np.exp(-(((distance - 4.4) / 0.9) ** 2)) * above * across
    fold = np.exp(-(((distance - 6.6) / 1.9) ** 2)) * above * across
    bag = np.exp(-(((distance - 4.0) / 2.0) ** 2)) * (1 - above) * across
    z = z - 1.6 * crease + 1.7 * fold + 0.4 * bag
    return np.stack([x, y, z], -1)


def sculpt(p: Array) -> Array:
    """The mean face from the bare head, float[N, 3] with x >= 0."""
    front = p[:, 2] > -20.0
    q = p[front]
    for step in (close_mouth, forehead_and_brow, cheeks, chin, nose, lips, eyelids):
        q = step(q)
    out = p.copy()
    out[front] = q
    return out
