"""How actions move the mean face: lids slide over the eyeball, all else moves linearly, as it was measured to.

An action is a FACS Action Unit of one side of the face, at strength 0..1, where 1 stands for intensity 5. Some together
do more or less than they do alone (`combine`).
"""

import numpy as np
from scipy.interpolate import LinearNDInterpolator

from au_tf.arrays import Array, ArrayLike, Float, Float32
from au_tf.facs import ACTIONS
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.actions.pulls import linear_pulls
from au_tf.morphable.builtin.identity import mean_shape
from au_tf.morphable.builtin.mesh import HeadMesh
from au_tf.morphable.builtin.sculpt import lid_surface, outline_distance
from au_tf.morphable.combinations import combine
from au_tf.morphable.model import STYLES

_LIDS_FOLLOW = {63: (-1.6, 0.9), 64: (4.6, -1.4)}
"""mm by which the upper lid goes down and the lower one up as the eyes look up and down."""


class Muscles:
    """Displacements of the mean face for given action strengths.

    Args:
      mesh: the head as it is designed, of which the face is people's mean.
    """

    def __init__(self, mesh: HeadMesh) -> None:
        self.mesh = mesh
        mean = mean_shape(mesh).astype(np.float64)
        self._lids = {sign: _LidSlide(mesh, mean, sign) for sign in (1.0, -1.0)}
        fields = linear_pulls(mesh, mean)
        for sign, letter in ((1.0, "L"), (-1.0, "R")):
            for unit, (down, up) in _LIDS_FOLLOW.items():
                lids = self._lids[sign]
                fields[ACTIONS.index(f"AU{unit}_{letter}")] += lids.slide(
                    down * lids.share[None], up * lids.share[None]
                )[0]
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
        a = combine(strengths).astype(np.float32)
        lead = a.shape[:-1]
        a = a.reshape(-1, len(ACTIONS))
        weights = np.zeros((len(a), len(ACTIONS), 1 + STYLES), np.float32)
        weights[:, :, 0] = a
        if styles is not None:
            weights[:, :, 1:] = a[:, :, None] * np.asarray(styles, np.float32).reshape(len(a), len(ACTIONS), STYLES)
        count = len(self.mesh.points)
        moved = (weights.reshape(len(a), -1) @ self._linear.reshape(-1, count * 3)).reshape(-1, count, 3)
        for sign, letter in ((1.0, "L"), (-1.0, "R")):
            lid = {u: a[:, ACTIONS.index(f"AU{u}_{letter}")] for u in (5, 6, 7, 43)}
            moved += self._lids[sign](lid)
        return moved.reshape(*lead, count, 3)


class _LidSlide:
    """Lids of one eye, sliding on their surface over the eyeball.

    They slide on the head as it is designed and are then carried to people's mean of it, as what lies there is.
    """

    def __init__(self, mesh: HeadMesh, mean: Array, sign: float) -> None:
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
        self.carried = LinearNDInterpolator(np.stack([self.x, self.y], -1)[: len(near)], (mean - mesh.points)[near])
        self.at_rest = self.carried(self.x, self.y)

    def __call__(self, strength: dict[int, Float32]) -> Float32:
        """Displacements float32[B, V, 3] for strengths float[B] of AU5, 6, 7 and 43."""
        a5, a6, a7, a43 = (strength[u][:, None] for u in (5, 6, 7, 43))
        down = (1.3 * a7 + 0.9 * a6 - 4.3 * a5) * self.share
        up = (2.4 * a7 + 3.8 * a6 - 0.5 * a5) * self.share
        shut = a43 * np.clip(self.opening - down - up, 0.0, None)
        down, up = down + 0.9 * shut, up + 0.1 * shut
        return self.slide(down, up)

    def slide(self, down: Float, up: Float) -> Float32:
        """Displacements float32[B, V, 3] for mm float[B, N or 1] by which the upper lid goes down, the lower one up."""
        meet = np.clip(down + up - self.opening, 0.0, None)
        dy = np.where(self.upper, -(down - 0.8 * meet), up - 0.2 * meet) * self.weight
        dz = lid_surface(self.x, self.y + dy) - self.z
        slid = np.nan_to_num(self.carried(np.broadcast_to(self.x, dy.shape), self.y + dy) - self.at_rest)
        slid[..., 1] += dy
        slid[..., 2] += dz * self.weight
        moved = np.zeros((len(dy), self.count, 3), np.float32)
        moved[:, self.rows] = slid
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
