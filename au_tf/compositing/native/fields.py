"""What a mesh says about each pixel of a photo, compiled for one photo and many expressions."""

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from au_tf.arrays import ArrayLike, Float32, Indices, Int32, Int64
from au_tf.compositing.brows import UpperFace
from au_tf.compositing.certainty import Certainty, share_of
from au_tf.compositing.corners import MouthCorners
from au_tf.compositing.fields import (
    DARKEST,
    FACING,
    LESS_ON_LIDS,
    LUMINANCE,
    RATIO_LIMITS,
    RELIEF,
    SAME_MOTION,
    WRINKLE_BLUR,
    Fields,
    Mesh,
    changing,
)
from au_tf.compositing.lids import MIDDLES, NARROWED, Lids
from au_tf.compositing.native import kernels as field_kernels
from au_tf.compositing.native.wrinkles import Wrinkles
from au_tf.compositing.placement import Placement
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering.native import kernels
from au_tf.rendering.native.batch_renderer import Basis
from au_tf.rendering.native.lighting import light_polynomial
from au_tf.rendering.native.sampling import blur, smoothstep, taps


class Visible(NamedTuple):
    """What each sample of the grid of the fields shows."""

    triangle: Int32
    """int32[R, C], -1 where there is none."""
    barycentric: Float32
    """float32[R, C, 3], weights of its corners."""


class Drawn(NamedTuple):
    """A face on that grid."""

    visible: Visible
    screen: Float32
    """float32[V, 3], column and row in the grid, 1/depth."""
    keys: Int64
    """int64[R, C], as `kernels.nearest` writes it."""


class Target(NamedTuple):
    """A face, as the fields need it."""

    position: Float32
    """float32[V, 3], in the camera's space, mm."""
    normal: Float32
    """float32[V, 3], of any length."""
    screen: Float32
    """float32[V, 8]: place in pixels of the window (2), 1/depth, nothing, luminance of the light that falls on it."""


class FaceProper(NamedTuple):
    """What can change with an expression: a face model without the rest of the head, prepared for the kernels."""

    kept: Indices
    """int[V], the model's vertices that are left."""
    mesh: Mesh
    """Of these alone."""
    identity: Basis
    expression: Basis
    wrinkles: Wrinkles
    corners: MouthCorners
    upper: UpperFace

    def vertices(self, values: Int32) -> Int32:
        """Numbers of vertices of the model, all of them kept, as numbers of those that are left."""
        return np.searchsorted(self.kept, values).astype(np.int32)


@lru_cache(maxsize=2)
def _face_proper(model: MorphableModel) -> FaceProper:
    """Of the last two models it is kept: many photos are made with one."""
    mesh = Mesh.of(model)
    shown = changing(model)
    triangles = model.triangles[shown]
    # Any of the mask may be among the lashes, whether or not it has a triangle.
    kept = np.unique(np.concatenate([triangles.ravel(), model.landmarks, np.flatnonzero(model.mask)]))
    number = np.zeros(len(model.mask), np.int32)
    number[kept] = np.arange(len(kept))
    left = Mesh(number[triangles], mesh.triangle_part[shown], *(table[kept] for table in mesh[2:]))
    mean, still = model.mean_shape[kept], np.zeros((len(kept), 3), np.float32)
    bases = Basis.of(mean, model.identity_basis[:, kept]), Basis.of(still, model.expression_basis[:, kept])
    corners = MouthCorners.of(model)
    corners = corners.of_vertices(kept, number)
    upper = UpperFace.of(model).of_vertices(kept)
    return FaceProper(kept, left, *bases, Wrinkles(model, kept, shown, left.triangles), corners, upper)


