"""The heights of wrinkles, painted on the map: lines as they lie in the skin of an adult.

Each line is a furrow, narrow at its bottom, between soft bulges of the skin that it was taken from. None is straight,
even or whole, and no two are alike. 1 is the depth of the region that a line lies in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.spatial import cKDTree

from au_tf.arrays import Array, ArrayLike, Float32
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.regions import LAYERS, NASOLABIAL, ellipse

_SEED = 3
_STEP = 0.25
"""mm between points along a line."""
_GENTLE = 1.2
"""How much wider the slope is that skin hangs over."""


@dataclass(frozen=True)
class Line:
    """A furrow."""

    layer: int
    points: Array
    """float[N, 2], (u, v) in mm, that it runs through."""
    width: float
    """mm from its bottom to where it is 1/e as deep."""
    depth: float = 1.0
    """A share of its region's."""
    wobble: float = 0.35
    """mm that it strays from a smooth curve."""
    wave: float = 9.0
    """mm that its waves are long."""
    broken: float = 0.4
    """How unevenly deep it is along its way."""
    taper: float = 0.25
    """The share of its length over which each end fades."""
    bulge: float = 0.35
    """Height of the skin beside it, a share of its depth."""
    overhang: float = 0.0
    """From -1 to 1, how far the skin on its left, seen along it, bulges over skin on its right that slopes gently."""


def paint_heights() -> Float32:
    """Heights of the wrinkles, float32[LAYERS, ROWS, COLUMNS]; the deepest are about -1."""
    rng = np.random.default_rng(_SEED)
    heights = np.zeros((LAYERS, chart.ROWS, chart.COLUMNS))
    for line in _lines(rng):
        _carve(heights[line.layer], line, rng)
    heights[0] += _dimpled_chin(rng)
    return heights.astype(np.float32)


def _lines(rng: np.random.Generator) -> Iterator[Line]:
    yield from _forehead(rng)
    yield from _nose_root()
    yield from _mental_fold()
    for side in (1.0, -1.0):
        yield from _glabella(side, rng)
        yield from _crows_feet(side, rng)
        yield from _below_eye(side, rng)
        yield from _nose_side(side, rng)
        yield from _nasolabial(side)


def _mirrored(points: ArrayLike, side: float) -> Array:
    return np.asarray(np.asarray(points, float) * (side, 1.0))


def _forehead(rng: np.random.Generator) -> Iterator[Line]:
    """Four lines that follow the brows, dip in the middle, and break off where they please; short ones between."""
    u = np.linspace(-58.0, 58.0, 15)
    levels = ((38.0, 0.7, -40, 38), (46.0, 1.0, -56, 50), (55.5, 0.95, -48, 57), (65.5, 0.6, -42, 30))
    for level, depth, first, last in levels:
        wave = 3.4 * np.exp(-(((np.abs(u) - 30.0) / 18.0) ** 2)) - 1.2 * np.exp(-((u / 12.0) ** 2)) - 0.0022 * u**2
        v = level + wave + gaussian_filter1d(rng.normal(0.0, 1.6, len(u)), 1.5)
        part = (u >= first) & (u <= last)
        yield Line(0, np.stack([u, v], -1)[part], 1.15, depth, wobble=0.5, wave=16.0, broken=0.5, taper=0.2, bulge=0.5)
    for centre, level, reach in ((-31.0, 51.0, 14.0), (22.0, 61.0, 13.0), (37.0, 42.5, 12.0), (-10.0, 42.5, 10.0)):
        u = centre + np.linspace(-reach, reach, 5)
        points = np.stack([u, level - 0.05 * np.abs(u - centre) + rng.normal(0.0, 0.4, 5)], -1)
        yield Line(0, points, 0.8, 0.4, wobble=0.4, wave=12.0, broken=0.5, taper=0.4)


