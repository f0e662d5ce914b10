"""Outlines of lids and lips in the frontal plane, for the half x >= 0, in mm.

The topology cuts its holes along them, the sculpting shapes the skin round them, and the
landmarks and muscles refer to them.
"""

import numpy as np

from au_tf.arrays import Array

EYE_CENTRE = np.array([31.5, 0.3])
EYE_INNER = np.array([17.2, -1.8])
EYE_OUTER = np.array([45.6, 0.6])
MOUTH_CORNER = np.array([25.5, -66.7])
LIP_GAP = 2.4
"""Half height that the closed mouth has in the chart, so that its two lips stay apart there."""


def lid_line(u: Array, upper: bool) -> Array:
    """Points float[..., 2] on a lid margin; u runs from the inner (0) to the outer canthus (1)."""
    u = np.asarray(u, float)
    line = EYE_INNER + u[..., None] * (EYE_OUTER - EYE_INNER)
    height = 4.7 * np.sin(np.pi * u**0.92) ** 0.8 if upper else -4.6 * np.sin(np.pi * u**1.12) ** 0.9
    return line + np.stack([np.zeros_like(u), height], -1)


def eye_outline(points: int) -> Array:
    """The opening between the lids, float[points, 2], counter-clockwise from the inner canthus."""
    half = points // 2
    u = 0.5 - 0.5 * np.cos(np.pi * np.arange(half) / half)
    lower = lid_line(u, upper=False)
    upper = lid_line(1.0 - u, upper=True)
    return np.concatenate([lower, upper])


def lip_line(x: Array) -> Array:
    """Height of the line between the closed lips."""
    u = np.clip(np.abs(x) / MOUTH_CORNER[0], 0.0, 1.2)
    return -67.0 - 0.5 * np.exp(-((u / 0.18) ** 2)) + 0.3 * u**2 + 0.7 * np.exp(-(((u - 0.4) / 0.2) ** 2))


def upper_lip_height(x: Array) -> Array:
    """Height of the upper vermilion above the lip line, with Cupid's bow."""
    u = np.clip(np.abs(x) / MOUTH_CORNER[0], 0.0, 1.0)
    bow = 7.0 + 0.8 * np.exp(-(((u - 0.24) / 0.13) ** 2)) - 0.8 * np.exp(-((u / 0.1) ** 2))
    return bow * (1.0 - u**1.9) ** 0.85


def lower_lip_height(x: Array) -> Array:
    """Depth of the lower vermilion below the lip line."""
    u = np.clip(np.abs(x) / MOUTH_CORNER[0], 0.0, 1.0)
    return 8.6 * (1.0 - u**2.6) ** 0.85


def gap_profile(x: Array) -> Array:
    """Half height of the mouth's hole in the chart: full in the middle, 0 at the corner."""
    u = np.clip(np.abs(x) / MOUTH_CORNER[0], 0.0, 1.0)
    return LIP_GAP * np.sqrt(1.0 - u**2)


def brow_line(u: Array) -> Array:
    """Points float[..., 2] on the middle of the brow; u from its head (0) to its tail (1).

    As high above the eyes as on photos of people, by MediaPipe's landmarks: a quarter of the distance of the outer
    corners of the eyes.
    """
    u = np.asarray(u, float)
    x = 12.0 + 45.0 * u
    y = 17.5 + 9.0 * u - 23.0 * np.clip(u - 0.35, 0.0, None) ** 1.8
    return np.stack([x, y], -1)
