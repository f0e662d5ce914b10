"""The source photo with another expression: the photo's own pixels, moved, relit and completed by the mesh.

Three layers are composed: skin, which takes the background along; eyes; and the inside of the mouth. Every target
pixel asks the mesh where its point of the face was in the source photo and reads the colour there. Skin is relit by
the ratio of the new shading to the old. What the photo does not show is inpainted (eyes) or rendered (mouth).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from au_tf.morphable import Coefficients, MorphableModel, Part
from au_tf.rendering import colour
from au_tf.rendering.camera import Camera, project, to_camera
from au_tf.rendering.lighting import irradiance
from au_tf.rendering.rasterizer import Fragments, interpolate, rasterize
from au_tf.rendering.renderer import face_vertices, vertex_normals
from au_tf.rendering.sampling import blur, fill, sample_bicubic, sample_nearest

Floats = NDArray[np.float32]

_MARGIN = 0.35
"""Border of the worked window about the face, a share of the face's size."""
_FIELD_SIDE = 1024
"""Fields are computed with at most about this many samples a side."""
_RATIO_LIMITS = (0.6, 1.5)
_CLOSED = 0.06
"""Largest gap between the lips of a closed mouth, a share of its width."""
_LIP_LINE = 0.6
"""How dark the line between closed lips is."""
_CREASE = 0.03
"""Width of the creases that vanish with an expression, a share of the window's height."""
_SAME_MOTION = 2.5
"""Points inside the mouth whose motions differ by less, in mm, are taken for one body."""
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


class _Fields(NamedTuple):
    """What the mesh says about each pixel of the window, at the photo's resolution."""

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
    """float32[h, w, 3], rendered linear RGB of the inside of the mouth."""
    teeth: tf.Tensor
    """float32[h, w, 1], coverage by teeth."""


@dataclass(frozen=True)
class _Window:
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


