"""As the details of `native`, in TensorFlow ops: wrinkles lit and marks tinted, once a pixel."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from au_tf.arrays import Float32, Tensor
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.detail import MOST, SHALLOW, SOFT, STARTS, Detail, layers
from au_tf.morphable.detail.maps import LEVELS, Maps
from au_tf.morphable.detail.marks import TINTS
from au_tf.rendering.details import FaceDetail, FaceDetails
from au_tf.rendering.graph.lighting import irradiance
from au_tf.rendering.graph.rasterizer import Fragments
from au_tf.rendering.lighting import BRIGHTER, CAVITY, DARKEST, DIM

FINEST = 1
"""The finest level of the maps that a graph holds: the finest of all would weigh 30 MB in every SavedModel."""


def details_of(detail: Detail, identity: Tensor, albedo: Tensor, expression: Tensor) -> FaceDetails:
    """`FaceDetails.of` for tensors.

    Args:
      detail: of the face model.
      identity: float32[B, I], standard deviations.
      albedo: float32[B, A], standard deviations.
      expression: float32[B, E], standard deviations.
    """
    amounts = tf.maximum(detail.amounts.mean + tf.linalg.matmul(albedo, detail.amounts.basis), 0.0)
    return FaceDetails(detail, wrinkle_depths(detail, identity, expression), amounts[..., tf.newaxis] * TINTS)


def wrinkle_depths(detail: Detail, identity: Tensor, expression: Tensor) -> Tensor:
    """`Detail.depths`, float32[B, P] in mm, of float32[B, I] and float32[B, E]."""
    folded = tf.linalg.matmul(expression, detail.responses)
    beyond = tf.clip_by_value((folded - np.float32(STARTS)) / np.float32(1.0 - STARTS), 0.0, MOST)
    whole = np.float32(detail.depth_of_people(np.zeros(len(detail.people))))
    depth = whole * tf.exp(tf.linalg.matmul(identity, detail.people))
    return depth * beyond * beyond * (1.0 + SOFT) / (beyond + SOFT)


class Shaded(NamedTuple):
    """A mesh before the camera, and its light."""

    triangles: Tensor
    """int32[T, 3]."""
    vertices: Tensor
    """float32[V, 3], mm."""
    normals: Tensor
    """float32[V, 3], of length 1."""
    lighting: Tensor
    """float32[9, 3]."""


class _Shown(NamedTuple):
    """The pixels that show the map, N of them."""

    corners: Tensor
    """int32[N, 3]."""
    own: Tensor
    """float32[N, 3, 1], weights of the corners."""


def factor(
    detail: Detail,
    face: FaceDetail,
    fragments: Fragments,
    samples: int,
    mesh: Shaded,
    pixels_per_mm: Tensor | float,
    cavity: Float32 = CAVITY,
) -> Tensor:
    """What the details of a face make of the colours of its pixels, float32[1, H, W, 3].

    Args:
      detail: of the face model.
      face: of the face, in tensors.
      fragments: of one image, with so many samples a side of a pixel.
      samples: see `fragments`.
      mesh: the face.
      pixels_per_mm: of the face in the picture.
      cavity: float32[3], how much of a cavity's shade each channel takes.
    """
    middle = slice(samples // 2, None, samples)
    triangle = fragments.triangle[0, middle, middle]
    seen = tf.where((triangle >= 0) & tf.gather(detail.mapped, tf.maximum(triangle, 0)))
    number = tf.gather_nd(triangle, seen)
    own = tf.gather_nd(fragments.barycentric[0, middle, middle], seen)[..., tf.newaxis]
    shown = _Shown(tf.gather(mesh.triangles, number), own)
    level = _level(pixels_per_mm)
    maps, tints = detail.maps, face.tints
    if face.own is not None:
        maps, tints = maps._replace(marks=face.own.added), tf.eye(3)
        face = face._replace(depths=tf.maximum(face.depths - face.own.depths, 0.0))
    depths = tf.where(face.depths > SHALLOW * (1.0 + tf.cast(level, tf.float32)), face.depths, 0.0)
    folds = tf.concat([detail.places, _vertex_depths(detail, depths)], 1)
    at = tf.reduce_sum(shown.own * tf.gather(folds, shown.corners), 1)
    relief, marks = _sampled(maps, at[:, :2], level)
    along, down, dark = tf.split(tf.reduce_sum(at[:, 2:, tf.newaxis] * relief, 1), 3, -1)
    lit = _lit(shown, tf.concat([along, down], -1) / chart.PER_MM, folds, mesh)
    wrinkled = lit * (1.0 - tf.minimum(cavity * dark, DARKEST))
    values = (1.0 + tf.linalg.matmul(marks, tints)) * wrinkled
    plain = tf.ones([*fragments.triangle[0, middle, middle].shape, 3])
    return tf.tensor_scatter_nd_update(plain, seen, tf.maximum(values, 0.0))[tf.newaxis]


def _vertex_depths(detail: Detail, depths: Tensor) -> Tensor:
    """float32[V, layers], mm."""
    layer = tf.one_hot(tf.gather(layers(), detail.patches), int(layers().max()) + 1)
    return tf.reduce_sum((detail.shares * tf.gather(depths, detail.patches))[..., tf.newaxis] * layer, 1)


def _level(pixels_per_mm: Tensor | float) -> Tensor:
    """`Maps.level`, of those that a graph holds."""
    finer = tf.math.log(tf.cast(chart.PER_MM / pixels_per_mm, tf.float32)) / np.log(2.0)
    return tf.clip_by_value(tf.cast(tf.round(finer), tf.int32), FINEST, LEVELS - 1)


def _sampled(maps: Maps, places: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
    """Relief float32[N, layers, 3] and marks float32[N, MARKS] at places float32[N, 2] of the finest map."""

    def read(number: int) -> list[Tensor]:
        both = np.concatenate([*maps.relief[number], maps.marks[number]], -1)
        values = _bilinear(tf.constant(both), (places + 0.5) * 0.5**number - 0.5)
        count = 3 * len(maps.relief[number])
        return [tf.reshape(values[:, :count], [-1, count // 3, 3]), values[:, count:]]

    branches = [lambda number=number: read(number) for number in range(FINEST, len(maps.marks))]
    relief, marks = tf.switch_case(level - FINEST, branches)
    return relief, marks


def _bilinear(table: Tensor, places: Tensor) -> Tensor:
    """Values float32[N, C] of float32[h, w, C] at (column, row)."""
    last = tf.constant([table.shape[1] - 2.0, table.shape[0] - 2.0])
    places = tf.clip_by_value(places, 0.0, last)
    corner = tf.floor(places)
    share, corner = tf.split(places - corner, 2, -1), tf.cast(corner, tf.int32)[:, ::-1]
    (a, b), (c, d) = ([tf.gather_nd(table, corner + [row, column]) for column in (0, 1)] for row in (0, 1))
    above, below = a + share[0] * (b - a), c + share[0] * (d - c)
    return above + share[1] * (below - above)


def _lit(shown: _Shown, slopes: Tensor, folds: Tensor, mesh: Shaded) -> Tensor:
    """The light on slopes float32[N, 2] of the map over that on the plain skin, float32[N, 3]."""
    a, b, c = tf.unstack(tf.gather(mesh.vertices, shown.corners), axis=1)
    u, v = b - a, c - a
    across = tf.linalg.cross(u, v)
    size = tf.math.reciprocal(tf.maximum(tf.reduce_sum(across * across, -1, keepdims=True), 1e-20))
    start, second, third = tf.unstack(tf.gather(folds[:, :2], shown.corners), axis=1)
    rise = size * tf.reduce_sum(slopes * (second - start), -1, keepdims=True)
    lift = size * tf.reduce_sum(slopes * (third - start), -1, keepdims=True)
    plain = tf.nn.l2_normalize(tf.reduce_sum(shown.own * tf.gather(mesh.normals, shown.corners), 1), -1, 1e-20)
    gradient = rise * tf.linalg.cross(v, across) + lift * tf.linalg.cross(across, u)
    tilted = tf.nn.l2_normalize(plain - gradient, -1, 1e-20)
    before, after = (tf.maximum(irradiance(normal, mesh.lighting), DIM) for normal in (plain, tilted))
    return tf.minimum(after / before, BRIGHTER)
