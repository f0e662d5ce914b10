"""Mesh, albedo, camera and light to pixels, one face at a time; `batch_renderer` draws many of one model."""

from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Float32, Pixels
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering.graph.renderer import BACKDROP
from au_tf.rendering.native import kernels
from au_tf.rendering.native.batch_renderer import backgrounds, light_polynomial, linear_levels, srgb_levels


def render(vertices: Any, albedo: Any, triangles: Any, camera: Camera, lighting: Any, supersample: int = 1) -> Float32:
    """Renders meshes under spherical-harmonics light, shaded at the vertices.

    Args:
      vertices: float32[B, V, 3], mm, in the camera's space.
      albedo: float32[B, V, 3], linear RGB.
      triangles: int32[T, 3], counter-clockwise seen from outside.
      camera: the camera.
      lighting: float32[B, 9, 3], see `lighting`.
      supersample: samples a side of each pixel; 1 is jagged, 2 is smooth.

    Returns:
      float32[B, H, W, 4], linear RGB multiplied by coverage, and coverage in [0, 1].
    """
    meshes = zip(vertices, albedo, lighting, strict=True)
    drawn = [_pixels(v, a, triangles, camera, light, supersample)[..., :4] for v, a, light in meshes]
    return np.stack(drawn) if drawn else np.zeros((0, camera.height, camera.width, 4), np.float32)


def render_face(
    model: MorphableModel,
    coefficients: Coefficients,
    camera: Camera,
    supersample: int = 2,
    background: Any = BACKDROP,
) -> Pixels:
    """Renders one face as a picture.

    Args:
      model: the face model.
      coefficients: of one face, without batch axes.
      camera: the camera.
      supersample: samples a side of each pixel.
      background: sRGB, either a colour (3 floats in [0, 1]) or a picture uint8[H, W, 3].

    Returns:
      uint8[H, W, 3], sRGB.
    """
    vertices, albedo = face_vertices(model, coefficients), model.albedo(coefficients.albedo)
    return render_picture(vertices, albedo, model.triangles, camera, coefficients.lighting, supersample, background)


def render_picture(
    vertices: Any,
    albedo: Any,
    triangles: Any,
    camera: Camera,
    lighting: Any,
    supersample: int = 2,
    background: Any = BACKDROP,
) -> Pixels:
    """`render` of one mesh, without batch axes, laid over a background and encoded as sRGB uint8[H, W, 3]."""
    pixels = _pixels(vertices, albedo, triangles, camera, lighting, supersample)
    image = np.empty((camera.height, camera.width, 3), np.uint8)
    kernels.develop(pixels, backgrounds(background)[0], linear_levels(), srgb_levels(), image)
    return image


def face_vertices(model: MorphableModel, coefficients: Coefficients) -> Float32:
    """Vertices float32[V, 3] of one face in the camera's space, mm."""
    shape = np.asarray(model.shape(coefficients.identity, coefficients.expression))
    turn = Rotation.from_rotvec(coefficients.rotation).as_matrix().astype(np.float32)
    return shape @ turn.T + np.asarray(coefficients.translation, np.float32)


def _pixels(vertices: Any, albedo: Any, triangles: Any, camera: Camera, lighting: Any, samples: int) -> Float32:
    """float32[H, W, 5] as `kernels.resolve` writes it, of one mesh."""
    corners = np.array(triangles, np.int32)
    shape, colours = (np.ascontiguousarray(np.asarray(table, np.float32).T) for table in (vertices, albedo))
    count = shape.shape[1]
    position, normal = np.empty((count, 3), np.float32), np.empty((count, 3), np.float32)
    table, grid = np.zeros((count, 8), np.float32), np.empty((count, 2), np.int32)
    fine = camera.scaled(samples)
    keys = np.empty((fine.height, fine.width), np.int64)
    pixels = np.empty((camera.height, camera.width, 5), np.float32)
    still, here, lens = np.eye(3, dtype=np.float32), np.zeros(3, np.float32), fine.lens.astype(np.float32)
    light = (light_polynomial() @ np.asarray(lighting, np.float64)).astype(np.float32)
    kernels.place(shape, still, here, lens, position.reshape(-1), table.reshape(-1))
    kernels.sum_normals(corners, position, normal)
    kernels.shade(normal.reshape(-1), light, colours, table.reshape(-1))
    kernels.snap(table, grid)
    kernels.nearest(corners, False, table, grid, keys)
    kernels.resolve(corners, table, keys, samples, pixels)
    return pixels
