"""New views of the same people."""

import numpy as np

from au_tf.geometry.landmarks import INNER
from au_tf.morphable import Coefficients
from au_tf.morphable.builtin import builtin_face
from au_tf.pipelines.augmentation.views import PITCH, YAW, seen_anew
from au_tf.rendering.framing import portrait


def test_faces_turn_on_the_spot_each_by_its_own_number():
    model = builtin_face()
    faces = Coefficients.stack([portrait(model, yaw=yaw) for yaw in (-20.0, 0.0, 30.0)])
    numbers = np.array([5, 6, 70])
    seen = seen_anew(model, faces, 3, numbers)
    middle = model.mean_shape[model.landmarks[INNER]].mean(0)[np.newaxis]
    for k in range(3):
        before, after = (each[k].pose.apply(middle)[0] for each in (faces, seen))
        np.testing.assert_allclose(after, before, atol=0.05)
        alone = seen_anew(model, faces[k : k + 1], 3, numbers[k : k + 1])
        np.testing.assert_array_equal(alone.rotation[0], seen.rotation[k])
        np.testing.assert_array_equal(alone.lighting[0], seen.lighting[k])
        ahead, towards = seen[k].pose.matrix[:, 2], -after / np.linalg.norm(after)
        assert ahead @ towards > np.cos(np.radians(np.hypot(YAW, PITCH)))
    assert len({*seen.rotation[:, 1].tolist()}) == 3
    np.testing.assert_array_equal(seen.identity, faces.identity)
