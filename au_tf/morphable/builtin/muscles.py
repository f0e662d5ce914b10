"""How facial muscles move the mean face (after Waters 1987): each action pulls its own region.

An action is a FACS Action Unit of one side of the face, at strength 0..1, where 1 stands for
intensity 5. Most pull linearly; lids slide over the eyeball and the jaw turns about its joint.
"""

import numpy as np
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import spsolve

from au_tf.arrays import Array, ArrayLike, Float32
from au_tf.facs import ACTIONS
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.pulls import linear_pulls
from au_tf.morphable.builtin.sculpt import bump, lid_surface, outline_distance, smoothstep
from au_tf.morphable.model import STYLES

JAW_JOINT = np.array([0.0, -10.0, -20.0])
JAW_ANGLE = np.radians(15.0)
JAW_GLIDE = np.array([0.0, -1.0, 6.0])


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
            for unit, pull in linear_pulls(mesh, sign).items():
                fields[ACTIONS.index(f"AU{unit}_{letter}")] = pull * [sign, 1.0, 1.0]
        self._linear = np.stack([fields, *_style_fields(mesh, fields)], 1).astype(np.float32)

    def displace(self, strengths: ArrayLike, styles: ArrayLike | None = None) -> Float32:
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

    def _jaw_drop(self, a: Float32) -> Float32:
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

    def __call__(self, strength: dict[int, Float32]) -> Float32:
        """Displacements float32[B, V, 3] for strengths float[B] of AU5, 6, 7 and 43."""
        a5, a6, a7, a43 = (strength[u][:, None] for u in (5, 6, 7, 43))
        down = (1.3 * a7 + 0.9 * a6 - 4.0 * a5) * self.share
        up = (1.7 * a7 + 2.5 * a6 - 0.5 * a5) * self.share
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
