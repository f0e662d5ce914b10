"""The bare head as a chart: radius about a vertical axis, by azimuth and by level.

The chart holds skull, cheeks, jaw and neck; eyes, nose, lips and chin are sculpted onto it.
Proportions are those of an average adult: eye corners 89 mm apart, nasion to chin about 115 mm. The radii were set
by measuring the neutral mean of ICT-FaceKit (see NOTICE), without its features.
The origin lies between the eyes; the axis passes 35 mm behind it.
"""

import numpy as np
from scipy.interpolate import CubicSpline, RegularGridInterpolator
from scipy.ndimage import gaussian_filter

from au_tf.arrays import Array

AXIS_Z = -35.0
NECK_Y = -175.0
MM_PER_DEGREE = 1.45
"""Length of a degree of azimuth at the cheek, so that the chart's own coordinates are about isometric."""

_AZIMUTH = np.array([0, 12, 24, 36, 48, 60, 72, 84, 96, 115, 135, 157, 180], float)
_JAW_Y = np.array([-113, -110, -104, -95, -82, -66, -54, -48, -46, -46, -46, -46, -46], float)

# Levels above the eyes: height in mm, then the radius at each azimuth.
_UPPER = (
    (112, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    (109, 15, 15, 15, 15, 15, 15, 16, 17, 19, 23, 29, 35, 38),
    (104, 30, 30, 29, 29, 29, 29, 30, 31, 33, 38, 45, 50, 52),
    (98, 43, 43, 42, 41, 41, 41, 41, 42, 44, 50, 57, 62, 63),
    (90, 56, 56, 55, 53, 52, 51, 51, 52, 54, 61, 68, 72, 74),
    (78, 70, 69, 68, 65, 63, 62, 61, 62, 65, 71, 78, 83, 84),
    (62, 81, 81, 80, 76, 73, 71, 70, 71, 73, 80, 87, 92, 94),
    (46, 87, 87, 86, 83, 79, 76, 75, 76, 78, 84, 91, 97, 99),
    (30, 91, 91, 90, 87, 82, 78, 77, 77, 79, 85, 94, 100, 102),
    (16, 91, 91, 91, 89, 83, 79, 77, 77, 79, 85, 93, 99, 101),
    (0, 84, 83, 85, 86, 83, 80, 77, 76, 78, 83, 91, 97, 99),
)
# Levels of the face: share of the way from the eyes down to the jaw.
_FACE = (
    (0.17, 87, 86, 87, 88, 85, 81, 77, 75, 76, 80, 89, 95, 98),
    (0.34, 91, 90, 90, 89, 86, 81, 77, 74, 75, 78, 86, 93, 95),
    (0.50, 93, 93, 91, 88, 84, 79, 76, 73, 73, 76, 83, 90, 92),
    (0.62, 94, 92, 89, 86, 82, 78, 75, 73, 72, 74, 80, 87, 90),
    (0.74, 94, 92, 87, 83, 80, 77, 74, 72, 71, 73, 78, 84, 87),
    (0.85, 95, 91, 84, 80, 78, 76, 73, 71, 70, 72, 77, 82, 84),
    (0.94, 93, 89, 81, 77, 76, 74, 72, 70, 70, 71, 75, 80, 82),
    (1.00, 86, 83, 77, 73, 73, 73, 71, 69, 69, 70, 74, 78, 81),
)
# Levels of the neck: share of the way from the jaw down to the base of the neck.
_NECK = (
    (0.05, 73, 73, 70, 69, 70, 71, 69, 67, 67, 68, 72, 76, 79),
    (0.10, 57, 59, 62, 64, 67, 69, 68, 66, 65, 66, 70, 74, 76),
    (0.15, 47, 48, 52, 57, 62, 66, 66, 64, 63, 65, 68, 72, 74),
    (0.25, 40, 41, 43, 47, 53, 58, 60, 60, 60, 63, 66, 70, 72),
    (0.40, 36, 37, 38, 40, 43, 47, 52, 55, 58, 62, 66, 70, 72),
    (0.65, 33, 34, 35, 37, 40, 44, 48, 53, 58, 64, 70, 75, 77),
    (1.00, 33, 34, 36, 39, 43, 48, 53, 58, 64, 71, 78, 83, 85),
)


def _levels() -> tuple[Array, Array]:
    """Heights and radii, float[levels, azimuths]."""
    jaw = _JAW_Y[None]
    upper, face, neck = (np.array(rows, float) for rows in (_UPPER, _FACE, _NECK))
    heights = np.concatenate(
        [
            np.repeat(upper[:, :1], len(_AZIMUTH), 1),
            face[:, :1] * jaw,
            jaw + neck[:, :1] * (NECK_Y - jaw),
        ]
    )
    return heights, np.concatenate([upper[:, 1:], face[:, 1:], neck[:, 1:]])


def _level_lengths(heights: Array, radii: Array) -> Array:
    """Arc length from the crown to each level, averaged over the front."""
    steps = np.hypot(np.diff(heights, axis=0), np.diff(radii, axis=0))[:, :5]
    return np.concatenate([[0.0], np.cumsum(steps.mean(1))])


class HeadChart:
    """The head as a smooth function of chart coordinates (s, t) in mm.

    s is azimuth times `MM_PER_DEGREE` (0 in front, positive to the face's left), t the length
    from the crown down.
    """

    def __init__(self) -> None:
        heights, radii = _levels()
        self.t = _level_lengths(heights, radii)
        # Mirrored at both ends, so that the surface is smooth across the plane of symmetry.
        azimuth = np.concatenate([-_AZIMUTH[3:0:-1], _AZIMUTH, 360 - _AZIMUTH[-2:-5:-1]])
        columns = np.r_[3:0:-1, 0 : len(_AZIMUTH), len(_AZIMUTH) - 2 : len(_AZIMUTH) - 5 : -1]
        fine = np.arange(-30.0, 211.0, 2.0)
        grid = np.stack([heights, radii], -1)[:, columns]
        grid = CubicSpline(azimuth, grid, axis=1)(fine)
        levels = np.linspace(0.0, self.t[-1], 361)
        grid = CubicSpline(self.t, grid, axis=0)(levels)
        # Whole-millimetre entries leave ripples that shading would show.
        rough = gaussian_filter(grid, (9.0, 5.0, 0.0), mode="nearest")
        grid = gaussian_filter(grid, (3.0, 2.5, 0.0), mode="nearest")
        behind = np.clip((np.abs(fine) - 62.0) / 20.0, 0.0, 1.0)[None, :, None]
        grid = grid + behind * (rough - grid)
        self._lookup = RegularGridInterpolator((levels, fine), grid, method="linear")
        self.jaw_t = self.t[len(_UPPER) + len(_FACE) - 1]
        self.eye_t = self.t[len(_UPPER) - 1]

    def __call__(self, s: Array, t: Array) -> Array:
        """Positions float[..., 3] in mm of chart points s >= 0, t."""
        degrees = np.asarray(s) / MM_PER_DEGREE
        height, radius = np.moveaxis(self._lookup(np.stack([np.clip(t, 0.0, self.t[-1]), degrees], -1)), -1, 0)
        angle = np.radians(degrees)
        return np.stack([radius * np.sin(angle), height, AXIS_Z + radius * np.cos(angle)], -1)

    def locate(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Chart coordinates of the front points that lie at (x, y), by fixed-point iteration."""
        s = np.degrees(np.arctan2(x, 80.0)) * MM_PER_DEGREE
        t = self.eye_t - np.asarray(y, float)
        for _ in range(60):
            here = self(np.clip(s, 0, 180 * MM_PER_DEGREE), np.clip(t, 0, self.t[-1]))
            radius = np.hypot(here[..., 0], here[..., 2] - AXIS_Z)
            s = s + 0.8 * np.degrees((x - here[..., 0]) / radius) * MM_PER_DEGREE
            t = t + 0.8 * (here[..., 1] - y)
        return s, t
