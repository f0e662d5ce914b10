"""The linear part of what muscles do: which way and how far each action pulls each point of the mean face.

Displacements are in mm at full strength, of one side's actions, in a frame in which that side is the left.
"""

import numpy as np

from au_tf.arrays import Array, ArrayLike
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.sculpt import bump, outline_distance, smoothstep


def linear_pulls(mesh: HeadMesh, sign: float) -> dict[int, Array]:
    """Displacements float[V, 3] of the actions of one side, by the number of the Action Unit.

    Args:
      mesh: the mean head.
      sign: 1 for the person's left side, -1 for the right.
    """
    place = PullPlace(mesh, sign)
    groups = (_brow_pulls, _cheek_and_nose_pulls, _corner_pulls, _chin_pulls, _lip_pulls)
    return {unit: pull for group in groups for unit, pull in group(place).items()}


class PullPlace:
    """Positions of the mean face, seen as if every point lay on the left (x >= 0)."""

    def __init__(self, mesh: HeadMesh, sign: float) -> None:
        p = mesh.points
        self.x, self.y, self.z = sign * p[:, 0], p[:, 1], p[:, 2]
        self.side = smoothstep(-7.0, 7.0, self.x)
        self.front = smoothstep(-35.0, 5.0, self.z)
        self.upper = mesh.lip_side > 0
        bag = mesh.pieces["bag"]
        # The lining follows the lips at its edge and stays behind in the throat.
        self.follow = np.ones(len(p))
        self.follow[bag.rows] = np.interp(bag.coordinates[:, 0], [0, 1, 2, 3, 4], [1.0, 0.9, 0.45, 0.15, 0.0])
        for name in ("tongue", "teeth_upper", "teeth_lower", "eye_left", "eye_right", "ear_left", "ear_right"):
            self.follow[mesh.pieces[name].rows] = 0.0
        self.lips = outlines.lip_line(self.x)
        self.above = np.where(self.upper, 1.0, -1.0) * np.abs(self.y - self.lips)
        self.above[bag.rows] = np.where(self.upper[bag.rows], 0.4, -0.4)
        self.across = np.clip(np.abs(self.x) / outlines.MOUTH_CORNER[0], 0.0, None)
        self.free = self._free_of_lids()

    def _free_of_lids(self) -> Array:
        """0 on the margins of the lids, which only lid muscles move, 1 away from them."""
        distance = np.full(len(self.x), 40.0)
        near = self.front > 0
        distance[near] = outline_distance(self.x[near], self.y[near])
        return smoothstep(0.0, 9.0, distance)

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
        inward = smoothstep(0.0, 1.0, self.across) ** 1.3
        dy = self.y - cy
        fall = np.exp(-((dy / np.where(dy > 0, up, down)) ** 2))
        return np.where(dx > 0, np.exp(-((dx / lateral) ** 2)), inward) * fall * (self.x > 0)

    def stretch(self) -> Array:
        """The lips drawn sideways, growing towards the corner."""
        beyond = np.exp(-((np.clip(self.x - 25, 0, None) / 27) ** 2))
        along = np.sin(0.5 * np.pi * np.clip(self.across, 0, 1.0)) ** 1.3
        return along * beyond * self.near_lips(13.0, 15.0) * (self.x > 0)

    def press(self) -> Array:
        """The middle of the lips, flattened against the teeth."""
        return self.near_lips(10, 11) * np.clip(1.15 - self.across, 0, 1) * self.side

    def knit(self) -> Array:
        """Where the brows draw together."""
        return bump(self.x, self.y, 12, 25, 8, 11) * self.side


def _furrows(p: PullPlace, phase: Array, period: float, mask: Array, depth: float) -> Array:
    """Parallel wrinkles of the skin, heights in mm."""
    return depth * np.cos(2 * np.pi * phase / period) * mask


def _brow_profile(p: PullPlace, low: float, peak: float, high: float) -> Array:
    return smoothstep(low, peak, p.y) * (1.0 - smoothstep(peak + 3.0, high, p.y))


