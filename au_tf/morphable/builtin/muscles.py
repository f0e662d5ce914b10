"""How facial muscles move the mean face (after Waters 1987): each action pulls its own region.

An action is a FACS Action Unit of one side of the face, at strength 0..1, where 1 stands for
intensity 5. Most pull linearly; lids slide over the eyeball and the jaw turns about its joint.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import spsolve

from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.sculpt import EYEBALL_CENTRE, bump, lid_surface, outline_distance, smoothstep
from au_tf.morphable.model import Part

Array = NDArray[Any]

UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 18, 20, 23, 25, 26, 43)
"""Action Units that the built-in face can do: DISFA's twelve and six that DISFA does not code."""
ACTIONS = tuple(f"AU{unit}_{side}" for unit in UNITS for side in "LR")
STYLES = 3
"""Ways in which a person's own action differs from the mean's: sideways, upward, and turned."""
JAW_JOINT = np.array([0.0, -10.0, -20.0])
JAW_ANGLE = np.radians(15.0)
JAW_GLIDE = np.array([0.0, -1.0, 6.0])


class _Place:
    """Positions of the mean face, seen as if every point lay on the left (x >= 0)."""

    def __init__(self, mesh: HeadMesh, sign: float) -> None:
        p = mesh.points
        self.x, self.y, self.z = sign * p[:, 0], p[:, 1], p[:, 2]
        self.side = smoothstep(-7.0, 7.0, self.x)
        self.front = smoothstep(-35.0, 5.0, self.z)
        self.upper = mesh.lip_side > 0
        self.soft = (mesh.part == Part.SKIN) | (mesh.part == Part.MOUTH)
        bag = mesh.pieces["bag"]
        # The lining follows the lips at its edge and stays behind in the throat.
        self.follow = np.ones(len(p))
        self.follow[bag.rows] = np.interp(bag.coordinates[:, 0], [0, 1, 2, 3, 4], [1.0, 0.9, 0.45, 0.15, 0.0])
        for name in ("tongue", "teeth_upper", "teeth_lower", "eye_left", "eye_right"):
            self.follow[mesh.pieces[name].rows] = 0.0
        for name in ("ear_left", "ear_right"):
            self.follow[mesh.pieces[name].rows] = 0.0
        self.lips = outlines.lip_line(self.x)
        self.above = np.where(self.upper, 1.0, -1.0) * np.abs(self.y - self.lips)
        self.above[bag.rows] = np.where(self.upper[bag.rows], 0.4, -0.4)
        self.across = np.clip(np.abs(self.x) / outlines.MOUTH_CORNER[0], 0.0, None)

    def field(self, dx: ArrayLike, dy: ArrayLike, dz: ArrayLike) -> Array:
        """A displacement float[V, 3] from components along (sideways, up, out)."""
        weight = self.front * self.follow
        return np.stack(np.broadcast_arrays(dx, dy, dz), -1) * weight[:, None]

    def near_lips(self, up: float, down: float) -> Array:
        """1 at the lips, dying away over `up` mm above and `down` mm below."""
        reach = np.where(self.above > 0, up, down)
        return np.exp(-((self.above / reach) ** 2))

    def corner(self, lateral: float, up: float, down: float) -> Array:
        """1 at the corner of the mouth, dying away to all sides, along the lips with their length."""
        cx, cy = outlines.MOUTH_CORNER
        dx = self.x - cx
        inward = np.clip(self.across, 0.0, 1.0) ** 2.0
        dy = self.y - cy
        fall = np.exp(-((dy / np.where(dy > 0, up, down)) ** 2))
        return np.where(dx > 0, np.exp(-((dx / lateral) ** 2)), inward) * fall * (self.x > 0)


def _furrows(p: _Place, phase: Array, period: float, mask: Array, depth: float) -> Array:
    """Parallel wrinkles of the skin, heights in mm."""
    return depth * np.cos(2 * np.pi * phase / period) * mask


def _brow_profile(p: _Place, low: float, peak: float, high: float) -> Array:
    return smoothstep(low, peak, p.y) * (1.0 - smoothstep(peak + 3.0, high, p.y))


