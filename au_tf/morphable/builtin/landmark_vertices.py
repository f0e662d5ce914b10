"""The 68 landmarks of iBUG 300-W on the built-in face."""

import numpy as np
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Int64
from au_tf.morphable.builtin import outlines
from au_tf.morphable.builtin.mesh import HeadMesh

# Half of the jaw's contour from the middle of the chin to the ear, mm.
_JAW = (
    (0.0, -112.0, 52.0), (15.5, -109.0, 50.0), (30.0, -103.0, 39.0), (43.0, -94.0, 25.0), (55.0, -78.0, 12.0),
    (64.0, -58.0, 3.0), (69.0, -39.0, -6.0), (72.5, -19.0, -12.0), (73.5, 3.0, -14.0),
)  # fmt: skip
_BRIDGE = ((0.0, 3.0), (0.0, -9.0), (0.0, -20.0), (0.0, -33.0))
_NOSTRILS = ((-12.5, -45.5), (-6.2, -47.0), (0.0, -48.0), (6.2, -47.0), (12.5, -45.5))
_BROW_SHARES = (0.0, 0.28, 0.55, 0.80, 1.0)


def landmark_vertices(mesh: HeadMesh) -> Int64:
    """Vertices of the 68 landmarks, int[68], from the person's right ear onward."""
    skin = mesh.points[mesh.pieces["skin"].rows]
    visible = np.flatnonzero(skin[:, 2] > -40)
    space, front = cKDTree(skin[visible]), cKDTree(skin[visible][:, :2])

    def nearest(points: Array) -> Int64:
        tree = space if np.shape(points)[1] == 3 else front
        return visible[tree.query(points)[1]]

    half = np.array(_JAW)
    jaw = np.concatenate([half[:0:-1] * [-1, 1, 1], half])
    left_brow = outlines.brow_line(np.array(_BROW_SHARES)) + np.array([0.0, 1.5])
    right_brow = left_brow[::-1] * [-1, 1]
    return np.concatenate(
        [
            nearest(jaw),
            nearest(right_brow),
            nearest(left_brow),
            nearest(np.array(_BRIDGE)),
            nearest(np.array(_NOSTRILS)),
            _eye(mesh, mesh.lid_right)[[3, 2, 1, 0, 5, 4]],
            _eye(mesh, mesh.lid_left),
            nearest(_outer_lips()),
            _inner_lips(mesh),
        ]
    )


def _eye(mesh: HeadMesh, margin: Int64) -> Int64:
    """Inner corner, upper lid (inner, outer), outer corner, lower lid (outer, inner)."""
    half = len(margin) // 2
    x = np.abs(mesh.points[margin, 0])
    low, high = outlines.EYE_INNER[0], outlines.EYE_OUTER[0]

    def at(share: float, upper: bool) -> np.int64:
        arc = np.arange(half, len(margin)) if upper else np.arange(half)
        return margin[arc[np.argmin(np.abs(x[arc] - (low + share * (high - low))))]]

    return np.array([margin[0], at(0.33, True), at(0.68, True), margin[half], at(0.70, False), at(0.35, False)])


def _outer_lips() -> Array:
    """Twelve points on the border of the vermilion, from the right corner over the upper lip, float[12, 2]."""
    corner = outlines.MOUTH_CORNER[0]
    x = np.array([-1.0, -0.66, -0.26, 0.0, 0.26, 0.66, 1.0]) * corner
    upper = np.stack([x, outlines.lip_line(x) + outlines.upper_lip_height(x)], -1)
    x = np.array([0.66, 0.34, 0.0, -0.34, -0.66]) * corner
    lower = np.stack([x, outlines.lip_line(x) - outlines.lower_lip_height(x)], -1)
    return np.concatenate([upper, lower])


def _inner_lips(mesh: HeadMesh) -> Int64:
    """Eight points on the lips' edges, from the right inner corner over the upper lip."""
    corner = outlines.MOUTH_CORNER[0]

    def at(edge: Int64, share: float) -> np.int64:
        return edge[np.argmin(np.abs(mesh.points[edge, 0] - share * corner))]

    upper = [at(mesh.upper_lip, share) for share in (-0.88, -0.40, 0.0, 0.40, 0.88)]
    return np.array(upper + [at(mesh.lower_lip, share) for share in (0.40, 0.0, -0.40)])
