"""The linear part of what muscles do: which way and how far each action moves each point of the mean face.

Skin, teeth and the lining of the mouth move as they were measured to (`measured`), by the same named shapes as on
ICT-FaceKit's head; lids, which slide over the eyeball, are left to `muscles`.
"""

import numpy as np
from scipy.spatial import cKDTree

from au_tf.arrays import Array
from au_tf.facs import ACTIONS, UNITS, both_sides
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.landmark_vertices import landmark_vertices
from au_tf.morphable.builtin.measured import displacements, table
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.sculpt import EYEBALL_CENTRE, outline_distance, smoothstep
from au_tf.morphable.excursions import EXCURSIONS
from au_tf.morphable.formats.ict_actions import action_coefficients
from au_tf.morphable.model import Part

BROW, BROW_REACH = 4.5, 15.0
"""Half the width of a brow, and how far from its middle what it does to the skin has been made up for, mm."""
LIP_DEPTH, LIP_GIVE = 2.0, 8.0
"""How far the skin of lips stays before the teeth, and how far round a place where it is pushed out it gives, mm."""
LID_UNITS = (5, 6)
"""Action Units whose excursions are those of lids, which slide (`muscles`)."""
GAZE = {61: (1, 30.0), 62: (1, -30.0), 63: (0, -22.0), 64: (0, 26.0)}
"""Axis (0 sideways, 1 upright) about which the eyes turn, and degrees at intensity 5."""


def linear_pulls(mesh: HeadMesh) -> Array:
    """Displacements float[len(ACTIONS), V, 3] in mm of each action at intensity 5."""
    names = [name for name in table().names if name != "mean" and not name.startswith("identity")]
    amounts = action_coefficients(names, "measured.npz")
    of_skin = [k for k, name in enumerate(names) if not name.startswith("eye") and amounts[:, k].any()]
    shapes = displacements(mesh, *(names[k] for k in of_skin)) * _free_of_lids(mesh)[:, None]
    moved = np.tensordot(amounts[:, of_skin], shapes, 1)
    moved = _with_whole_brows(mesh, moved)
    _scale(mesh, moved)
    _keep_before_teeth(mesh, moved)
    for unit, (axis, degrees) in GAZE.items():
        for side, sign in (("left", 1.0), ("right", -1.0)):
            turned = _turned_eye(mesh, side, sign, axis, np.radians(degrees))
            moved[ACTIONS.index(f"AU{unit}_{side[0].upper()}")] += turned
    return moved


def _with_whole_brows(mesh: HeadMesh, moved: Array) -> Array:
    """Moves each place of a brow as one, hair and all: what bends is the fold of the lid and the forehead."""
    x, y, z = mesh.points.T
    line = outlines.brow_line(np.clip((np.abs(x) - 12.0) / 45.0, 0.0, 1.0))[:, 1]
    off = y - line
    beyond = np.clip(np.abs(off) - BROW, 0.0, None)
    source = np.sign(off) * np.minimum(beyond * BROW_REACH / (BROW_REACH - BROW), np.abs(off))
    skin = np.flatnonzero((np.abs(off) < 2.0 * BROW_REACH) & (z > 0.0) & (np.abs(x) < 75.0) & (mesh.part == Part.SKIN))
    near = skin[np.abs(off[skin]) < BROW_REACH]
    wanted = np.stack([x, line + source], -1)[near]
    distance, found = cKDTree(mesh.points[skin, :2]).query(wanted, 4)
    share = 1.0 / (distance + 0.05) ** 2
    moved[:, near] = np.einsum("nk,ankc->anc", share / share.sum(1, keepdims=True), moved[:, skin[found]])
    return moved


def _scale(mesh: HeadMesh, moved: Array) -> None:
    """Lets actions go as far as is known of people, since between the measured points some of their motion is lost."""
    rows = landmark_vertices(mesh)
    at = mesh.points[rows]
    for unit, excursions in EXCURSIONS.items():
        if unit not in LID_UNITS:
            sides = both_sides(unit)
            whole = moved[sides].sum(0)[rows]
            moved[sides] *= np.mean([excursion.size / excursion.of(at, at + whole) for excursion in excursions])