def _brow_pulls(p: PullPlace) -> dict[int, Array]:
    """Action Units 1, 2 and 4."""
    x, y, one, free = p.x, p.y, p.side, p.free
    lift = _brow_profile(p, 5.0, 24.0, 78.0)
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
    knit = p.knit()
    glabella = bump(x, y, 4.0, 27, 5.5, 11)
    pulls[4] = p.field(
        -4.2 * knit * smoothstep(0, 12, x) - 1.2 * brow * one,
        (-5.6 * brow * one - 1.5 * bump(x, y, 8, 12, 8, 8) * one) * free,
        1.6 * bump(x, y, 13, 20, 7, 6) * one
        - 0.7 * np.exp(-(((x - 7.0) / 2.8) ** 2)) * smoothstep(12, 20, y) * (1 - smoothstep(30, 40, y))
        + 0.3 * glabella,
    )
    return pulls


def _cheek_and_nose_pulls(p: PullPlace) -> dict[int, Array]:
    """Action Units 6, 9 and 10."""
    x, y, one, free = p.x, p.y, p.side, p.free
    pulls: dict[int, Array] = {}
    cheek = bump(x, y, 39, -24, 14, 12)
    crow = smoothstep(48, 53, x) * (1 - smoothstep(55, 64, x)) * np.exp(-((y / 11) ** 2)) * free
    pulls[6] = p.field(
        -1.6 * bump(x, y, 50, -4, 9, 12) * free,
        (8.0 * cheek + 3.2 * bump(x, y, 33, -11, 15, 5.5)) * free - 1.6 * bump(x, y, 50, 17, 9, 8) * free,
        5.6 * bump(x, y, 39, -20, 13, 9) * free
        + 1.2 * bump(x, y, 33, -9.0, 12, 2.2)
        - 1.3 * bump(x, y + 0.01 * (x - 32) ** 2, 32, -13.5, 13, 1.8)
        + _furrows(p, y * (1 - 0.02 * (x - 48)), 5.5, crow, 0.9),
    )

    wing = bump(x, y, 14, -40, 7.5, 9)
    side = bump(x, y, 12, -18, 7, 13)
    muzzle = np.exp(-(((x - 9) / 13) ** 2)) * one
    up_lip = p.near_lips(13.0, 3.0) * muzzle * p.upper
    bridge = smoothstep(-17, -10, y) * (1 - smoothstep(3, 11, y)) * np.exp(-((x / 13) ** 2))
    pulls[9] = p.field(
        1.4 * wing * one - 1.2 * p.knit() * smoothstep(0, 5, x),
        (5.2 * wing + 3.6 * side) * one
        + 1.8 * up_lip
        + 1.6 * p.near_lips(1.0, 8.0) * muzzle * ~p.upper
        - 3.8 * bump(x, y, 10, 21, 11, 10) * one * free
        - 1.0 * bump(x, y, 0, 8, 9, 7) * one,
        1.8 * side * one
        + 0.9 * wing
        + _furrows(p, y + 0.012 * x**2, 5.6, bridge * one, 1.5)
        - 1.6
        * np.exp(-((((np.hypot(x - 12, y + 38)) - 10.5) / 2.0) ** 2))
        * smoothstep(12, 18, x)
        * smoothstep(-52, -44, y),
    )
    pulls[10] = p.field(
        0.4 * up_lip, 4.8 * up_lip + 2.0 * bump(x, y, 20, -50, 9, 9), 1.2 * bump(x, y, 22, -40, 8, 10) - 1.0 * up_lip
    )
    return pulls


