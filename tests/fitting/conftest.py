"""A small head whose every coefficient is known."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from au_tf.facs import ACTIONS
from au_tf.morphable import MorphableModel, Part

RADII = np.array([72.0, 100.0, 85.0])


def landmark_plane() -> np.ndarray:
    """float[68, 2], mm, (right of the picture, up): a face drawn with ellipses and lines."""
    turn = np.linspace(np.pi, 2 * np.pi, 17)
    jaw = np.stack([68 * np.cos(turn), 10 + 95 * np.sin(turn)], -1)
    brow = np.stack([np.linspace(-52, -14, 5), 38 + 8 * np.sin(np.linspace(0.3, 2.6, 5))], -1)
    ridge = np.stack([np.zeros(4), np.linspace(20, -12, 4)], -1)
    base = np.stack([np.linspace(-14, 14, 5), np.full(5, -22.0)], -1)
    around = np.radians([180, 120, 60, 0, -60, -120])
    eye = np.stack([-32 + 14 * np.cos(around), 18 + 6 * np.sin(around)], -1)
    lips = np.radians(np.arange(180, -180, -30))
    outer = np.stack([25 * np.cos(lips), -48 + 11 * np.sin(lips)], -1)
    inner = np.stack([19 * np.cos(lips[::3].repeat(2)), -48 + 5 * np.sin(np.radians(np.arange(180, -180, -45)))], -1)
    mirror = np.array([-1.0, 1.0])
    eyes = [eye, (eye * mirror)[[3, 2, 1, 0, 5, 4]]]
    return np.concatenate([jaw, brow, (brow * mirror)[::-1], ridge, base, *eyes, outer, inner])


def smooth_fields(rng: np.random.Generator, points: np.ndarray, count: int, size: float) -> np.ndarray:
    """float32[count, V, 3]: waves of a few centimetres, of `size` root mean square."""
    waves = rng.normal(0.0, 1.0 / 40.0, (count, 3, 3))
    phases = rng.uniform(0.0, 2 * np.pi, (count, 1, 3))
    return (size * np.sqrt(2) * np.cos(np.einsum("vi,nic->nvc", points, waves) + phases)).astype(np.float32)


@pytest.fixture(scope="session")
def head() -> MorphableModel:
    """An ellipsoid with a nose, about 5000 vertices, 6 identity, 5 expression and 3 albedo coefficients."""
    rng = np.random.default_rng(7)
    golden = np.pi * (3 - np.sqrt(5)) * np.arange(5000)
    height = 1 - (2 * np.arange(5000) + 1) / 5000
    ring = np.sqrt(1 - height**2)
    sphere = np.stack([ring * np.cos(golden), height, ring * np.sin(golden)], -1)
    triangles = ConvexHull(sphere).simplices
    corners = sphere[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = np.einsum("ti,ti->t", normals, corners[:, 0])
    triangles[inward < 0] = triangles[inward < 0][:, ::-1]
    points = sphere * RADII
    nose = np.exp(-((points[:, 0] / 12) ** 2) - ((points[:, 1] + 10) / 18) ** 2) * (points[:, 2] > 0)
    points[:, 2] += 22 * nose
    front = np.flatnonzero(sphere[:, 2] > 0)
    distance = np.linalg.norm(landmark_plane()[:, None] - points[front, :2], axis=-1)
    # The tone of the skin, then its pattern.
    albedo = smooth_fields(rng, points, 3, 0.04)
    albedo[0] = (0.12, 0.09, 0.07)
    return MorphableModel(
        name="ellipsoid",
        mean_shape=points.astype(np.float32),
        identity_basis=smooth_fields(rng, points, 6, 2.5),
        expression_basis=smooth_fields(rng, points, 5, 1.5),
        mean_albedo=np.tile(np.float32([0.5, 0.3, 0.2]), (5000, 1)),
        albedo_basis=albedo,
        triangles=triangles.astype(np.int32),
        landmarks=front[distance.argmin(1)].astype(np.int32),
        uv=np.zeros((5000, 2), np.float32),
        parts=np.full(5000, Part.SKIN, np.uint8),
        mask=(sphere[:, 2] > 0.2).astype(np.float32),
        actions=np.zeros((len(ACTIONS), 5), np.float32),
        styles=np.zeros((len(ACTIONS), 3, 5), np.float32),
    )
