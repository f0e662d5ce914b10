"""What is not skin: eyeballs, lid rims, the mouth's cavity, teeth, tongue; and the ears.

All for the half x >= 0 where mirrored, else whole. Positions in mm.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from au_tf.arrays import Array, Bool, Int64
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.sculpt import (
    EYEBALL_CENTRE,
    EYEBALL_RADIUS,
    lid_surface,
    outline_distance,
    smooth_max,
    smoothstep,
)

PUPIL_RADIUS = 1.9
IRIS_RADIUS = 5.9
EAR_COLUMNS = 56
EAR_BACK = [21, 21, 17, 9]
"""The loops of the ear's front that those of its back lie behind."""


@dataclass(frozen=True)
class Patch:
    """A piece of mesh with coordinates of its own."""

    points: Array
    """float[N, 3], mm."""
    triangles: Int64
    """int[T, 3], 0-based within the patch."""
    coordinates: Array
    """float[N, 2], meaning given by the function that makes the patch."""


def grid_triangles(rows: int, columns: int, closed: bool = False) -> Int64:
    """Triangles of a grid of points, row by row; `closed` joins the last column to the first."""
    index = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        index = np.concatenate([index, index[:, :1]], 1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def eyeball() -> Patch:
    """The front of the eyeball; coordinates are (distance from the axis in mm, angle).

    Past the iris the white leaves the sphere and follows the lids into both corners of the eye,
    as conjunctiva and caruncle do.
    """
    fine = np.array([0.0, 0.9, 1.6, 1.85, 2.1, 2.6, 3.3, 4.1, 4.9, 5.4, 5.7, 5.95, 6.3, 7.0, 7.8])
    reach = np.concatenate([fine, np.linspace(8.7, 17.0, 9)])
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    q, phi = np.meshgrid(reach, angle, indexing="ij")
    x = EYEBALL_CENTRE[0] + q * np.cos(phi)
    y = EYEBALL_CENTRE[1] + q * np.sin(phi) * np.interp(q, [8, 17], [1.0, 0.7])
    sphere = EYEBALL_CENTRE[2] + np.sqrt(np.maximum(EYEBALL_RADIUS**2 - q**2, 0.0)) - 4.0 * np.clip(q - 11.0, 0, None)
    # Behind the lids it falls away, or it would pierce them in deep-set eyes.
    behind = np.clip(outline_distance(x.ravel(), y.ravel()).reshape(x.shape) - 0.7, 0, None)
    skirt = np.maximum(sphere, lid_surface(x, y) - 1.6 - 0.25 * np.clip(q - 8.0, 0, None) - behind)
    z = sphere + smoothstep(7.0, 10.0, q) * (skirt - sphere)
    triangles = grid_triangles(len(reach), len(angle), closed=True)[:, ::-1]
    points = np.stack([x, y, z], -1).reshape(-1, 3)
    return Patch(points, triangles, np.stack([q, phi], -1).reshape(-1, 2))


def lid_rim(margin: Array) -> Array:
    """Loops that give the lids thickness, float[2, points, 3], behind the margin float[points, 3]."""
    outward = margin[:, :2] - EYEBALL_CENTRE[:2]
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    first, second = margin.copy(), margin.copy()
    first[:, 2] = np.minimum(margin[:, 2], lid_surface(*margin[:, :2].T)) - 1.15
    first[:, :2] -= 0.15 * outward
    second[:, :2] += 2.5 * outward
    second[:, 2] -= 6.0
    return np.stack([first, second])


def mouth_bag(edge: Array, upper: Bool) -> Array:
    """Loops of the mouth's lining, float[rings, points, 3], behind the lips' edge float[points, 3].

    The edge is the whole closed loop of both lips, `upper` tells which is which; the lining turns
    inward from it, passes round teeth and gums, and closes in the throat.
    """
    line = outlines.lip_line(edge[:, 0])
    top = np.where(upper, 1.0, -1.0)
    open_share = np.sqrt(np.clip(1 - (edge[:, 0] / outlines.MOUTH_CORNER[0]) ** 2, 0, 1))
    rings = []
    for back, apart, widen in (
        (1.4, 0.5, 0.985),
        (3.2, 2.2, 0.95),
        (6.0, 7.0, 0.92),
        (11.0, 13.0, 1.0),
        (24.0, 16.0, 1.05),
    ):
        rings.append(
            np.stack(
                [edge[:, 0] * widen, line + top * apart * open_share, edge[:, 2] - back * (0.35 + 0.65 * open_share)],
                -1,
            )
        )
    depth = rings[-1].copy()
    for share, z in ((0.8, 14.0), (0.35, 6.0), (0.0, 5.0)):
        rings.append(np.stack([depth[:, 0] * share, line.mean() + (depth[:, 1] - line) * share, 0 * line + z], -1))
    return np.stack(rings)


_WIDTHS = {"upper": (8.6, 6.7, 7.6, 7.0, 6.8, 10.0), "lower": (5.4, 5.9, 6.8, 7.0, 7.1, 10.5)}
_CROWNS = {"upper": (10.2, 8.8, 10.0, 8.4, 7.6, 7.2), "lower": (8.8, 9.0, 9.8, 8.6, 8.0, 7.6)}
_EDGES = {"upper": (0.0, 0.7, 0.0, 0.7, 0.9, 1.2), "lower": (0.0, 0.1, -0.2, 0.5, 0.7, 1.0)}
"""How far each tooth's edge stays behind the biting plane."""
_BITE = {"upper": -70.6, "lower": -69.0}
_FRONT = {"upper": 56.6, "lower": 54.0}
_CURVE = {"upper": 0.0127, "lower": 0.02}
_LEAN = 1.6
"""How far the roots of front teeth lie behind their edges."""


def teeth(which: str) -> Patch:
    """A row of teeth with its gum; coordinates are (down the crown: 0 gum line, 1 edge; across a tooth -1..1).

    Args:
      which: "upper" or "lower".
    """
    sign = 1.0 if which == "upper" else -1.0
    across = np.linspace(-1, 1, 9)
    down = np.array([-1.4, -0.7, -0.25, -0.06, 0.06, 0.25, 0.5, 0.75, 0.9, 1.0, 1.0])
    tooth = np.repeat(np.arange(len(_WIDTHS[which])), len(across))
    width = np.array(_WIDTHS[which])
    begin = np.cumsum(width) - width
    right = begin[tooth] + width[tooth] * (np.tile(across, len(width)) * 0.49 + 0.5)
    length, u = (np.concatenate([-row[::-1], row]) for row in (right, np.tile(across, len(width))))
    crown, behind = (
        np.concatenate([row[::-1], row])[None]
        for row in (np.array(_CROWNS[which])[tooth], np.array(_EDGES[which])[tooth])
    )
    x, z = _arch(length, _FRONT[which], _CURVE[which])
    # Or the corners of a smile with a dropped jaw would be drawn through the molars.
    z = z - 0.08 * np.clip(np.abs(x) - 20.0, 0.0, None) ** 2
    v = down[:, None] * np.ones_like(u)[None]
    # Between two teeth the gum reaches down, and their edges turn away from each other.
    papilla = 0.3 * np.abs(u) ** 3 * np.clip(1.0 - v, 0.0, 1.0)
    round_edge = 0.7 * np.abs(u) ** 4 * np.clip(v, 0, 1) ** 6
    y = _BITE[which] + sign * (behind + crown * (1 - v) - (crown - behind) * papilla + round_edge)
    bulge = 1.1 * np.sqrt(np.clip(1 - u**2, 0, 1))[None] * np.clip(1.15 - v, 0, 1) ** 0.4
    gum = np.where(v < 0, 0.5, 0.0)
    depth = z[None] + np.where(v >= 0, bulge - 0.4, 0.5) + gum - np.clip(v - 0.4, 0, 1) * 0.5
    depth -= _LEAN * np.clip(1.0 - v, 0.0, 2.4)
    depth[-1] -= 5.0  # the biting edge turns inward
    points = np.stack([np.broadcast_to(x, y.shape), y, depth], -1).reshape(-1, 3)
    triangles = grid_triangles(len(down), len(u))
    if sign > 0:
        triangles = triangles[:, ::-1]
    return Patch(points, triangles, np.stack([v, np.broadcast_to(u, v.shape)], -1).reshape(-1, 2))


def _arch(length: Array, front: float, curve: float) -> tuple[Array, Array]:
    """Points of the dental arch at arc lengths from its middle: as close behind the lips as a smile leaves room for."""
    x = np.linspace(0, 40, 400)
    z = front - curve * x**2 - 0.1 * np.clip(x - 20.0, 0.0, None) ** 2
    arc = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(z)))])
    side = np.interp(np.abs(length), arc, x)
    return np.sign(length) * side, np.interp(side, x, z)