def _keep_before_teeth(mesh: HeadMesh, moved: Array) -> None:
    """Pushes lips out as far as both sides' action would draw them into the teeth."""
    x, y, z = mesh.points.T
    across, above = np.abs(x) / outlines.MOUTH_CORNER[0], np.abs(y - outlines.lip_line(x))
    rows = np.arange(mesh.pieces["skin"].rows.stop)
    lips = rows[(across[rows] < 2.0) & (above[rows] < 24.0) & (z[rows] > 10.0)]
    teeth = np.r_[mesh.pieces["teeth_upper"].rows, mesh.pieces["teeth_lower"].rows]
    apart = np.square(mesh.points[lips, None, :2] - mesh.points[None, lips, :2]).sum(-1)
    spread = np.exp(-apart / (2.0 * LIP_GIVE**2))
    even = np.exp(-apart / 18.0)
    even /= even.sum(1, keepdims=True)
    left = smoothstep(-6.0, 6.0, x)
    bag = mesh.pieces["bag"]
    edge = np.concatenate([mesh.upper_lip, mesh.lower_lip[-2:0:-1]])[bag.coordinates[:, 1].astype(int)]
    follow = np.interp(bag.coordinates[:, 0], [0, 1, 2, 3, 4], [1.0, 0.9, 0.45, 0.15, 0.0])
    rest = _clearance(mesh.points[lips], mesh.points[teeth])
    for unit in UNITS:
        sides = both_sides(unit)
        whole = mesh.points + moved[sides].sum(0)
        inside = np.minimum(rest, LIP_DEPTH) - _clearance(whole[lips], whole[teeth])
        if inside.max() > 0.0:
            out = np.zeros(len(mesh.points))
            pushed = (spread * np.clip(inside, 0.0, None)).max(1)
            out[lips] = np.maximum(pushed, even @ pushed)
            out[bag.rows] = follow * out[edge]
            moved[sides[0], :, 2] += left * out
            moved[sides[1], :, 2] += (1.0 - left) * out


def _clearance(points: Array, teeth: Array) -> Array:
    """How far points float[N, 3] lie before the teeth that are seen behind them, mm; much where there are none."""
    distance, found = cKDTree(teeth[:, :2]).query(points[:, :2], 12)
    front = np.where(distance < 2.5, teeth[found, 2], -np.inf).max(1)
    return np.minimum(points[:, 2] - front, 30.0)


def _free_of_lids(mesh: HeadMesh) -> Array:
    """0 on eyeballs and the margins of the lids, which only lid muscles and gaze move, 1 away from them."""
    distance = np.full(len(mesh.points), 40.0)
    x, y, z = mesh.points.T
    near = z > 5
    distance[near] = outline_distance(np.abs(x[near]), y[near])
    free = smoothstep(0.0, 9.0, distance)
    for side in ("left", "right"):
        free[mesh.pieces[f"lid_rim_{side}"].rows] = 0.0
        free[mesh.pieces[f"eye_{side}"].rows] = 0.0
    return free


def _turned_eye(mesh: HeadMesh, side: str, sign: float, axis: int, angle: float) -> Array:
    """What a turn of an eyeball does to it, float[V, 3]; its white stays in the corners of the eye."""
    piece = mesh.pieces[f"eye_{side}"]
    moved = np.zeros((len(mesh.points), 3))
    arm = mesh.points[piece.rows] - EYEBALL_CENTRE * [sign, 1, 1]
    one, other = (axis + 1) % 3, (axis + 2) % 3
    turned = np.zeros_like(arm)
    turned[:, one] = arm[:, one] * (np.cos(angle) - 1.0) - arm[:, other] * np.sin(angle)
    turned[:, other] = arm[:, one] * np.sin(angle) + arm[:, other] * (np.cos(angle) - 1.0)
    moved[piece.rows] = turned * smoothstep(13.0, 7.0, piece.coordinates[:, :1])
    return moved