def _glabella(side: float, rng: np.random.Generator) -> Iterator[Line]:
    """The frown: a furrow at the head of each brow, leaning outwards above, and a faint one beside it."""
    inner = [(4.8, 6.5), (5.6, 13.0), (6.4, 20.0), (7.6, 27.0), (9.6, 33.0)]
    shift = rng.normal(0.0, 0.5, (5, 2)) * (0.6, 1.5)
    yield Line(1, _mirrored(inner + shift, side), 1.1, 1.0, wobble=0.3, broken=0.35, taper=0.3, bulge=0.5)
    outer = [(11.0, 14.0), (11.6, 19.0), (13.2, 25.0)]
    yield Line(1, _mirrored(outer, side), 0.9, 0.45, wobble=0.3, broken=0.3, taper=0.4)
    if side > 0.0:
        yield Line(1, np.array([(-0.6, 14.0), (0.3, 20.0), (-0.4, 27.0)]), 0.8, 0.35, wobble=0.3, broken=0.4, taper=0.4)


def _nose_root() -> Iterator[Line]:
    """Across the root of the nose, sagging to the sides."""
    for level, depth, reach in ((6.5, 0.8, 8.0), (1.5, 1.0, 9.0), (-3.0, 0.6, 7.0)):
        u = np.linspace(-reach, reach, 5)
        yield Line(0, np.stack([u, level - 0.02 * u**2], -1), 0.9, depth, wobble=0.3, broken=0.35, taper=0.3)


def _nose_side(side: float, rng: np.random.Generator) -> Iterator[Line]:
    """Slanting on the sides of the nose, from its back up towards the corner of the eye."""
    for level, depth in ((-6.0, 0.8), (-10.5, 1.0), (-15.5, 0.9), (-20.5, 0.5)):
        u = np.array([3.0, 6.5, 10.0, 14.0])
        v = level + 0.42 * (u - 3.0) - 0.018 * (u - 3.0) ** 2 + rng.normal(0.0, 0.25, 4)
        yield Line(1, _mirrored(np.stack([u, v], -1), side), 0.85, depth, wobble=0.25, broken=0.3, taper=0.35)


def _crows_feet(side: float, rng: np.random.Generator) -> Iterator[Line]:
    """Fans out from the outer corner of the eye; the lower ones bend down round the cheek."""
    fan = (
        (42.0, 15.0, 0.5, 5.0),
        (20.0, 21.0, 0.85, 0.0),
        (0.0, 24.0, 1.0, -2.0),
        (-19.0, 25.0, 0.95, -8.0),
        (-38.0, 23.0, 0.75, -14.0),
    )
    for degrees, length, depth, bend in fan:
        start, angle = rng.uniform(5.0, 7.5), np.radians(degrees + rng.normal(0.0, 3.0))
        along = np.linspace(0.0, 1.0, 5)
        reach = start + along * length * rng.uniform(0.85, 1.1)
        turned = angle + np.radians(bend) * along
        points = np.stack([45.4 + reach * np.cos(turned), 1.2 + reach * np.sin(turned)], -1)
        yield Line(1, _mirrored(points, side), 0.8, depth, wobble=0.3, broken=0.45, taper=0.35, bulge=0.4)


def _below_eye(side: float, rng: np.random.Generator) -> Iterator[Line]:
    """Folds of the lower lid, along its curve, and the deeper one where the cheek begins."""
    for drop, depth, first, last in ((5.5, 0.5, 25.0, 44.0), (9.0, 0.8, 17.0, 38.0), (13.0, 1.0, 15.5, 43.0)):
        u = np.linspace(first, last, 6)
        v = -3.6 - drop + 0.0135 * (u - 29.5 - 0.15 * drop) ** 2 + rng.normal(0.0, 0.2, 6)
        yield Line(
            0,
            _mirrored(np.stack([u, v], -1), side),
            0.75 + 0.05 * drop,
            depth,
            wobble=0.3,
            broken=0.35,
            taper=0.3,
            bulge=0.4,
        )


def _nasolabial(side: float) -> Iterator[Line]:
    """The fold of the smile: a broad trough under the cheek that bulges over it, with a crease at its bottom."""
    fold = _mirrored(NASOLABIAL, side)
    yield Line(0, fold, 3.0, 0.7, wobble=0.4, wave=14.0, broken=0.1, taper=0.3, bulge=0.45, overhang=side)
    yield Line(0, fold[:-1], 1.2, 0.3, wobble=0.4, wave=14.0, broken=0.4, taper=0.45, bulge=0.2)


