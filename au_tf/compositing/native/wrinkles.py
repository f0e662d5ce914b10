"""How the wrinkles that an expression adds change the light on the skin of a photo."""

from dataclasses import replace

import numpy as np

from au_tf.arrays import ArrayLike, Bool, Float32, Indices, Int32, Int64
from au_tf.compositing.fields import RELIEF, WRINKLE_LIMITS
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.detail import detail_of
from au_tf.rendering.lighting import BRIGHTER, DARKEST, DIM, SHALLOW
from au_tf.rendering.native import kernels
from au_tf.rendering.native.canvas import DetailRoom

_LIMITS = tuple(np.float32(limit) for limit in (SHALLOW, DIM, BRIGHTER, DARKEST))
_GREY = np.ones(3, np.float32)


class Wrinkles:
    """Those of one person, on a part of a face model's mesh.

    Args:
      model: the face model.
      kept: int[V'], the vertices that are left.
      shown: bool[T], the triangles that are left.
      triangles: int32[T', 3], of vertices that are left.
      coefficients: the face fitted to the photo. What wrinkles it has stand in the photo itself.
    """

    def __init__(
        self, model: MorphableModel, kept: Indices, shown: Bool, triangles: Int32, coefficients: Coefficients
    ) -> None:
        detail = detail_of(model)
        parts = {name: getattr(detail, name)[kept] for name in ("places", "patches", "shares")}
        self._room = DetailRoom.of(replace(detail, mapped=detail.mapped[shown], **parts), triangles)
        self._triangles, self._identity = triangles, coefficients.identity
        self._own = detail.depths(coefficients.identity, coefficients.expression)

    def depths(self, expression: ArrayLike) -> Float32:
        """Depth of what an expression adds to the wrinkles of each patch, float32[P], mm, 0 where it takes away."""
        return np.maximum(self._room.detail.depths(self._identity, expression) - self._own, np.float32(0.0))

    def factor(
        self,
        depths: Float32,
        screen: Float32,
        keys: Int64,
        position: Float32,
        normal: Float32,
        light: Float32,
        pixels_per_mm: float,
    ) -> Float32:
        """Light with those wrinkles over that without, float32[R, C], at the samples of a grid.

        Args:
          depths: what `depths` returns.
          screen: float32[V', 8], as `kernels.place` writes it.
          keys: int64[R, C], as `kernels.nearest` writes it.
          position: float32[V', 3], in the camera's space, mm.
          normal: float32[V', 3], of any length.
          light: float32[10, 3], see `kernels.shade`, the same in all channels.
          pixels_per_mm: of the grid.
        """
        room = self._room
        maps = room.detail.maps
        level = maps.level(pixels_per_mm)
        kernels.fold(room.rows, room.patches, room.shares, room.layers, depths, room.folds)
        found = np.ones((*keys.shape, 3), np.float32)
        still = np.zeros((maps.marks[level].shape[-1], 3), np.float32)
        kernels.embellish(
            self._triangles, room.mapped, screen, keys, 1, position, normal, light, room.folds,
            maps.relief[level], maps.marks[level], still, np.float32(0.5**level), np.float32(chart.PER_MM),
            _GREY, _LIMITS, found,
        )  # fmt: skip
        return np.asarray(np.clip(found[..., 0] ** np.float32(RELIEF), *WRINKLE_LIMITS), np.float32)
