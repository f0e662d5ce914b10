"""Where a fitted face is in its photo, and the part of the photo that is worked on."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import cv2
import numpy as np

from au_tf.arrays import Array, Float32, Float64, Pixels
from au_tf.compositing.fields import changing
from au_tf.compositing.lids import Lids
from au_tf.geometry.camera import Camera
from au_tf.geometry.landmarks import INNER, INNER_MOUTH_CORNERS, LOWER_LIP_EDGE, MOUTH_CORNERS, UPPER_LIP_EDGE
from au_tf.morphable import Coefficients, MorphableModel, Part
from au_tf.rendering.framing import face_vertices

_MARGIN = 0.35
"""Border of the worked window about the face, a share of the face's size."""
WORK_SIDE = 1024
"""Most pixels a side that are worked on; of a larger face, each stands for a square of the photo's."""
_FIELD_SIDE = 1536
"""Fields are computed with at most about this many samples a side."""
_SMOOTHING = 1e-3
"""How far the warp may pass its landmarks by; as that of `scipy.interpolate.RBFInterpolator`."""
_TOGETHER = 256
"""Places at which a warp is asked for in one go."""
_UNITED = dict(zip(UPPER_LIP_EDGE + MOUTH_CORNERS, LOWER_LIP_EDGE + INNER_MOUTH_CORNERS, strict=True))
"""Landmarks that meet where a mouth is closed: pulled apart, they would kink the lips of one that opens."""
_LIPS = ((48, 54, range(49, 54)), (54, 48, range(55, 60)), (60, 64, range(61, 64)), (64, 60, range(65, 68)))
"""The corners between which each edge of a lip runs, and its other landmarks."""
_FLAT = 0.2
"""Least height of an arch that is measured, over that in its middle."""
_UPRIGHT, _TINY = np.array([-1.0, 1.0]), 1e-9


@dataclass(frozen=True)
class Window:
    """The part of the photo that is worked on, and the finer or coarser grid of the fields."""

    left: int
    top: int
    width: int
    """Columns that are worked on."""
    height: int
    """Rows that are worked on."""
    scale: float
    """Field samples per pixel that is worked on."""
    millimetre: float
    """Pixels that are worked on that a mm of the face takes."""
    step: int = 1
    """Pixels of the photo, a side, that one stands for which is worked on."""

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the fields."""
        return round(self.height * self.scale), round(self.width * self.scale)

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns of the photo."""
        below, right = self.top + self.step * self.height, self.left + self.step * self.width
        return slice(self.top, below), slice(self.left, right)

    def cut(self, image: Pixels) -> Pixels:
        """uint8[height, width, 3], the pixels that are worked on, of a photo uint8[H, W, 3]."""
        part = image[self.part]
        if self.step == 1:
            return part
        return np.asarray(cv2.resize(part, (self.width, self.height), interpolation=cv2.INTER_AREA), np.uint8)

    def places(self, points: Float64) -> Float64:
        """Points float64[..., 2] of the photo, (column, row), in pixels that are worked on."""
        return (points - (self.left, self.top) + 0.5) / self.step - 0.5

    def view(self, camera: Camera) -> Camera:
        """What takes the pixels that are worked on, of the camera that took the photo."""
        return camera.through(self.part).scaled(1.0 / self.step)

    def to_grid(self, places: Array) -> Array:
        """Places in the window (column, row), in pixels that are worked on, as places in the grid."""
        return (places + 0.5) * self.scale - 0.5


class Placement(NamedTuple):
    """Where a fitted face is in its photo."""

    window: Window
    camera: Camera
    """What takes the window."""
    offset: Float32
    """float32[V, 2], what leads from where this camera sees the vertices to where they are in the window."""
    lids: Lids

    @classmethod
    def of(
        cls,
        model: MorphableModel,
        coefficients: Coefficients,
        camera: Camera,
        landmarks: Float64,
        shape: tuple[int, ...],
        samples: float = 2.0,
    ) -> "Placement":
        """That of a photo to which a face has been fitted.

        Args:
          model: the face model.
          coefficients: the face fitted to the photo, without batch axes.
          camera: the camera of the fit.
          landmarks: float64[68, 2], (column, row), as detected in the photo.
          shape: rows and columns of the photo.
          samples: of the fields to a side of each pixel that is worked on, at most.
        """
        resting = coefficients.with_expression(0.0 * coefficients.expression)
        seen = [camera.project(face_vertices(model, face)) for face in (coefficients, resting)]
        screen, rest = (places[:, :2] for places in seen)
        millimetre = float(camera.focal) / float(seen[0][model.landmarks, 2].mean())
        warp = _landmark_warp(screen, rest, model, landmarks)
        window = _window((screen + warp)[model.mask > 0.5], shape, millimetre, samples)
        offset = warp / np.float32(window.step)
        return cls(window, window.view(camera), offset, Lids.of(model, screen + warp, landmarks))


def united(inner: Array) -> Array:
    """Values [51, K] at the landmarks inside the face with one, the mean, where lips meet: [46, K]."""
    values, first = np.array(inner), INNER.start
    for landmark, other in _UNITED.items():
        values[landmark - first] = 0.5 * (values[landmark - first] + values[other - first])
    return np.delete(values, [other - first for other in _UNITED.values()], 0)


