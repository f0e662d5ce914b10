"""Mesh, albedo, camera and light to pixels, one mesh after the other; `batch_renderer` draws many faces of a model."""

from collections.abc import Sequence

import numpy as np

from au_tf.arrays import ArrayLike, Float32, Pixels
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.pictures import colour
from au_tf.rendering.details import FaceDetails, Likeness
from au_tf.rendering.finish import SCATTER
from au_tf.rendering.framing import face_vertices
from au_tf.rendering.lighting import BACKDROP
from au_tf.rendering.native import kernels
from au_tf.rendering.native.batch_renderer import backgrounds
from au_tf.rendering.native.canvas import Canvas, PlacedFace
from au_tf.rendering.native.hair import HairCanvas, Strands
from au_tf.rendering.native.hairdresser import lashes_of
from au_tf.rendering.native.lighting import light_polynomial

_PIXELS = 1 << 22
"""Of a picture, drawn in one go: room for samples is many times that for pixels."""


def render(
    vertices: ArrayLike,
    albedo: ArrayLike,
    triangles: ArrayLike,
    camera: Camera,
    lighting: ArrayLike,
    supersample: int = 1,
    details: FaceDetails | None = None,
    hair: Sequence[Strands | None] | None = None,
) -> Float32:
    """Renders meshes under spherical-harmonics light, shaded at the vertices and, where they wrinkle, at the pixels.

    Args:
      vertices: float32[B, V, 3], mm, in the camera's space.
      albedo: float32[B, V, 3], linear RGB.
      triangles: int32[T, 3], counter-clockwise seen from outside.
      camera: the camera.
      lighting: float32[B, 9, 3], see `lighting`.
      supersample: samples a side of each pixel; 1 is jagged, 2 is smooth.
      details: of these faces; None draws the meshes alone.
      hair: what each of them wears, before the camera.

    Returns:
      float32[B, H, W, 4], linear RGB multiplied by coverage, and coverage in [0, 1].
    """
    shapes, colours = (np.asarray(table, np.float32).swapaxes(-1, -2).copy() for table in (vertices, albedo))
    scattered = np.asarray(lighting) * (1.0 if details is None else SCATTER)
    lights = (light_polynomial() @ scattered).astype(np.float32)
    corners, fine = np.array(triangles, np.int32), camera.scaled(supersample)
    canvas = Canvas.of(
        np.zeros(shapes.shape[-1], np.float32), camera.height, camera.width, supersample, details and details.detail
    )
    over = HairCanvas.of(hair, canvas)
    # What is in the camera's space stays where it is.
    still, lens = (np.eye(3, dtype=np.float32), np.zeros(3, np.float32)), fine.lens.astype(np.float32)
    drawn = np.empty((len(shapes), camera.height, camera.width, 4), np.float32)
    for k, picture in enumerate(drawn):
        skin = None if details is None else details.face(k)
        pose = PlacedFace(*still, lens, lights[k])
        canvas.draw(corners, shapes[k], colours[k], pose, skin)
        if hair is not None and over is not None:
            over.draw(canvas, hair[k], shapes[k], pose)
        picture[:] = canvas.pixels[..., :4]
    return drawn


def render_picture(
    vertices: ArrayLike,
    albedo: ArrayLike,
    triangles: ArrayLike,
    camera: Camera,
    lighting: ArrayLike,
    supersample: int = 2,
    background: ArrayLike = BACKDROP,
    details: FaceDetails | None = None,
    hair: Sequence[Strands | None] | None = None,
) -> Pixels:
    """`render` laid over a background and encoded: sRGB uint8[B, H, W, 3].

    The background is sRGB, a colour (3 floats in [0, 1]), pictures uint8[B or 1, H, W, 3], or one without batch axis.
    """
    pictures = np.empty((len(np.asarray(vertices)), camera.height, camera.width, 3), np.uint8)
    behind = backgrounds(background)
    tables = colour.linear_levels(), colour.srgb_levels()
    rows = max(1, _PIXELS // camera.width)
    for band in (slice(top, min(top + rows, camera.height)) for top in range(0, camera.height, rows)):
        view = camera.through((band, slice(0, camera.width)))
        drawn = render(vertices, albedo, triangles, view, lighting, supersample, details, hair)
        for k, picture in enumerate(pictures):
            wall = behind[k % len(behind)]
            kernels.develop(drawn[k], wall[band] if len(wall) > 1 else wall, *tables, picture[band])
    return pictures


def render_face(
    model: MorphableModel,
    coefficients: Coefficients,
    camera: Camera,
    supersample: int = 2,
    background: ArrayLike = BACKDROP,
    likeness: Likeness | None = None,
    lashes: bool = True,
) -> Pixels:
    """Renders one face as a picture.

    Args:
      model: the face model.
      coefficients: of one face, without batch axes.
      camera: the camera.
      supersample: samples a side of each pixel.
      background: sRGB, either a colour (3 floats in [0, 1]) or a picture uint8[H, W, 3].
      likeness: skin and shape of the person instead of the face model's.
      lashes: whether it has lashes, which no face model brings.

    Returns:
      uint8[H, W, 3], sRGB.
    """
    vertices, albedo = face_vertices(model, coefficients), model.albedo(coefficients.albedo)
    if likeness is not None:
        vertices = vertices + np.asarray(likeness.moved @ coefficients.pose.matrix.T, np.float32)
        albedo = likeness.albedo
    batch = vertices[np.newaxis], albedo[np.newaxis], model.triangles, camera, coefficients.lighting[np.newaxis]
    hair = [lashes_of(model, coefficients.identity).placed(coefficients.pose)] if lashes else None
    return render_picture(*batch, supersample, background, FaceDetails.of(model, coefficients, likeness), hair)[0]
