"""The mesh of the head's skin in the chart: loops round eyes and mouth, graded elsewhere."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from au_tf.arrays import Array, Bool, Int64
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.chart import MM_PER_DEGREE, HeadChart

EYE_POINTS = 64
LIP_POINTS = 36
"""Points on one lip from the middle to the corner."""
EYE_OFFSETS = (0.0, 0.7, 1.5, 2.4, 3.4, 4.5, 5.7, 7.0, 8.5)
# Loops about the mouth: share of the vermilion's height, mm beyond it, mm past the corner.
LIP_RINGS = (
    (0.0, 0.0, 0.0), (0.1, 0.0, 0.5), (0.22, 0.0, 1.0), (0.36, 0.0, 1.5), (0.52, 0.0, 2.0), (0.68, 0.0, 2.5),
    (0.84, 0.0, 3.0), (0.95, 0.0, 3.5), (1.02, 0.0, 4.0), (1.05, 0.7, 4.6), (1.05, 1.7, 5.3), (1.05, 3.0, 6.2),
)  # fmt: skip


@dataclass(frozen=True)
class HalfSkin:
    """The half x >= 0 of the skin's mesh."""

    s: Array
    """float[N], chart coordinate across, mm."""
    t: Array
    """float[N], chart coordinate down from the crown, mm."""
    triangles: Int64
    """int[T, 3]."""
    eye_loop: Int64
    """Vertices of the lid margin, counter-clockwise seen from the front."""
    upper_lip: Int64
    """Vertices of the upper lip's edge, from the middle to the corner."""
    lower_lip: Int64
    """Vertices of the lower lip's edge, from the middle to the corner; the corner is shared."""


def _eye_rings() -> Array:
    """Loops about the eye, float[rings, points, 2], that round off from the lid's outline."""
    outline = outlines.eye_outline(EYE_POINTS)
    centre = outlines.EYE_CENTRE
    angle = np.unwrap(np.arctan2(outline[:, 1] - centre[1], outline[:, 0] - centre[0]))
    rings = []
    for offset in EYE_OFFSETS:
        share = offset / EYE_OFFSETS[-1]
        normal = np.stack([np.cos(angle), np.sin(angle)], -1)
        tangent = np.roll(outline, -1, 0) - np.roll(outline, 1, 0)
        outward = np.stack([tangent[:, 1], -tangent[:, 0]], -1)
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        direction = (1 - share) * outward + share * normal
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        rings.append(outline + offset * direction)
    return np.stack(rings)


def _lip_rings() -> tuple[Array, Array]:
    """Loops about the mouth, float[rings, LIP_POINTS + 1, 2] each, above and below the lip line."""
    u = np.sin(0.5 * np.pi * np.arange(LIP_POINTS + 1) / LIP_POINTS)
    x = u * outlines.MOUTH_CORNER[0]
    line, gap = outlines.lip_line(x), outlines.gap_profile(x)
    sine, cosine = u, np.sqrt(1.0 - u**2)
    upper: list[Array] = []
    lower: list[Array] = []
    for share, beyond, past in LIP_RINGS:
        for rings, height, sign in (
            (upper, outlines.upper_lip_height(x), 1),
            (lower, outlines.lower_lip_height(x), -1),
        ):
            along = np.hypot(share * height + beyond * cosine, 0.8 * past * cosine)
            rings.append(np.stack([x + past * sine**3, line + sign * (gap + along)], -1))
    return np.stack(upper), np.stack(lower)


def _spacing(position: Array) -> Array:
    """Wanted edge length in mm at head positions float[N, 3]."""
    x, y, z = np.abs(position[:, 0]), position[:, 1], position[:, 2]
    centre = np.hypot(x / 1.0, (y + 25.0) / 1.25)
    size = np.interp(centre, [0, 58, 80, 110], [1.45, 1.65, 3.0, 5.0])
    size = np.where(z < -20, np.maximum(size, np.interp(-z, [20, 60], [4.0, 8.0])), size)
    nose = np.hypot(x / 20.0, (y + 42.0) / 12.0) < 1.0
    eye = np.hypot((x - 31.5) / 24.0, (y - 2.0) / 18.0) < 1.0
    # Enough for the hairline at the temple and for the skin about the ear.
    temple = np.hypot((z + 10.0) / 34.0, (y - 5.0) / 48.0) < 1.0
    size = np.where(temple & (x > 45), np.minimum(size, 3.2), size)
    # What faces downward under the nose is foreshortened in the chart.
    underside = np.hypot(x / 12.0, (y + 43.7) / 3.2) < 1.0
    return np.where(underside, 0.4, np.where(nose, 0.95, np.where(eye, 1.15, size)))


def _scatter(chart: HeadChart, fixed: Array, holes: list[Array], seed: int = 7) -> Array:
    """Points in the chart at the wanted spacing, clear of `fixed` (s, t), by dart throwing."""
    rng = np.random.default_rng(seed)
    width, height = 180.0 * MM_PER_DEGREE, chart.t[-1]
    darts = rng.uniform((0.0, 18.0), (width, height), (150_000, 2))
    size = _spacing(chart(darts[:, 0], darts[:, 1]))
    keep = rng.uniform(size=len(darts)) < np.minimum(1.0, (1.5 / size) ** 2 * 1.3)
    darts, size = darts[keep], size[keep]
    clear = np.ones(len(darts), bool)
    for hole in holes:
        clear &= ~_inside(hole, darts)
    distance, _ = cKDTree(fixed).query(darts)
    clear &= (distance > 0.75 * size) & (darts[:, 0] > 0.6 * size) & (darts[:, 0] < width - 0.6 * size)
    darts, size = darts[clear], size[clear]
    neighbours = cKDTree(darts).query_ball_point(darts, 0.82 * size)
    taken = np.zeros(len(darts), bool)
    blocked = np.zeros(len(darts), bool)
    for i, near in enumerate(neighbours):
        if not blocked[i]:
            taken[i] = True
            blocked[near] = True
    return darts[taken]


