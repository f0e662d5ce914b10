"""A world in which Action Units move coefficients linearly, and people differ in nothing but their resting face."""

import numpy as np
import pytest

from au_tf.facs import ACTIONS, AU_NUMBERS
from au_tf.morphable.model import STYLES, MorphableModel
from au_tf.training.frame_table import FrameTable

SIZE = 14
FRAMES = 60


@pytest.fixture(scope="session")
def effects():
    """float[12, E], what each Action Unit does at intensity 1: all different directions."""
    return np.linalg.qr(np.random.default_rng(0).normal(size=(SIZE, SIZE)))[0][:12]


def draw(people, effects, seed):
    """Frames of some people before two cameras, every fourth of them neutral, without any error."""
    rng = np.random.default_rng(seed)
    person, camera = np.repeat(people, 2 * FRAMES), np.tile(np.repeat([0, 1], FRAMES), len(people))
    intensities = rng.integers(0, 6, (len(person), 12)) * (rng.random((len(person), 12)) < 0.3)
    intensities[::4] = 0
    rest = {p: 0.05 * np.random.default_rng(p).normal(size=SIZE) for p in people}
    expression = np.stack([rest[p] for p in person]) + intensities @ effects
    time = np.tile(np.arange(FRAMES), 2 * len(people))
    columns = (column.astype(np.int32) for column in (intensities, person, camera, time))
    return FrameTable(expression.astype(np.float32), *columns)


@pytest.fixture(scope="session")
def train(effects):
    """Six people."""
    return draw([1, 2, 3, 5, 8, 13], effects, 1)


@pytest.fixture(scope="session")
def test(effects):
    """Two others."""
    return draw([4, 7], effects, 2)


@pytest.fixture(scope="session")
def face(effects):
    """A face of 70 vertices that those coefficients move at random, either side doing half of each Action Unit."""
    rng = np.random.default_rng(3)
    actions = np.zeros((len(ACTIONS), SIZE), np.float32)
    for unit, effect in zip(AU_NUMBERS, effects, strict=True):
        actions[[ACTIONS.index(f"AU{unit}_{side}") for side in "LR"]] = 5 * effect / 2
    basis = rng.normal(size=(SIZE, 70, 3)).astype(np.float32)
    return MorphableModel(
        name="cloud",
        mean_shape=rng.normal(size=(70, 3)).astype(np.float32),
        identity_basis=basis[:2],
        expression_basis=basis,
        mean_albedo=np.full((70, 3), 0.5, np.float32),
        albedo_basis=basis[:2],
        triangles=np.int32([[0, 1, 2]]),
        landmarks=np.arange(68, dtype=np.int32),
        uv=np.zeros((70, 2), np.float32),
        parts=np.zeros(70, np.uint8),
        mask=rng.random(70).astype(np.float32),
        actions=actions,
        styles=np.zeros((len(ACTIONS), STYLES, SIZE), np.float32),
    )
