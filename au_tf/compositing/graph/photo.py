"""Expressions put into a photo in TensorFlow ops alone.

The face is composed anew in a frame of fixed size, into which the photo is brought by a similarity. The photo then gets
back what the frame shows otherwise than before, with the photo's own detail, moved.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from au_tf.arrays import Float32, Float64, Tensor
from au_tf.compositing.brows import UpperFace
from au_tf.compositing.certainty import SIGNIFICANT, Certainty
from au_tf.compositing.corners import MouthCorners
from au_tf.compositing.fields import Mesh, changing
from au_tf.compositing.graph.composition import Composed, compose
from au_tf.compositing.graph.eyes import closures, rooms
from au_tf.compositing.graph.fields import MeshFields
from au_tf.compositing.graph.layers import prepare
from au_tf.compositing.lids import Lids, heights
from au_tf.compositing.placement import Window, along_lips, thin_plate_warp, united
from au_tf.geometry.alignment import ALIGNED_SIZE, PIXELS_A_MM
from au_tf.geometry.camera import Camera
from au_tf.geometry.landmarks import INNER
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.detail.detail import detail_of
from au_tf.rendering.graph import colour
from au_tf.rendering.graph.alignment import grid, inverse, transform, warp
from au_tf.rendering.graph.cameras import project
from au_tf.rendering.graph.combination import combined
from au_tf.rendering.graph.details import wrinkle_depths
from au_tf.rendering.graph.sampling import sample_bilinear

FRAME = 192
"""Side of the frame in pixels."""
_SHARE = FRAME / 300.0
"""Pixels of the frame a pixel of the aligned picture: it shows what the chin and the cheeks may move to as well."""
MILLIMETRE = PIXELS_A_MM * _SHARE
"""Pixels of the frame a mm of an average face."""
_CORNER = np.array([(ALIGNED_SIZE - 300.0) / 2, (ALIGNED_SIZE - 300.0) / 2 + 6.0])
"""Where the frame begins in the aligned picture."""
_BORDER = 12
"""Pixels over which the change fades towards the border of the frame."""
_SHOWN = 0.02
"""Mask below which the mesh is left out: only the face proper changes."""


class AlignedFace(NamedTuple):
    """A face in a photo, in the space of the aligned picture's camera."""

    identity: Tensor
    """float32[I], standard deviations."""
    expression: Tensor
    """float32[E], standard deviations."""
    turn: Tensor
    """float32[3, 3], model to camera."""
    translation: Tensor
    """float32[3], mm."""
    lighting: Tensor
    """float32[9, 3]."""
    matrix: Tensor
    """float64[2, 3], from pixels of the photo to those of the aligned picture."""
    camera: Camera
    """Of the aligned picture, of tensors."""


