"""The outline of the face: which vertices the landmarks of the jaw stand for in a given pose."""

from dataclasses import dataclass

import numpy as np

from au_tf.arrays import Float64, Int32, Int64
from au_tf.geometry.landmarks import INNER, JAW
from au_tf.morphable import MorphableModel, Part

"""The landmarks of iBUG 300-W that lie on the outline."""
_WIDTH = 3.0
"""Half the width in mm of the strip of skin about a ray."""
_REACH = 45.0
"""How far in mm towards the middle of the face an outline may lie."""
_MARGIN = (2.0, 8.0)
"""How far in mm beyond the landmark's place on a frontal face, outward and backward."""


@dataclass(frozen=True, eq=False)
class Contour:
    """For each landmark of the jaw the strip of skin on which it can lie.

    The strips follow rays from the middle of the face through the landmarks of the mean face, seen from the front. As
    the face turns away, its outline moves along them towards the nose.
    """

    rays: Float64
    """float64[17, 2], unit vectors in the plane x, y of the model."""
    vertices: Int32
    """int32[N], all candidates, strip after strip."""
    starts: Int64
    """int64[17], where each strip starts in `vertices`."""

    @classmethod
    def of(cls, model: MorphableModel) -> "Contour":
        """The strips of a model's mean face."""
        shape = model.mean_shape.astype(np.float64)
        landmarks = shape[model.landmarks]
        middle = landmarks[INNER, :2].mean(0)
        skin = np.flatnonzero(model.parts == Part.SKIN)
        places = shape[skin]
        rays, strips = [], []
        for index, landmark in zip(model.landmarks[JAW], landmarks[JAW], strict=True):
            radius = float(np.linalg.norm(landmark[:2] - middle))
            ray = (landmark[:2] - middle) / radius
            along = (places[:, :2] - middle) @ ray - radius
            aside = (places[:, :2] - middle) @ (-ray[1], ray[0])
            near = (np.abs(aside) < _WIDTH) & (along < _MARGIN[0]) & (along > -_REACH)
            near &= places[:, 2] > landmark[2] - _MARGIN[1]
            rays.append(ray)
            strips.append(np.union1d(skin[near], index))
        sizes = [len(strip) for strip in strips]
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        return cls(np.array(rays), np.concatenate(strips).astype(np.int32), starts)

    def image_rays(self, turn: Float64) -> Float64:
        """Unit vectors float64[17, 2] (column, row) of the rays in a picture.

        Args:
          turn: float64[2 or 3, 2 or 3], rotation of the model.
        """
        rays = self.rays @ turn[:2, :2].T * (1.0, -1.0)
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True)

    def outermost(self, seen: Float64, turn: Float64) -> Int64:
        """Of each strip the vertex that lies outermost in the picture.

        Args:
          seen: float64[N, 2], (column, row) of `vertices`.
          turn: float64[3, 3], rotation of the model.

        Returns:
          int64[17], indices into `vertices`.
        """
        rays = self.image_rays(turn)
        ends = np.append(self.starts[1:], len(self.vertices))
        best = [a + int(np.argmax(seen[a:b] @ ray)) for a, b, ray in zip(self.starts, ends, rays, strict=True)]
        return np.array(best)
