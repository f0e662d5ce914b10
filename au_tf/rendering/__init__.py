"""Mesh to pixels: camera, rasterizer, lighting and pictures of faces."""

# Before any module of tensorflow-graphics is imported.
from au_tf.startup import quicken_tensorflow_graphics

quicken_tensorflow_graphics()

from au_tf.geometry.camera import Camera
from au_tf.rendering.deformation import deformation_colormap, displacement
from au_tf.rendering.graph.cameras import project, to_camera
from au_tf.rendering.graph.rasterizer import Fragments, interpolate, rasterize
from au_tf.rendering.graph.renderer import (
    Buffers,
    face_vertices,
    frontal_camera,
    neutral,
    over,
    portrait,
    render,
    render_buffers,
    render_face,
    render_picture,
    vertex_normals,
)
from au_tf.rendering.lighting import AMBIENT, STUDIO, ambient, irradiance, lamp

__all__ = [
    "AMBIENT",
    "STUDIO",
    "Buffers",
    "Camera",
    "Fragments",
    "ambient",
    "deformation_colormap",
    "displacement",
    "face_vertices",
    "frontal_camera",
    "interpolate",
    "irradiance",
    "lamp",
    "neutral",
    "over",
    "portrait",
    "project",
    "rasterize",
    "render",
    "render_buffers",
    "render_face",
    "render_picture",
    "to_camera",
    "vertex_normals",
]
