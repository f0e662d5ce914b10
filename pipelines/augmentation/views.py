"""People seen from new sides in new light."""

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Int64
from au_tf.fitting.synthetic.scenes import draw_light
from au_tf.geometry.landmarks import INNER
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.simulation.subjects import stream

YAW, PITCH, ROLL = 45.0, 15.0, 8.0
"""Degrees by which heads turn at most to the side and up or down, and tilt."""


def seen_anew(model: MorphableModel, faces: Coefficients, seed: int, numbers: Int64) -> Coefficients:
    """The same faces at the same places, turned otherwise and in other light.

    Args:
      model: the face model.
      faces: B of them.
      seed: of all that is random.
      numbers: int64[B], of the records, each of which has a view of its own.
    """
    middle = model.mean_shape[model.landmarks[INNER]].mean(0).astype(np.float64)
    places = np.einsum("bij,j->bi", faces.pose.matrix.astype(np.float64), middle) + faces.translation
    rotations, lights = [], []
    for number, place in zip(numbers.tolist(), places, strict=True):
        rng = stream(seed, "view", str(number))
        yaw, pitch, roll = rng.uniform(-1.0, 1.0, 3) * (YAW, PITCH, ROLL)
        # Away from the middle of a picture the camera is not straight ahead.
        x, y, z = -place / np.linalg.norm(place)
        ahead = Rotation.from_euler("YX", [np.arctan2(x, z), -np.arcsin(y)])
        rotations.append((ahead * Rotation.from_euler("YXZ", [yaw, pitch, roll], degrees=True)).as_matrix())
        lights.append(draw_light(rng))
    turned = np.stack(rotations)
    return faces.replace(
        rotation=Rotation.from_matrix(turned).as_rotvec().astype(np.float32),
        translation=(places - turned @ middle).astype(np.float32),
        lighting=np.stack(lights),
    )
