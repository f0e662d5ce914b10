"""What a fitted mesh says about each pixel of a photo: where its point of the face was, and what it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from scipy.interpolate import RBFInterpolator

from au_tf.arrays import Array, Bool, Float32, Float64, Int32
from au_tf.compositing.lids import Lashes
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel, Part
from au_tf.rendering.graph.cameras import project
from au_tf.rendering.graph.rasterizer import Fragments, interpolate, rasterize
from au_tf.rendering.graph.renderer import face_vertices, vertex_normals
from au_tf.rendering.graph.sampling import sample_nearest
from au_tf.rendering.lighting import irradiance

_MARGIN = 0.35
"""Border of the worked window about the face, a share of the face's size."""
_FIELD_SIDE = 1024
"""Fields are computed with at most about this many samples a side."""
RATIO_LIMITS = (0.6, 1.25)
RELIEF = 1.4
"""Exponent of the ratio of shadings: nine spherical harmonics light folds more softly than any lamp."""
SAME_MOTION = 2.5
"""Points inside the mouth whose motions differ by less, in mm, are taken for one body."""
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


class Fields(NamedTuple):
    """What the mesh says about each pixel of the window, at the photo's resolution, in tensors or in arrays."""

    source: tf.Tensor
    """float32[h, w, 2], where the skin was in the source photo, relative to the window; known where `face` is 1."""
    face: tf.Tensor
    """float32[h, w, 1], coverage by skin of the face proper."""
    edge: tf.Tensor
    """float32[h, w, 1], 1 on the very edge of the lips; known where `face` is 1."""
    eye: tf.Tensor
    """float32[h, w, 1], coverage by eyes."""
    mouth: tf.Tensor
    """float32[h, w, 1], coverage by the inside of the mouth."""
    ratio: tf.Tensor
    """float32[h, w, 1], new over old irradiance of the skin; known where `face` is 1."""
    eye_source: tf.Tensor
    """float32[h, w, 2], as `source`, of the eyes."""
    mouth_source: tf.Tensor
    """float32[h, w, 2], as `source`, of teeth, tongue and cavity."""
    mouth_seen: tf.Tensor
    """float32[h, w, 1], whether the photo shows that point."""
    mouth_colour: tf.Tensor
    """float32[h, w, 3], rendered linear RGB of the inside of the mouth, as if the light were white."""
    teeth: tf.Tensor
    """float32[h, w, 1], coverage by teeth."""


