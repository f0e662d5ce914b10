"""Marks of the skin finer than the mesh: each a map of how strong it is, a tint that it gives the skin, and an amount
that people have of it.

The colour of the vertices is multiplied by 1 + the sum of strength times amount times tint. A strength of 0 everywhere
leaves it as it is.
"""

from typing import NamedTuple

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

from au_tf.arrays import Array, Float32
from au_tf.morphable.detail.chart import COLUMNS, LANDMARKS, PER_MM, ROWS, TOP, texels
from au_tf.morphable.detail.regions import ellipse, step
from au_tf.morphable.model import MorphableModel, Part

MARKS = ("pores", "freckles", "stubble", "brows")
"""Channels of the map."""
TINTS = np.array(
    [(-0.13, -0.19, -0.20), (-0.34, -0.48, -0.54), (-0.50, -0.46, -0.40), (-0.52, -0.52, -0.50)], np.float32
)
"""What a strength and an amount of 1 add to red, green and blue of the skin, a share of it."""
_SEED = 11
# What people have of each mark: its mean, and its standard deviation. Freckles and stubble not everybody has.
_MEAN, _SPREAD = (0.9, -0.5, -0.1, 1.0), (0.25, 0.7, 0.7, 0.2)
# How much of the freckles' variation goes with light skin.
_WITH_LIGHT = 0.5


class Amounts(NamedTuple):
    """How much of each mark people have: max(mean + albedo @ basis, 0)."""

    mean: Float32
    """float32[MARKS]."""
    basis: Float32
    """float32[A, MARKS], for a standard deviation of each albedo coefficient."""

    @classmethod
    def of(cls, model: MorphableModel) -> "Amounts":
        """Those of a face model: light skin has freckles, and a dark chin has stubble."""
        count = len(model.albedo_basis)
        if not count:
            return cls(np.maximum(_MEAN, 0.0).astype(np.float32), np.zeros((0, len(MARKS)), np.float32))
        light, dark_chin = _tones(model)
        own = np.random.default_rng(_SEED).normal(size=(count, 3))
        pores, freckles, brows = (_unit(column) for column in own.T)
        freckles = _unit(np.sqrt(1.0 - _WITH_LIGHT**2) * freckles + _WITH_LIGHT * light)
        basis = np.stack([pores, freckles, dark_chin, brows], 1) * _SPREAD
        return cls(np.array(_MEAN, np.float32), basis.astype(np.float32))


def _tones(model: MorphableModel) -> tuple[Array, Array]:
    """Unit directions float[A] in which skin becomes lighter, and in which the chin gets darker than the cheeks."""
    skin = (model.mask > 0.5) & (model.parts == Part.SKIN)
    marks = model.mean_shape[model.landmarks]
    chin, cheeks = (marks[[7, 8, 9]] + marks[57]) / 2, (marks[[2, 14]] + marks[[31, 35]]) / 2
    change = model.albedo_basis.mean(-1)
    over, lower, upper = (
        change[:, rows].mean(1) if rows.any() else np.zeros(len(change))
        for rows in (skin, *(skin & _near(model.mean_shape, places) for places in (chin, cheeks)))
    )
    light = _unit(over)
    darker = upper - lower
    return light, _unit(darker - (darker @ light) * light)


def _near(points: Array, places: Array) -> Array:
    """Which points lie near places, seen from the front."""
    return np.asarray(np.linalg.norm((points[:, None] - places)[..., :2], axis=-1).min(1) < 12.0)


def _unit(vector: Array) -> Array:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9))


def paint_marks() -> Float32:
    """How strong each mark is, float32[ROWS, COLUMNS, MARKS] in [-1, 1], its mean about 0 where it is but a texture.

    Towards the borders of the map, and on lips and lids, it is 0.
    """
    rng = np.random.default_rng(_SEED)
    u, v = texels()
    u = np.abs(u)
    bare = _bare(u, v)
    marks = [_pores(u, v, rng), _freckles(u, v, rng), _stubble(u, v, rng)]
    return np.stack([*(bare * mark for mark in marks), _brows(rng)], -1).clip(-1.0, 1.0).astype(np.float32)


def _bare(u: Array, v: Array) -> Array:
    """1 on skin that is neither lip nor lid nor nostril, 0 at the borders of the map."""
    inside = step(74.0, 62.0, u) * step(-122.0, -112.0, v) * step(82.0, 72.0, v)
    eyes, lips = ellipse(u, v, 31.5, 0.5, 17.0, 8.5), ellipse(u, v, 0.0, -67.5, 26.0, 9.5)
    return np.asarray(inside * (1 - eyes) * (1 - lips) * (1 - ellipse(u, v, 7.0, -47.5, 4.0, 2.5)))