class PhotoCompositor:
    """Puts expressions into one photo; what depends on the photo alone is done once.

    Args:
      image: uint8[H, W, 3], sRGB, the source photo.
      model: the face model.
      coefficients: the fitted face, pose and lighting, without batch axes.
      camera: the camera of the fit.
      landmarks: float32[68, 2], (column, row), as detected in the photo.
    """

    def __init__(
        self,
        image: NDArray[np.uint8],
        model: MorphableModel,
        coefficients: Coefficients,
        camera: Camera,
        landmarks: Floats,
    ) -> None:
        self.image = image
        self._model, self._coefficients, self._camera = model, coefficients, camera
        vertices = face_vertices(model, coefficients)
        screen = project(vertices, camera).numpy()
        rest = project(face_vertices(model, coefficients.with_expression(0.0 * coefficients.expression)), camera)
        self._nudge = landmark_nudge(screen[:, :2], rest.numpy()[:, :2], model, np.asarray(landmarks, np.float64))
        screen[:, :2] += self._nudge
        self._window = _window(screen[model.mask > 0.5, :2], image.shape[:2])
        self._source_screen = self._in_window(screen)
        self._irradiance = self._shade(vertices)
        corners = model.parts[model.triangles]
        self._triangle_part = np.where((corners == Part.EYE).any(1), Part.EYE, Part.SKIN).astype(np.int32)
        self._triangle_part[(corners == Part.MOUTH).any(1)] = Part.MOUTH
        self._triangle_part[(corners == Part.TEETH).any(1)] = Part.TEETH
        self._lip_edge = _lip_edge(model)
        self._vertices = vertices
        grid = self._on_grid(self._source_screen)
        self._source_fragments = rasterize(grid[tf.newaxis], model.triangles, *self._window.grid)
        part = np.asarray(colour.to_linear(image[self._window.part]), np.float32)
        self._photo = part
        source = self._fields(vertices)
        cover = (source.eye + source.mouth).numpy()[..., 0] > 0.3
        inside = np.asarray(landmarks, np.float64) - (self._window.left, self._window.top)
        cover |= _stray_teeth(image[self._window.part], source, inside)
        self._skin = _inpainted(image[self._window.part], cover, None)
        self._creased = _creased(inside, (self._window.height, self._window.width))
        self._smooth = blur(self._skin, max(1.0, _CREASE * self._window.height))
        self._eyes = _inpainted(image[self._window.part], source.eye.numpy()[..., 0] < 0.95, source.eye)
        self._closed = source.mouth * float(_is_closed(np.asarray(landmarks, np.float64)))
        # Lips that meet leave a dark line, which the photo of an open mouth does not show.
        self._line = 0.0 if _is_closed(np.asarray(landmarks, np.float64)) else _LIP_LINE
        border = max(1.0, 0.008 * self._window.height)
        self._mouth_core = _ramp(0.75, 0.98, blur(source.mouth, border))
        self._mouth_gain = self._tooth_gain(source)
        signature = tf.TensorSpec([len(model.expression_basis)], tf.float32)
        self._traced = tf.function(self._compose, input_signature=[signature])

    def compose(self, expression: Any) -> NDArray[np.uint8]:
        """The photo with another expression.

        Args:
          expression: float32[E], standard deviations.

        Returns:
          uint8[H, W, 3], sRGB; away from the face it equals the source photo.
        """
        part, changed = self._traced(np.asarray(expression, np.float32))
        picture = self.image.copy()
        old = self.image[self._window.part]
        picture[self._window.part] = np.where(changed.numpy(), part.numpy(), old)
        return picture

    def _compose(self, expression: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The window with another expression, uint8[h, w, 3], and where it differs from the photo, bool[h, w, 1]."""
        c = self._coefficients
        shape = self._model.shape(c.identity, expression)
        fields = self._fields(to_camera(shape, c.rotation, c.translation))
        # Where the fit leaves a gap in a mouth that is closed, the photo shows lips.
        fields = fields._replace(mouth=tf.maximum(fields.mouth - self._closed, 0.0))
        h, w = self._window.height, self._window.width
        pixels = tf.stack(tf.meshgrid(tf.range(float(w)), tf.range(float(h))), -1)
        move, ratio = _extended(fields, pixels)
        size = tf.norm(move, axis=-1, keepdims=True)
        photo_skin = sample_bicubic(self._photo, pixels + move)
        clean_skin = sample_bicubic(self._skin, pixels + move)
        skin = photo_skin + _ramp(0.3, 1.5, size) * (clean_skin - photo_skin)
        smooth_skin = sample_bicubic(self._smooth, pixels + move)
        creased = sample_bicubic(self._creased, pixels + move)
        skin += creased * _relaxed(move) * (smooth_skin - skin)
        skin *= 1.0 - self._line * _ramp(0.3, 1.5, size) * fields.edge
        eyes = sample_bicubic(self._eyes, pixels + _known(fields.eye_source, fields.eye, pixels))
        mouth = self._mouth(fields, pixels, _ramp(0.3, 1.5, size))
        result = (1.0 - fields.eye - fields.mouth) * skin * ratio + fields.eye * eyes + fields.mouth * mouth
        still = (size < 1e-2) & (tf.abs(ratio - 1.0) < 2e-3) & (fields.eye + fields.mouth < 1e-3)
        return tf.cast(tf.round(colour.to_srgb(result) * 255.0), tf.uint8), tf.logical_not(still)

    def _mouth(self, fields: _Fields, pixels: tf.Tensor, moving: tf.Tensor) -> tf.Tensor:
        """The inside of the mouth: the photo's own where it was visible, else rendered.

        Where the lips move, only teeth are taken from the photo, and not from the border that lips shade and blur:
        what stands in the dark of the fitted mesh may yet be a tooth of the photo.
        """
        shadow = _ramp(0.0, 0.95, blur(fields.mouth, max(1.0, 0.012 * self._window.height)))
        gain = 1.0 + fields.teeth * (self._mouth_gain - 1.0)
        rendered = fields.mouth_colour * gain * (0.35 + 0.65 * shadow)
        place = pixels + _known(fields.mouth_source, fields.mouth, pixels)
        core = sample_bicubic(self._mouth_core, place)
        seen = fields.mouth_seen * (1.0 - sample_bicubic(self._closed, place))
        seen = tf.clip_by_value(seen + moving * (blur(seen, 0.7) * core * fields.teeth - seen), 0.0, 1.0)
        return rendered + seen * (sample_bicubic(self._photo, place) - rendered)

    def _tooth_gain(self, source: _Fields) -> tf.Tensor:
        """What makes the rendered teeth as bright as those in the photo, float32[3]; 1 if none show."""
        weight = source.teeth * source.mouth_seen * (source.mouth - self._closed) * self._mouth_core
        if float(tf.reduce_sum(weight)) < max(20.0, 5e-4 * self._window.width * self._window.height):
            return tf.ones([3])
        real = tf.reduce_sum(weight * self._photo, [0, 1])
        rendered = tf.reduce_sum(weight * source.mouth_colour, [0, 1])
        return tf.clip_by_value(tf.math.divide_no_nan(real, rendered), 0.4, 2.5)

    def _in_window(self, screen: Any) -> Any:
        shift = tf.constant([self._window.left, self._window.top, 0.0], tf.float32)
        return tf.convert_to_tensor(screen, tf.float32) - shift

    def _shade(self, vertices: tf.Tensor) -> tf.Tensor:
        return irradiance(vertex_normals(vertices, self._model.triangles), self._coefficients.lighting)

    def _on_grid(self, screen: tf.Tensor) -> tf.Tensor:
        return tf.concat([self._window.to_grid(screen[:, :2]), screen[:, 2:]], -1)

    def _fields(self, vertices: tf.Tensor) -> _Fields:
        """Rasterizes the target mesh and asks it about every pixel of the window."""
        screen = project(vertices, self._camera) + tf.pad(tf.constant(self._nudge, tf.float32), [[0, 0], [0, 1]])
        grid = self._on_grid(self._in_window(screen))
        triangles = self._model.triangles
        fragments = rasterize(grid[tf.newaxis], triangles, *self._window.grid)
        shading = self._shade(vertices)
        old, new = (tf.reduce_sum(s * _LUMINANCE, -1, keepdims=True) for s in (self._irradiance, shading))
        ratio = tf.clip_by_value(tf.maximum(new, 0.02) / tf.maximum(old, 0.02), *_RATIO_LIMITS)
        mask = tf.constant(self._model.mask[:, None])
        # Fitted colours tell skin and light from each other only roughly; teeth would show the error.
        rendered = self._model.mean_albedo * tf.maximum(new, 0.0)
        motion = vertices - self._vertices
        attributes = tf.concat([self._source_screen[:, :2], ratio, mask, rendered, motion, self._lip_edge], -1)
        values = interpolate(fragments, triangles, attributes[tf.newaxis])[0]
        shown = interpolate(self._source_fragments, triangles, motion[tf.newaxis])[0]
        shown = tf.where(self._part(self._source_fragments) >= Part.MOUTH, shown, 1e3)
        return self._collect(values, self._part(fragments), shown)

    def _part(self, fragments: Fragments) -> tf.Tensor:
        """The `Part` that each sample shows, int32[rows, columns, 1]; -1 where there is nothing."""
        part = tf.gather(self._triangle_part, tf.maximum(fragments.triangle[0], 0))
        return tf.where(fragments.mask[0], part, -1)[..., tf.newaxis]

    def _collect(self, values: tf.Tensor, part: tf.Tensor, shown: tf.Tensor) -> _Fields:
        """Averages what was found on the grid over the pixels, each layer by itself.

        Args:
          values: float32[rows, columns, 11], place in the source, ratio, mask, colour, motion in mm, edge of the lips.
          part: int32[rows, columns, 1].
          shown: float32[rows, columns, 3], motion in mm of what the photo shows inside the mouth.
        """
        places, ratio, mask, rendered = values[..., :2], values[..., 2:3], values[..., 3:4], values[..., 4:7]
        eye, teeth, inside = (tf.cast(part == p, tf.float32) for p in (Part.EYE, Part.TEETH, Part.MOUTH))
        mouth = teeth + inside
        skin = tf.cast(part == Part.SKIN, tf.float32) * mask
        # The photo shows this point if what it shows in that place moves as this point does: upper teeth rest on the
        # skull, lower teeth and tongue go with the jaw.
        there = sample_nearest(shown, self._window.to_grid(places))
        seen = tf.cast(tf.norm(there - values[..., 7:10], axis=-1, keepdims=True) < _SAME_MOTION, tf.float32)

        def mean(value: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
            return tf.math.divide_no_nan(self._to_pixels(value * weight), self._to_pixels(weight))

        return _Fields(
            source=mean(places, skin),
            face=self._to_pixels(skin),
            edge=mean(values[..., 10:], skin),
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
        size = (self._window.height, self._window.width)
        return tf.image.resize(field, size, method="area" if self._window.scale > 1 else "bilinear")


def landmark_nudge(
    screen: NDArray[Any], rest: NDArray[Any], model: MorphableModel, landmarks: NDArray[np.float64]
) -> Floats:
    """Small shifts on the picture that bring the fitted mesh's landmarks onto the detected ones.

    A thin-plate spline through the 51 landmarks inside the face, which the borders of the face hold still. It lives
    on the face at rest, where the lips touch, so that it never opens a mouth that an expression closes.

    Args:
      screen: float[V, 2], projected vertices of the fitted face.
      rest: float[V, 2], the same without its expression.
      model: the face model.
      landmarks: float64[68, 2], as detected.

    Returns:
      float32[V, 2], pixels.
    """
    inner = model.landmarks[17:]
    offset = landmarks[17:] - screen[inner]
    size = np.ptp(rest[inner], axis=0).max()
    border = np.flatnonzero((model.mask < 0.02) & (model.parts == Part.SKIN))[::40]
    nodes = np.concatenate([rest[inner], rest[border]])
    values = np.concatenate([offset, np.zeros((len(border), 2))])
    spline = RBFInterpolator(nodes / size, values, kernel="thin_plate_spline", smoothing=1e-3)
    nudge = spline(rest / size)
    reach = np.abs(offset).max()
    return np.clip(nudge, -reach, reach).astype(np.float32)


def _lip_edge(model: MorphableModel) -> Floats:
    """1 at the vertices where lips and the inside of the mouth join, 0 elsewhere, float32[V, 1]."""
    parts = model.parts[model.triangles]
    joint = np.unique(model.triangles[(parts == Part.SKIN).any(1) & (parts == Part.MOUTH).any(1)])
    edge = np.zeros((len(model.parts), 1), np.float32)
    edge[joint[model.parts[joint] == Part.SKIN]] = 1.0
    return edge


def _is_closed(landmarks: NDArray[np.float64]) -> bool:
    """Whether the inner lips of float64[68, 2] touch."""
    gap = np.linalg.norm(landmarks[[61, 62, 63]] - landmarks[[67, 66, 65]], axis=1).mean()
    return bool(gap < _CLOSED * np.linalg.norm(landmarks[54] - landmarks[48]))


def _window(face: NDArray[Any], shape: tuple[int, ...]) -> _Window:
    low, high = face.min(0), face.max(0)
    margin = _MARGIN * (high - low).max()
    left, top = (max(0, int(v)) for v in np.floor(low - margin))
    right, bottom = (
        min(limit, int(v) + 1) for v, limit in zip(np.ceil(high + margin), (shape[1], shape[0]), strict=True)
    )
    side = max(right - left, bottom - top)
    return _Window(left, top, right - left, bottom - top, min(2.0, _FIELD_SIDE / side))


def _extended(fields: _Fields, pixels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Motion float32[h, w, 2] and ratio of shading [h, w, 1] of the skin layer, dying away beyond the face."""
    move = tf.where(fields.face > 0.0, fields.source - pixels, 0.0)
    wide, light = fill(move, fields.face), fill(fields.ratio, fields.face)
    inside = tf.minimum(1.0, fields.face + fields.eye + fields.mouth)
    reach = max(4.0, 0.09 * max(pixels.shape[:2]))
    near = _ramp(0.04, 0.5, blur(inside, reach / 2.0))
    return near * wide, 1.0 + inside * (light - 1.0)


def _creased(landmarks: NDArray[np.float64], shape: tuple[int, int]) -> Floats:
    """Where a face has creases but no features, float32[h, w, 1]: cheeks, chin and forehead, in the photo."""
    points = landmarks.astype(np.int32)
    size = float(np.ptp(landmarks, axis=0).max())
    area, features = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(area, cv2.convexHull(points), 1)
    for first, last in ((17, 22), (22, 27), (27, 36), (36, 42), (42, 48), (48, 60)):
        cv2.fillConvexPoly(features, cv2.convexHull(points[first:last]), 1)

    def disc(share: float) -> NDArray[np.uint8]:
        side = 2 * max(1, round(share * size)) + 1
        return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)

    plain = np.asarray(cv2.erode(area, disc(0.06)) * (1 - cv2.dilate(features, disc(0.015))), np.float32)
    return np.asarray(cv2.GaussianBlur(plain, (0, 0), max(0.5, 0.02 * size)), np.float32)[..., None]


