"""The picture that a face model predicts of a posed and lit face, compared with a photo, and its derivatives.

Both are compared in a square window about the face, at a low resolution: each of its pixels is the mean of many
samples, taken from the photo and from the model at the same places, so that nothing but the face makes a difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from au_tf.arrays import Bool, Float32, Float64, Int32, Pixels
from au_tf.fitting.refine import picture_kernels
from au_tf.fitting.refine.face_surface import FaceSurface
from au_tf.fitting.refine.landmark_term import NEAREST, Placed
from au_tf.geometry.camera import Camera
from au_tf.geometry.square import Square
from au_tf.pictures.colour import linear_levels
from au_tf.rendering.lighting import polynomials
from au_tf.rendering.native import kernels
from au_tf.rendering.native.lighting import light_polynomial
from au_tf.rendering.native.rasterizer import rasterize

SIDES = COARSE, FINE = 32, 64
"""Pixels to a side of a window."""
LIGHTS = 27
"""Numbers of a lighting."""
_MARGIN = 1.1
"""Side of the window over that of the face in the picture, which may yet move."""
_STEEPEST = 6.0
"""Greatest slope of sRGB over linear light that is believed: dark pixels hold hardly more than noise."""
_CLIPPED = 0.05
"""Slope where a pixel is black or white: not 0, or it would never come back."""


@dataclass(frozen=True, eq=False)
class Lit:
    """A posed shape with skin and light."""

    placed: Placed
    """Shape and pose."""
    albedo: Float64
    """float64[A], the coefficients that are free."""
    lighting: Float64
    """float64[9, 3]."""

    @property
    def size(self) -> int:
        """How many numbers these are."""
        return 6 + len(self.placed.shape) + len(self.albedo) + LIGHTS

    def moved(self, delta: Float64) -> "Lit":
        """After a step float64[6 + K + A + 27]: as `Placed.moved`, then albedo and lighting."""
        first = 6 + len(self.placed.shape)
        second = first + len(self.albedo)
        lighting = self.lighting + delta[second:].reshape(9, 3)
        return Lit(self.placed.moved(delta[:first]), self.albedo + delta[first:second], lighting)


@dataclass(frozen=True, eq=False)
class FaceWindow:
    """A square of a photo about the face."""

    linear: Mapping[int, Float32]
    """The photo in linear RGB float32[side, side, 3] for several sides, each pixel the mean of its samples."""
    inside: Bool
    """bool[S, S], which of the S samples a side lie in the photo."""
    camera: Camera
    """That of the samples."""

    @classmethod
    def about(cls, image: Pixels, surface: FaceSurface, placed: Placed, camera: Camera, samples: int = 256) -> Self:
        """The square about the skin of a posed face.

        Args:
          image: uint8[H, W, 3], sRGB.
          surface: of the face model.
          placed: the face.
          camera: that took the picture.
          samples: S, a multiple of all `SIDES`.
        """
        seen = camera.project(surface.extent(placed.shape) @ placed.axes.T + placed.shift, NEAREST)[:, :2]
        square = Square.about(seen, _MARGIN, samples)
        places = square.corner[:, None] + square.step * np.arange(samples)
        column, row = ((p >= 0.0) & (p <= length - 1.0) for p, length in zip(places, image.shape[1::-1], strict=True))
        view = camera.aligned(square.matrix, samples, samples)
        linear = linear_levels()[square.cut(image)]
        shrunk = {side: cv2.resize(linear, (side, side), interpolation=cv2.INTER_AREA) for side in SIDES}
        means = {side: np.asarray(picture, np.float32) for side, picture in shrunk.items()}
        return cls(means, np.outer(row, column), view)


class _Shading(NamedTuple):
    irradiance: Float32
    colour: Float32
    turning: Float32
    albedo: Float32


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the model predicts for the pixels of a window that show nothing but skin."""

    surface: FaceSurface
    window: FaceWindow
    lit: Lit
    side: int
    """Pixels a side of the window."""
    places: Int32
    """int32[P, 2], (row, column) of the pixels."""
    linear: Float32
    """float32[P, 3], linear RGB predicted."""

    _turned: Float32
    _position: Float32
    _screen: Float32
    _visible: Int32
    _weights: Float32
    _normal: Float32
    _shading: _Shading

    @classmethod
    def of(cls, surface: FaceSurface, window: FaceWindow, lit: Lit, side: int) -> Self:
        """Draws the face in `side` pixels a side, one of `SIDES`."""
        placed, size = lit.placed, window.camera.height
        turned = surface.shape(placed.shape) @ placed.axes.T.astype(np.float32)
        position = turned + placed.shift.astype(np.float32)
        screen = window.camera.project(position, NEAREST)
        seen = rasterize(screen[None], surface.triangles, size, size, threads=1)
        visible, weights = seen.triangle[0], seen.barycentric[0]
        normal = np.empty_like(position)
        kernels.sum_normals(surface.triangles, position, normal)
        shading = _shade(normal, lit.lighting, surface.albedo(lit.albedo))
        shows = (visible >= 0) & surface.skin[visible] & window.inside
        whole = np.asarray(_pool(shows[..., None], side).all((1, 3)))[..., 0]
        # What is beyond the border of the skin is blurred into its last pixels.
        inner = cv2.erode(np.pad(whole, 1).astype(np.uint8), np.ones((3, 3), np.uint8))[1:-1, 1:-1]
        places = np.argwhere(inner).astype(np.int32)
        linear = np.empty((len(places), 3), np.float32)
        picture_kernels.average(surface.triangles, visible, weights, shading.colour, size // side, places, linear)
        return cls(
            surface, window, lit, side, places, linear, turned, position, screen, visible, weights, normal, shading
        )

    @property
    def observed(self) -> Float32:
        """float32[P, 3], linear RGB of the photo."""
        return self.window.linear[self.side][tuple(self.places.T)]

    @cached_property
    def residual(self) -> Float32:
        """float32[P, 3], predicted less observed, sRGB in [0, 1]."""
        return encode(self.linear)[0] - encode(self.observed)[0]

    def jacobian(self) -> Float32:
        """float32[P, 3, N], derivative of the residual by the steps of `Lit.moved`."""
        surface, lit, camera = self.surface, self.lit, self.window.camera
        slopes = camera.slopes(self._position, NEAREST)
        rows = np.empty((len(self.places), 3, lit.size), np.float32)
        irradiance, colour, turning, albedo = self._shading
        picture_kernels.differentiate(
            (surface.triangles, surface.around, surface.starts),
            (self._visible, self._weights),
            camera.height // self.side,
            self.places,
            (self._position, self._turned, self._screen, slopes, lit.placed.axes.astype(np.float32)),
            (irradiance, colour, turning, albedo, _harmonics(self._normal)),
            (surface.shape.columns, surface.albedo.columns),
            rows,
        )
        rows *= encode(self.linear)[1][..., None]
        return rows


def encode(linear: Float32) -> tuple[Float32, Float32]:
    """sRGB in [0, 1] of linear light, clipped, and its slope where that can be trusted, both float32[..., 3]."""
    dark = linear <= 0.0031308
    bright = np.where(dark, np.float32(0.0031308), linear)
    power = bright ** np.float32(1 / 2.4)
    coded = np.where(dark, 12.92 * linear, 1.055 * power - 0.055)
    slope = np.where(dark, 12.92, (1.055 / 2.4) * power / bright)
    clipped = (linear <= 0.0) | (linear >= 1.0)
    slope = np.where(clipped, _CLIPPED, np.minimum(slope, _STEEPEST))
    return np.clip(coded, 0.0, 1.0).astype(np.float32), slope.astype(np.float32)


def _pool(samples: NDArray, side: int) -> NDArray:
    """[S, S, C] as [side, S / side, side, S / side, C]."""
    ratio = len(samples) // side
    return samples.reshape(side, ratio, side, ratio, -1)


def _shade(normal: Float32, lighting: Float64, albedo: Float32) -> _Shading:
    irradiance, colour = np.empty_like(normal), np.empty_like(normal)
    turning = np.empty((len(normal), 3, 3), np.float32)
    light = (light_polynomial() @ lighting).astype(np.float32)
    picture_kernels.shade(normal, light, albedo, irradiance, colour, turning)
    return _Shading(irradiance, colour, turning, albedo)


def _harmonics(normal: Float32) -> Float32:
    unit = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), np.float32(1e-12))
    return np.ascontiguousarray(np.stack(polynomials(*unit.T), -1), np.float32)
