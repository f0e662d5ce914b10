"""Mesh, albedo, camera and light to pixels."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from scipy.spatial.transform import Rotation
from tensorflow_graphics.geometry.representation.mesh import normals as mesh_normals

from au_tf.arrays import Pixels
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.pictures import colour
from au_tf.rendering.graph.cameras import project, to_camera
from au_tf.rendering.graph.linear import combined
from au_tf.rendering.graph.rasterizer import Fragments, interpolate, per_image, rasterize
from au_tf.rendering.lighting import AMBIENT, STUDIO, irradiance

BACKDROP = (0.90, 0.91, 0.92)
"""sRGB of the studio's wall, used where no background is given."""


class Buffers(NamedTuple):
    """What `render_buffers` computes for every pixel."""

    colour: tf.Tensor
    """float32[B, H, W, 4], linear RGB multiplied by coverage, and coverage in [0, 1]."""
    attributes: tf.Tensor
    """float32[B, H, W, C], mean of the further attributes over the covered part of the pixel, 0 where there is none."""
    fragments: Fragments
    """Visible triangles and barycentric coordinates, at `supersample` times the resolution."""


def vertex_normals(vertices: Any, triangles: Any) -> tf.Tensor:
    """Unit normals at the vertices, the mean of the adjacent triangles' weighted by area.

    Args:
      vertices: float32[..., V, 3].
      triangles: int32[T, 3], counter-clockwise seen from outside.

    Returns:
      float32[..., V, 3], pointing out; 0 at a vertex of no triangle.
    """
    vertices, triangles = tf.convert_to_tensor(vertices), tf.convert_to_tensor(triangles, tf.int32)
    flat = tf.reshape(vertices, tf.concat([[-1], tf.shape(vertices)[-2:]], 0))
    return tf.reshape(_normals(flat, triangles, _incidence(triangles, tf.shape(flat)[1])), tf.shape(vertices))


def _normals(vertices: tf.Tensor, triangles: tf.Tensor, incidence: tf.SparseTensor) -> tf.Tensor:
    # tensorflow-graphics calls (b - a) x (c - a) clockwise.
    faces = mesh_normals.face_normals(tf.gather(vertices, triangles, axis=1), clockwise=True, normalize=False)
    rows = tf.reshape(tf.transpose(faces, [1, 0, 2]), [tf.shape(triangles)[0], -1])
    sums = tf.reshape(tf.sparse.sparse_dense_matmul(incidence, rows), [tf.shape(vertices)[1], -1, 3])
    return tf.nn.l2_normalize(tf.transpose(sums, [1, 0, 2]), axis=-1, epsilon=1e-20)


def _incidence(triangles: tf.Tensor, vertices: Any) -> tf.SparseTensor:
    """The sparse matrix [V, T] that is 1 where a vertex is a corner of a triangle."""
    count = tf.shape(triangles, tf.int64)[0]
    faces = tf.broadcast_to(tf.range(count)[:, tf.newaxis], [count, 3])
    places = tf.stack([tf.cast(tf.reshape(triangles, [-1]), tf.int64), tf.reshape(faces, [-1])])
    return tf.SparseTensor(tf.transpose(places), tf.ones([3 * count]), tf.stack([tf.cast(vertices, tf.int64), count]))


def render(
    vertices: Any, albedo: Any, triangles: Any, camera: Camera, lighting: Any, supersample: int = 1
) -> tf.Tensor:
    """Renders meshes under spherical-harmonics light, shaded at the vertices.

    Args:
      vertices: float32[B, V, 3], mm, in the camera's space.
      albedo: float32[B, V, 3], linear RGB.
      triangles: int32[T, 3], counter-clockwise seen from outside.
      camera: the camera.
      lighting: float32[B, 9, 3], see `lighting`.
      supersample: samples a side of each pixel; 1 is jagged, 2 is smooth.

    Returns:
      float32[B, H, W, 4], linear RGB multiplied by coverage, and coverage in [0, 1]; differentiable with respect to
      vertices, albedo and lighting wherever a small change moves no silhouette over a sample.
    """
    return render_buffers(vertices, albedo, triangles, camera, lighting, supersample).colour