def _pulls(mesh: HeadMesh, sign: float) -> dict[int, Array]:
    """Linear displacements float[V, 3] at full strength of one side's actions, in that side's frame."""
    p = _Place(mesh, sign)
    x, y = p.x, p.y
    distance = np.full(len(x), 40.0)
    near = p.front > 0
    distance[near] = outline_distance(x[near], y[near])
    free = smoothstep(0.0, 9.0, distance)  # lid margins move only by lid muscles
    lift = _brow_profile(p, 5.0, 24.0, 78.0)
    one = p.side
    wrinkle = smoothstep(30, 38, y) * (1 - smoothstep(52, 66, y))
    inner = np.exp(-(((x - 8.0) / 15.0) ** 2)) * one
    outer = np.exp(-(((x - 42.0) / 19.0) ** 2)) * smoothstep(8.0, 28.0, x)
    pulls: dict[int, Array] = {}

    pulls[1] = p.field(
        -0.4 * inner * lift, 7.5 * inner * lift * free, _furrows(p, y, 8.5, wrinkle * inner, 0.9) + 0.8 * inner * lift
    )
    pulls[2] = p.field(
        0, 7.5 * outer * lift * free, _furrows(p, y - 0.1 * x, 8.5, wrinkle * outer, 0.8) + 0.8 * outer * lift
    )

    brow = bump(x, y, 19, 24, 13, 9.5)
    knit = bump(x, y, 12, 25, 8, 11) * one
    glabella = bump(x, y, 4.0, 27, 5.5, 11)
    pulls[4] = p.field(
        -4.2 * knit * smoothstep(0, 12, x) - 1.2 * brow * one,
        (-5.6 * brow * one - 1.5 * bump(x, y, 8, 12, 8, 8) * one) * free,
        1.6 * bump(x, y, 13, 20, 7, 6) * one
        - 0.9 * np.exp(-(((x - 6.5) / 2.4) ** 2)) * smoothstep(12, 20, y) * (1 - smoothstep(30, 40, y))
        + 0.9 * glabella,
    )

    cheek = bump(x, y, 39, -24, 14, 12)
    crow = smoothstep(48, 52, x) * (1 - smoothstep(60, 68, x)) * np.exp(-((y / 12) ** 2))
    pulls[6] = p.field(
        -1.6 * bump(x, y, 50, -4, 9, 12) * free,
        (7.0 * cheek + 2.6 * bump(x, y, 33, -11, 15, 5.5)) * free - 1.6 * bump(x, y, 50, 17, 9, 8) * free,
        5.0 * bump(x, y, 39, -20, 13, 9) * free
        + 0.9 * bump(x, y, 33, -9.5, 12, 2.2)
        - 0.8 * bump(x, y, 33, -14.5, 13, 2.0)
        + _furrows(p, y - 0.25 * (x - 48), 6.0, crow, 1.1),
    )

    wing = bump(x, y, 14, -40, 7.5, 9)
    side = bump(x, y, 12, -18, 7, 13)
    up_lip = p.near_lips(13.0, 3.0) * np.exp(-(((x - 11) / 11) ** 2)) * p.upper * one
    bridge = smoothstep(-17, -10, y) * (1 - smoothstep(3, 11, y)) * np.exp(-((x / 13) ** 2))
    pulls[9] = p.field(
        1.4 * wing * one - 1.2 * knit * smoothstep(0, 5, x),
        (5.2 * wing + 3.6 * side) * one
        + 1.9 * up_lip
        - 3.8 * bump(x, y, 10, 21, 11, 10) * one * free
        - 1.0 * bump(x, y, 0, 8, 9, 7) * one,
        1.8 * side * one
        + 0.9 * wing
        + _furrows(p, y, 5.6, bridge * one, 1.2)
        - 1.6
        * np.exp(-((((np.hypot(x - 12, y + 38)) - 10.5) / 2.0) ** 2))
        * smoothstep(12, 18, x)
        * smoothstep(-52, -44, y),
    )
    pulls[10] = p.field(
        0.4 * up_lip, 4.8 * up_lip + 2.0 * bump(x, y, 20, -50, 9, 9), 1.2 * bump(x, y, 22, -40, 8, 10) - 1.0 * up_lip
    )

    fold = (
        np.exp(-(((x - (25.0 + (-45.0 - y) * 0.55)) / 3.0) ** 2))
        * smoothstep(-72, -64, y)
        * (1 - smoothstep(-46, -38, y))
    )
    corner = p.corner(20.0, 21.0, 17.0)
    stretch = (
        np.clip(p.across, 0, 1.0) ** 1.2 * np.exp(-np.clip(x - 25, 0, None) / 22) * p.near_lips(13.0, 15.0) * (x > 0)
    )
    press = p.near_lips(10, 11) * np.clip(1.15 - p.across, 0, 1) * one
    pulls[12] = p.field(
        2.8 * stretch + 3.8 * corner,
        8.6 * corner + 3.8 * bump(x, y, 37, -32, 12, 12) * one,
        -5.5 * corner - 2.0 * press + 3.6 * bump(x, y, 38, -31, 12, 10) * one - 1.6 * fold,
    )
    pulls[14] = p.field(3.5 * corner, 0.8 * corner, -3.5 * corner - 1.6 * bump(x, y, 29, -67, 4, 6))
    pulls[15] = p.field(
        1.0 * p.corner(14, 13, 18),
        -7.4 * p.corner(13, 12, 19),
        -1.2 * p.corner(14, 12, 16) + 1.0 * bump(x, y, 27, -83, 8, 6) * one,
    )

    chin = bump(x, y, 0, -99, 14, 9.5)
    middle = np.clip(1.0 - 0.55 * p.across**2, 0.0, 1.0)
    lower = p.near_lips(7.0, 16.0) * middle * np.exp(-np.clip(x - 22, 0, None) / 6)
    dimple = np.cos(2 * np.pi * x / 6.5) * np.cos(2 * np.pi * (y + 99) / 6.5)
    pulls[17] = p.field(
        0,
        (7.5 * chin + 5.6 * lower + 0.6 * p.near_lips(0.1, 3.0) * middle * ~p.upper) * one,
        (
            1.6 * chin
            + 2.6 * p.near_lips(2.5, 9.0) * middle * ~p.upper * np.exp(-np.clip(x - 20, 0, None) / 4)
            + 0.55 * dimple * chin
        )
        * one,
    )

    mouth = p.near_lips(14, 14) * np.exp(-np.clip(x - 25, 0, None) / 10)
    pulls[18] = p.field(
        -7.5 * np.clip(p.across, 0, 1) * mouth * (x > 0), 0, 5.5 * mouth * np.clip(1.1 - 0.5 * p.across, 0, 1) * one
    )
    wide = p.corner(22.0, 17.0, 19.0)
    pulls[20] = p.field(3.5 * stretch + 6.0 * wide, -1.6 * p.corner(16, 10, 16), -4.5 * wide - 1.8 * press)
    border = np.sign(p.above) * np.exp(-(((np.abs(p.above) - 6.0) / 4.0) ** 2)) * np.clip(1 - p.across**2, 0, 1)
    pulls[23] = p.field(-1.8 * np.clip(p.across, 0, 1) * mouth * (x > 0), -2.2 * border * one, -1.5 * press)

    opening = np.clip(1.0 - p.across**2.4, 0.0, 1.0) ** 0.7
    flat = np.clip(1.0 - p.across**3.0, 0.0, 1.0) ** 0.8
    part_low = p.near_lips(1.0, 17.0) * flat * ~p.upper
    part_up = p.near_lips(11.0, 1.0) * opening * p.upper
    pulls[25] = p.field(0, (-5.8 * part_low + 2.2 * part_up) * one, (-1.0 * part_low) * one)
    return pulls