@dataclass(frozen=True)
class Window:
    """The part of the photo that is worked on, and the finer or coarser grid of the fields."""

    left: int
    top: int
    width: int
    height: int
    scale: float
    """Field samples per pixel."""

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the fields."""
        return round(self.height * self.scale), round(self.width * self.scale)

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns of the photo."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def to_grid(self, places: Any) -> Any:
        """Places in the window (column, row), in pixels, as places in the grid."""
        return (places + 0.5) * self.scale - 0.5


class Placement(NamedTuple):
    """Where a fitted face is in its photo."""

    window: Window
    offset: Float32
    """float32[V, 2], what leads from where the camera sees the vertices to pixels of the window."""
    lashes: Lashes

    @classmethod
    def of(
        cls,
        model: MorphableModel,
        coefficients: Coefficients,
        camera: Camera,
        landmarks: Float64,
        shape: tuple[int, ...],
    ) -> "Placement":
        """That of a photo to which a face has been fitted.

        Args:
          model: the face model.
          coefficients: the face fitted to the photo, without batch axes.
          camera: the camera of the fit.
          landmarks: float64[68, 2], (column, row), as detected in the photo.
          shape: rows and columns of the photo.
        """
        resting = coefficients.with_expression(0.0 * coefficients.expression)
        screen, rest = (project(face_vertices(model, face), camera).numpy()[:, :2] for face in (coefficients, resting))
        nudge = landmark_nudge(screen, rest, model, landmarks)
        window = _window((screen + nudge)[model.mask > 0.5], shape)
        offset = nudge - np.array([window.left, window.top], np.float32)
        return cls(window, offset, Lashes.of(model, screen + nudge, landmarks))


class Mesh(NamedTuple):
    """What is the same for all photos."""

    triangles: Int32
    """int32[T, 3]."""
    triangle_part: Int32
    """int32[T], the `Part` of each."""
    albedo: Float32
    """float32[V, 3]. Fitted colours tell skin and light from each other only roughly; teeth would show the error."""
    mask_and_edge: Float32
    """float32[V, 2]: the face proper, and the edge of the lips."""

    @classmethod
    def of(cls, model: MorphableModel) -> "Mesh":
        """That of a face model."""
        mask_and_edge = np.concatenate([model.mask[:, None], _lip_edge(model)], -1)
        return cls(model.triangles, _triangle_parts(model), model.mean_albedo, mask_and_edge)


class MeshFields:
    """Asks the mesh of a target face about the pixels of the source photo, in graphs too; see `photo_mesh.PhotoMesh`.

    Args:
      mesh: of the face model.
      vertices: float32[V, 3], the face fitted to the photo, in the camera's space.
      see: of the camera: vertices float32[V, 3] to (column, row, depth) in the photo.
      offset: float32[V, 2], what leads from there to where the vertices are, in pixels of the window.
      lighting: float32[9, 3].
      lashes: of this photo.
      window: the part of the photo.
    """

    def __init__(
        self,
        mesh: Mesh,
        vertices: Any,
        see: Callable[[Any], tf.Tensor],
        offset: Any,
        lighting: Any,
        lashes: Lashes,
        window: Window,
    ) -> None:
        self.window, self.vertices = window, vertices
        self._triangles, self._triangle_part = tf.constant(mesh.triangles), tf.constant(mesh.triangle_part)
        self._see, self._lighting, self._lashes = see, tf.convert_to_tensor(lighting), lashes
        self._offset = tf.pad(tf.convert_to_tensor(offset), [[0, 0], [0, 1]])
        self._places = see(vertices)[:, :2] + offset
        self._old_light = self._luminance(vertices)
        self._albedo = tf.constant(mesh.albedo)
        self._still = tf.concat([self._places, mesh.mask_and_edge], -1)
        self._source = self._rasterized(vertices)

    def __call__(self, vertices: tf.Tensor) -> Fields:
        """Fields of a target face, vertices float32[V, 3] in the camera's space."""
        return self._fields(vertices, self._rasterized(vertices), self._luminance(vertices))

    def source(self) -> Fields:
        """Fields of the face itself."""
        return self._fields(self.vertices, self._source, self._old_light)

    def _fields(self, vertices: tf.Tensor, fragments: Fragments, new: tf.Tensor) -> Fields:
        ratio = (tf.maximum(new, 0.02) / tf.maximum(self._old_light, 0.02)) ** RELIEF
        ratio = tf.clip_by_value(ratio, *RATIO_LIMITS)
        motion = vertices - self.vertices
        rendered = self._albedo * tf.maximum(new, 0.0)
        attributes = tf.concat([self._still, ratio, rendered, motion], -1)
        values = interpolate(fragments, self._triangles, attributes[tf.newaxis])[0]
        part = self._part(fragments)
        if fragments is self._source:
            return self._collect(values, part, tf.where(part >= Part.MOUTH, values[..., -3:], 1e3))
        shown = interpolate(self._source, self._triangles, motion[tf.newaxis])[0]
        return self._collect(values, part, tf.where(self._part(self._source) >= Part.MOUTH, shown, 1e3))

    def _luminance(self, vertices: tf.Tensor) -> tf.Tensor:
        light = irradiance(vertex_normals(vertices, self._triangles), self._lighting)
        return tf.reduce_sum(light * LUMINANCE, -1, keepdims=True)

    def _rasterized(self, vertices: tf.Tensor) -> Fragments:
        screen = self._see(vertices) + self._offset
        places = self._places + self._lashes.hold(screen[:, :2] - self._places)
        grid = tf.concat([self.window.to_grid(places), screen[:, 2:]], -1)
        return rasterize(grid[tf.newaxis], self._triangles, *self.window.grid)

    def _part(self, fragments: Fragments) -> tf.Tensor:
        """The `Part` that each sample shows, int32[rows, columns, 1]; -1 where there is nothing."""
        part = tf.gather(self._triangle_part, tf.maximum(fragments.triangle[0], 0))
        return tf.where(fragments.mask[0], part, -1)[..., tf.newaxis]

    def _collect(self, values: tf.Tensor, part: tf.Tensor, shown: tf.Tensor) -> Fields:
        """Averages what was found on the grid over the pixels, each layer by itself.

        Args:
          values: float32[rows, columns, 11]: place in the source, mask, edge of the lips, ratio, colour, motion in mm.
          part: int32[rows, columns, 1].
          shown: float32[rows, columns, 3], motion in mm of what the photo shows inside the mouth.
        """
        places, mask, edge, ratio, rendered, motion = tf.split(values, [2, 1, 1, 1, 3, 3], -1)
        eye, teeth, inside = (tf.cast(part == p, tf.float32) for p in (Part.EYE, Part.TEETH, Part.MOUTH))
        mouth = teeth + inside
        skin = tf.cast(part == Part.SKIN, tf.float32) * mask
        # The photo shows this point if what it shows in that place moves as this point does: upper teeth rest on the
        # skull, lower teeth and tongue go with the jaw.
        there = sample_nearest(shown, self.window.to_grid(places))
        seen = tf.cast(tf.norm(there - motion, axis=-1, keepdims=True) < SAME_MOTION, tf.float32)

        def mean(value: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
            return tf.math.divide_no_nan(self._to_pixels(value * weight), self._to_pixels(weight))

        return Fields(
            source=mean(places, skin),
            face=self._to_pixels(skin),
            edge=mean(edge, skin),
            eye=self._to_pixels(eye),
            mouth=self._to_pixels(mouth),
            ratio=mean(ratio, skin),
            eye_source=mean(places, eye),
            mouth_source=mean(places, mouth),
            mouth_seen=mean(seen, mouth),
            mouth_colour=mean(rendered, mouth),
            teeth=mean(teeth, mouth),
        )

    def _to_pixels(self, field: tf.Tensor) -> tf.Tensor:
        size = (self.window.height, self.window.width)
        return tf.image.resize(field, size, method="area" if self.window.scale > 1 else "bilinear")


def _triangle_parts(model: MorphableModel) -> Int32:
    """The `Part` of each triangle; one that joins lips and mouth belongs to the mouth."""
    corners = model.parts[model.triangles]
    parts = np.where((corners == Part.EYE).any(1), Part.EYE, Part.SKIN).astype(np.int32)
    parts[(corners == Part.MOUTH).any(1)] = Part.MOUTH
    parts[(corners == Part.TEETH).any(1)] = Part.TEETH
    return parts


def changing(model: MorphableModel, above: float = 0.0) -> Bool:
    """Which triangles an expression can change in a photo, bool[T]: eyes, mouth, and where the mask is above that."""
    corners = model.triangles
    return np.asarray((model.mask[corners] > above).any(1) | (model.parts[corners] != Part.SKIN).any(1))


def landmark_nudge(screen: Array, rest: Array, model: MorphableModel, landmarks: Float64) -> Float32:
    """Small shifts on the picture that bring the fitted mesh's landmarks onto the detected ones.

    A thin-plate spline through the 51 landmarks inside the face, which the borders of the face hold still. It lives
    on the face at rest, where the lips touch, so that it never opens a mouth that an expression closes.

    Args:
      screen: float[V, 2], projected vertices of the fitted face.
      rest: float[V, 2], the same without its expression.
      model: the face model.
      landmarks: float64[68, 2], as detected.

    Returns:
      float32[V, 2], pixels; 0 on the rest of the head.
    """
    inner = model.landmarks[17:]
    offset = landmarks[17:] - screen[inner]
    size = np.ptp(rest[inner], axis=0).max()
    border = np.flatnonzero((model.mask < 0.02) & (model.parts == Part.SKIN))[::40]
    nodes = np.concatenate([rest[inner], rest[border]])
    values = np.concatenate([offset, np.zeros((len(border), 2))])
    spline = RBFInterpolator(nodes / size, values, kernel="thin_plate_spline", smoothing=1e-3)
    nudge, reach = np.zeros_like(rest, np.float32), np.abs(offset).max()
    face = np.unique(model.triangles[changing(model)])
    nudge[face] = np.clip(spline(rest[face] / size), -reach, reach)
    return nudge


def _lip_edge(model: MorphableModel) -> Float32:
    """1 at the vertices where lips and the inside of the mouth join, 0 elsewhere, float32[V, 1]."""
    parts = model.parts[model.triangles]
    joint = np.unique(model.triangles[(parts == Part.SKIN).any(1) & (parts == Part.MOUTH).any(1)])
    edge = np.zeros((len(model.parts), 1), np.float32)
    edge[joint[model.parts[joint] == Part.SKIN]] = 1.0
    return edge


def _window(face: Array, shape: tuple[int, ...]) -> Window:
    low, high = face.min(0), face.max(0)
    margin = _MARGIN * (high - low).max()
    left, top = (max(0, int(v)) for v in np.floor(low - margin))
    right, bottom = (
        min(limit, int(v) + 1) for v, limit in zip(np.ceil(high + margin), (shape[1], shape[0]), strict=True)
    )
    side = max(right - left, bottom - top)
    return Window(left, top, right - left, bottom - top, min(2.0, _FIELD_SIDE / side))
