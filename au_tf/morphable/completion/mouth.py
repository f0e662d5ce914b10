"""The inside of the mouth for faces that have none: a dark lining behind the lips, and teeth.

Face models of scanned skin (BFM, FLAME) have a hole between the lips, through which an open mouth would show the wall
behind the head. The lining grows from the hole's border; the teeth are the built-in face's, the lower ones turning with
the jaw.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from au_tf.arrays import Array, Bool, Float32, Int, Int64
from au_tf.facs import ACTIONS
from au_tf.geometry.landmarks import EARS, INNER_LIPS, MOUTH_CORNERS
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.completion.surface import pieces
from au_tf.morphable.model import MorphableModel, Part

_CHIN = [7, 8, 9]
"""Landmarks of the chin."""
_DROP = [ACTIONS.index("AU26_L"), ACTIONS.index("AU26_R")]
_FOLLOWS = 0.75
"""How far the chin's skin goes along with the jaw, measured on the built-in face."""
_HINGE_BEHIND = 0.12
"""How far the jaw's hinge lies behind the landmarks before the ears, a share of their distance."""
_RINGS = (
    (1.5, 0.5, 0.98, 0.9),
    (3.5, 2.5, 0.95, 0.7),
    (7.0, 8.0, 0.92, 0.4),
    (13.0, 14.0, 1.0, 0.2),
    (26.0, 16.0, 1.05, 0.0),
    (40.0, 10.0, 0.7, 0.0),
    (46.0, 3.0, 0.3, 0.0),
    (47.0, 0.0, 0.0, 0.0),
)
"""Of each ring of the lining: mm behind the lips, mm apart from their line, width as a share of theirs, and how far it
goes with them; on a mouth as wide as the built-in face's."""
_COLOURS = ((0.30, 0.10, 0.09), (0.075, 0.022, 0.020), (0.02, 0.006, 0.006))
"""Linear RGB of the lining behind the lips, of its middle, and from its fourth ring on."""
_BEHIND_LIPS = 2.0
"""Least distance in mm of the teeth from the lips' border."""
_STRIP = 0.12
"""Share of the texture that is cleared for the inside of the mouth."""


@dataclass(frozen=True, eq=False)
class _Insert:
    """Vertices to add."""

    points: Array
    """float[N, 3], mm."""
    triangles: Int64
    """int[T, 3]; below V vertices of the face, from there on these."""
    lips: Array
    """float[N, V'], how far each goes with vertices of the hole's border; rows sum to 1 or less, the rest is bone."""
    jaw: Bool
    """bool[N], whether that bone is the jaw rather than the skull."""
    colours: Array
    """float[N, 3], linear RGB."""
    uv: Array
    """float[N, 2] in [0, 1], within the strip."""
    part: Part


def with_mouth(model: MorphableModel) -> MorphableModel:
    """A face model with an inside of the mouth, where it has a hole between the lips and nothing behind it.

    Args:
      model: the face model.

    Returns:
      The same, with vertices added after its own and its texture coordinates moved up to make room; the model itself
      where there is a mouth already, or no hole.
    """
    border = lip_hole(model)
    if border is None or (model.parts == Part.MOUTH).any():
        return model
    size = _mouth_width(model) / _mouth_width(builtin_face())
    inserts = [_lining(model, border, size), _teeth(model, border, size)]
    larger = model
    for insert in inserts:
        larger = _added(larger, border, insert)
    return model.extended(larger)


def lip_hole(model: MorphableModel) -> Int64 | None:
    """The border of the hole between the lips, int[N] vertices in the order of `border_loops`; None without one."""
    lips = model.mean_shape[model.landmarks[INNER_LIPS]]
    width, middle = _mouth_width(model), lips.mean(0)
    best, least = None, 0.35 * width
    piece = pieces(len(model.mean_shape), model.triangles)
    for loop in border_loops(model.triangles):
        # A row of teeth has a border too, but is no piece of the skin.
        if piece[loop[0]] != piece[model.landmarks[MOUTH_CORNERS[0]]]:
            continue
        points = model.mean_shape[loop]
        away = float(np.linalg.norm(points.mean(0) - middle))
        if away < least and 0.5 * width < np.ptp(points[:, 0]) < 1.3 * width:
            best, least = loop, away
    return best