def jaw_weight(mesh: HeadMesh) -> Array:
    """Share of the jaw's motion that each vertex takes, float[V] in [0, 1]: harmonic over the skin."""
    p = mesh.points
    x, y, z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
    skin = mesh.pieces["skin"].rows
    value = np.full(len(p), np.nan)
    value[(y > -40) | (z < -38) | (y < -150)] = 0.0
    value[(y < -86) & (z > 22) & (y > -112)] = 1.0
    span = outlines.MOUTH_CORNER[0]
    above = y - outlines.lip_line(p[:, 0])
    value[(mesh.lip_side > 0) & (x < 0.6 * span) & (above < 9) & (above > -1)] = 0.04
    value[(mesh.lip_side < 0) & (x < 0.4 * span) & (above > -9) & (above < 1)] = 1.0
    weight = np.zeros(len(p))
    weight[skin] = _harmonic(mesh, value[skin])
    bag = mesh.pieces["bag"]
    edge = np.concatenate([mesh.upper_lip, mesh.lower_lip[-2:0:-1]])[bag.coordinates[:, 1].astype(int)]
    deep = np.interp(bag.coordinates[:, 0], [0, 2, 6], [0.0, 0.3, 1.0])
    weight[bag.rows] = (1 - deep) * weight[edge] + deep * np.where(mesh.lip_side[bag.rows] > 0, 0.0, 1.0)
    weight[mesh.pieces["teeth_lower"].rows] = 1.0
    weight[mesh.pieces["tongue"].rows] = 1.0
    return weight