def _mental_fold() -> Iterator[Line]:
    """Between lower lip and chin."""
    u = np.linspace(-15.0, 15.0, 7)
    yield Line(1, np.stack([u, -84.0 - 0.016 * u**2], -1), 2.0, 1.0, wobble=0.3, broken=0.15, taper=0.35, bulge=0.4)


def _dimpled_chin(rng: np.random.Generator) -> Array:
    """Orange peel: dimples of all sizes, close together, float64[ROWS, COLUMNS]."""
    u, v = chart.texels()
    noise = rng.normal(size=u.shape)
    rough = sum(share * _unit(gaussian_filter(noise, size * chart.PER_MM)) for size, share in ((0.7, 0.6), (1.2, 0.5)))
    return np.asarray(-0.4 * np.maximum(rough, -0.6) * ellipse(u, v, 0.0, -97.0, 15.0, 9.0) ** 0.5)


def _unit(field: Array) -> Array:
    return np.asarray(field / field.std())


def _carve(heights: Array, line: Line, rng: np.random.Generator) -> None:
    """Adds a line to heights float64[ROWS, COLUMNS]."""
    points, depth = _traced(line, rng)
    margin = 6.0 * line.width * (1.0 + _GENTLE * 0.5 * abs(line.overhang))
    low, high = points.min(0) - margin, points.max(0) + margin
    rows = slice(max(0, int((chart.TOP - high[1]) * chart.PER_MM)), int((chart.TOP - low[1]) * chart.PER_MM) + 1)
    columns = slice(max(0, int((low[0] - chart.LEFT) * chart.PER_MM)), int((high[0] - chart.LEFT) * chart.PER_MM) + 1)
    part = heights[rows, columns]
    u = chart.LEFT + (np.arange(columns.start, columns.start + part.shape[1]) + 0.5) / chart.PER_MM
    v = chart.TOP - (np.arange(rows.start, rows.start + part.shape[0]) + 0.5) / chart.PER_MM
    places = np.stack(np.meshgrid(u, v), -1).reshape(-1, 2)
    distance, nearest = cKDTree(points).query(places, distance_upper_bound=margin)
    found = np.flatnonzero(np.isfinite(distance))
    distance, nearest = distance[found], nearest[found]
    way = np.gradient(points, axis=0)[nearest]
    off = places[found] - points[nearest]
    left = np.sign(way[:, 0] * off[:, 1] - way[:, 1] * off[:, 0])
    over = line.overhang * left
    distance = distance / (line.width * (1.0 + _GENTLE * np.maximum(-over, 0.0)))
    furrow = -np.exp(-(distance**1.6))
    beside = line.bulge * (1.0 + over) * np.exp(-(((distance - 2.2) / 1.3) ** 2))
    row, column = np.divmod(found, part.shape[1])
    part[row, column] += depth[nearest] * (furrow + beside)


def _traced(line: Line, rng: np.random.Generator) -> tuple[Array, Array]:
    """Points float[M, 2] along a line, `_STEP` apart, and how deep it is at each, float[M]."""
    knots = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line.points, axis=0), axis=1))])
    count = max(8, int(knots[-1] / _STEP))
    share = np.linspace(0.0, 1.0, count)
    points = CubicSpline(knots, line.points)(share * knots[-1])
    points += line.wobble * np.stack([_noise(rng, count, line.wave), _noise(rng, count, line.wave)], -1)
    ends = np.minimum(1.0, np.minimum(share, 1.0 - share) / line.taper)
    uneven = np.clip(1.0 - line.broken * np.maximum(_noise(rng, count, line.wave) - 0.3, -0.4), 0.0, 1.2)
    return points, line.depth * np.sin(0.5 * np.pi * ends) ** 2 * uneven


def _noise(rng: np.random.Generator, count: int, length: float) -> Array:
    """Smooth noise of variance 1 along a line, float[count]; its waves are some `length` mm long."""
    rough = rng.normal(size=count + int(8 * length / _STEP))
    smooth = gaussian_filter1d(rough, length / _STEP / 2.0)
    return np.asarray(smooth[:count] / max(smooth.std(), 1e-9))