def border_loops(triangles: Int) -> list[Int64]:
    """The closed borders of a surface, each int[N], such that triangles (loop[k], loop[k + 1], inner) continue it."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]).astype(np.int64)
    count = int(edges.max()) + 1
    # Where pieces of opposite winding meet, both sides of an edge run the same way.
    _, place, uses = np.unique(edges.min(1) * count + edges.max(1), return_inverse=True, return_counts=True)
    alone = uses[place] == 1
    # The neighbour's side of each border edge runs the other way.
    onward = {int(b): int(a) for a, b in edges[alone]}
    loops = []
    while onward:
        start, here = onward.popitem()
        loop = [start]
        while here != start and here in onward:
            loop.append(here)
            here = onward.pop(here)
        if here == start and len(loop) > 2:
            loops.append(np.array(loop))
    return loops


def _mouth_width(model: MorphableModel) -> float:
    right, left = model.mean_shape[model.landmarks[MOUTH_CORNERS]]
    return float(np.linalg.norm(left - right))


def _lining(model: MorphableModel, border: Int64, size: float) -> _Insert:
    """Rings behind the border, round teeth and gums, to the throat."""
    edge = model.mean_shape[border].astype(np.float64)
    upper = _upper(model, border)
    middle = edge.mean(0)
    aside = (edge[:, 0] - middle[0]) / (0.5 * np.ptp(edge[:, 0]))
    opened = np.sqrt(np.clip(1.0 - aside**2, 0.0, 1.0))
    line = _lip_line(edge, upper)
    apart_from = np.where(upper, 1.0, -1.0)
    rings = []
    for back, apart, widen, _ in _RINGS:
        y = line + apart_from * np.maximum(size * apart * opened, np.abs(edge[:, 1] - line) * (back < 5.0))
        deep = edge[:, 2] - size * back * (0.35 + 0.65 * opened)
        # Towards the throat the rings become flat.
        flat = min(back / 40.0, 1.0)
        z = deep + flat * (edge[:, 2].max() - size * back - deep)
        rings.append(np.stack([middle[0] + widen * (edge[:, 0] - middle[0]), y, z], -1))
    rings[-1][:] = rings[-1].mean(0)
    share = np.array([ring[3] for ring in _RINGS])
    lips = (share[:, None, None] * np.eye(len(border))).reshape(-1, len(border))
    colours = np.array([_COLOURS[min(k // 2, 2)] for k in range(len(_RINGS))])
    place = np.stack(np.meshgrid(np.linspace(0.0, 1.0, len(_RINGS)), np.linspace(0.0, 1.0, len(border)), indexing="ij"))
    return _Insert(
        points=np.concatenate(rings),
        triangles=_tube(border, len(model.mean_shape), len(_RINGS)),
        lips=lips,
        jaw=np.tile(~upper, len(_RINGS)),
        colours=np.repeat(colours, len(border), 0),
        uv=place[::-1].reshape(2, -1).T * [0.4, _STRIP - 0.02] + [0.55, 0.01],
        part=Part.MOUTH,
    )


def _upper(model: MorphableModel, border: Int64) -> Bool:
    """Which vertices of the lips' border are the upper lip's, bool[N]: those of the arc whose surroundings lie higher.

    The arcs' own heights do not tell, since closed lips may overlap. Surroundings are measured along the surface.
    """
    edge = model.mean_shape[border]
    first, last = sorted((int(edge[:, 0].argmin()), int(edge[:, 0].argmax())))
    arc = np.zeros(len(border), bool)
    arc[first:last] = True
    sides = np.unique(np.sort(model.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), 1), axis=0)
    lengths = np.linalg.norm(np.diff(model.mean_shape[sides], axis=1)[:, 0], axis=1)
    surface = coo_matrix((lengths, sides.T), shape=(len(model.mean_shape),) * 2).tocsr()
    one, other = (
        dijkstra(surface, directed=False, indices=border[side], limit=_mouth_width(model) / 2, min_only=True)
        for side in (arc, ~arc)
    )
    heights = model.mean_shape[:, 1]
    return arc if heights[one < other].mean() > heights[other < one].mean() else ~arc


def _lip_line(edge: Array, upper: Bool) -> Array:
    """Height float[N] of the line between the lips at each point of their border."""
    heights = []
    for side in (upper, ~upper):
        order = np.argsort(edge[side, 0])
        heights.append(np.interp(edge[:, 0], edge[side][order, 0], edge[side][order, 1]))
    return (heights[0] + heights[1]) / 2


def _tube(border: Int64, first: int, rings: int) -> Int64:
    """Triangles that join a border to the rings behind it, whose vertices count from `first`."""
    rows = np.concatenate([border[None], first + np.arange(rings * len(border)).reshape(rings, -1)])
    here, onward = rows, np.roll(rows, -1, 1)
    a, b, c, d = here[:-1], onward[:-1], onward[1:], here[1:]
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def _teeth(model: MorphableModel, border: Int64, size: float) -> _Insert:
    """The built-in face's teeth, in the same place of the mouth."""
    own = builtin_face()
    rows = np.flatnonzero(own.parts == Part.TEETH)
    number = np.full(len(own.parts), -1)
    number[rows] = np.arange(len(rows))
    triangles = number[own.triangles[np.isin(own.triangles, rows).all(1)]]
    points = own.mean_shape[rows].astype(np.float64)
    row = pieces(len(rows), triangles)
    heights = np.array([points[row == k, 1].mean() for k in range(row.max() + 1)])
    lower = (heights < heights.mean())[row]
    edge = model.mean_shape[border].astype(np.float64)
    points = (points - own.mean_shape[own.landmarks[INNER_LIPS]].mean(0)) * size
    points += model.mean_shape[model.landmarks[INNER_LIPS]].mean(0)
    middle = np.abs(edge[:, 0] - edge[:, 0].mean()) < 0.2 * np.ptp(edge[:, 0])
    points[:, 2] -= max(0.0, points[:, 2].max() - edge[middle, 2].min() + _BEHIND_LIPS)
    place = (points[:, :2] - points[:, :2].min(0)) / np.ptp(points[:, :2], axis=0)
    place[:, 1] = 0.5 * place[:, 1] + 0.5 * ~lower
    return _Insert(
        points=points,
        triangles=triangles + len(model.mean_shape) + len(_RINGS) * len(border),
        lips=np.zeros((len(rows), len(border))),
        jaw=lower,
        colours=own.mean_albedo[rows],
        uv=place * [0.5, _STRIP - 0.02] + [0.01, 0.01],
        part=Part.TEETH,
    )