def _harmonic(mesh: HeadMesh, value: Array) -> Array:
    """Solves Laplace's equation on the skin's edges with the non-NaN entries of `value` held."""
    n = len(value)
    edges = mesh.edges[(mesh.edges < n).all(1)]
    length = np.linalg.norm(mesh.points[edges[:, 0]] - mesh.points[edges[:, 1]], axis=1) + 0.05
    row, column = np.concatenate([edges, edges[:, ::-1]]).T
    adjacency = coo_matrix((np.tile(1.0 / length, 2), (row, column)), shape=(n, n)).tocsr()
    laplacian = diags(np.asarray(adjacency.sum(1)).ravel()) - adjacency
    held = ~np.isnan(value)
    solved = value.copy()
    solved[~held] = spsolve(laplacian[~held][:, ~held].tocsc(), -laplacian[~held][:, held] @ value[held])
    # Where the held regions end the harmonic function has a kink, which would show on cheek and neck.
    mean = diags(1.0 / np.asarray(adjacency.sum(1)).ravel()) @ adjacency
    lips = np.exp(-(((mesh.points[:n, 1] + 67.0) / 14.0) ** 2) - (mesh.points[:n, 0] / 26.0) ** 4)
    lips *= mesh.points[:n, 2] > 20
    for _ in range(40):
        solved += (1.0 - lips) * (mean @ solved - solved)
    return solved


