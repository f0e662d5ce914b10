"""Fewer triangles over the same vertices, for browsers that draw with the processor."""

from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from au_tf.arrays import Float64, Indices, Int32
from au_tf.facs import parse
from au_tf.meshes.texture import textured_surface
from au_tf.morphable import MorphableModel, Part
from au_tf.simulation.mechanics import both_sided

_HEAD, _FACE, _FEATURES = 30.0, 14.0, 4.0
"""Size in mm of cells whose vertices count as one: on the head, on the face, and within so many mm of landmarks."""
_NEAR, _FAR = 5.0, 16.0
_OF_PART = {Part.EYE: 4.0, Part.MOUTH: 2.5, Part.TEETH: 2.0}


@lru_cache(maxsize=2)
def coarse_triangles(model: MorphableModel) -> Int32:
    """Triangles int32[T, 3] into the vertices of the textured surface: neighbours of a part of the face are one vertex.

    That is the one nearest to their mean.
    """
    surface = textured_surface(model)
    places, size = model.mean_shape[surface.origin].astype(np.float64), _sizes(model)[surface.origin, np.newaxis]
    # Lips that touch are not neighbours, nor are a vertex and what stands for it in another place of the texture.
    opened = model.shape(np.zeros(len(model.identity_basis)), _opening(model))[surface.origin]
    copied = np.arange(len(places))[:, np.newaxis] >= len(model.uv)
    cells = np.concatenate([places / size, opened / size, size, model.parts[surface.origin, np.newaxis], copied], -1)
    _, cell = np.unique(np.floor(cells), axis=0, return_inverse=True)
    stands = _nearest_to_mean(places, cell.ravel())
    triangles = stands[surface.triangles]
    whole = (triangles != np.roll(triangles, 1, 1)).all(1)
    return triangles[whole].astype(np.int32)


def _opening(model: MorphableModel) -> Float64:
    """An expression float64[E] with the mouth wide open."""
    return np.asarray((both_sided(parse("AU25=5,AU26=5")) @ model.actions), np.float64)


def _sizes(model: MorphableModel) -> Float64:
    """How wide the cells are at each vertex of a model, float64[V], mm."""
    away, _ = cKDTree(model.mean_shape[model.landmarks]).query(model.mean_shape)
    size = np.interp(away, (_NEAR, _FAR), (_FEATURES, _FACE)).round()
    size[(model.mask == 0.0) & (away > _FAR)] = _HEAD
    for part, width in _OF_PART.items():
        size[model.parts == part] = width
    return size


def _nearest_to_mean(places: Float64, cell: Indices) -> Indices:
    """For each place float64[V, 3] the number of the one that is nearest to the mean of its cell, int[V]."""
    count = np.bincount(cell)
    mean = np.stack([np.bincount(cell, column) for column in places.T], -1) / count[:, np.newaxis]
    away = np.linalg.norm(places - mean[cell], axis=-1)
    order = np.lexsort((away, cell))
    first = order[np.concatenate([[0], np.cumsum(count)[:-1]])]
    return first[cell]
