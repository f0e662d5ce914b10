"""A person in a photo, as renderers and mesh files take one: skin and shape."""

import numpy as np

from au_tf.arrays import Float32
from au_tf.compositing.layers import Layers
from au_tf.compositing.placement import Placement
from au_tf.morphable import Coefficients, MorphableModel, Part
from au_tf.morphable.detail.chart import PER_MM
from au_tf.morphable.detail.detail import detail_of
from au_tf.morphable.detail.maps import pyramid
from au_tf.rendering.details import Likeness
from au_tf.rendering.framing import face_vertices
from au_tf.rendering.native.sampling import blur, fill, smoothstep
from au_tf.texture.completion import Completed, completed, reflectance
from au_tf.texture.inner_colours import inner_colours
from au_tf.texture.photographed import photographed
from au_tf.texture.unwrapped import Unwrapped, at_vertices, unwrapped

_SMOOTH = 2.0
"""mm of blur that make a texture as smooth as what the vertices can show."""
_MASK = (0.3, 0.9)
"""Of the face proper, between which a photo begins to tell of skin rather than hair, ears and collars."""
_FACTORS = (-0.95, 6.0)
"""What the texture adds to the colour of the vertices, a share of it."""


def likeness_of(model: MorphableModel, coefficients: Coefficients, placement: Placement, layers: Layers) -> Likeness:
    """Takes the skin and the shape of a face out of a photo.

    Args:
      model: the face model.
      coefficients: the face fitted to the photo, without batch axes.
      placement: where it is in the photo.
      layers: the photo, taken apart, arrays.
    """
    skin = unwrapped(model)
    photo = photographed(model, coefficients, placement, layers, skin)
    fitted = model_skin(model, coefficients.albedo, skin)
    photo = photo._replace(seen=photo.seen * smoothstep(*_MASK, skin.spread(model.mask[:, np.newaxis])[..., 0]))
    face = (model.mask > 0.5) & (model.parts == Part.SKIN)
    tones = (table[face].mean(0) for table in (model.mean_albedo, model.albedo(coefficients.albedo)))
    colour, relit = reflectance(photo, *tones)
    whole = completed(colour, photo.seen, fitted)
    inner = inner_colours(model, placement, layers, coefficients) / relit
    return packed(model, coefficients, whole, inner, relit)._replace(moved=_moved(model, coefficients, placement))


def model_skin(model: MorphableModel, albedo: Float32, skin: Unwrapped) -> Float32:
    """The skin of a face model on the map, float32[ROWS, COLUMNS, 3], for float32[A] in standard deviations."""
    detail = detail_of(model)
    marks = 1.0 + detail.maps.marks[0] @ detail.tints(albedo)
    return np.asarray(np.maximum(skin.spread(model.albedo(albedo)) * marks, 1e-3), np.float32)


def packed(
    model: MorphableModel, coefficients: Coefficients, whole: Completed, inner: Float32, relit: Float32
) -> Likeness:
    """Whole skin as slow changes at the vertices, and what the map adds to them.

    Args:
      model: the face model.
      coefficients: the fitted face, without batch axes.
      whole: its skin.
      inner: float32[V, 3], colours of what is no skin.
      relit: see `Likeness.relit`.
    """
    detail, skin = detail_of(model), unwrapped(model)
    known = skin.shown[..., np.newaxis].astype(np.float32)
    colour = fill(whole.colour, known)
    albedo = np.where(model.parts[:, np.newaxis] == Part.SKIN, whole.gain * model.albedo(coefficients.albedo), inner)
    on = np.unique(skin.triangles)
    albedo[on] = at_vertices(blur(colour, _SMOOTH * PER_MM), detail.places[on])
    albedo = np.clip(albedo, 1e-3, 1.5).astype(np.float32)
    added = np.clip(colour / np.maximum(skin.spread(albedo), 1e-3) - 1.0, *_FACTORS)
    depths = detail.depths(coefficients.identity, coefficients.expression)
    return Likeness(albedo, pyramid(fill(added, known)), depths, relit, np.zeros_like(albedo))


def _moved(model: MorphableModel, coefficients: Coefficients, placement: Placement) -> Float32:
    """float32[V, 3], mm in the model's space, what brings landmarks to where they are in the photo, across the view."""
    depth = -face_vertices(model, coefficients)[:, 2] / np.float32(placement.camera.focal)
    across, down = (depth * placement.offset.T).astype(np.float32)
    return np.asarray(np.stack([across, -down, np.zeros_like(across)], -1) @ coefficients.pose.matrix, np.float32)
