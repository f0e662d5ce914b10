"""The texture of a fitted face: over the model's texture coordinates, from the photo or the fitted albedo."""

from typing import Any, NamedTuple

import cv2
import numpy as np
from scipy import ndimage

from au_tf.arrays import Float32, Int32, Pixels
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel, Part
from au_tf.pictures import colour
from au_tf.rendering.framing import face_vertices
from au_tf.rendering.native.lighting import irradiance
from au_tf.rendering.native.normals import vertex_normals
from au_tf.rendering.native.rasterizer import Fragments, interpolate, rasterize

# Texels turned away from the camera are smeared in a photo; between these cosines they fade to the model's albedo.
_FACING = (0.3, 0.65)
_OCCLUSION_MM = 4.0
_DARKEST_LIGHT = 0.15


class Surface(NamedTuple):
    """The mesh with a vertex for each of its texture coordinates."""

    origin: Int32
    """int32[W], the model's vertex; first all of them in their order."""
    uv: Float32
    """float32[W, 2]."""
    triangles: Int32
    """int32[T, 3], into these vertices."""


def textured_surface(model: MorphableModel) -> Surface:
    """Splits the vertices where skin runs on into the mouth, whose texture lies elsewhere.

    A triangle between two parts takes its texture from one place of the first part, the skin.
    """
    parts = model.parts[model.triangles]
    first = parts == parts.min(1, keepdims=True)
    place = np.take_along_axis(model.triangles, first.argmax(1)[:, np.newaxis], 1)
    place = np.broadcast_to(place, first.shape)[~first]
    triangles = model.triangles.copy()
    triangles[~first] = len(model.uv) + np.arange(len(place))
    origin = np.concatenate([np.arange(len(model.uv)), model.triangles[~first]])
    return Surface(origin.astype(np.int32), np.concatenate([model.uv, model.uv[place]]), triangles)


def bake_albedo(model: MorphableModel, coefficients: Coefficients, size: int = 1024) -> Pixels:
    """Texture uint8[size, size, 3] of the fitted albedo, sRGB, for a face without a photo."""
    surface = textured_surface(model)
    texels = _texels(surface, size)
    return colour.to_levels(_fill_gutters(texels, _bake(surface, texels, model.albedo(coefficients.albedo))))


def bake_photo(
    model: MorphableModel, coefficients: Coefficients, camera: Camera, photo: Pixels, size: int = 1024
) -> Pixels:
    """Texture of the photo with its light taken out, where it shows the face, and of the fitted albedo elsewhere.

    Args:
      model: the face model.
      coefficients: of one face, fitted to the photo.
      camera: the photo's.
      photo: uint8[H, W, 3], sRGB.
      size: texels a side.

    Returns:
      uint8[size, size, 3], sRGB.
    """
    surface = textured_surface(model)
    texels = _texels(surface, size)
    vertices = face_vertices(model, coefficients)
    normals = vertex_normals(vertices, model.triangles)
    photo, screen = _about_the_face(photo, camera.project(vertices), size)
    # Eyes and mouth are left to the model: a photo shows parts of them, which would stay behind when they move.
    skin = np.where(model.parts == Part.SKIN, model.mask, 0.0)[:, np.newaxis]
    attributes = np.concatenate([screen, vertices, normals, skin], -1)
    place, position, normal, mask = np.split(_bake(surface, texels, attributes), [3, 6, 9], -1)
    weight = mask[..., 0] * _facing(position, normal) * _unoccluded(model, screen, photo.shape[:2], place)
    light = irradiance(normal, coefficients.lighting)
    seen = _sample(colour.to_linear(photo), place) / np.maximum(light, _DARKEST_LIGHT)
    weight = cv2.GaussianBlur(cv2.erode(weight, np.ones((5, 5))), (0, 0), size / 256)[..., np.newaxis]
    albedo = _bake(surface, texels, model.albedo(coefficients.albedo))
    return colour.to_levels(_fill_gutters(texels, np.asarray(albedo + weight * (seen - albedo), np.float32)))


def _about_the_face(photo: Pixels, screen: Float32, size: int) -> tuple[Pixels, Float32]:
    """The part of a photo that a texture is read from, hardly finer than it, and where in it vertices are."""
    limits = np.array(photo.shape[1::-1])
    low, high = (np.clip(edge, 0, limits) for edge in (screen[:, :2].min(0) - 2, screen[:, :2].max(0) + 3))
    (left, top), (width, height) = low.astype(int), (high - low).astype(int)
    step = min(max(width, height) // size, width, height)
    if step < 2:
        return photo, screen
    part = photo[top : top + height // step * step, left : left + width // step * step]
    there = screen.copy()
    there[:, :2] = (screen[:, :2] - (left, top) + 0.5) / step - 0.5
    small = cv2.resize(part, (width // step, height // step), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), there


def _texels(surface: Surface, size: int) -> Fragments:
    """Which triangle each texel shows; that of row i, column j lies at u = (j + 0.5)/size, v = 1 - (i + 0.5)/size."""
    column, row = surface.uv[:, 0] * size - 0.5, (1.0 - surface.uv[:, 1]) * size - 0.5
    flat = np.stack([column, row, np.ones_like(column)], -1)
    return rasterize(flat[np.newaxis], surface.triangles, size, size)


def _bake(surface: Surface, texels: Fragments, attributes: Float32) -> Float32:
    return interpolate(texels, surface.triangles, attributes[np.newaxis, surface.origin])[0]


def _fill_gutters(texels: Fragments, texture: Float32) -> Float32:
    """Spreads the border of each island outwards, since filtering and mipmaps read beyond it."""
    outside = ~texels.mask[0]
    nearest = ndimage.distance_transform_edt(outside, return_distances=False, return_indices=True)
    return texture[tuple(nearest)]


def _facing(position: Float32, normal: Float32) -> Float32:
    towards = -position / np.maximum(np.linalg.norm(position, axis=-1, keepdims=True), 1e-6)
    low, high = _FACING
    t = np.clip(((normal * towards).sum(-1) - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _unoccluded(model: MorphableModel, screen: Float32, shape: tuple[int, ...], place: Float32) -> Any:
    """1 where a texel is the nearest thing that the camera sees there, else 0."""
    seen = rasterize(screen[np.newaxis], model.triangles, *shape)
    depth = interpolate(seen, model.triangles, screen[np.newaxis, :, 2:])[0]
    nearest = _sample(depth, place, cv2.INTER_NEAREST)
    return np.float32((nearest > 0) & (place[..., 2] < nearest + _OCCLUSION_MM))


def _sample(image: Float32, place: Float32, how: int = cv2.INTER_LINEAR) -> Float32:
    sampled = cv2.remap(image, place[..., 0], place[..., 1], how, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(sampled, np.float32)