def _corner_pulls(p: PullPlace) -> dict[int, Array]:
    """Action Units 12, 14 and 15: the corners of the mouth."""
    x, y, one = p.x, p.y, p.side
    pulls: dict[int, Array] = {}
    fold = (
        np.exp(-(((x - (25.0 + (-45.0 - y) * 0.55)) / 3.6) ** 2))
        * smoothstep(-72, -58, y)
        * (1 - smoothstep(-48, -38, y))
    )
    corner = p.corner(20.0, 21.0, 17.0)
    stretch, press = p.stretch(), p.press()
    pulls[12] = p.field(
        2.8 * stretch + 4.6 * corner,
        7.6 * corner
        + 1.8 * p.near_lips(9.0, 12.0) * np.clip(1 - p.across**2, 0, 1) * one
        + 3.8 * bump(x, y, 37, -32, 12, 12) * one,
        -5.5 * corner - 2.0 * press + 3.6 * bump(x, y, 38, -31, 12, 10) * one - 1.4 * fold,
    )
    pulls[14] = p.field(3.5 * corner, 0.8 * corner, -3.5 * corner - 1.6 * bump(x, y, 29, -67, 4, 6))
    pulls[15] = p.field(
        1.0 * p.corner(14, 13, 18),
        -7.4 * p.corner(13, 12, 19),
        -1.2 * p.corner(14, 12, 16) + 1.0 * bump(x, y, 27, -83, 8, 6) * one,
    )
    return pulls


def _chin_pulls(p: PullPlace) -> dict[int, Array]:
    """Action Unit 17."""
    x, y, one = p.x, p.y, p.side
    pulls: dict[int, Array] = {}
    chin = bump(x, y, 0, -99, 14, 9.5)
    middle = np.clip(1.0 - 0.8 * p.across**2, 0.0, 1.0)
    lower = p.near_lips(7.0, 16.0) * middle * np.exp(-np.clip(x - 22, 0, None) / 6)
    dimple = np.cos(2 * np.pi * x / 6.5) * np.cos(2 * np.pi * (y + 99) / 6.5)
    pulls[17] = p.field(
        0,
        (8.5 * chin + 6.0 * lower + 0.6 * p.near_lips(0.1, 3.0) * middle * ~p.upper) * one,
        (
            2.2 * chin
            - 1.6 * bump(x, y, 0, -87, 15, 3.5)
            + 2.6 * p.near_lips(2.5, 9.0) * middle * ~p.upper * np.exp(-np.clip(x - 20, 0, None) / 4)
            + 0.75 * dimple * chin
        )
        * one,
    )
    return pulls


def _lip_pulls(p: PullPlace) -> dict[int, Array]:
    """Action Units 18, 20, 23 and 25."""
    x, one = p.x, p.side
    pulls: dict[int, Array] = {}
    stretch, press = p.stretch(), p.press()
    mouth = p.near_lips(14, 14) * np.exp(-np.clip(x - 25, 0, None) / 10)
    pulls[18] = p.field(
        -7.5 * np.clip(p.across, 0, 1) * mouth * (x > 0), 0, 5.5 * mouth * np.clip(1.1 - 0.5 * p.across, 0, 1) * one
    )
    wide = p.corner(22.0, 17.0, 19.0)
    pulls[20] = p.field(3.5 * stretch + 6.0 * wide, -1.6 * p.corner(16, 10, 16), -3.2 * wide - 1.8 * press)
    border = np.sign(p.above) * np.exp(-(((np.abs(p.above) - 6.0) / 4.0) ** 2)) * np.clip(1 - p.across**2, 0, 1)
    pulls[23] = p.field(-1.8 * np.clip(p.across, 0, 1) * mouth * (x > 0), -2.2 * border * one, -1.5 * press)

    opening = np.clip(1.0 - p.across**2.4, 0.0, 1.0) ** 0.7
    flat = np.clip(1.0 - p.across**3.0, 0.0, 1.0) ** 0.8
    part_low = p.near_lips(1.0, 17.0) * flat * ~p.upper
    part_up = p.near_lips(11.0, 1.0) * opening * p.upper
    pulls[25] = p.field(0, (-5.8 * part_low + 2.2 * part_up) * one, (-1.0 * part_low) * one)
    return pulls
