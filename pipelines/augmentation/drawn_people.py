"""People drawn from a face model as source faces: nobody has recorded them."""

import numpy as np
from scipy.stats import truncnorm

from au_tf.morphable import MorphableModel
from au_tf.pipelines.augmentation.sources import PHOTO, Sources
from au_tf.rendering.lighting import STUDIO
from au_tf.simulation.measurement import project_landmarks
from au_tf.simulation.population import resting_faces
from au_tf.simulation.scene import DISTANCE_MM, VIDEO
from au_tf.simulation.subjects import stream

_MOST = 2.0
"""Standard deviations: beyond that a linear model has skin that reflects less than nothing."""


def drawn_sources(model: MorphableModel, count: int, seed: int, labels: Sources | None) -> Sources:
    """Draws people who look straight into a camera and do nothing; each record turns and lights them anew.

    Args:
      model: the face model.
      count: how many people.
      seed: of all draws.
      labels: what gives the labels; None if the policy needs none.

    Returns:
      One face of each, called P00001 and so on.
    """
    rng = stream(seed, "drawn people")
    identity = rng.standard_normal((count, len(model.identity_basis))).astype(np.float32)
    albedo = truncnorm.rvs(-_MOST, _MOST, size=(count, len(model.albedo_basis)), random_state=rng).astype(np.float32)
    known = [] if labels is None else labels.names.tolist()
    own = [f"P{number:05d}" for number in range(1, count + 1)]
    middle = (model.mean_shape.min(0) + model.mean_shape.max(0)) / 2
    none = np.zeros((0, 12), np.int8), np.zeros(0, np.int32)
    intensities, person = none if labels is None else (labels.label_intensities, labels.label_person)
    before = len(known)
    sources = Sources(
        names=np.array([*known, *own]),
        cameras=np.array([PHOTO]),
        person=np.arange(before, before + count, dtype=np.int32),
        camera=np.zeros(count, np.int32),
        frame=np.ones(count, np.int32),
        place=np.array([f"drawn person {name}" for name in own]),
        identity=np.concatenate([np.zeros((before, identity.shape[1]), np.float32), identity]),
        albedo=np.concatenate([np.zeros((before, albedo.shape[1]), np.float32), albedo]),
        expression=resting_faces(model, count, rng),
        rotation=np.zeros((count, 3), np.float32),
        translation=np.tile((-middle - [0.0, 0.0, DISTANCE_MM]).astype(np.float32), (count, 1)),
        lighting=np.tile(STUDIO.astype(np.float32), (count, 1, 1)),
        landmarks=np.zeros((count, 68, 2), np.float32),
        lens=np.tile(np.array([[VIDEO.focal, *VIDEO.centre, VIDEO.height, VIDEO.width]], np.float32), (count, 1)),
        picture=np.zeros(0, np.uint8),
        picture_end=np.zeros(0, np.int64),
        label_intensities=intensities,
        label_person=person,
    )
    everybody = sources.face_of(np.arange(count))
    sources.landmarks[:] = project_landmarks(model, everybody, VIDEO)
    return sources
