"""Light and albedo from the pixels of a face whose shape and pose are known: maximum a posteriori, alternately.

The picture's colour at pixel p is modelled as albedo_p * (Y(n_p) . lighting), in linear light. With the albedo held
this is linear in the 27 coefficients of the lighting, with the lighting held in the albedo's, so each is solved in
turn. Weights that fall with the residual (Cauchy's) keep hair, glasses, specular highlights and shadows out.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.linalg import solve
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from au_tf.fitting.alignment import warp
from au_tf.morphable import MorphableModel, Part
from au_tf.rendering import AMBIENT, Camera, interpolate, project, rasterize, vertex_normals
from au_tf.rendering.colour import to_linear
from au_tf.rendering.lighting import sh_basis

Array = NDArray[np.float64]

LIGHT_SPREAD = (0.6, 0.25, 0.25, 0.25, 0.12, 0.12, 0.12, 0.12, 0.12)
"""Prior standard deviation of each lighting coefficient about a white light from every side, at normal exposure."""
TINT_SPREAD = 0.15
"""The same for how far the channels of a coefficient differ, as a share of the above: lamps are nearly white."""
NOISE = 0.06
"""Standard deviation of what the model does not explain, linear RGB at normal exposure."""
_EFFECTIVE = 80
"""As how many independent pixels the face counts: what the model does not explain is alike over many neighbours."""
_SIDE = 256
_SAMPLES = 4000
_ROUNDS = 8


class PhotometricFit(NamedTuple):
    """Light and skin of a face in a photo."""

    lighting: NDArray[np.float32]
    """float32[9, 3], spherical-harmonics coefficients a channel."""
    albedo: NDArray[np.float32]
    """float32[A], standard deviations."""


@dataclass(frozen=True, eq=False)
class _Samples:
    colour: Array
    """float64[N, 3], linear RGB at normal exposure."""
    harmonics: Array
    """float64[N, 9]."""
    mean: Array
    """float64[N, 3], the model's mean albedo."""
    basis: Array
    """float64[N, 3, A]."""

    def albedo(self, coefficients: Array) -> Array:
        """float64[N, 3]."""
        return self.mean + self.basis @ coefficients


def fit_photometry(
    image: NDArray[np.uint8], model: MorphableModel, vertices: NDArray[np.floating], camera: Camera
) -> PhotometricFit:
    """Fits lighting and albedo to the visible skin of the face.

    Args:
      image: uint8[H, W, 3], sRGB.
      model: the face model.
      vertices: float[V, 3], mm, in the camera's space.
      camera: the camera that took the picture.

    Returns:
      the fit; the neutral one, white light on the mean skin, where no skin is visible.
    """
    picture, view = _close_up(image, model, vertices, camera)
    pixels = _skin_pixels(model, vertices, view, image.shape[:2], camera)
    albedo = np.zeros(len(model.albedo_basis))
    if len(pixels.corners) == 0:
        return PhotometricFit(AMBIENT.copy(), albedo.astype(np.float32))
    samples, exposure = _sample(picture, model, pixels)
    weight = np.ones(len(samples.colour))
    with threadpool_limits(1, "blas"):
        for _ in range(_ROUNDS):
            lighting = _solve_lighting(samples, samples.albedo(albedo), weight)
            albedo = _solve_albedo(samples, samples.harmonics @ lighting, weight)
            weight = _weights(samples, lighting, albedo)
    return PhotometricFit((lighting * exposure).astype(np.float32), albedo.astype(np.float32))


class _Pixels(NamedTuple):
    places: NDArray[np.int64]
    """int64[N, 2], (row, column) in the close-up."""
    corners: NDArray[np.int32]
    """int32[N, 3], the vertices of the triangle seen there."""
    weights: Array
    """float64[N, 3], barycentric."""
    normals: Array
    """float64[N, 3], of length 1."""


def _close_up(
    image: NDArray[np.uint8], model: MorphableModel, vertices: NDArray[np.floating], camera: Camera
) -> tuple[NDArray[np.uint8], Camera]:
    """The square about the face as a picture of 256 pixels a side, and its camera."""
    seen = project(vertices[model.mask > 0.5].astype(np.float32), camera).numpy()[:, :2]
    low, high = seen.min(0), seen.max(0)
    step = float((high - low).max()) / (_SIDE - 1)
    corner = (low + high) / 2 - step * (_SIDE - 1) / 2
    matrix = np.array([[step, 0.0, corner[0]], [0.0, step, corner[1]]])
    column, row = (np.array(camera.centre) - corner) / step
    return warp(image, matrix, _SIDE), Camera(camera.focal / step, (float(column), float(row)), _SIDE, _SIDE)