def _added(model: MorphableModel, border: Int64, insert: _Insert) -> MorphableModel:
    """The model with the insert's vertices after its own."""
    uv = model.uv if (model.parts == Part.MOUTH).any() else model.uv * [1.0, 1.0 - _STRIP] + [0.0, _STRIP]
    count = len(insert.points)
    return replace(
        model,
        mean_shape=_joined(model.mean_shape, insert.points),
        identity_basis=_joined(model.identity_basis, _identity(model, border, insert)),
        expression_basis=_joined(model.expression_basis, _expression(model, border, insert)),
        mean_albedo=_joined(model.mean_albedo, insert.colours),
        albedo_basis=_joined(model.albedo_basis, np.zeros((len(model.albedo_basis), count, 3))),
        triangles=np.concatenate([model.triangles, insert.triangles]).astype(np.int32),
        uv=_joined(uv, insert.uv),
        parts=np.append(model.parts, np.full(count, insert.part, np.uint8)),
        mask=np.append(model.mask, np.ones(count, np.float32)),
    )


def _joined(own: Array, more: Array) -> Float32:
    return np.concatenate([own, more], -2).astype(np.float32)


def _identity(model: MorphableModel, border: Int64, insert: _Insert) -> Array:
    """float[I, N, 3]: people differ behind the lips as their lips do on average."""
    basis = model.identity_basis[:, border].astype(np.float64)
    bone = (1.0 - insert.lips.sum(1))[:, None] * basis.mean(1)[:, None]
    return np.einsum("nb,ibc->inc", insert.lips, basis, optimize=True) + bone


def _expression(model: MorphableModel, border: Int64, insert: _Insert) -> Array:
    """float[E, N, 3]: with the lips, with the jaw, or not at all."""
    basis = model.expression_basis[:, border].astype(np.float64)
    bone = (1.0 - insert.lips.sum(1)) * insert.jaw
    turned = _jaw_turn(model)[:, None, None] * _about_hinges(model, insert.points)
    return np.einsum("nb,ebc->enc", insert.lips, basis, optimize=True) + bone[:, None] * turned


def _jaw_turn(model: MorphableModel) -> Array:
    """Radians float[E] by which each expression turns the jaw: as AU26 asks for, by least squares over all actions.

    Skin tells little of the bone below it: chins and cheeks rise while the jaw rests.
    """
    chin = model.landmarks[_CHIN]
    turning = _about_hinges(model, model.mean_shape[chin].astype(np.float64))
    drop = model.actions[_DROP].astype(np.float64)
    moved = np.tensordot(drop, model.expression_basis[:, chin], 1)
    actions = model.actions.astype(np.float64)
    turned = np.zeros(len(actions))
    turned[_DROP] = np.einsum("ani,ni->a", moved, turning) / np.square(turning).sum() / _FOLLOWS
    energy = actions.T @ actions
    slack = 1e-4 * max(float(np.trace(energy)), 1e-9) / len(energy)
    return np.asarray(np.linalg.solve(energy + slack * np.eye(len(energy)), actions.T @ turned))


def _about_hinges(model: MorphableModel, points: Array) -> Array:
    """Motion float[N, 3] of points by a radian about the axis through the jaw's joints; positive opens."""
    right, left = model.mean_shape[model.landmarks[EARS]].astype(np.float64)
    width = np.linalg.norm(left - right)
    return np.cross((left - right) / width, points - right + [0.0, 0.0, _HINGE_BEHIND * width])
