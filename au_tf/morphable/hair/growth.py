"""Grows strands on the built-in head: combed, falling, lying upon it and upon each other, gathered in locks."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Int
from au_tf.morphable.builtin.sculpt import smoothstep
from au_tf.morphable.completion.surface import unit
from au_tf.morphable.hair.accessories import cap_density, frame, ribs, yarn
from au_tf.morphable.hair.groom import Groom
from au_tf.morphable.hair.scalp import Scalp, scalp
from au_tf.morphable.hair.styles import Style

_CROWN, _KNOT = np.array([6.0, 96.0, -78.0]), np.array([0.0, 45.0, -150.0])
_DOWN = np.array([0.0, -1.0, 0.0])
# mm from the skin up to which hair still follows the comb, and from strands within which they shade.
_COMBED, _SHADED = 14.0, 14.0
# Length up to which hair is cut round the ears, mm.
_SHORT = 95.0


@dataclass
class _Roots:
    triangles: Int
    shares: Array
    points: Array
    normals: Array
    length: Array
    """float[S], mm, of each strand."""


@lru_cache(maxsize=96)
def grow(style: Style, seed: int = 0, strands: int | None = None) -> Groom:
    """Grows hair.

    Args:
      style: how it is worn.
      seed: two of them give two heads of the same hair.
      strands: how many; what the style says is right for small pictures. The more, the finer.
    """
    rng = np.random.default_rng([seed, len(style.kind), round(10 * style.length)])
    count = style.strands if strands is None else strands
    if style.kind == "glasses":
        return _frame(scalp(), style)
    if style.kind == "lashes":
        roots, paths, high = _lashes(scalp(), style, count, rng)
    else:
        roots = _roots(scalp(), style, count, rng)
        paths, high = _paths(scalp(), style, roots, rng)
        paths = _curled(_gathered(paths, style, rng), style, rng)
    return _groom(scalp(), style, roots, paths, high, style.width * style.strands / count, rng)


def _density(head: Scalp, style: Style) -> Array:
    if style.kind == "cap":
        return cap_density(head)
    if style.kind != "hair":
        named = {"beard": head.beard, "moustache": head.moustache, "brows": head.brow}
        return named[style.kind]
    temples = np.clip(1.0 - np.abs(np.abs(head.points[:, 0]) - 38.0) / 45.0, 0.35, 1.0)
    gone = style.back * temples * smoothstep(-60.0, 20.0, head.points[:, 2])
    dense = smoothstep(-2.0, 9.0, head.inside - gone)
    return dense * smoothstep(3.0, 8.0, head.ears.query(head.points)[0]) if style.length < _SHORT else dense


def _roots(head: Scalp, style: Style, count: int, rng: np.random.Generator) -> _Roots:
    dense = _density(head, style)
    corners = head.points[head.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    sums = np.cumsum(area * dense[head.triangles].mean(1) ** 1.5)
    at = np.searchsorted(sums, (np.arange(count) + rng.uniform(size=count)) / count * sums[-1], side="right")
    triangles = head.triangles[rng.permutation(np.minimum(at, len(sums) - 1))]
    shares = rng.dirichlet(np.ones(3), count)
    points, normals, inside = (
        np.einsum("sk,sk...->s...", shares, table[triangles]) for table in (head.points, head.normals, head.inside)
    )
    length = style.length * rng.uniform(0.75, 1.05, count)
    if style.kind == "hair":
        length *= style.sides + (1 - style.sides) * smoothstep(45.0, 80.0, points[:, 1])
        length *= 0.35 + 0.65 * smoothstep(0.0, 14.0, inside)
        if style.length < _SHORT:
            # It is cut round the ears.
            length *= np.clip((head.ears.query(points)[0] - 3.0) / 20.0, 0.12, 1.0)
        if style.fringe:
            length = np.where(_front(points), style.fringe * rng.uniform(0.8, 1.1, count), length)
    elif style.kind == "brows":
        length *= 0.75 + 0.25 * np.sin(np.pi * np.clip((np.abs(points[:, 0]) - 11) / 46, 0, 1))
    return _Roots(triangles, shares, points, unit(normals), length)


def _front(points: Array) -> Array:
    """bool[S], what falls into the forehead where there is a fringe."""
    return (points[:, 2] > 5.0 + 0.3 * np.abs(points[:, 0])) & (np.abs(points[:, 0]) < 52.0)


def _flow(head: Scalp, style: Style, points: Array, roots: Array) -> Array:
    """Unit directions in which hair is combed, before they are bent to the skin."""
    x, _, z = points.T
    if style.kind == "brows":
        return _brow_flow(points)
    if style.kind in ("beard", "moustache"):
        aside = np.sign(x) * (1.2 * (style.kind == "moustache") - 0.25)
        return unit(np.stack([aside, -np.ones_like(x), 0.15 * np.ones_like(x)], -1))
    if style.flow == "back":
        way = np.stack([0.15 * np.sign(x) + 0 * x, 0.25 - 0.012 * np.abs(x), -1.0 + 0 * x], -1)
    elif style.flow == "part":
        aside = np.sign(roots[:, 0] - style.part)
        forward = np.interp(roots[:, 2], [-80, 30], [-0.4, -0.15])
        way = np.stack([aside, -0.15 + 0 * x, forward], -1)
    elif style.flow == "knot":
        tail = smoothstep(30.0, 12.0, np.linalg.norm(points - _KNOT, axis=1))[:, None]
        way = unit(_KNOT - points) * (1.0 - tail) + tail * [0.0, -1.0, -0.3]
    elif style.flow == "down":
        way = np.broadcast_to(_DOWN, points.shape)
    elif style.flow == "out":
        way = points - [0.0, 10.0, -40.0]
    else:
        way = points - _CROWN
        way = way + np.stack([0 * x, -0.6 * np.abs(x) * (z < 10), 0 * x], -1)
    way = unit(way)
    if style.fringe:
        falls = _front(roots)[:, None]
        way = np.where(falls, unit(np.stack([0.006 * (x + 10), -0.7 + 0 * x, 1.0 + 0 * x], -1)), way)
    return way


def _brow_flow(points: Array) -> Array:
    """Up at the head, then outwards, the upper and the lower hairs towards each other, down at the tail."""
    x, y, _ = points.T
    u = np.clip((np.abs(x) - 11.0) / 46.0, 0.0, 1.0)
    line = 22.0 + 9.0 * u - 23.0 * np.clip(u - 0.35, 0.0, None) ** 1.8
    up = np.interp(u, [0, 0.15, 0.5, 1], [1.6, 0.8, 0.25, -0.35]) - 0.12 * (y - line)
    return unit(np.stack([np.sign(x), up, -0.35 * u], -1))


def _paths(head: Scalp, style: Style, roots: _Roots, rng: np.random.Generator) -> tuple[Array, Array]:
    """float[S, P, 3] and how high in the mass each strand lies, float[S] in [0, 1]."""
    count, steps = len(roots.points), style.points - 1
    # The uppermost first: what is drawn later is mostly hidden.
    high = np.sort(rng.uniform(size=count))[::-1] ** 0.8
    if style.kind == "cap":
        return yarn(head, style, roots.points, rng), high
    lain_on = head.bare if style.length < _SHORT else head.surface
    own = unit(rng.normal(size=(count, 3))) * np.where(style.kind == "brows", 0.12, 0.22)
    stride = (roots.length / steps)[:, None]
    falls = _front(roots.points) & (style.fringe > 0.0)
    lies = np.where(falls, 0.6, 1.0)
    flow = _flow(head, style, roots.points, roots.points)
    flow = unit(flow - np.einsum("sc,sc->s", flow, roots.normals)[:, None] * roots.normals * (style.flow != "out"))
    direction = unit(style.lift * roots.normals + (1.0 - style.lift) * flow + own)
    paths = [roots.points - 0.3 * roots.normals]
    out = roots.normals
    for step in range(1, steps + 1):
        height, out = lain_on.over(paths[-1])
        near = np.exp(-np.clip(height, 0.0, None) / _COMBED)[:, None]
        comb = _flow(head, style, paths[-1], roots.points)
        if style.flow != "out":
            comb = (
                comb - np.einsum("sc,sc->s", comb, out)[:, None] * out * (np.einsum("sc,sc->s", comb, out) < 0)[:, None]
            )
        pull = style.comb * near * comb + style.gravity * (0.3 + 2.0 * (1.0 - near)) * _DOWN
        direction = unit(direction + pull + 0.4 * own)
        at = paths[-1] + stride * direction
        height, out = lain_on.over(at)
        least = (0.4 + style.volume * high * lies) * min(1.0, step / (0.35 * steps))
        at = (
            at
            + (np.clip(least - height, 0.0, 12.0) - style.cling * np.clip(height - least, 0.0, 6.0) * near[:, 0])[
                :, None
            ]
            * out
        )
        if style.kind == "hair" and style.length > 100.0 and style.flow != "knot":
            at = np.where(falls[:, None], at, _beside_the_face(at, roots.points, style.part))
        direction = unit(at - paths[-1])
        paths.append(at)
    return np.stack(paths, 1), high


def _beside_the_face(at: Array, roots: Array, part: float) -> Array:
    """What hangs before the face is brushed to the side that it grows on; a fringe ends above the eyes."""
    side = np.where(roots[:, 0] > part, 1.0, -1.0)
    low = smoothstep(60.0, 20.0, at[:, 1]) * smoothstep(-10.0, 20.0, at[:, 2])
    least = 62.0 * low
    short = np.clip(least - side * at[:, 0], 0.0, 14.0)
    return np.asarray(
        at + short[:, None] * side[:, None] * [1.0, 0.0, 0.0] - (0.35 * short * low)[:, None] * [0, 0, 1.0]
    )


def _gathered(paths: Array, style: Style, rng: np.random.Generator) -> Array:
    """Draws the tips of strands towards those of a few among them."""
    if not style.clump:
        return paths
    middles = rng.permutation(len(paths))[: max(len(paths) // 14, 1)]
    # Those that begin, go and end alike.
    alike = np.concatenate([paths[:, 0], 0.5 * paths[:, paths.shape[1] // 2], 0.3 * paths[:, -1]], 1)
    own = middles[cKDTree(alike[middles]).query(alike, workers=-1)[1]]
    share = style.clump * np.linspace(0.0, 1.0, paths.shape[1])[None, :, None] ** 1.3
    return paths + share * rng.uniform(0.4, 1.0, (len(paths), 1, 1)) * (paths[own] - paths)


def _curled(paths: Array, style: Style, rng: np.random.Generator) -> Array:
    if not style.curl:
        return paths
    along = np.linspace(0.0, 1.0, paths.shape[1])
    tangent = unit(np.gradient(paths, axis=1))
    side = unit(np.cross(tangent, [0.31, 0.22, 0.92]))
    up = np.cross(tangent, side)
    # Locks that grow side by side curl alike.
    phase = 0.09 * paths[:, 0] @ rng.normal(size=3) + rng.normal(0.0, 0.7, len(paths))
    turn = phase[:, None] + 2 * np.pi * style.turns * along * rng.uniform(0.85, 1.15, (len(paths), 1))
    radius = style.curl * smoothstep(0.0, 0.25, along) * rng.uniform(0.6, 1.1, (len(paths), 1))
    return np.asarray(paths + radius[..., None] * (np.cos(turn)[..., None] * side + np.sin(turn)[..., None] * up))


def _lashes(head: Scalp, style: Style, count: int, rng: np.random.Generator) -> tuple[_Roots, Array, Array]:
    triangles, shares, starts, ways, lengths = [], [], [], [], []
    for loop in head.lids:
        ring = head.points[loop]
        middle = ring.mean(0)
        inner = ring[np.abs(ring[:, 0]).argmin(), 0]
        outer = ring[np.abs(ring[:, 0]).argmax(), 0]
        share = rng.uniform(size=count // 2)
        first = rng.integers(len(loop), size=count // 2)
        second = (first + 1) % len(loop)
        at = ring[first] + share[:, None] * (ring[second] - ring[first])
        u = (at[:, 0] - inner) / (outer - inner)
        above = at[:, 1] > np.interp(
            u, [0, 1], [ring[np.abs(ring[:, 0]).argmin(), 1], ring[np.abs(ring[:, 0]).argmax(), 1]]
        )
        # The lower lashes are fewer and shorter; in the corners there are none.
        kept = (u > 0.10) & (u < 0.985) & (above | (rng.uniform(size=count // 2) < 0.55))
        side = np.sign(middle[0])
        fan = side * 1.3 * (u - 0.42)
        up = np.where(above, 0.15, -0.75)
        way = unit(np.stack([fan, up + 0 * u, 0.9 + 0 * u], -1) + 0.08 * rng.normal(size=(len(u), 3)))
        length = style.length * np.where(above, 0.55 + 0.5 * np.clip(u, 0, 1), 0.5) * rng.uniform(0.75, 1.0, len(u))
        triangles.append(np.stack([loop[first], loop[second], loop[second]], -1)[kept])
        shares.append(np.stack([1 - share, share, 0 * share], -1)[kept])
        starts.append(at[kept])
        ways.append(np.concatenate([way, np.where(above, 1.0, -0.35)[:, None]], -1)[kept])
        lengths.append(length[kept])
    start, way, length = np.concatenate(starts), np.concatenate(ways), np.concatenate(lengths)
    t = np.linspace(0.0, 1.0, style.points)[None, :, None]
    reach = length[:, None, None]
    paths = start[:, None] + reach * t * way[:, None, :3] + reach * 0.5 * way[:, None, 3:] * t**2 * [0.0, 1.0, 0.0]
    roots = _Roots(np.concatenate(triangles), np.concatenate(shares), start, way[:, :3], length)
    return roots, paths, np.ones(len(start))


def _groom(
    head: Scalp, style: Style, roots: _Roots, paths: Array, high: Array, width: float, rng: np.random.Generator
) -> Groom:
    count, steps = paths.shape[:2]
    along = np.broadcast_to(np.linspace(0.0, 1.0, steps), (count, steps))
    flat = paths.reshape(-1, 3)
    thin = style.kind in ("brows", "lashes") or style.width < 0.5
    taper: Array = np.ones_like(along)
    if style.kind != "cap":
        taper = (1.0 - along**2.5) * (0.45 + 0.55 * smoothstep(0.0, 0.2, along)) if not thin else 1.0 - 0.85 * along
    half = 0.5 * width * taper * rng.uniform(0.7, 1.3, (count, 1))
    deep = 0.45 + 0.55 * np.maximum(high[:, None], along * 0.6) if not thin else np.ones_like(along)
    shade = (
        deep
        * np.exp(0.16 * rng.normal(size=(count, 1)))
        * (0.6 + 0.4 * smoothstep(0.0, 0.3, along) if not thin else 1.0)
    )
    if style.kind == "cap":
        deep = np.ones_like(along)
        shade = np.exp(0.06 * rng.normal(size=(count, 1))) * ribs(roots.points) * np.ones_like(along)
    out = head.surface.over(flat)[1]
    cover, shadow = np.zeros(len(head.points)), np.zeros(len(head.points))
    if not thin and style.kind != "moustache":
        cover = _density(head, style)
        near = cKDTree(flat).query_ball_point(head.points, _SHADED, return_length=True, workers=-1)
        full = np.percentile(near[cover > 0.9], 50) if (cover > 0.9).any() else max(near.max(), 1)
        shadow = 0.5 * np.clip(near / max(full, 1), 0.0, 1.0) ** 0.8 * (head.inside > -200)
    f = np.float32
    return Groom(
        points=flat.astype(f),
        strand=np.repeat(np.arange(count, dtype=np.int32), steps),
        along=along.reshape(-1).astype(f),
        half=half.reshape(-1).astype(f),
        shade=shade.reshape(-1).astype(f),
        out=out.astype(f),
        roots=roots.triangles.astype(np.int32),
        shares=roots.shares.astype(f),
        loose=np.ones(count * steps, f),
        cover=cover.astype(f),
        shadow=shadow.astype(f),
        thin=thin,
    )


def _frame(head: Scalp, style: Style) -> Groom:
    lines, halves, loose, rest = frame(head, style)
    count, steps = halves.shape
    f, nothing = np.float32, np.zeros(len(head.points), np.float32)
    return Groom(
        points=lines.reshape(-1, 3).astype(f),
        strand=np.repeat(np.arange(count, dtype=np.int32), steps),
        along=np.zeros(count * steps, f),
        half=halves.reshape(-1).astype(f),
        shade=np.ones(count * steps, f),
        out=np.tile(np.array([0.0, 0.3, 0.95], f), (count * steps, 1)),
        roots=np.tile(rest.astype(np.int32), (count, 1)),
        shares=np.tile(np.array([1.0, 0.0, 0.0], f), (count, 1)),
        loose=loose.reshape(-1).astype(f),
        cover=nothing,
        shadow=nothing,
        thin=True,
    )
