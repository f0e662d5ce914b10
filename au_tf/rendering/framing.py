"""What a picture of a face model shows: the head, or the face proper, whatever else the model has."""

import numpy as np

from au_tf.arrays import Bool
from au_tf.geometry.camera import Camera
from au_tf.geometry.square import Square
from au_tf.morphable import MorphableModel
from au_tf.rendering.graph.renderer import face_vertices, frontal_camera, portrait

_NECK = 0.4
"""How far below the chin a head is shown, a share of its height from chin to brows."""


def head(model: MorphableModel) -> Bool:
    """bool[V], the vertices of a head without the shoulders that some models have."""
    heights = model.mean_shape[:, 1]
    chin, brows = heights[model.landmarks[8]], heights[model.landmarks[17:27]].mean()
    return np.asarray(heights > chin - _NECK * (brows - chin))


def close_up(model: MorphableModel, shown: Bool, size: int, margin: float, yaw: float = 0.0) -> Camera:
    """The camera of `portrait`, cut to some of the mean face's vertices.

    Args:
      model: the face model.
      shown: bool[V], the vertices.
      size: pixels a side.
      margin: the picture's side over the larger side of what is shown.
      yaw: of the portrait.
    """
    camera = frontal_camera(size)
    square = Square.about(camera.project(face_vertices(model, portrait(model, yaw=yaw)))[shown, :2], margin, size)
    return camera.aligned(square.matrix, size, size)