class MeshFields:
    """Asks the mesh of a target face about the pixels of the source photo; safe to be used by many threads.

    Args:
      model: the face model.
      coefficients: the face fitted to the photo, without batch axes.
      placement: of the face in the photo.
      teeth: float32[V, 3], factor of the model's albedo.
    """

    def __init__(
        self, model: MorphableModel, coefficients: Coefficients, placement: Placement, teeth: Float32 | None = None
    ) -> None:
        self._face, self.window = _face_proper(model), placement.window
        kept, mesh, lids = self._face.kept, self._face.mesh, placement.lids
        self._offset = placement.offset[kept]
        rows, edge, corners, lower = (
            self._face.vertices(numbers) for numbers in (lids.rows, lids.edge, lids.corners, lids.lower)
        )
        near, upper, below = (values[kept] for values in (lids.near, lids.upper, lids.below))
        self._lids = Lids(
            rows, edge, *lids[2:6], lids.upward, near, upper, corners, lids.shut, below, lower,
            lids.high / np.float32(placement.window.step), lids.room,
        )  # fmt: skip
        self._opening = opening(self._lids, self._offset)
        self._rotation = coefficients.pose.matrix.astype(np.float32)
        self._translation = np.array(coefficients.translation, np.float32)
        self._lens = placement.camera.lens.astype(np.float32)
        light = light_polynomial() @ np.asarray(coefficients.lighting, np.float64) @ LUMINANCE
        self._light = np.repeat(light[:, np.newaxis], 3, 1).astype(np.float32)
        self._white = np.ones((3, len(kept)), np.float32)
        self._neutral = self._shape(self._face.identity, coefficients.identity, self._face.identity.mean)
        self._neutral.reshape(3, -1)[1, : len(kept)] -= mesh.lowered[:, 0]
        (height, width), window = self.window.grid, self.window
        self._rows, self._columns = taps(height, window.height), taps(width, window.width)
        self._identity = coefficients.identity
        own = np.asarray(coefficients.expression, np.float32)
        self._held = np.zeros((len(kept), 3), np.float32)
        self._held = self._held_of(self._shape(self._face.expression, own, self._neutral))
        self._guess = Certainty.of(model).guess(own)
        self._guessed = self._shape(self._face.expression, self._guess, 0.0 * self._neutral)
        self._sure = own - share_of(self._guess, own) * self._guess
        self._own, self._old_light = self._target(own)
        self._albedo = mesh.albedo_at(window.millimetre) * (1.0 if teeth is None else teeth[kept])
        self._still = self._table(mesh)
        self._source = self._drawn(self._own).visible

    def __call__(self, expression: ArrayLike, opened: float = 0.0, wrinkled: float = 1.0) -> Fields:
        """Fields of the face with an expression float32[E], in standard deviations; `opened` as in `hold`.

        Wrinkles that it adds are as deep as `wrinkled` says, over the face model's.
        """
        target, light = self._target(expression)
        drawn = self._drawn(target, opened)
        fields = self._fields(target, drawn.visible, light)
        depths = np.float32(wrinkled) * self._wrinkle_depths(expression)
        if depths.any():
            fields.ratio[:] *= self._wrinkle_light(depths, target, drawn)
        return fields

    def places(self, vertices: Indices) -> Float32:
        """float32[N, 2], where some of the face's own vertices are in the window, of those that can change."""
        return self._own.screen[self._face.vertices(np.asarray(vertices, np.int32)), :2]

    def source(self) -> Fields:
        """Fields of the face itself."""
        return self._fields(self._own, self._source, self._old_light)

    def _shape(self, basis: Basis, coefficients: ArrayLike, base: Float32) -> Float32:
        """float32[1, N, M], vertices in blocks."""
        shape = np.empty_like(base)
        basis.combine(np.asarray(coefficients, np.float32)[np.newaxis], base, shape)
        return shape

    def _target(self, expression: ArrayLike) -> tuple[Target, Float32]:
        """A face, and the luminance float32[V] of the light that falls on it if nothing of it is a guess."""
        shape = self._shape(self._face.expression, expression, self._neutral)
        target, share = self._placed(shape), share_of(self._guess, expression)
        sure = self._placed(shape - np.float32(share) * self._guessed) if share else target
        return target, sure.screen[:, 4]

    def _placed(self, shape: Float32) -> Target:
        """A face of vertices float32[1, N, M], as `_shape` has them."""
        count, shape = len(self._face.kept), shape.copy()
        shape.reshape(3, -1)[:, :count] += (self._held_of(shape) - self._held).T
        position, normal, screen = (np.empty((count, n), np.float32) for n in (3, 3, 8))
        flat = screen.reshape(-1)
        kernels.place(shape.reshape(3, -1), self._rotation, self._translation, self._lens, position.reshape(-1), flat)
        kernels.sum_normals(self._face.mesh.triangles, position, normal)
        kernels.shade(normal.reshape(-1), self._light, self._white, flat)
        screen[:, :2] += self._offset
        return Target(position, normal, screen)

    def _held_of(self, shape: Float32) -> Float32:
        """What holds a face float32[1, N, M] back where it goes too far, float32[V, 3]."""
        motion = (shape - self._neutral).reshape(3, -1)[:, : len(self._face.kept)]
        return np.asarray(self._face.corners.held(motion.T) + self._face.upper.held(motion.T), np.float32)

    def _wrinkle_depths(self, expression: ArrayLike) -> Float32:
        """Depth float32[P], mm, of what an expression adds to the wrinkles that are no guess."""
        sure = np.asarray(expression, np.float32) - share_of(self._guess, expression) * self._guess
        return self._face.wrinkles.added(self._identity, sure, self._sure)

    def _wrinkle_light(self, depths: Float32, target: Target, drawn: Drawn) -> Float32:
        """float32[h, w, 1], the light on wrinkles over that on the skin without them."""
        place = drawn.screen, drawn.keys, target.position, target.normal, self._light
        light = self._face.wrinkles.factor(depths, *place, self.window.millimetre * self.window.scale)
        method = cv2.INTER_AREA if self.window.scale > 1.0 else cv2.INTER_LINEAR
        size = self.window.width, self.window.height
        return blur(
            cv2.resize(light, size, interpolation=method)[..., np.newaxis], WRINKLE_BLUR * self.window.millimetre
        )

    def _table(self, mesh: Mesh) -> Float32:
        """What is the same for all targets of `field_kernels.ATTRIBUTES`, float32[V, ...]."""
        table = np.zeros((len(self._face.kept), field_kernels.ATTRIBUTES), np.float32)
        table[:, :2] = self._own.screen[:, :2]
        table[:, field_kernels.MASK], table[:, field_kernels.EDGE] = mesh.mask_and_edge.T
        table[:, field_kernels.DEPTH] = mesh.depth[:, 0]
        cosine = -(self._own.normal * self._own.position).sum(-1)
        cosine /= np.maximum(np.prod([np.linalg.norm(v, axis=-1) for v in self._own[:2]], 0), 1e-6)
        table[:, field_kernels.SHOWN] = smoothstep(*FACING, cosine)
        return table

    def _drawn(self, target: Target, opened: float = 0.0) -> Drawn:
        """A target on the grid of the fields."""
        screen, own = target.screen[:, :3].copy(), self._own.screen[:, :2]
        moved = own + hold(self._lids, screen[:, :2] - own, opened) + np.float32(opened) * self._opening
        screen[:, :2] = self.window.to_grid(moved)
        screen[:, 2] /= 1.0 + self._face.mesh.behind * screen[:, 2]
        triangles, size = self._face.mesh.triangles, self.window.grid
        grid, keys = np.empty((len(screen), 2), np.int32), np.empty(size, np.int64)
        kernels.snap(screen, grid)
        kernels.nearest(triangles, screen, grid, keys)
        found = Visible(np.empty(size, np.int32), np.empty((*size, 3), np.float32))
        kernels.spread(triangles, screen, keys, *found, np.empty(size, np.float32))
        return Drawn(found, screen, keys)

    def _fields(self, target: Target, visible: Visible, light: Float32) -> Fields:
        new, table = target.screen[:, 4], self._still.copy()
        table[:, field_kernels.RATIO] = _ratio(light, self._old_light, self._lids.upper)
        table[:, field_kernels.LIGHT] = np.maximum(new, 0.0)
        colour = slice(field_kernels.COLOUR, field_kernels.DEPTH)
        bright, mesh = np.maximum(new, 0.0)[:, np.newaxis], self._face.mesh
        table[:, colour] = self._albedo * (bright + mesh.scattered * ((mesh.face * bright).sum() - bright))
        table[:, field_kernels.MOTION :] = target.position - self._own.position
        averages = field_kernels.Averages.of(self.window.height, self.window.width)
        field_kernels.average(
            self._face.mesh.triangles,
            self._face.mesh.triangle_part,
            table,
            tuple(visible),
            tuple(self._source),
            self._rows,
            self._columns,
            np.float32(self.window.scale),
            np.float32(SAME_MOTION),
            averages,
        )
        return _named(averages)