def _relaxed(move: tf.Tensor) -> tf.Tensor:
    """How far creases of the source vanish, float32[h, w, 1]: where skin that was pulled together lies free again."""
    across, down = _derivative(move, 1), _derivative(move, 0)
    area = (1.0 + across[..., :1]) * (1.0 + down[..., 1:]) - across[..., 1:] * down[..., :1]
    size = max(1.0, 0.012 * max(move.shape[:2]))
    return 0.7 * _ramp(0.03, 0.35, 1.0 - blur(area, size))


def _derivative(field: tf.Tensor, axis: int) -> tf.Tensor:
    ahead, behind = tf.roll(field, -1, axis), tf.roll(field, 1, axis)
    return 0.5 * (ahead - behind)


def _known(source: tf.Tensor, weight: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """Motion of a layer, extended over its border."""
    return fill(tf.where(weight > 0.0, source - pixels, 0.0), tf.cast(weight > 0.0, tf.float32))


def _ramp(low: float, high: float, value: tf.Tensor) -> tf.Tensor:
    u = tf.clip_by_value((value - low) / (high - low), 0.0, 1.0)
    return u * u * (3.0 - 2.0 * u)


def _stray_teeth(image: NDArray[np.uint8], source: _Fields, landmarks: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Teeth and dark corners of an open mouth that the fitted mesh counts as lips, bool[h, w]."""
    inside = source.mouth.numpy()[..., 0] > 0.5
    if inside.any(1).sum() < 3:
        return np.zeros_like(inside)
    mouth = np.zeros(inside.shape, np.uint8)
    cv2.fillPoly(mouth, [np.round(landmarks[48:60]).astype(np.int32)], 1)
    lips = (mouth > 0) & ~inside
    light, red, _ = np.moveaxis(cv2.cvtColor(image, cv2.COLOR_RGB2Lab).astype(np.float32), -1, 0)
    tooth_red, lip_red = np.median(red[inside]), np.percentile(red[lips], 70)
    stray = lips & ((red < 0.5 * (tooth_red + lip_red)) | (light < 0.7 * np.median(light[lips])))
    return cv2.dilate(_touches(stray, inside).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


def _touches(area: NDArray[np.bool_], seed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The connected pieces of an area that touch a seed."""
    _, labels = cv2.connectedComponents((area | seed).astype(np.uint8))
    return np.isin(labels, np.unique(labels[seed])) & area


def _inpainted(image: NDArray[np.uint8], unknown: NDArray[np.bool_], near: tf.Tensor | None) -> Floats:
    """The photo, linear, with unknown pixels continued from the known ones.

    Args:
      image: uint8[h, w, 3], sRGB.
      unknown: bool[h, w].
      near: float32[h, w, 1]; if given, only unknown pixels around its support are painted.
    """
    if near is not None:
        support = (near.numpy()[..., 0] > 0.05).astype(np.uint8)
        side = 2 * max(2, round(0.03 * max(image.shape[:2]))) + 1
        unknown = unknown & (cv2.dilate(support, np.ones((side, side), np.uint8)) > 0)
    painted = cv2.inpaint(np.ascontiguousarray(image[..., ::-1]), unknown.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    return np.asarray(colour.to_linear(np.ascontiguousarray(painted[..., ::-1])), np.float32)
