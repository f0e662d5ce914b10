"""As `native.renderer`, in TensorFlow ops, with derivatives."""

import tensorflow as tf

from au_tf.arrays import ArrayLike, Tensor
from au_tf.geometry.camera import Camera
from au_tf.rendering.details import NOSE_ROOT, FaceDetail, FaceDetails
from au_tf.rendering.finish import SCATTER, finish_of
from au_tf.rendering.graph import colour
from au_tf.rendering.graph.cameras import project
from au_tf.rendering.graph.details import Shaded, factor as detail_factor
from au_tf.rendering.graph.finishing import finished
from au_tf.rendering.graph.lighting import irradiance
from au_tf.rendering.graph.normals import incidence, normals_of
from au_tf.rendering.graph.rasterizer import interpolate, per_image, rasterize
from au_tf.rendering.lighting import BACKDROP


def render(
    vertices: ArrayLike | Tensor,
    albedo: ArrayLike | Tensor,
    triangles: ArrayLike | Tensor,
    camera: Camera,
    lighting: ArrayLike | Tensor,
    supersample: int = 1,
    details: FaceDetails | None = None,
) -> Tensor:
    """Renders meshes under spherical-harmonics light, shaded at the vertices and, where they wrinkle, at the pixels.

    Args:
      vertices: float32[B, V, 3], mm, in the camera's space.
      albedo: float32[B, V, 3], linear RGB.
      triangles: int32[T, 3], counter-clockwise seen from outside.
      camera: the camera.
      lighting: float32[B, 9, 3], see `lighting`.
      supersample: samples a side of each pixel; 1 is jagged, 2 is smooth.
      details: of these faces; None draws the meshes alone.

    Returns:
      float32[B, H, W, 4], linear RGB multiplied by coverage, and coverage in [0, 1]; differentiable with respect to
      vertices, albedo and lighting wherever a small change moves no silhouette over a sample.
    """
    inputs = [tf.convert_to_tensor(a, tf.float32) for a in (vertices, albedo, lighting)]
    triangles = tf.convert_to_tensor(triangles, tf.int32)
    corners = incidence(triangles, tf.shape(inputs[0])[1])
    fine = camera.scaled(supersample)

    def one(vertices: Tensor, albedo: Tensor, lighting: Tensor, *own: Tensor) -> Tensor:
        fragments = rasterize(project(vertices, fine), triangles, fine.height, fine.width)
        normals = normals_of(vertices, triangles, corners)
        if details is None:
            shaded = albedo * irradiance(normals, lighting)
        else:
            lighting *= SCATTER
            shaded = finished(finish_of(details.detail), vertices[0], normals[0], albedo[0], lighting[0])[tf.newaxis]
        pixels = interpolate(fragments, triangles, tf.concat([shaded, tf.ones_like(vertices[..., :1])], -1))
        pixels = pixels if supersample == 1 else tf.nn.avg_pool2d(pixels, supersample, supersample, "VALID")
        if details is None:
            return pixels
        mesh = Shaded(triangles, vertices[0], normals[0], lighting[0])
        face = FaceDetail(own[0][0], own[1][0], details.own)
        distance = tf.maximum(-vertices[0, int(details.detail.model.landmarks[NOSE_ROOT]), 2], 1.0)
        factor = detail_factor(details.detail, face, fragments, supersample, mesh, camera.focal / distance)
        return tf.concat([pixels[..., :3] * factor, pixels[..., 3:]], -1)

    return per_image(one, tf.float32, *inputs, *([] if details is None else (details.depths, details.tints)))


def render_picture(
    vertices: ArrayLike | Tensor,
    albedo: ArrayLike | Tensor,
    triangles: ArrayLike | Tensor,
    camera: Camera,
    lighting: ArrayLike | Tensor,
    supersample: int = 2,
    background: tuple[float, float, float] = BACKDROP,
    details: FaceDetails | None = None,
) -> Tensor:
    """`render` laid over a colour, 3 floats in [0, 1], and encoded: sRGB uint8[B, H, W, 3]."""
    pixels = render(vertices, albedo, triangles, camera, lighting, supersample, details)
    return colour.to_levels(pixels[..., :3] + (1.0 - pixels[..., 3:]) * colour.to_linear(background))
