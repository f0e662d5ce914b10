"""An ellipsoid as a face model, small and with everything known."""

from dataclasses import replace

import numpy as np
import pytest

from au_tf.facs import ACTIONS
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering.framing import portrait
from au_tf.rendering.lighting import STUDIO

ROWS, COLUMNS = 41, 81


@pytest.fixture(scope="session")
def globe() -> MorphableModel:
    """An ellipsoid with a seam at its back, grey on average; the one albedo coefficient paints smooth patches."""
    v, u = np.meshgrid(np.linspace(0, 1, ROWS), np.linspace(0, 1, COLUMNS), indexing="ij")
    up, around = (v - 0.5) * np.pi, (u - 0.5) * 2 * np.pi
    direction = np.stack([np.cos(up) * np.sin(around), np.sin(up), np.cos(up) * np.cos(around)], -1).reshape(-1, 3)
    corner = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    a, b, c, d = (q.ravel() for q in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]))
    shape = np.float32(direction * [80, 110, 90])
    patches = np.stack([np.sin(3 * up), np.cos(2 * around), np.sin(around)], -1).reshape(-1, 3)
    return MorphableModel(
        name="globe",
        mean_shape=shape,
        identity_basis=np.zeros((1, len(shape), 3), np.float32),
        expression_basis=np.float32(direction * [0, 0, 5])[np.newaxis],
        mean_albedo=np.full_like(shape, 0.4),
        albedo_basis=np.float32(0.1 * patches)[np.newaxis],
        triangles=np.int32(np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)])),
        landmarks=np.zeros(68, np.int32),
        uv=np.float32(np.stack([u, v], -1).reshape(-1, 2)),
        parts=np.zeros(len(shape), np.uint8),
        mask=np.ones(len(shape), np.float32),
        actions=np.zeros((len(ACTIONS), 1), np.float32),
        styles=np.zeros((len(ACTIONS), 3, 1), np.float32),
    )


@pytest.fixture(scope="session")
def painted(globe) -> Coefficients:
    """The ellipsoid before a camera, with its patches."""
    return replace(portrait(globe, lighting=STUDIO), albedo=np.float32([1.0]))
