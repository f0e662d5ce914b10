"""Texture coordinates of the built-in face: one disc of skin, small parts in the corners."""

import numpy as np

from au_tf.arrays import Float32
from au_tf.morphable.builtin.mesh import HeadMesh

_CORNER = 0.135


def texture_layout(mesh: HeadMesh) -> Float32:
    """Coordinates float32[V, 2] in [0, 1], origin at the lower left, no seam and no overlap on the skin.

    The skin is a disc with the crown in its middle, the neck at its rim and the face below the
    middle; eyes, ears, teeth and mouth lie in the square's corners.
    """
    s, t = mesh.chart.T
    reach, bearing = 0.495 * t / t.max(), np.pi * s / np.abs(s).max()
    uv = 0.5 + np.stack([reach * np.sin(bearing), -reach * np.cos(bearing)], -1)
    half = 0.5 * _CORNER
    boxes = {
        "eye_left": (1 - half, half), "eye_right": (half, half),
        "ear_left": (1 - half, 1 - half), "ear_right": (half, 1 - half),
    }  # fmt: skip
    for name, (u, v) in boxes.items():
        piece = mesh.pieces[name]
        share, angle = piece.coordinates.T
        # The back of the ear has radius shares beyond 1 and lies inside the front's own rim.
        share = np.where(share > 1, 1.12, share) / 1.15 if "ear" in name else share / 17.5
        uv[piece.rows] = np.stack([u + half * share * np.cos(angle), v + half * share * np.sin(angle)], -1)
    # Narrow pieces stand in the lower corners beside the eyes' discs.
    strip = 0.012
    for row, name in enumerate(("teeth_upper", "teeth_lower", "tongue", "bag")):
        piece = mesh.pieces[name]
        down, along = piece.coordinates.T
        if "teeth" in name:
            along = np.tile(np.linspace(0, 1, len(along) // 11), 11)
        else:
            along = (along - along.min()) / np.ptp(along)
        down = (down - down.min()) / np.ptp(down)
        uv[piece.rows] = np.stack([0.002 + 0.085 * along, _CORNER + 0.004 + strip * (row + 0.05 + 0.9 * down)], -1)
    return uv.clip(0, 1).astype(np.float32)