def opening(lids: Lids, offset: Float32) -> Float32:
    """What brings closed lids, float32[V, 2], back from where the photo has them to where the face model has them.

    Args:
      lids: of the photo.
      offset: float32[V, 2], from where the model has vertices to where the photo has them.
    """
    weight = lids.near * lids.shut
    return np.asarray(weight @ offset[lids.corners].mean(1) - weight.sum(1, keepdims=True) * offset, np.float32)


def hold(lids: Lids, motion: Float32, opened: float = 0.0) -> Float32:
    """Motion of the vertices in the picture, float32[V, 2], with that of lashes in step with the lid's edge.

    Brows move as one, and the skin between gives evenly. Lids that close leave of a low eye what they would leave of
    the face model's, and more. Closed lids keep still but for the share `opened`.
    """
    motion = motion * (1.0 - np.float32(1.0 - opened) * (lids.near @ lids.shut)[:, np.newaxis])
    less = _less_closed(lids, motion)
    up = np.maximum(motion @ lids.upward, 0.0)[:, np.newaxis]
    motion -= lids.below @ less[:, np.newaxis] * up * lids.upward
    edge, held = motion[lids.edge], motion.copy()
    down = np.maximum(-edge[:8] @ lids.upward, 0.0)[:, np.newaxis]
    edge[:8] += np.repeat(less, 4)[:, np.newaxis] * down * lids.upward
    lid, brow = lids.of_lid @ edge, lids.of_brow @ edge
    gives, pushed, lowered = np.split(lids.way, 3, 1)
    nearer = np.maximum((lid - brow) @ lids.upward, 0.0)[:, np.newaxis]
    by_itself = np.minimum(nearer, np.maximum(lid @ lids.upward, 0.0)[:, np.newaxis])
    less = (gives - pushed) * by_itself + (gives - lowered) * (nearer - by_itself)
    led = lid + gives * (brow - lid) + less * lids.upward
    held[lids.rows] += lids.share * (led - motion[lids.rows])
    return held


