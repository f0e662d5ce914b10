"""What each pixel of a drawn face shows, beside its colour: which part of the head, how far away, turned whereto."""

from enum import IntEnum
from typing import NamedTuple, Self

import numpy as np

from au_tf.arrays import Float32, Int32, Int64, UInt8
from au_tf.morphable.model import MorphableModel, Part
from au_tf.rendering.native import kernels
from au_tf.rendering.native.canvas import Canvas
from au_tf.rendering.native.hair import HairCanvas
from au_tf.rendering.native.ribbons import NEARER

_FLAT = np.float32(1e-20)


class Segment(IntEnum):
    """What a pixel shows most of."""

    BACKGROUND = 0
    FACE = 1
    HEAD = 2
    """Skin of ears, neck and scalp."""
    EYE = 3
    MOUTH = 4
    TEETH = 5
    WORN = 6
    """Hair, brows, lashes, beards, caps and glasses."""


_OF_PART = {Part.SKIN: Segment.HEAD, Part.EYE: Segment.EYE, Part.MOUTH: Segment.MOUTH, Part.TEETH: Segment.TEETH}


def segments_of(model: MorphableModel) -> UInt8:
    """The segment of each triangle, uint8[T]: that of its corners, the highest where they differ."""
    own = np.array([_OF_PART[part] for part in Part], np.uint8)[model.parts]
    own[(own == Segment.HEAD) & (model.mask > 0.5)] = Segment.FACE
    return np.asarray(own[model.triangles].max(1), np.uint8)


class Surfaces(NamedTuple):
    """Of B pictures; depth and normals are the face model's, also where hair or glasses hide it."""

    segments: UInt8
    """uint8[B, H, W], a `Segment` each."""
    depth: Float32
    """float32[B, H, W], mm along the camera's axis, 0 where there is no face."""
    normals: Float32
    """float32[B, H, W, 3], unit vectors in the camera's space (+x right, +y up, +z to it), 0 where there is no face."""

    @classmethod
    def empty(cls, count: int, height: int, width: int) -> Self:
        """Room for as many pictures."""
        size = count, height, width
        return cls(np.empty(size, np.uint8), np.empty(size, np.float32), np.empty((*size, 3), np.float32))

    def keep(self, face: int, canvas: Canvas, over: HairCanvas | None, triangles: Int32, segments: UInt8) -> None:
        """Takes down what a canvas shows as the picture of that number.

        Args:
          face: the number.
          canvas: that has drawn it.
          over: its hair.
          triangles: int32[T, 3].
          segments: uint8[T], as `segments_of`.
        """
        table = canvas.vertices.copy()
        length = np.sqrt(np.maximum(np.square(canvas.normal).sum(1, keepdims=True), _FLAT))
        table[:, 4:7], table[:, 7] = canvas.normal / length, -canvas.position[:, 2]
        spread = np.empty_like(canvas.pixels)
        kernels.resolve(triangles, table, canvas.keys, canvas.samples, spread)
        covered = spread[..., 3]
        self.depth[face] = np.where(covered > 0.0, spread[..., 4] / np.maximum(covered, _FLAT), 0.0)
        size = np.sqrt(np.maximum(np.square(spread[..., :3]).sum(-1, keepdims=True), _FLAT))
        self.normals[face] = np.where(covered[..., None] > 0.0, spread[..., :3] / size, 0.0)
        self.segments[face] = _shown(canvas.keys, None if over is None else over.keys, canvas.samples, segments)


def _shown(keys: Int64, worn: Int64 | None, samples: int, segments: UInt8) -> UInt8:
    """Of each pixel the segment in the middle of its samples', uint8[H, W]; keys are as `kernels.nearest` has them."""
    seen = np.where(keys >= 0, segments[keys.astype(np.int32)], np.uint8(Segment.BACKGROUND))
    if worn is not None:
        # Halves of a key compare as the numbers do that they hold.
        near, behind = ((key >> 32).astype(np.int32).view(np.float32) for key in (worn, keys))
        before = (worn >= 0) & ((keys < 0) | (near * NEARER >= behind))
        seen = np.where(before, np.uint8(Segment.WORN), seen)
    height, width = (side // samples for side in keys.shape)
    of_pixel = seen.reshape(height, samples, width, samples).swapaxes(1, 2).reshape(height, width, -1)
    return np.asarray(np.sort(of_pixel, -1)[..., samples * samples // 2], np.uint8)
