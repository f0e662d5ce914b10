"""The whole mesh of the built-in face: skin, eyes, mouth and ears joined, with their labels."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Bool, Int64, UInt8
from au_tf.morphable.builtin import outlines, parts
from au_tf.morphable.builtin.chart import HeadChart
from au_tf.morphable.builtin.sculpt import sculpt
from au_tf.morphable.builtin.topology import HalfSkin, half_skin
from au_tf.morphable.model import Part

LIP_OVERLAP = 0.15
"""How far each closed lip reaches over the line between them, mm."""


@dataclass(frozen=True)
class Piece:
    """Where a named part of the mesh lies."""

    rows: slice
    """Its vertices."""
    coordinates: Array
    """float[N, 2], the patch's own coordinates."""


@dataclass(frozen=True, eq=False)
class HeadMesh:
    """The mean head and what each vertex is."""

    points: Array
    """float[V, 3], mm."""
    triangles: Int64
    """int[T, 3], counter-clockwise from outside."""
    chart: Array
    """float[V, 2], chart coordinates (s, t) of skin and ears; elsewhere those of the nearest skin."""
    part: UInt8
    """uint8[V], a `Part` each."""
    pieces: dict[str, Piece]
    """The patches that are not plain skin: eye_left, lid_rim_left, ear_left, ... teeth_upper, tongue, bag."""
    upper_lip: Int64
    """Edge of the upper lip, from the right corner to the left."""
    lower_lip: Int64
    """Edge of the lower lip, from the right corner to the left; it shares both corners."""
    lid_left: Int64
    """Margin of the left eye's lids, from the inner canthus along the lower lid and back on the upper."""
    lid_right: Int64
    """The same of the right eye, mirrored point by point."""
    lip_side: Array
    """float[V], 1 above the line between the lips, -1 below; tells the closed lips apart."""

    @cached_property
    def edges(self) -> Int64:
        """int[E, 2], each edge once."""
        t = self.triangles
        return np.unique(np.sort(t[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), 1), axis=0)


class _Builder:
    """Collects pieces of mesh one after the other."""

    def __init__(self) -> None:
        self.points: list[Array] = []
        self.triangles: list[Int64] = []
        self.chart: list[Array] = []
        self.part: list[UInt8] = []
        self.pieces: dict[str, Piece] = {}
        self.count = 0

    def add(self, name: str, part: Part, points: Array, triangles: Int64, coordinates: Array, chart: Array) -> None:
        """Adds vertices with their triangles, which may also name vertices added before."""
        self.points.append(points)
        self.triangles.append(triangles)
        self.chart.append(chart)
        self.part.append(np.full(len(points), part, np.uint8))
        self.pieces[name] = Piece(slice(self.count, self.count + len(points)), coordinates)
        self.count += len(points)


def _whole_skin(half: HalfSkin) -> tuple[Array, Int64, Int64]:
    """Chart points (s signed) and triangles of both halves, and the mirror's index of each half vertex."""
    n = len(half.s)
    on_seam = np.isclose(half.s, 0.0) | np.isclose(half.s, half.s.max()) | (half.t == 0.0)
    mirror = np.where(on_seam, np.arange(n), n + np.cumsum(~on_seam) - 1)
    s = np.concatenate([half.s, -half.s[~on_seam]])
    t = np.concatenate([half.t, half.t[~on_seam]])
    triangles = np.concatenate([half.triangles, mirror[half.triangles][:, ::-1]])
    return np.stack([s, t], -1), triangles, mirror


def _nearest_chart(skin: Array, chart: Array, points: Array) -> Array:
    return chart[cKDTree(skin).query(points)[1]]


def _add_loops(builder: _Builder, name: str, part: Part, loop: Int64, rings: Array, chart: Array, flip: bool) -> None:
    """Adds rings float[R, points, 3] behind a closed loop of existing vertices."""
    count = rings.shape[0] * rings.shape[1]
    index = np.concatenate([loop, builder.count + np.arange(count)])
    triangles = index[parts.grid_triangles(rings.shape[0] + 1, rings.shape[1], closed=True)]
    coordinates = np.stack(np.meshgrid(*map(np.arange, rings.shape[:2]), indexing="ij"), -1).reshape(-1, 2)
    builder.add(
        name,
        part,
        rings.reshape(-1, 3),
        triangles[:, ::-1] if flip else triangles,
        coordinates,
        np.tile(chart[loop], (len(rings), 1)),
    )


