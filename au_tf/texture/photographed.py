"""What a photo shows of the skin, on the map of the face."""

from typing import NamedTuple

import cv2
import numpy as np

from au_tf.arrays import Float32
from au_tf.compositing.layers import Layers
from au_tf.compositing.placement import Placement
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering.framing import face_vertices
from au_tf.rendering.native.lighting import irradiance
from au_tf.rendering.native.normals import vertex_normals
from au_tf.rendering.native.rasterizer import interpolate, rasterize
from au_tf.rendering.native.sampling import smoothstep
from au_tf.texture.unwrapped import Unwrapped

FACING = (0.2, 0.6)
"""Cosines between the skin and the way to the camera between which a photo begins to show it well enough."""
_HIDDEN_MM = 4.0
"""Farther behind what the camera sees, skin is hidden."""


class Photographed(NamedTuple):
    """Skin on the map, as a photo shows it."""

    colour: Float32
    """float32[ROWS, COLUMNS, 3], linear RGB, without what is no skin."""
    light: Float32
    """float32[ROWS, COLUMNS, 3], that falls on it by the fit."""
    seen: Float32
    """float32[ROWS, COLUMNS], how well the photo shows it, 0 to 1."""


def photographed(
    model: MorphableModel, coefficients: Coefficients, placement: Placement, layers: Layers, skin: Unwrapped
) -> Photographed:
    """Reads the skin out of a photo.

    Args:
      model: the face model.
      coefficients: the face fitted to the photo, without batch axes.
      placement: where it is in the photo.
      layers: the photo, taken apart, arrays.
      skin: the face model's, spread out.
    """
    vertices = face_vertices(model, coefficients)
    normals = vertex_normals(vertices, model.triangles)
    screen = placement.camera.project(vertices)
    screen[:, :2] += placement.offset
    towards = -vertices / np.maximum(np.linalg.norm(vertices, axis=1, keepdims=True), 1e-6)
    facing = (normals * towards).sum(1, keepdims=True)
    light = irradiance(normals, coefficients.lighting)
    spread = skin.spread(np.concatenate([screen, facing, light], 1).astype(np.float32))
    place, depth, cosine, light = np.split(spread, [2, 3, 4], -1)
    window = rasterize(screen[np.newaxis], model.triangles, *layers.skin.shape[:2])
    nearest = interpolate(window, model.triangles, screen[np.newaxis, :, 2:])[0]
    front = _sampled(nearest, place, cv2.INTER_NEAREST)[..., 0]
    seen = smoothstep(*FACING, cosine[..., 0]) * ((front > 0.0) & (depth[..., 0] < front + _HIDDEN_MM))
    still = np.broadcast_to(np.asarray(layers.still, np.float32), (*layers.skin.shape[:2], 1))
    seen = seen * (1.0 - _sampled(still, place)[..., 0]) * skin.shown
    colour = np.maximum(_sampled(layers.skin[..., 3:6], place, cv2.INTER_CUBIC), 0.0)
    return Photographed(colour, light, np.asarray(seen, np.float32))


def _sampled(image: Float32, place: Float32, how: int = cv2.INTER_LINEAR) -> Float32:
    """float32[h, w, C] of an image at places float32[h, w, 2]; beyond its border it is 0."""
    image = np.ascontiguousarray(image)
    found = cv2.remap(image, place[..., 0], place[..., 1], how, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(found, np.float32).reshape(*place.shape[:2], -1)
