"""The linear part of what muscles do: which way and how far each action moves each point of the mean face.

Skin, teeth and the lining of the mouth move as they were measured to (`measured`), by the same named shapes as on
ICT-FaceKit's head; lids, which slide over the eyeball, are left to `muscles`.
"""

import numpy as np
from scipy.spatial import cKDTree

from au_tf.arrays import Array
from au_tf.facs import ACTIONS, both_sides
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.actions.lip_contact import keep_lips_whole
from au_tf.morphable.builtin.landmark_vertices import landmark_vertices
from au_tf.morphable.builtin.measured import displacements, table
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.sculpt import EYEBALL_RADIUS, outline_distance, smoothstep
from au_tf.morphable.excursions import EXCURSIONS
from au_tf.morphable.formats.ict_actions import action_coefficients
from au_tf.morphable.model import Part

BROW, BROW_REACH = 4.5, 15.0
"""Half the width of a brow, and how far from its middle what it does to the skin has been made up for, mm."""
LID_UNITS = (5, 6)
"""Action Units whose excursions are those of lids, which slide (`muscles`)."""
GAZE = {61: (1, 30.0), 62: (1, -30.0), 63: (0, -22.0), 64: (0, 26.0)}
"""Axis (0 sideways, 1 upright) about which the eyes turn, and degrees at intensity 5."""


def linear_pulls(mesh: HeadMesh, mean: Array) -> Array:
    """Displacements float[len(ACTIONS), V, 3] in mm of each action at intensity 5.

    Args:
      mesh: the head as it is designed.
      mean: float[V, 3], mm, people's mean of it.
    """
    names = [name for name in table().names if name != "mean" and not name.startswith("identity")]
    amounts = action_coefficients(names, "measured.npz")
    of_skin = [k for k, name in enumerate(names) if not name.startswith("eye") and amounts[:, k].any()]
    shapes = displacements(mesh, *(names[k] for k in of_skin)) * _free_of_lids(mesh)[:, None]
    moved = np.tensordot(amounts[:, of_skin], shapes, 1)
    moved = _with_whole_brows(mesh, moved)
    _scale(mesh, mean, moved)
    keep_lips_whole(mesh, mean, moved)
    for unit, (axis, degrees) in GAZE.items():
        for side in ("left", "right"):
            turned = _turned_eye(mesh, mean, side, axis, np.radians(degrees))
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


def _scale(mesh: HeadMesh, mean: Array, moved: Array) -> None:
    """Lets actions go as far as is known of people, since between the measured points some of their motion is lost."""
    rows = landmark_vertices(mesh)
    at = mean[rows]
    for unit, excursions in EXCURSIONS.items():
        if unit not in LID_UNITS:
            sides = both_sides(unit)
            whole = moved[sides].sum(0)[rows]
            moved[sides] *= np.mean([excursion.size / excursion.of(at, at + whole) for excursion in excursions])


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


def _turned_eye(mesh: HeadMesh, mean: Array, side: str, axis: int, angle: float) -> Array:
    """What a turn of an eyeball does to it, float[V, 3]; its white stays in the corners of the eye."""
    piece = mesh.pieces[f"eye_{side}"]
    moved = np.zeros((len(mesh.points), 3))
    ball = mean[piece.rows]
    arm = ball - (ball[piece.coordinates[:, 0] == 0.0].mean(0) - [0.0, 0.0, EYEBALL_RADIUS])
    one, other = (axis + 1) % 3, (axis + 2) % 3
    turned = np.zeros_like(arm)
    turned[:, one] = arm[:, one] * (np.cos(angle) - 1.0) - arm[:, other] * np.sin(angle)
    turned[:, other] = arm[:, one] * np.sin(angle) + arm[:, other] * (np.cos(angle) - 1.0)
    moved[piece.rows] = turned * smoothstep(13.0, 7.0, piece.coordinates[:, :1])
    return moved