def tongue() -> Patch:
    """The tongue at rest on the floor of the mouth; coordinates are (0 at the tip to 1, across -1..1)."""
    along, across = np.meshgrid(np.linspace(0, 1, 14), np.linspace(-1, 1, 15), indexing="ij")
    width = 19.0 * np.sin(np.pi * np.clip(0.12 + 0.45 * along, 0, 0.5)) ** 0.7
    x = across * width
    z = 51.5 - 46.0 * along - 5.0 * across**2
    y = (
        -74.0
        + 8.0 * np.sin(np.pi * np.clip(0.9 * along + 0.08, 0, 1))
        - 4.5 * across**2
        - 0.8 * np.exp(-((across / 0.12) ** 2))
    )
    points = np.stack([x, y, z], -1).reshape(-1, 3)
    return Patch(points, grid_triangles(14, 15)[:, ::-1], np.stack([along, across], -1).reshape(-1, 2))


def ear(head: Callable[[Array, Array], Array]) -> Patch:
    """The left ear (x > 0); coordinates are (radius share 0..1, angle), the back of the ear beyond 1.

    Args:
      head: gives x of the side of the head, mm, at heights y and depths z.
    """
    radius = np.concatenate([np.linspace(0.0, 1.0, 22), [1.06, 1.0, 0.8, 0.45]])
    angle = np.linspace(0, 2 * np.pi, EAR_COLUMNS, endpoint=False)
    share, phi = np.meshgrid(radius, angle, indexing="ij")
    back = np.arange(len(radius))[:, None] >= 22
    # Outline in the ear's own plane: h forward, v up; broad above, tapering to the lobe.
    taper = 1.0 - 0.22 * smoothstep(0.2, -1.0, np.sin(phi))
    h, v = 15.0 * taper * share * np.cos(phi), 29.0 * share * np.sin(phi)
    h = h - 2.5 * share * np.sin(phi)
    front = smoothstep(0.35, 0.95, np.cos(phi))
    helix = np.exp(-(((share - 0.9) / 0.085) ** 2)) * (1 - 0.9 * front)
    scapha = np.exp(-(((share - 0.74) / 0.08) ** 2)) * (1 - front)
    antihelix = np.exp(-(((share - 0.56) / 0.10) ** 2)) * smoothstep(0.55, -0.2, np.cos(phi))
    concha = np.exp(-((np.hypot(h - 4.0, (v + 4.0) / 1.35) / 8.0) ** 3))
    tragus = np.exp(-(((h - 12.5) / 2.6) ** 2 + ((v + 5.0) / 4.5) ** 2))
    lobe = smoothstep(-17, -25, v)
    relief = 2.6 * helix * (1 - 0.6 * lobe) - 1.4 * scapha * (1 - lobe) + 2.0 * antihelix * (1 - lobe)
    relief = relief - 8.0 * concha + 0.8 * lobe
    flare = -0.42 * (h - 15.0)  # the ear stands off the head toward its back
    tilt = np.radians(10.0)
    z = -43.0 + h * np.cos(tilt) - v * np.sin(tilt)
    y = -25.0 + v * np.cos(tilt) + h * np.sin(tilt)
    # The hollow ends at the head; the front edge dips under the skin.
    floor = head(y, z) + 1.5 - 4.0 * front * smoothstep(0.72, 1.0, share) * ~back
    plain = 73.0 + flare - 0.06 * np.clip(-v, 0, None)
    x = smooth_max(plain + relief, floor, 1.2) + 3.0 * tragus
    x = np.where(back, np.minimum(plain, x) - 2.4 - 2.0 * front, x)
    points = np.stack([x, y, z], -1).reshape(-1, 3)
    triangles = grid_triangles(len(radius), len(angle), closed=True)
    return Patch(points, triangles, np.stack([share + back, phi], -1).reshape(-1, 2))