def _seam(chart: HeadChart, at: float, mouth: bool) -> Array:
    """Points along the front or back line of the head, at the wanted spacing."""
    low, high = 18.0, chart.t[-1]
    points = [low]
    while points[-1] < high - 1.0:
        last = points[-1]
        points.append(last + float(_spacing(chart(np.array([at]), np.array([last])))[0]))
    t = np.array([*points[:-1], high])
    if mouth:
        y = chart(np.zeros_like(t), t)[:, 1]
        rings = np.concatenate([r[-1, :1] for r in _lip_rings()])
        t = t[(y > rings[0, 1] + 0.8) | (y < rings[1, 1] - 0.8)]
    return np.stack([np.full_like(t, at), t], -1)


def half_skin(chart: HeadChart) -> HalfSkin:
    """Triangulates the half x >= 0 of the head's skin, with holes at the eye and between the lips."""
    eye = np.stack(chart.locate(*np.moveaxis(_eye_rings(), -1, 0)), -1)
    upper, lower = (np.stack(chart.locate(*np.moveaxis(r, -1, 0)), -1) for r in _lip_rings())
    for ring in (upper, lower):
        ring[:, 0, 0] = 0.0
    lower = lower[:, :-1]  # the corner is shared
    width = 180.0 * MM_PER_DEGREE
    crown = np.array([[0.0, 0.0], [width, 0.0]])
    base = np.stack([np.arange(6.0, width - 5.0, 7.0), np.full(len(np.arange(6.0, width - 5.0, 7.0)), chart.t[-1])], -1)
    top = np.stack([np.linspace(0, width, 24)[1:-1], np.full(22, 18.0)], -1)
    fixed = np.concatenate(
        [eye.reshape(-1, 2), upper.reshape(-1, 2), lower.reshape(-1, 2), _seam(chart, 0.0, True),
         _seam(chart, width, False), base, top]
    )  # fmt: skip
    mouth_hole = np.concatenate([upper[0], lower[0][::-1]])
    mouth_area = np.concatenate([upper[-1], lower[-1][::-1]])
    free = _scatter(chart, fixed, [eye[-1], mouth_area])
    points = np.concatenate([fixed, free])
    points, triangles = _relax(points, len(fixed), [eye[0], mouth_hole])
    n_eye, n_up = eye.shape[0] * eye.shape[1], upper.shape[0] * upper.shape[1]
    eye_loop = np.arange(eye.shape[1])
    upper_lip = n_eye + np.arange(upper.shape[1])
    lower_lip = np.append(n_eye + n_up + np.arange(lower.shape[1]), upper_lip[-1])
    cap, points = _cap(points, crown, width)
    return HalfSkin(points[:, 0], points[:, 1], np.concatenate([triangles, cap]), eye_loop, upper_lip, lower_lip)


def _triangulate(points: Array, holes: list[Array]) -> Int64:
    triangles = Delaunay(points).simplices.astype(np.int64)
    corners = points[triangles]
    inside = np.zeros(len(triangles), bool)
    for hole in holes:
        inside |= _inside(hole, corners.mean(1))
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    keep = ~inside & (np.abs(area) > 1e-6)
    triangles, area = triangles[keep], area[keep]
    # t grows downward: a triangle that is clockwise in (s, t) is counter-clockwise from outside.
    triangles[area > 0] = triangles[area > 0][:, ::-1]
    return triangles


def _relax(points: Array, n_fixed: int, holes: list[Array], rounds: int = 4) -> tuple[Array, Int64]:
    """Moves the free points to the mean of their neighbours and triangulates anew."""
    points = points.copy()
    for _ in range(rounds):
        points = points.round(6)  # or a last bit that differs between processors could flip a triangle
        triangles = _triangulate(points, holes)
        edges = np.unique(np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), 1), axis=0)
        total, count = np.zeros_like(points), np.zeros(len(points))
        for a, b in (edges.T, edges.T[::-1]):
            np.add.at(total, a, points[b])
            np.add.at(count, a, 1.0)
        points[n_fixed:] = total[n_fixed:] / count[n_fixed:, None]
    points = points.round(6)
    return points, _triangulate(points, holes)


def _cap(points: Array, crown: Array, width: float) -> tuple[Int64, Array]:
    """Closes the crown: a fan from the points of the topmost level to the pole."""
    top = np.flatnonzero(np.isclose(points[:, 1], 18.0))
    top = top[np.argsort(points[top, 0])]
    pole = len(points)
    fan = np.stack([top[:-1], top[1:], np.full(len(top) - 1, pole)], -1)
    return fan, np.concatenate([points, [[0.5 * width, 0.0]]])


def _inside(outline: Array, points: Array) -> Bool:
    """bool[N], which points float64[N, 2] an outline float64[M, 2] encloses."""
    x, y = points.T
    inside = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, 0), strict=True):
        # Whoever goes from there to the left passes an outline that encloses it an odd number of times.
        if y0 != y1:
            inside ^= ((y0 > y) != (y1 > y)) & (x0 + (y - y0) * ((x1 - x0) / (y1 - y0)) < x)
    return inside
