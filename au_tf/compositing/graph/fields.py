"""What a mesh says about each pixel of a photo, in TensorFlow ops; see `native.fields`."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from au_tf.arrays import ArrayLike, Tensor
from au_tf.compositing.fields import (
    DARKEST,
    FACING,
    LESS_ON_LIDS,
    LUMINANCE,
    RATIO_LIMITS,
    RELIEF,
    SAME_MOTION,
    WRINKLE_BLUR,
    WRINKLE_LIMITS,
    Fields,
    Mesh,
)
from au_tf.compositing.lids import MIDDLES, NARROWED, Lids
from au_tf.compositing.placement import Window
from au_tf.morphable import Part
from au_tf.morphable.detail.detail import Detail
from au_tf.morphable.detail.marks import MARKS
from au_tf.rendering.details import FaceDetail
from au_tf.rendering.graph.details import Shaded, factor
from au_tf.rendering.graph.lighting import irradiance
from au_tf.rendering.graph.normals import vertex_normals
from au_tf.rendering.graph.rasterizer import Fragments, interpolate, rasterize
from au_tf.rendering.graph.sampling import blur, sample_nearest, smoothstep


class MeshFields:
    """Asks the mesh of a target face about the pixels of the source photo, in graphs too.

    Args:
      mesh: of the face model.
      vertices: float32[V, 3], the face fitted to the photo, in the camera's space.
      sure: float32[V, 3], the same without what of its expression is a guess.
      see: of the camera: vertices float32[V, 3] to (column, row, depth) in the photo.
      offset: float32[V, 2], what leads from there to where the vertices are, in pixels of the window.
      lighting: float32[9, 3].
      lids: of this photo.
      window: the part of the photo.
      detail: of the face model.
    """

    def __init__(
        self,
        mesh: Mesh,
        vertices: ArrayLike | Tensor,
        sure: ArrayLike | Tensor,
        see: Callable[[Tensor], Tensor],
        offset: ArrayLike | Tensor,
        lighting: ArrayLike | Tensor,
        lids: Lids,
        window: Window,
        detail: Detail,
    ) -> None:
        self.window, self.vertices, self._detail = window, vertices, detail
        self._triangles, self._triangle_part = tf.constant(mesh.triangles), tf.constant(mesh.triangle_part)
        self._see, self._lighting, self._lids = see, tf.convert_to_tensor(lighting), lids
        self._offset = tf.pad(tf.convert_to_tensor(offset), [[0, 0], [0, 1]])
        self._places = see(vertices)[:, :2] + offset
        self._own_light, self._old_light = self._luminance(vertices), self._luminance(sure)
        self._albedo, self._depth = tf.constant(mesh.albedo_at(window.millimetre)), tf.constant(mesh.depth)
        self._face, self._scattered = tf.constant(mesh.face), tf.constant(mesh.scattered)
        self._behind = tf.constant(mesh.behind[:, np.newaxis])
        self._still = tf.concat([self._places, mesh.mask_and_edge, self._shown()], -1)
        self._opening = opening(lids, self._offset[:, :2])
        self._source = self._rasterized(vertices)

    def __call__(self, vertices: Tensor, sure: Tensor, wrinkles: Tensor, opened: Tensor | float = 0.0) -> Fields:
        """Fields of a target face.

        Args:
          vertices: float32[V, 3], in the camera's space.
          sure: float32[V, 3], those without guess.
          wrinkles: float32[P], depth in mm of what is added to the wrinkles of each patch.
          opened: as in `hold`.
        """
        fragments = self._rasterized(vertices, opened)
        ratio = _ratio(self._luminance(sure), self._old_light, self._lids.upper[:, np.newaxis])
        fields = self._fields(vertices, fragments, self._luminance(vertices), ratio)
        light = self._to_pixels(self._wrinkle_light(wrinkles, vertices, fragments))
        return fields._replace(ratio=fields.ratio * blur(light, WRINKLE_BLUR * self.window.millimetre))

    def _wrinkle_light(self, depths: Tensor, vertices: Tensor, fragments: Fragments) -> Tensor:
        """The light on wrinkles over that on the skin without them, float32[rows, columns, 1]."""
        light = tf.repeat(tf.linalg.matmul(self._lighting, LUMINANCE[:, np.newaxis]), 3, 1)
        mesh = Shaded(self._triangles, vertices, vertex_normals(vertices, self._triangles), light)
        face = FaceDetail(depths, np.zeros((len(MARKS), 3), np.float32))
        pixels_per_mm = self.window.millimetre * self.window.scale
        found = factor(self._detail, face, fragments, 1, mesh, pixels_per_mm, np.ones(3, np.float32))
        return tf.clip_by_value(found[0, ..., :1] ** RELIEF, *WRINKLE_LIMITS)

    def source(self) -> Fields:
        """Fields of the face itself."""
        return self._fields(self.vertices, self._source, self._own_light, tf.ones_like(self._old_light))

    def _fields(self, vertices: Tensor, fragments: Fragments, new: Tensor, ratio: Tensor) -> Fields:
        motion = vertices - self.vertices
        bright = tf.maximum(new, 0.0)
        rendered = self._albedo * (bright + self._scattered * (tf.reduce_sum(self._face * bright) - bright))
        attributes = tf.concat([self._still, ratio, tf.maximum(new, 0.0), rendered, self._depth, motion], -1)
        values = interpolate(fragments, self._triangles, attributes[tf.newaxis])[0]
        part = self._part(fragments)
        if fragments is self._source:
            return self._collect(values, part, tf.where(part >= Part.MOUTH, values[..., -3:], 1e3))
        shown = interpolate(self._source, self._triangles, motion[tf.newaxis])[0]
        return self._collect(values, part, tf.where(self._part(self._source) >= Part.MOUTH, shown, 1e3))

    def _shown(self) -> Tensor:
        """How far each vertex was turned to the camera, float32[V, 1]."""
        towards = -tf.math.l2_normalize(tf.convert_to_tensor(self.vertices), -1)
        cosine = tf.reduce_sum(vertex_normals(self.vertices, self._triangles) * towards, -1, keepdims=True)
        return smoothstep(*FACING, cosine)

    def _luminance(self, vertices: Tensor) -> Tensor:
        light = irradiance(vertex_normals(vertices, self._triangles), self._lighting)
        return tf.reduce_sum(light * LUMINANCE, -1, keepdims=True)

    def _rasterized(self, vertices: Tensor, opened: Tensor | float = 0.0) -> Fragments:
        screen = self._see(vertices) + self._offset
        places = self._places + hold(self._lids, screen[:, :2] - self._places, opened) + opened * self._opening
        grid = tf.concat([self.window.to_grid(places), screen[:, 2:] + self._behind], -1)
        return rasterize(grid[tf.newaxis], self._triangles, *self.window.grid)

    def _part(self, fragments: Fragments) -> Tensor:
        """The `Part` that each sample shows, int32[rows, columns, 1]; -1 where there is nothing."""
        part = tf.gather(self._triangle_part, tf.maximum(fragments.triangle[0], 0))
        return tf.where(fragments.mask[0], part, -1)[..., tf.newaxis]

    def _collect(self, values: Tensor, part: Tensor, inside_shown: Tensor) -> Fields:
        """Averages what was found on the grid over the pixels, each layer by itself.

        Args:
          values: float32[rows, columns, 14]: place in the source, mask, edge of the lips, whether shown, ratio, light,
            colour, depth behind the lips and motion in mm.
          part: int32[rows, columns, 1].
          inside_shown: float32[rows, columns, 3], motion in mm of what the photo shows inside the mouth.
        """
        sizes = [2, 1, 1, 1, 1, 1, 3, 1, 3]
        places, mask, edge, shown, ratio, light, rendered, depth, motion = tf.split(values, sizes, -1)
        eye, teeth, inside = (tf.cast(part == p, tf.float32) for p in (Part.EYE, Part.TEETH, Part.MOUTH))
        mouth = teeth + inside
        skin = tf.cast(part == Part.SKIN, tf.float32) * mask
        # The photo shows this point if what it shows in that place moves as this point does: upper teeth rest on the
        # skull, lower teeth and tongue go with the jaw.
        there = sample_nearest(inside_shown, self.window.to_grid(places))
        same = tf.norm(there - motion, axis=-1, keepdims=True) < SAME_MOTION
        near = tf.norm(motion, axis=-1, keepdims=True) < 2.0 * SAME_MOTION
        seen = tf.cast(same & near, tf.float32)

        def mean(value: Tensor, weight: Tensor) -> Tensor:
            return tf.math.divide_no_nan(self._to_pixels(value * weight), self._to_pixels(weight))

        return Fields(
            source=mean(places, skin),
            face=self._to_pixels(skin),
            edge=mean(edge, skin),
            shown=mean(shown, skin),
            eye=self._to_pixels(eye),
            mouth=self._to_pixels(mouth),
            ratio=mean(ratio, skin),
            light=mean(light, skin),
            eye_source=mean(places, eye),
            eye_colour=mean(rendered, eye),
            mouth_source=mean(places, mouth),
            mouth_seen=mean(seen, mouth),
            mouth_colour=mean(rendered, mouth),
            mouth_depth=mean(depth, mouth),
            teeth=mean(teeth, mouth),
        )

    def _to_pixels(self, field: Tensor) -> Tensor:
        size = (self.window.height, self.window.width)
        return tf.image.resize(field, size, method="area" if self.window.scale > 1 else "bilinear")


def _ratio(new: Tensor, old: Tensor, lids: Tensor) -> Tensor:
    """As `native.fields._ratio`, of float32[V, 1]."""
    change = RELIEF * tf.math.log(tf.maximum(new, DARKEST) / tf.maximum(old, DARKEST))
    limit = tf.where(change < 0.0, *np.abs(np.log(RATIO_LIMITS, dtype=np.float32)))
    found = limit * tf.tanh(change / limit)
    return tf.exp(tf.where(found > 0.0, 1.0 - LESS_ON_LIDS * lids, 1.0) * found)


def opening(lids: Lids, offset: Tensor) -> Tensor:
    """As `native.fields.opening`."""
    weight = lids.near * lids.shut
    corners = tf.reduce_mean(tf.gather(offset, lids.corners), 1)
    return tf.linalg.matmul(weight, corners) - tf.reduce_sum(weight, 1, keepdims=True) * offset


def hold(lids: Lids, motion: Tensor, opened: Tensor | float = 0.0) -> Tensor:
    """As `native.fields.hold`."""
    motion *= 1.0 - (1.0 - opened) * tf.linalg.matmul(lids.near, lids.shut[:, np.newaxis])
    upward, middles = tf.convert_to_tensor(lids.upward)[:, tf.newaxis], lids.edge[MIDDLES]
    mean = tf.reduce_mean(tf.gather(motion, lids.lower), 1) - tf.reduce_mean(tf.gather(motion, middles), 1)
    closing = tf.linalg.matmul(mean, upward)[:, 0]
    share = tf.clip_by_value(closing / lids.high, 0.0, 1.0)
    less = tf.where(closing > 0.0, 1.0 - lids.room * (NARROWED + (1.0 - NARROWED) * share), 0.0)[:, tf.newaxis]
    up = tf.maximum(tf.linalg.matmul(motion, upward), 0.0)
    motion -= tf.linalg.matmul(lids.below, less) * up * upward[:, 0]
    edge = tf.gather(motion, lids.edge)
    down = tf.maximum(-tf.linalg.matmul(edge[:8], upward), 0.0)
    edge = tf.concat([edge[:8] + tf.repeat(less, 4, 0) * down * upward[:, 0], edge[8:]], 0)
    lid, brow = tf.linalg.matmul(lids.of_lid, edge), tf.linalg.matmul(lids.of_brow, edge)
    gives, pushed, lowered = (lids.way[:, k : k + 1] for k in range(3))
    nearer = tf.maximum(tf.linalg.matmul(lid - brow, upward), 0.0)
    by_itself = tf.minimum(nearer, tf.maximum(tf.linalg.matmul(lid, upward), 0.0))
    less = (gives - pushed) * by_itself + (gives - lowered) * (nearer - by_itself)
    led = lid + gives * (brow - lid) + less * upward[:, 0]
    change = lids.share * (led - tf.gather(motion, lids.rows))
    return tf.tensor_scatter_nd_add(motion, lids.rows[:, np.newaxis], change)