class Muscles:
    """Displacements of the mean face for given action strengths."""

    def __init__(self, mesh: HeadMesh) -> None:
        self.mesh = mesh
        self.jaw = jaw_weight(mesh)
        self._lids = {sign: _LidSlide(mesh, sign) for sign in (1.0, -1.0)}
        fields = np.zeros((len(ACTIONS), len(mesh.points), 3))
        for sign, letter in ((1.0, "L"), (-1.0, "R")):
            for unit, pull in _pulls(mesh, sign).items():
                fields[ACTIONS.index(f"AU{unit}_{letter}")] = pull * [sign, 1.0, 1.0]
        self._linear = np.stack([fields, *_style_fields(mesh, fields)], 1).astype(np.float32)

    def displace(self, strengths: ArrayLike, styles: ArrayLike | None = None) -> NDArray[np.float32]:
        """Displacements of the vertices.

        Args:
          strengths: float[..., len(ACTIONS)] in [0, 1], 1 being intensity 5.
          styles: float[..., len(ACTIONS), STYLES], a person's own way of each action, standard
            normal over people; none by default.

        Returns:
          float32[..., V, 3], mm.
        """
        a = np.asarray(strengths, np.float32)
        lead = a.shape[:-1]
        a = a.reshape(-1, len(ACTIONS))
        weights = np.zeros((len(a), len(ACTIONS), 1 + STYLES), np.float32)
        weights[:, :, 0] = a
        if styles is not None:
            weights[:, :, 1:] = a[:, :, None] * np.asarray(styles, np.float32).reshape(len(a), len(ACTIONS), STYLES)
        count = len(self.mesh.points)
        moved = (weights.reshape(len(a), -1) @ self._linear.reshape(-1, count * 3)).reshape(-1, count, 3)
        moved += self._jaw_drop(a)
        for sign, letter in ((1.0, "L"), (-1.0, "R")):
            lid = {u: a[:, ACTIONS.index(f"AU{u}_{letter}")] for u in (5, 6, 7, 43)}
            moved += self._lids[sign](lid)
        return moved.reshape(*lead, count, 3)

    def _jaw_drop(self, a: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turns the jaw about its joint while the joint glides forward; one-sided action shifts it sideways."""
        left, right = a[:, ACTIONS.index("AU26_L")], a[:, ACTIONS.index("AU26_R")]
        angle = (0.5 * (left + right) * JAW_ANGLE).astype(np.float32)[:, None]
        rows = np.flatnonzero(self.jaw > 1e-4)
        points, weight = self.mesh.points[rows].astype(np.float32), self.jaw[rows].astype(np.float32)
        arm = points - JAW_JOINT.astype(np.float32)
        shift = np.stack([2.5 * (left - right), 0 * left, 0 * left], -1) + np.outer(0.5 * (left + right), JAW_GLIDE)
        around = bump(0.0 * points[:, 0], points[:, 1], 0, -72, 1, 17) * smoothstep(58.0, 30.0, np.abs(points[:, 0]))
        narrow = -0.45 * weight * (1 - weight) * points[:, 0] * around * smoothstep(5.0, 40.0, points[:, 2])
        turned = (
            (angle / np.float32(JAW_ANGLE)) * narrow,
            arm[:, 1] * (np.cos(angle) - 1.0) - arm[:, 2] * np.sin(angle),
            arm[:, 1] * np.sin(angle) + arm[:, 2] * (np.cos(angle) - 1.0),
        )
        moved = np.zeros((len(a), len(self.mesh.points), 3), np.float32)
        moved[:, rows] = (np.stack(turned, -1) + shift[:, None].astype(np.float32)) * weight[:, None]
        return moved


class _LidSlide:
    """Lids of one eye, sliding on their surface over the eyeball."""

    def __init__(self, mesh: HeadMesh, sign: float) -> None:
        side = "left" if sign > 0 else "right"
        skin = mesh.pieces["skin"].rows
        x, y = sign * mesh.points[:, 0], mesh.points[:, 1]
        near = np.flatnonzero((np.hypot(x - 31.5, y) < 30) & (mesh.points[:, 2] > 15))
        near = near[(near < skin.stop)]
        rim = mesh.pieces[f"lid_rim_{side}"]
        margin = (mesh.lid_left if sign > 0 else mesh.lid_right)[rim.coordinates[:, 1].astype(int)]
        self.rows = np.concatenate([near, np.arange(rim.rows.start, rim.rows.stop)])
        at = np.concatenate([near, margin])  # a rim goes where its margin goes
        self.x, self.y = x[at], y[at]
        u = np.clip((self.x - outlines.EYE_INNER[0]) / (outlines.EYE_OUTER[0] - outlines.EYE_INNER[0]), 0.0, 1.0)
        top, bottom = outlines.lid_line(u, True)[:, 1], outlines.lid_line(u, False)[:, 1]
        self.opening = top - bottom
        self.share = self.opening / 9.7
        line = np.where(np.abs(self.y - top) < np.abs(self.y - bottom), 1.0, -1.0)
        self.upper = line > 0
        distance = np.clip(outline_distance(self.x, self.y), 0.0, None)
        self.weight = np.where(self.upper, np.exp(-((distance / 6.0) ** 2)), np.exp(-((distance / 4.5) ** 2)))
        self.count = len(mesh.points)
        self.z = lid_surface(self.x, self.y)

    def __call__(self, strength: dict[int, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Displacements float32[B, V, 3] for strengths float[B] of AU5, 6, 7 and 43."""
        a5, a6, a7, a43 = (strength[u][:, None] for u in (5, 6, 7, 43))
        down = (1.3 * a7 + 0.9 * a6 - 4.0 * a5) * self.share
        up = (1.7 * a7 + 1.9 * a6 - 0.5 * a5) * self.share
        shut = a43 * np.clip(self.opening - down - up, 0.0, None)
        down, up = down + 0.9 * shut, up + 0.1 * shut
        meet = np.clip(down + up - self.opening, 0.0, None)
        dy = np.where(self.upper, -(down - 0.8 * meet), up - 0.2 * meet) * self.weight
        dz = lid_surface(self.x, self.y + dy) - self.z
        moved = np.zeros((len(dy), self.count, 3), np.float32)
        moved[:, self.rows, 1] = dy
        moved[:, self.rows, 2] = dz * self.weight
        return moved


def _style_fields(mesh: HeadMesh, fields: Array) -> tuple[Array, Array, Array]:
    """Variations of each action: more to one side, more above, and a turned direction of pull."""
    size = np.linalg.norm(fields, axis=-1)
    total = np.maximum(size.sum(1), 1e-9)
    centre = np.einsum("av,vc->ac", size, mesh.points) / total[:, None]
    offset = np.tanh((mesh.points[None] - centre[:, None]) / 15.0)
    sideways = 0.30 * fields * offset[..., :1]
    upward = 0.30 * fields * offset[..., 1:2]
    turned = 0.25 * np.stack([-fields[..., 1], fields[..., 0], np.zeros_like(size)], -1)
    return sideways, upward, turned


__all__ = ["ACTIONS", "EYEBALL_CENTRE", "STYLES", "UNITS", "Muscles", "jaw_weight"]