def _skin_pixels(
    model: MorphableModel,
    vertices: NDArray[np.floating],
    view: Camera,
    size: tuple[int, ...],
    camera: Camera,
) -> _Pixels:
    """At most 4000 pixels, evenly spread, that show skin of the face proper and lie inside the photo."""
    batch = tf.constant(vertices, tf.float32)[tf.newaxis]
    fragments = rasterize(project(batch, view), model.triangles, view.height, view.width)
    normals = vertex_normals(batch, model.triangles)
    skin = ((model.mask > 0.5) & (model.parts == Part.SKIN)).astype(np.float32)
    attributes = tf.concat([normals, tf.constant(skin)[tf.newaxis, :, tf.newaxis]], -1)
    seen = interpolate(fragments, model.triangles, attributes)[0].numpy()
    places = np.argwhere((seen[..., 3] > 0.999) & _inside(view, camera, size))
    places = places[:: max(1, len(places) // _SAMPLES)]
    rows, columns = places.T
    triangles = fragments.triangle[0].numpy()[rows, columns]
    normal = seen[rows, columns, :3].astype(np.float64)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    weights = fragments.barycentric[0].numpy()[rows, columns].astype(np.float64)
    return _Pixels(places, model.triangles[triangles], weights, normal)


def _inside(view: Camera, camera: Camera, size: tuple[int, ...]) -> NDArray[np.bool_]:
    """bool[256, 256]: which pixels of the close-up lie inside the photo of that size (height, width)."""
    step = camera.focal / view.focal
    columns, rows = (
        (np.arange(_SIDE) - near) * step + far for near, far in zip(view.centre, camera.centre, strict=True)
    )
    inside = [(places >= 0) & (places <= limit - 1) for places, limit in ((rows, size[0]), (columns, size[1]))]
    return inside[0][:, None] & inside[1]


def _sample(picture: NDArray[np.uint8], model: MorphableModel, pixels: _Pixels) -> tuple[_Samples, float]:
    """What the fit needs at each pixel, and the exposure that was divided out."""
    colour = to_linear(picture).numpy()[tuple(pixels.places.T)].astype(np.float64)
    mean = np.einsum("nk,nkc->nc", pixels.weights, model.mean_albedo[pixels.corners])
    exposure = max(float(np.median(colour) / np.median(mean)), 1e-3)
    # One corner at a time: the basis at all three would be three times as large.
    corners = sum(
        model.albedo_basis[:, pixels.corners[:, k]] * pixels.weights[:, k, None].astype(np.float32) for k in range(3)
    )
    basis: Array = np.moveaxis(np.asarray(corners), 0, -1).astype(np.float64, order="C")
    harmonics = sh_basis(pixels.normals).numpy()
    return _Samples(colour / exposure, harmonics, mean, basis), exposure


def _solve_lighting(samples: _Samples, albedo: Array, weight: Array) -> Array:
    """Lighting float64[9, 3] by weighted ridge regression, the channels tied to each other by the tint's prior."""
    scale = _EFFECTIVE / len(weight) / NOISE**2
    normal, right = np.zeros((3, 9, 3, 9)), np.zeros((3, 9))
    for c in range(3):
        rows = samples.harmonics * albedo[:, c, None]
        normal[c, :, c] = scale * (rows * weight[:, None]).T @ rows
        right[c] = scale * (rows * weight[:, None]).T @ samples.colour[:, c]
    common = np.full((3, 3), 1 / 3)
    # Precision of the channels' mean and, tighter, of their differences from it.
    channels = common + (np.eye(3) - common) / TINT_SPREAD**2
    prior = np.einsum("cd,kl->ckdl", channels, np.diag(1.0 / np.square(LIGHT_SPREAD)))
    right += np.tensordot(prior, AMBIENT.T.astype(np.float64), 2)
    return solve((normal + prior).reshape(27, 27), right.ravel(), assume_a="pos").reshape(3, 9).T


def _solve_albedo(samples: _Samples, light: Array, weight: Array) -> Array:
    """Albedo coefficients float64[A] by weighted ridge regression with their standard-normal prior."""
    count = samples.basis.shape[-1]
    if not count:
        return np.zeros(0)
    scale = _EFFECTIVE / len(weight) / NOISE**2
    rows = (samples.basis * light[..., None]).reshape(-1, count)
    residual = (samples.colour - samples.mean * light).ravel()
    weighted = (rows * (scale * np.repeat(weight, 3))[:, None]).T
    return solve(weighted @ rows + np.eye(count), weighted @ residual, assume_a="pos")


def _weights(samples: _Samples, lighting: Array, albedo: Array) -> Array:
    """Cauchy's weights float64[N], scaled by the median residual."""
    predicted = samples.albedo(albedo) * (samples.harmonics @ lighting)
    residual = np.linalg.norm(samples.colour - predicted, axis=-1)
    spread = max(1.5 * float(np.median(residual)), 0.25 * NOISE)
    return 1.0 / (1.0 + (residual / spread) ** 2)