def _dots(count: int, where: Array, sizes: Array, rng: np.random.Generator) -> Array:
    """Soft dots float[ROWS, COLUMNS] of radii float[count] in mm and random strengths, as densely as `where` says."""
    chances = np.cumsum(where.ravel())
    at = np.searchsorted(chances, rng.uniform(size=count) * chances[-1])
    total, strength = np.zeros(where.shape), rng.uniform(0.35, 1.0, count)
    group = np.digitize(sizes, np.quantile(sizes, [0.25, 0.5, 0.75]))
    for part in range(4):
        dots = np.bincount(at[group == part], strength[group == part], where.size).reshape(where.shape)
        sigma = sizes[group == part].mean() * PER_MM / 1.5
        total = np.maximum(total, gaussian_filter(dots, sigma) * 2.0 * np.pi * sigma**2)
    return total.clip(0.0, 1.0)


def _pores(u: Array, v: Array, rng: np.random.Generator) -> Array:
    """Pores, most of them beside the nose, between the patches that every skin has; its mean is 0."""
    centre = ellipse(u, v, 0.0, -25.0, 38.0, 34.0)
    pores = _dots(9000, 0.15 + centre, rng.uniform(0.16, 0.30, 9000), rng)
    noise = rng.normal(size=u.shape)
    fine, coarse = (gaussian_filter(noise, s) * s for s in (0.8, 9.0))
    mixed = pores * (0.35 + 0.65 * centre) + 0.22 * fine / fine.std() + 0.16 * coarse / coarse.std()
    return np.asarray(mixed - gaussian_filter(mixed, 6.0 * PER_MM))


def _freckles(u: Array, v: Array, rng: np.random.Generator) -> Array:
    where = ellipse(u, v, 24.0, -20.0, 24.0, 18.0) + 0.8 * ellipse(u, v, 0.0, -18.0, 12.0, 16.0)
    where = where + 0.25 * ellipse(u, v, 0.0, 48.0, 50.0, 16.0) + 0.04
    return _dots(1100, where, rng.gamma(4.0, 0.13, 1100) + 0.15, rng)


def _stubble(u: Array, v: Array, rng: np.random.Generator) -> Array:
    jaw = step(-58.0, -68.0, v - 0.75 * np.clip(u - 30.0, 0.0, None)) * step(-118.0, -108.0, v)
    lip = step(-50.0, -53.0, v) * step(33.0, 24.0, u) * step(-70.0, -64.0, v)
    where = np.maximum(jaw, lip)
    where = where * (1 - 0.75 * ellipse(u, v, 17.0, -79.0, 6.0, 6.0)) + 1e-9
    return (_dots(7000, where, rng.uniform(0.10, 0.17, 7000), rng) + 0.15) * where.clip(0, 1)


def _brows(rng: np.random.Generator) -> Array:
    """Single hairs, darker than what is between them; its mean is 0."""
    fine = 2 * PER_MM
    drawn = np.zeros((2 * ROWS, 2 * COLUMNS), np.uint8)
    line = np.array([LANDMARKS[number] for number in range(22, 27)])
    for side in (1.0, -1.0):
        for _ in range(520):
            along = rng.beta(1.1, 1.3)
            u = 10.0 + 47.0 * along
            half = 4.4 * (1.0 - 0.62 * along**1.4)
            off = half * np.clip(rng.normal(0.0, 0.5), -1.0, 0.9)
            v = np.interp(u, line[:, 0], line[:, 1]) - 1.8 + off
            up = np.interp(along, [0, 0.15, 0.5, 1], [1.1, 0.6, 0.15, -0.35]) - 0.12 * off + rng.normal(0.0, 0.12)
            length = rng.uniform(3.5, 6.5) * (1.0 - 0.3 * along)
            t = np.linspace(0.0, 1.0, 6)[:, None]
            way = np.array([1.0, up]) / np.hypot(1.0, up)
            points = np.array([u, v]) + length * (t * way + 0.10 * t**2 * [0.6, -np.sign(off)])
            texel = np.stack([side * points[:, 0] * fine + COLUMNS, (TOP - points[:, 1]) * fine], -1)
            strength = int(rng.uniform(70, 235))
            for k in range(5):
                ends = np.rint(16 * texel[k : k + 2]).astype(int)
                cv2.line(drawn, tuple(ends[0].tolist()), tuple(ends[1].tolist()), strength, 2 - (k > 0), cv2.LINE_AA, 4)
    hairs = cv2.resize(drawn, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA) / 255.0
    return np.asarray(1.3 * (hairs - gaussian_filter(hairs, 1.6 * PER_MM)))