class FrameCompositor:
    """Gives faces in photos other expressions, as part of a graph.

    Args:
      model: the face model, with an inside of the mouth.
    """

    def __init__(self, model: MorphableModel) -> None:
        self._model = model = face_proper(model)
        self._mesh, self._certainty, self._detail = Mesh.of(model), Certainty.of(model), detail_of(model)
        front = model.mean_shape[:, :2] * np.array([1.0, -1.0], np.float32)
        marks = front[model.landmarks].astype(np.float64)
        self._lids, self._eyes = Lids.of(model, front, marks), heights(model)
        self._corners, self._upper = MouthCorners.of(model), UpperFace.of(model)
        self._warp = _warp_of(model, front, marks[INNER])
        self._skin_tone = model.mean_albedo[(model.mask > 0.5) & (model.parts == Part.SKIN)].mean(0)

    def __call__(
        self, photo: Tensor, landmarks: Tensor, found: AlignedFace, expression: Tensor, opened: Tensor | float = 0.0
    ) -> Tensor:
        """The photo with another expression, uint8[H, W, 3].

        Args:
          photo: uint8[H, W, 3], sRGB.
          landmarks: float32[68, 2], (column, row) in it.
          found: the face in it.
          expression: float32[E], standard deviations.
          opened: how far eyes that are closed in the photo open, 0 to 1.
        """
        linear, shift = found.matrix[:, :2] * _SHARE, (found.matrix[:, 2] - _CORNER) * _SHARE
        matrix = tf.concat([linear, shift[:, tf.newaxis]], 1)
        marks = tf.cast(transform(tf.cast(landmarks, tf.float64), matrix), tf.float32)
        frame = colour.to_linear(tf.cast(warp(photo, inverse(matrix), FRAME), tf.uint8))
        fields, vertices, certain, wrinkles = self._fields(found, marks, expression)
        asked = fields(vertices, certain, wrinkles, opened)
        layers, hidden = prepare(frame, fields.source(), marks, self._skin_tone, MILLIMETRE)
        made = compose(layers, asked, opened, sample_bilinear)
        maps = tf.concat([made.picture, *_detail(made, hidden)], -1)
        return _pasted(photo, frame, tf.cast(matrix, tf.float32), maps)

    def _fields(
        self, found: AlignedFace, marks: Tensor, expression: Tensor
    ) -> tuple[MeshFields, Tensor, Tensor, Tensor]:
        """What the mesh says of the frame; of the face with the other expression what `MeshFields` takes."""
        guess = found.expression - sure(self._certainty, found.expression)
        share = tf.reduce_sum(expression * guess) / tf.maximum(tf.reduce_sum(guess * guess), 1e-6)
        certain = expression - tf.clip_by_value(share, 0.0, 1.0) * guess
        expressions = tf.stack([found.expression, found.expression - guess, expression, certain])
        *shapes, rest = tf.unstack(combined(self._model.shapes, found.identity, tf.pad(expressions, [[0, 1], [0, 0]])))
        shapes = [shape - np.array([0.0, 1.0, 0.0], np.float32) * self._mesh.lowered for shape in shapes]
        held = [self._corners.held(shape - rest) + self._upper.held(shape - rest) for shape in shapes]
        shapes = tf.stack([shape + held[k] - held[k % 2] for k, shape in enumerate(shapes)])
        own, own_sure, target, target_sure = tf.unstack(
            tf.linalg.matmul(shapes, found.turn, transpose_b=True) + found.translation
        )
        focal, centre = (tf.convert_to_tensor(part) for part in (found.camera.focal, found.camera.centre))
        camera = Camera(focal * _SHARE, (centre - np.float32(_CORNER)) * _SHARE, FRAME, FRAME)

        def see(vertices: Tensor) -> Tensor:
            return project(vertices, camera)

        seen = tf.gather(see(own), self._model.landmarks)[:, :2]
        error = tf.stack(along_lips(tf.unstack(marks), tf.unstack(seen)))[INNER] - seen[INNER]
        reach = tf.reduce_max(tf.abs(error))
        offset = tf.clip_by_value(tf.linalg.matmul(self._warp, error), -reach, reach)
        high, room = rooms(marks, self._eyes)
        lids = self._lids._replace(shut=closures(marks), high=high, room=room)
        window = Window(0, 0, FRAME, FRAME, 1.0, MILLIMETRE)
        fields = MeshFields(self._mesh, own, own_sure, see, offset, found.lighting, lids, window, self._detail)
        identity = tf.repeat(found.identity[tf.newaxis], 2, 0)
        old, new = tf.unstack(wrinkle_depths(self._detail, identity, expressions[1::2]))
        return fields, target, target_sure, tf.maximum(new - old, 0.0)


def sure(certainty: Certainty, expression: Tensor) -> Tensor:
    """What of a fitted expression float32[E] is more than a guess, as `Certainty.sure`."""
    parts = tf.linalg.matvec(certainty.parts, expression, transpose_a=True)
    kept = tf.maximum(0.0, 1.0 - tf.square(SIGNIFICANT / tf.maximum(tf.abs(parts), 1e-6)))
    return tf.linalg.matvec(certainty.whole, kept * parts, transpose_a=True)