def _pressed_lips(skin: Array, raw: Array) -> Array:
    """Lets the closed lips overlap a little, or rounding would show a line of teeth between them."""
    above = raw[:, 1] - outlines.lip_line(raw[:, 0])
    edge = np.abs(above) - outlines.gap_profile(raw[:, 0])
    weight = np.exp(-((edge / 1.0) ** 2)) * outlines.gap_profile(raw[:, 0]) / outlines.LIP_GAP * (raw[:, 2] > 20)
    pressed = skin.copy()
    pressed[:, 1] -= LIP_OVERLAP * weight * np.sign(above)
    return pressed


def _lip_side(builder: _Builder, raw: Array, is_upper: Bool) -> Array:
    """1 above the line between the lips, -1 below, by the chart's own (open) positions."""
    side = np.ones(builder.count)
    side[: len(raw)] = np.where(raw[:, 1] >= outlines.lip_line(raw[:, 0]), 1.0, -1.0)
    bag = builder.pieces["bag"]
    side[bag.rows] = np.where(is_upper[bag.coordinates[:, 1].astype(int)], 1.0, -1.0)
    for name in ("teeth_lower", "tongue"):
        side[builder.pieces[name].rows] = -1.0
    return side


def _side_of_head(skin: Array) -> LinearNDInterpolator:
    """x of the left side of the head at (y, z), mm."""
    near = skin[(skin[:, 0] > 40) & (np.abs(skin[:, 1] + 17) < 60) & (skin[:, 2] < 20)]
    return LinearNDInterpolator(near[:, 1:], near[:, 0])


def build_mesh() -> HeadMesh:
    """The mean head's mesh; deterministic."""
    chart = HeadChart()
    half = half_skin(chart)
    st, triangles, mirror = _whole_skin(half)
    right = np.where(st[:, :1] < 0, [[-1.0, 1.0, 1.0]], [[1.0, 1.0, 1.0]])
    raw = chart(np.abs(st[:, 0]), st[:, 1])
    skin = _pressed_lips(sculpt(raw), raw) * right
    builder = _Builder()
    builder.add("skin", Part.SKIN, skin, triangles, st, st)
    lids = {"left": half.eye_loop, "right": mirror[half.eye_loop]}
    rims = parts.lid_rim(skin[half.eye_loop])
    eye, ear = parts.eyeball(), parts.ear(_side_of_head(skin))
    for side, sign in (("left", 1), ("right", -1)):
        flip = [sign, 1, 1]
        order = slice(None, None, sign)
        _add_loops(builder, f"lid_rim_{side}", Part.SKIN, lids[side], rims * flip, st, sign > 0)
        for name, part, patch in ((f"eye_{side}", Part.EYE, eye), (f"ear_{side}", Part.SKIN, ear)):
            near = _nearest_chart(skin, st, patch.points * flip)
            builder.add(
                name, part, patch.points * flip, patch.triangles[:, order] + builder.count, patch.coordinates, near
            )
    upper = np.concatenate([mirror[half.upper_lip[:0:-1]], half.upper_lip])
    lower = np.concatenate([mirror[half.lower_lip[:0:-1]], half.lower_lip])
    loop = np.concatenate([upper, lower[-2:0:-1]])
    is_upper = np.arange(len(loop)) < len(upper)
    _add_loops(builder, "bag", Part.MOUTH, loop, parts.mouth_bag(skin[loop], is_upper), st, False)
    for name, part, patch in (
        ("teeth_upper", Part.TEETH, parts.teeth("upper")),
        ("teeth_lower", Part.TEETH, parts.teeth("lower")),
        ("tongue", Part.MOUTH, parts.tongue()),
    ):
        near = _nearest_chart(skin, st, patch.points)
        builder.add(name, part, patch.points, patch.triangles + builder.count, patch.coordinates, near)
    return HeadMesh(
        np.concatenate(builder.points),
        np.concatenate(builder.triangles),
        np.concatenate(builder.chart),
        np.concatenate(builder.part),
        builder.pieces,
        upper,
        lower,
        lids["left"],
        lids["right"],
        _lip_side(builder, raw, is_upper),
    )
