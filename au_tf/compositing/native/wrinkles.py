"""How the wrinkles that an expression adds change the light on the skin of a photo."""

from dataclasses import replace

import numpy as np

from au_tf.arrays import ArrayLike, Bool, Float32, Indices, Int32, Int64
from au_tf.compositing.fields import RELIEF, WRINKLE_LIMITS
from au_tf.morphable import MorphableModel
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.detail import detail_of, visible, wanted
from au_tf.rendering.native import kernels
from au_tf.rendering.native.canvas import LIMITS, DetailRoom

_GREY = np.ones(3, np.float32)


class Wrinkles:
    """Those of a face model, on a part of its mesh; safe to be used by many threads.

    Args:
      model: the face model.
      kept: int[V'], the vertices that are left.
      shown: bool[T], the triangles that are left.
      triangles: int32[T', 3], these, of vertices that are left.
    """

    def __init__(self, model: MorphableModel, kept: Indices, shown: Bool, triangles: Int32) -> None:
        detail = detail_of(model)
        parts = {name: getattr(detail, name)[kept] for name in ("places", "patches", "shares")}
        self._room = DetailRoom.of(replace(detail, mapped=detail.mapped[shown], **parts), triangles)
        self._triangles = triangles

    def added(self, identity: ArrayLike, expression: ArrayLike, own: ArrayLike) -> Float32:
        """Depth float32[P], mm, of what an expression adds to the wrinkles of another, own; 0 where it takes away.

        The wrinkles that a photo has stand in the photo itself, and what the fit takes for some may be none.
        """
        new, old = (self._room.detail.depths(identity, each) for each in (expression, own))
        return np.maximum(new - old, np.float32(0.0))

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
          depths: what `added` returns.
          screen: float32[V', 3], column and row in the grid, 1/depth.
          keys: int64[R, C], as `kernels.nearest` writes it.
          position: float32[V', 3], in the camera's space, mm.
          normal: float32[V', 3], of any length.
          light: float32[10, 3], see `kernels.shade`, the same in all channels.
          pixels_per_mm: of the grid.
        """
        room = self._room
        maps = room.detail.maps
        level = maps.level(pixels_per_mm)
        folds, depths = room.folds.copy(), visible(depths, level)
        kernels.fold(room.rows, room.patches, room.shares, room.layers, depths, folds)
        found = np.ones((*keys.shape, 3), np.float32)
        still = np.zeros((maps.marks[level].shape[-1], 3), np.float32)
        kernels.embellish(
            self._triangles, room.mapped, wanted(depths, still), screen, keys, 1, position, normal, light, folds,
            maps.relief[level], maps.marks[level], still, np.float32(0.5**level), np.float32(chart.PER_MM),
            _GREY, LIMITS, found,
        )  # fmt: skip
        factor = found[..., 0].copy()
        wrinkled = factor != 1.0
        factor[wrinkled] = np.clip(factor[wrinkled] ** np.float32(RELIEF), *WRINKLE_LIMITS)
        return factor
