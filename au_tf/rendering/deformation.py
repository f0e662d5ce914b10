"""How far an expression moves each point of the face, as colours on its mesh (figures 6 to 8 of the paper)."""

import cv2
import numpy as np

from au_tf.arrays import ArrayLike, Float, Float32, Pixels
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.pictures import colour
from au_tf.rendering.framing import face_vertices
from au_tf.rendering.lighting import BACKDROP
from au_tf.rendering.native.renderer import render_picture

LIMIT_MM = 10.0
"""Displacement that has the brightest colour."""
_REST = (84, 88, 104)
_FIRST = 80
_REST_SHARE = 0.12


def displacement(model: MorphableModel, source: Coefficients, target: Coefficients) -> Float32:
    """Distance in mm, float32[..., V], that each vertex moves from one face to the other, their poses left aside."""
    before, after = (model.shape(face.identity, face.expression) for face in (source, target))
    return np.linalg.norm(after - before, axis=-1)


def colormap(values: Float) -> Float32:
    """Slate for what stays, then the upper part of viridis, whose lightness grows evenly with the value.

    Viridis' own beginning is so dark that the form of the face would not show.

    Args:
      values: float[...]; 0 is the darkest, 1 and above the brightest.

    Returns:
      float32[..., 3], linear RGB.
    """
    viridis = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, np.newaxis], cv2.COLORMAP_VIRIDIS)[:, 0, ::-1]
    stops = np.concatenate([[_REST], viridis[_FIRST:]]).astype(np.uint8)
    places = np.concatenate([[0.0], np.linspace(_REST_SHARE, 1.0, 256 - _FIRST)])
    channels = colour.to_linear(stops).T
    return np.stack([np.interp(values, places, channel) for channel in channels], -1).astype(np.float32)


def deformation_colormap(
    model: MorphableModel,
    source: Coefficients,
    target: Coefficients,
    camera: Camera,
    limit_mm: float = LIMIT_MM,
    supersample: int = 2,
    background: ArrayLike = BACKDROP,
) -> Pixels:
    """Draws the target's mesh, coloured by how far it has moved from the source's.

    Args:
      model: the face model.
      source: the face before, without batch axes.
      target: the face after; its pose and lighting are used.
      camera: the camera.
      limit_mm: displacement in mm that has the brightest colour.
      supersample: samples a side of each pixel.
      background: sRGB, a colour (3 floats in [0, 1]) or a picture uint8[H, W, 3].

    Returns:
      uint8[H, W, 3], sRGB.
    """
    colours = colormap(displacement(model, source, target) / limit_mm)
    face = face_vertices(model, target), colours, target.lighting
    vertices, albedo, lighting = (table[np.newaxis] for table in face)
    return render_picture(vertices, albedo, model.triangles, camera, lighting, supersample, background)[0]
