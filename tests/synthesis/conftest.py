import numpy as np
import pytest

from au_tf.facs import ACTIONS
from au_tf.morphable.model import MorphableModel


@pytest.fixture(scope="session")
def cloud_face():
    """Makes a face of 80 vertices, which coefficients move at random, with the actions float32[48, E] given."""

    def make(actions):
        size = actions.shape[1]
        rng = np.random.default_rng(0)
        points = rng.normal(size=(3, 80, 3)).astype(np.float32)
        basis = rng.normal(size=(size, 80, 3)).astype(np.float32)
        return MorphableModel(
            name="cloud",
            mean_shape=points[0],
            identity_basis=basis[:4],
            expression_basis=basis,
            mean_albedo=points[1],
            albedo_basis=basis[:4],
            triangles=np.int32([[0, 1, 2]]),
            landmarks=np.arange(68, dtype=np.int32),
            uv=points[2, :, :2],
            parts=np.zeros(80, np.uint8),
            mask=np.ones(80, np.float32),
            actions=actions,
            styles=np.zeros((len(ACTIONS), 3, size), np.float32),
        )

    return make