def along_lips(landmarks: Any, of_mesh: Any) -> list[Any]:
    """Landmarks, 68 places [2], those of lips moved along these to where a mesh has its own.

    Only the corners of a mouth are points; what lies between them on a lip tells where the lip is, and not which point
    of it that is. A lip is taken for a parabola between its corners whose height changes along it.

    Args:
      landmarks: as detected, (column, row), [68, 2] or a list of tensors [2].
      of_mesh: the same, where the mesh has them, in the same pixels.
    """
    result: list[Any] = list(landmarks)
    for first, last, between in _LIPS:
        shown = [_from_chord(landmarks, first, last, k) for k in between]
        wanted = [_from_chord(of_mesh, first, last, k)[0] for k in between]
        start, chord = landmarks[first], landmarks[last] - landmarks[first]
        upright = chord[::-1] * _UPRIGHT
        for k, along in zip(between, wanted, strict=True):
            height = shown[0][1]
            for (left, low), (right, high) in pairwise(shown):
                height = height + _unit((along - left) / (right - left + _TINY)) * (high - low)
            result[k] = start + along * chord + height * _arch(along) * upright
    return result


def _from_chord(points: Any, first: int, last: int, middle: int) -> tuple[Any, Any]:
    """Share of the way between two points at which a third is, and how high its arch would be in the middle."""
    chord, away = points[last] - points[first], points[middle] - points[first]
    size = chord[0] * chord[0] + chord[1] * chord[1] + _TINY
    along = (away[0] * chord[0] + away[1] * chord[1]) / size
    return along, (away[1] * chord[0] - away[0] * chord[1]) / size / _arch(along)


def _arch(along: Any) -> Any:
    """A parabola's height over that in its middle, at least `_FLAT`."""
    return _FLAT + (1.0 - _FLAT) * _unit((4.0 * along * (1.0 - along) - _FLAT) / (1.0 - _FLAT))


def _unit(value: Any) -> Any:
    """Clipped to [0, 1], of numbers and of tensors."""
    return 0.5 * (abs(value) - abs(value - 1.0) + 1.0)


def thin_plate_warp(nodes: Array, values: Array, places: Array, size: float) -> Float64:
    """The thin-plate spline that takes given values at given places (Bookstein 1989), at other places.

    Args:
      nodes: float[N, 2], where the values are known.
      values: float[N, K].
      places: float[M, 2], where they are asked for.
      size: the unit of length.

    Returns:
      float64[M, K].
    """
    known, count = nodes / size, len(nodes)
    system = np.zeros((count + 3, count + 3))
    system[:count] = np.concatenate([_bending(known, known) + _SMOOTHING * np.eye(count), _affine(known)], 1)
    system[count:, :count] = _affine(known).T
    weights = np.linalg.solve(system, np.concatenate([values, np.zeros((3, values.shape[1]))]))
    found = np.empty((len(places), values.shape[1]))
    # As many as the cache holds.
    for first in range(0, len(places), _TOGETHER):
        asked = places[first : first + _TOGETHER] / size
        found[first : first + _TOGETHER] = _bending(asked, known) @ weights[:count] + _affine(asked) @ weights[count:]
    return found


def _bending(places: Array, nodes: Array) -> Float64:
    """r^2 log r of the distances between places [M, 2] and nodes [N, 2], float64[M, N]."""
    # One product, and then in place: these are millions of numbers.
    left = np.concatenate([places, np.ones((len(places), 1)), np.square(places).sum(1, keepdims=True)], 1)
    right = np.concatenate([-2.0 * nodes, np.square(nodes).sum(1, keepdims=True), np.ones((len(nodes), 1))], 1)
    square: Float64 = left @ right.T
    np.maximum(square, 1e-20, out=square)
    bending = np.log(square)
    bending *= square
    bending *= 0.5
    return bending


def _affine(places: Array) -> Float64:
    return np.concatenate([np.ones((len(places), 1)), places], 1)


def _landmark_warp(screen: Array, rest: Array, model: MorphableModel, landmarks: Float64) -> Float32:
    """Small shifts on the picture that bring the fitted mesh's landmarks onto the detected ones.

    A thin-plate spline through the landmarks inside the face, which the borders of the face hold still. It lives on
    the face at rest and moves both lips alike, so that it never opens a mouth that an expression closes.

    Args:
      screen: float[V, 2], projected vertices of the fitted face.
      rest: float[V, 2], the same without its expression.
      model: the face model.
      landmarks: float64[68, 2], as detected.

    Returns:
      float32[V, 2], pixels; 0 on the rest of the head.
    """
    inner = model.landmarks[INNER]
    offset: Float64 = np.stack(along_lips(landmarks, screen[model.landmarks]))[INNER] - screen[inner]
    size = np.ptp(rest[inner], axis=0).max()
    border = np.flatnonzero((model.mask < 0.02) & (model.parts == Part.SKIN))[::40]
    nodes = np.concatenate([united(rest[inner]), rest[border]])
    values = np.concatenate([united(offset), np.zeros((len(border), 2))])
    warp, reach = np.zeros_like(rest, np.float32), np.abs(offset).max()
    face = np.unique(model.triangles[changing(model)])
    warp[face] = np.clip(thin_plate_warp(nodes, values, rest[face], size), -reach, reach)
    return warp


def _window(face: Array, shape: tuple[int, ...], millimetre: float, samples: float) -> Window:
    low, high = face.min(0), face.max(0)
    margin = _MARGIN * (high - low).max()
    left, top = (max(0, int(v)) for v in np.floor(low - margin))
    right, bottom = (
        min(limit, int(v) + 1) for v, limit in zip(np.ceil(high + margin), (shape[1], shape[0]), strict=True)
    )
    step = -(-max(right - left, bottom - top) // WORK_SIDE)
    width, height = (right - left) // step, (bottom - top) // step
    return Window(left, top, width, height, min(samples, _FIELD_SIDE / max(width, height)), millimetre / step, step)