def face_proper(model: MorphableModel) -> MorphableModel:
    """The face model without the rest of the head."""
    triangles = model.triangles[changing(model, _SHOWN)]
    kept = np.unique(np.concatenate([triangles.ravel(), model.landmarks]))
    number = np.zeros(len(model.mask), np.int32)
    number[kept] = np.arange(len(kept))
    arrays: dict[str, Any] = {"triangles": number[triangles], "landmarks": number[model.landmarks]}
    for name in ("mean_shape", "mean_albedo", "uv", "parts", "mask"):
        arrays[name] = getattr(model, name)[kept]
    for name in ("identity_basis", "expression_basis", "albedo_basis"):
        arrays[name] = np.ascontiguousarray(getattr(model, name)[:, kept])
    return replace(model, **arrays)


def _warp_of(model: MorphableModel, front: Float32, inner: Float64) -> Float32:
    """How each vertex follows the landmarks inside the face to where they were detected, float32[V, 51].

    The warp of `placement.Placement`, on the mean face seen from the front: there it is linear.
    """
    size = np.ptp(inner, axis=0).max()
    border = np.flatnonzero((model.mask < _SHOWN) & (model.parts == Part.SKIN))[::10]
    joined = united(np.eye(len(inner)))
    nodes = np.concatenate([joined @ inner, front[border]])
    values = np.concatenate([joined, np.zeros((len(border), len(inner)))])
    return thin_plate_warp(nodes, values, front, size).astype(np.float32)


def _detail(made: Composed, hidden: Tensor) -> list[Tensor]:
    """Where the frame changes [S, S, 1], how far each pixel shows the photo's own detail [S, S, 3], from where [2]."""
    eye = made.eye > 0.5
    move = tf.where(eye, made.eye_move, made.move)
    seen = 1.0 - sample_bilinear(hidden, grid(FRAME, FRAME) + made.move)
    share = tf.where(eye, made.eye, made.skin * made.light * seen)
    inner = np.pad(np.ones((FRAME - 2 * _BORDER,) * 2, np.float32), _BORDER, "linear_ramp")
    return [tf.cast(made.changed, tf.float32) * inner[..., np.newaxis], share, move]


def _pasted(photo: Tensor, frame: Tensor, matrix: Tensor, maps: Tensor) -> Tensor:
    """The photo uint8[H, W, 3] with what has changed in its frame.

    Args:
      photo: uint8[H, W, 3], sRGB.
      frame: float32[S, S, 3], linear RGB.
      matrix: float32[2, 3], from pixels of the photo to those of the frame.
      maps: float32[S, S, 9], the frame with the other expression (3), and what `_detail` tells.
    """
    back = inverse(matrix)
    corners = transform(tf.constant([[0.0, 0.0], [FRAME, 0.0], [0.0, FRAME], [FRAME, FRAME]]), back)
    limits = tf.shape(photo)[1::-1]
    low = tf.clip_by_value(tf.cast(tf.floor(tf.reduce_min(corners, 0)), tf.int32), 0, limits)
    high = tf.clip_by_value(tf.cast(tf.math.ceil(tf.reduce_max(corners, 0)), tf.int32), low, limits)
    (left, top), (right, bottom) = tf.unstack(low), tf.unstack(high)
    part = photo[top:bottom, left:right]
    pixels = grid(bottom - top, right - left)
    places, linear = transform(pixels + tf.cast(low, tf.float32), matrix), colour.to_linear(part)
    picture, changed, share, move = tf.split(sample_bilinear(maps, places), [3, 1, 3, 2], -1)
    moved = sample_bilinear(linear, pixels + transform(move, back * (1.0, 1.0, 0.0)))
    picture += share * (moved - sample_bilinear(frame, places + move))
    drawn = colour.to_levels(linear + changed * (picture - linear))
    middle = tf.concat([photo[top:bottom, :left], drawn, photo[top:bottom, right:]], 1)
    return tf.concat([photo[:top], middle, photo[bottom:]], 0)
