"""Faces before a camera, and what a picture of a face model shows: the head, or the face proper."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import ArrayLike, Bool, Float32
from au_tf.geometry.camera import Camera
from au_tf.geometry.landmarks import BROWS, CHIN
from au_tf.geometry.square import Square
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering.lighting import AMBIENT, STUDIO

_NECK = 0.4
"""How far below the chin a head is shown, a share of its height from chin to brows."""


def face_vertices(model: MorphableModel, coefficients: Coefficients) -> Float32:
    """Vertices float32[..., V, 3] of faces in the camera's space, mm."""
    return coefficients.pose.apply(model.shape(coefficients.identity, coefficients.expression))


def frontal_camera(size: int) -> Camera:
    """The default camera of a square picture of `size` pixels a side."""
    return Camera.default(size, size)


def neutral(model: MorphableModel) -> Coefficients:
    """The mean face of a model, unposed, under `AMBIENT`."""
    zeros = {name: np.zeros(shape, np.float32) for name, shape in model.sizes.items()}
    return Coefficients(**zeros | {"lighting": AMBIENT})


def portrait(
    model: MorphableModel,
    coefficients: Coefficients | None = None,
    yaw: float = 0.0,
    pitch: float = 0.0,
    fill: float = 0.92,
    lighting: ArrayLike = STUDIO,
) -> Coefficients:
    """Puts a face before `frontal_camera` so that the mean head fills the picture; identity and expression stay.

    Args:
      model: the face model.
      coefficients: the face, without batch axes; None is the mean face.
      yaw: degrees by which the face turns towards the right of the picture.
      pitch: degrees by which it looks up.
      fill: the part of the picture's side that the mean head takes.
      lighting: float32[9, 3].

    Returns:
      Coefficients with new rotation, translation and lighting.
    """
    face = neutral(model) if coefficients is None else coefficients
    turn = Rotation.from_euler("YX", [yaw, -pitch], degrees=True)
    low, high = model.mean_shape.min(0), model.mean_shape.max(0)
    # The depth at which the head's larger side, at its middle, takes `fill` of the picture.
    depth = Camera.default(1, 1).focal * float((high - low)[:2].max()) / fill
    translation = np.array([0.0, 0.0, -depth]) - turn.apply((low + high) / 2)
    return replace(
        face,
        rotation=turn.as_rotvec().astype(np.float32),
        translation=translation.astype(np.float32),
        lighting=np.asarray(lighting, np.float32),
    )


def head(model: MorphableModel) -> Bool:
    """bool[V], the vertices of a head without the shoulders that some models have."""
    heights = model.mean_shape[:, 1]
    chin, brows = heights[model.landmarks[CHIN]], heights[model.landmarks[BROWS]].mean()
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
