"""The texture of a fitted face over the model's texture coordinates: the person's skin, or the fitted albedo."""

from typing import NamedTuple

import cv2
import numpy as np
from scipy import ndimage

from au_tf.arrays import Float32, Int32, Pixels
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.detail.detail import detail_of
from au_tf.pictures import colour
from au_tf.rendering.details import Likeness
from au_tf.rendering.native.rasterizer import Fragments, interpolate, rasterize

_FINE = 1024
"""Texels a side above which a texture is as fine as the finest map."""


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


def bake_likeness(model: MorphableModel, own: Likeness, size: int = 1024) -> Pixels:
    """Texture of the skin of a person out of a photo.

    Args:
      model: the face model.
      own: the skin.
      size: texels a side.

    Returns:
      uint8[size, size, 3], sRGB.
    """
    surface, detail = textured_surface(model), detail_of(model)
    texels = _texels(surface, size)
    baked = _bake(surface, texels, np.concatenate([own.albedo, detail.places], -1))
    albedo, place = np.split(baked, [3], -1)
    level = 0 if size > _FINE else 1
    column, row = np.moveaxis((place + 0.5) * np.float32(0.5**level) - 0.5, -1, 0)
    added = cv2.remap(own.added[level], column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    on = texels.mask[0] & detail.mapped[texels.triangle[0]]
    colours = albedo * (1.0 + on[..., np.newaxis] * np.asarray(added, np.float32))
    return colour.to_levels(_fill_gutters(texels, colours))


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