def _less_closed(lids: Lids, motion: Float32) -> Float32:
    """By which share less the lids of either eye close than the face model's in the same motion, float32[2]."""
    closing = (motion[lids.lower].mean(1) - motion[lids.edge[MIDDLES]].mean(1)) @ lids.upward
    share = np.clip(closing / lids.high, 0.0, 1.0)
    less = 1.0 - lids.room * (NARROWED + (1.0 - NARROWED) * share)
    return np.asarray(np.where(closing > 0.0, less, 0.0), np.float32)


def _ratio(new: Float32, old: Float32, lids: Float32) -> Float32:
    """Of shadings float32[V] within `RATIO_LIMITS`; on upper lids, float32[V] in 0..1, `LESS_ON_LIDS`."""
    change = np.float32(RELIEF) * np.log(np.maximum(new, DARKEST) / np.maximum(old, DARKEST))
    limit = np.where(change < 0.0, *np.abs(np.log(RATIO_LIMITS, dtype=np.float32)))
    found = np.asarray(limit * np.tanh(change / limit), np.float32)
    return np.asarray(np.exp(np.where(found > 0.0, 1.0 - LESS_ON_LIDS * lids, 1.0) * found), np.float32)


def _named(averages: field_kernels.Averages) -> Fields:
    """What `field_kernels.average` writes, by name."""
    edge, ratio, light, shown, face = averages.skin[2:, ..., np.newaxis]
    eye, mouth = averages.cover[..., np.newaxis]
    depth, seen, teeth = averages.inside[..., np.newaxis]
    return Fields(
        source=np.moveaxis(averages.skin[:2], 0, -1),
        face=face,
        edge=edge,
        shown=shown,
        eye=eye,
        mouth=mouth,
        ratio=ratio,
        light=light,
        eye_source=averages.eye,
        eye_colour=averages.eye_colour,
        mouth_source=averages.mouth,
        mouth_seen=seen,
        mouth_colour=averages.mouth_colour,
        mouth_depth=depth,
        teeth=teeth,
    )