def render_buffers(
    vertices: Any,
    albedo: Any,
    triangles: Any,
    camera: Camera,
    lighting: Any,
    supersample: int = 1,
    attributes: Any | None = None,
) -> Buffers:
    """As `render`, with further attributes of the vertices, float32[B, V, C], spread over the pixels."""
    vertices = tf.convert_to_tensor(vertices, tf.float32)
    if attributes is None:
        attributes = tf.zeros_like(vertices[..., :0])
    inputs = [tf.convert_to_tensor(a, tf.float32) for a in (vertices, albedo, lighting, attributes)]
    triangles = tf.convert_to_tensor(triangles, tf.int32)
    incidence = _incidence(triangles, tf.shape(vertices)[1])
    fine = camera.scaled(supersample)

    def one(vertices: tf.Tensor, albedo: tf.Tensor, lighting: tf.Tensor, attributes: tf.Tensor) -> Buffers:
        fragments = rasterize(project(vertices, fine), triangles, fine.height, fine.width)
        shaded = albedo * irradiance(_normals(vertices, triangles, incidence), lighting)
        channels = tf.concat([shaded, tf.ones_like(vertices[..., :1]), attributes], -1)
        pixels = _pool(interpolate(fragments, triangles, channels), supersample)
        return Buffers(pixels[..., :4], tf.math.divide_no_nan(pixels[..., 4:], pixels[..., 3:4]), fragments)

    return per_image(one, Buffers(tf.float32, tf.float32, Fragments(tf.int32, tf.float32)), *inputs)


def _pool(pixels: tf.Tensor, factor: int) -> tf.Tensor:
    return pixels if factor == 1 else tf.nn.avg_pool2d(pixels, factor, factor, "VALID")


def over(pixels: Any, background: Any) -> tf.Tensor:
    """Lays premultiplied linear RGBA float32[..., H, W, 4] over linear RGB float32[..., H, W, 3] or a colour [3]."""
    return pixels[..., :3] + (1.0 - pixels[..., 3:]) * tf.convert_to_tensor(background, tf.float32)


def face_vertices(model: MorphableModel, coefficients: Coefficients) -> tf.Tensor:
    """Vertices float32[..., V, 3] of a face in the camera's space, mm."""
    shape = combined(model.shapes, coefficients.identity, coefficients.expression)
    return to_camera(shape, coefficients.rotation, coefficients.translation)


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
    batch = [tf.convert_to_tensor(a, tf.float32)[tf.newaxis] for a in (vertices, albedo, lighting)]
    pixels = _render(batch[0], batch[1], tf.convert_to_tensor(triangles, tf.int32), camera, batch[2], supersample)
    return colour.to_uint8(over(pixels, colour.to_linear(background))[0])


_render = tf.function(render, autograph=False)
"""`render` traced once for each camera and each shape of mesh: pictures are made by the dozen."""


def frontal_camera(size: int) -> Camera:
    """The default camera of a square picture of `size` pixels a side."""
    return Camera.default(size, size)


def portrait(
    model: MorphableModel,
    coefficients: Coefficients | None = None,
    yaw: float = 0.0,
    pitch: float = 0.0,
    fill: float = 0.92,
    lighting: Any = STUDIO,
) -> Coefficients:
    """Puts a face before `frontal_camera` so that the mean head fills the picture; identity and expression stay.

    Args:
      model: the face model.
      coefficients: the face, without batch axes; None is the mean face.
      yaw: degrees by which the face turns towards the right of the picture.
      pitch: degrees by which it looks up.
      fill: the part of the picture's side that the mean head takes.
      lighting: float32[9, 3].

    Returns:
      Coefficients with new rotation, translation and lighting.
    """
    face = neutral(model) if coefficients is None else coefficients
    turn = Rotation.from_euler("YX", [yaw, -pitch], degrees=True).as_rotvec().astype(np.float32)
    low, high = model.mean_shape.min(0), model.mean_shape.max(0)
    middle = (low + high) / 2
    # The depth at which the head's larger side, at its middle, takes `fill` of the picture.
    depth = Camera.default(1, 1).focal * float((high - low)[:2].max()) / fill
    centre = to_camera(middle[None], turn, np.zeros(3, np.float32)).numpy()[0]
    translation = np.array([0.0, 0.0, -depth], np.float32) - centre
    return replace(face, rotation=turn, translation=translation, lighting=np.asarray(lighting, np.float32))


def neutral(model: MorphableModel) -> Coefficients:
    """The mean face of a model, unposed, under `AMBIENT`."""
    zeros = {
        name: np.zeros(len(getattr(model, f"{name}_basis")), np.float32)
        for name in ("identity", "albedo", "expression")
    }
    still = np.zeros(3, np.float32)
    return Coefficients(**zeros, rotation=still, translation=still, lighting=AMBIENT)
