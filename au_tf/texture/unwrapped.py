"""A face model spread out on the map of the face: which point of its mesh each texel is."""

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from au_tf.arrays import Bool, Float32, Int32
from au_tf.morphable import MorphableModel
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.detail import detail_of
from au_tf.rendering.native.rasterizer import rasterize

_FAR = 1e5
"""mm, from where the map is looked at, so that perspective shifts nothing."""


class Unwrapped(NamedTuple):
    """The outermost skin on the map, whose rows and columns are those of `chart.texels`."""

    triangles: Int32
    """int32[T, 3], of the model, those that lie on the map."""
    shown: Bool
    """bool[ROWS, COLUMNS], texels with skin on them."""
    number: Int32
    """int32[N], the triangle at each of these texels."""
    weights: Float32
    """float32[N, 3], of its corners."""

    def spread(self, values: Float32) -> Float32:
        """Values float32[V, C] of the vertices on the map, float32[ROWS, COLUMNS, C], 0 where there is no skin."""
        out = np.zeros((*self.shown.shape, values.shape[-1]), np.float32)
        corners = self.triangles[self.number]
        out[self.shown] = sum(self.weights[:, k, np.newaxis] * values[corners[:, k]] for k in range(3))
        return out


@lru_cache(maxsize=2)
def unwrapped(model: MorphableModel) -> Unwrapped:
    """Of the last two models it is kept."""
    detail = detail_of(model)
    triangles = model.triangles[detail.mapped]
    # The farther out from the middle of the head, the nearer to who looks at the map.
    depth = _FAR - np.hypot(model.mean_shape[:, 0], model.mean_shape[:, 2] - model.mean_shape[:, 2].min())
    flat = np.concatenate([detail.places, depth[:, np.newaxis]], 1)
    found = rasterize(flat[np.newaxis], triangles, chart.ROWS, chart.COLUMNS)
    shown = found.mask[0]
    return Unwrapped(triangles, shown, found.triangle[0][shown], found.barycentric[0][shown])


def at_vertices(texture: Float32, places: Float32) -> Float32:
    """Values float32[V, C] of a texture float32[ROWS, COLUMNS, C] at places float32[V, 2] of the map, in texels."""
    column, row = (np.ascontiguousarray(axis)[:, np.newaxis] for axis in places.astype(np.float32).T)
    found = cv2.remap(texture, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32).reshape(len(places), -1)
