"""How far an expression folds each patch of skin: strain across its wrinkles, linear in the coefficients."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Array, Float32, Int
from au_tf.facs import ACTIONS
from au_tf.morphable.detail.regions import OTHERS, PATCHES, Patch
from au_tf.morphable.model import MorphableModel

_LEAST = 0.03
"""Shortening by its own actions below which a patch follows their motion instead."""
_FLAT = 0.15
"""Area on the map over that on the face below which a triangle stands too steep to be measured."""


class MappedSkin(NamedTuple):
    """The triangles of a mean face that lie on the map."""

    rows: Int
    """int[T], which of the model's."""
    corners: Int
    """int[T, 3], vertices."""
    middle: Array
    """float64[T, 2], on the map, mm."""
    area: Array
    """float64[T], of the face, twice in mm²."""
    edges: Array
    """float64[T, 3, 2], from the first corner to the others."""
    inverse: Array
    """float64[T, 2, 2], from a way on the map to shares of the edges."""

    @classmethod
    def of(cls, model: MorphableModel, places: Float32) -> "MappedSkin":
        """From where the vertices lie, float32[V, 2]."""
        near = np.flatnonzero((np.abs(places[model.triangles]) < 1e3).all((1, 2)))
        corners = model.triangles[near]
        there, here = (_edges(table[corners].astype(np.float64)) for table in (places, model.mean_shape))
        area, mapped = np.linalg.norm(np.cross(here[..., 0], here[..., 1]), axis=1), np.linalg.det(there)
        kept = (area > 1e-4) & (mapped > _FLAT * area)
        middle = places[corners[kept]].astype(np.float64).mean(1)
        return cls(near[kept], corners[kept], middle, area[kept], here[kept], np.linalg.inv(there[kept]))


def _edges(corners: Array) -> Array:
    """float[T, C, 2] of float[T, 3, C]."""
    return np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], -1)


def responses(model: MorphableModel, skin: MappedSkin) -> Float32:
    """How much of its depth each patch takes for a standard deviation of each expression coefficient, float32[E, P].

    1 in all is what the patch's own actions do at intensity 5. A patch that they do not fold takes none.
    """
    found = np.zeros((len(model.expression_basis), len(PATCHES)))
    for number, patch in enumerate(PATCHES):
        weight = patch.felt(skin.middle) * skin.area
        used = np.flatnonzero(weight > 0.0)
        if len(used):
            found[:, number] = _response(model, patch, MappedSkin(*(part[used] for part in skin)), weight[used])
    return found.astype(np.float32)


def _response(model: MorphableModel, patch: Patch, skin: MappedSkin, weight: Array) -> Array:
    """float64[E], of one patch."""
    own = _of_units(model, patch.region.actions)
    shortening = -_strain(model, patch, skin, weight)
    if shortening @ own > _LEAST and not patch.region.pushed:
        return np.asarray(shortening / (shortening @ own))
    moved = model.expression_basis[:, skin.corners].astype(np.float64).mean(2)
    flat = (moved * np.sqrt(weight)[:, np.newaxis]).reshape(len(moved), -1)
    others = np.linalg.qr(np.stack([_of_units(model, (unit,)) @ flat for unit in OTHERS], 1))[0]
    alone = own @ flat - others @ (others.T @ (own @ flat))
    energy = np.square(alone).sum()
    return np.asarray(flat @ alone / energy) if energy > 1e-6 * weight.sum() else np.zeros(len(moved))


def _of_units(model: MorphableModel, units: tuple[int, ...]) -> Array:
    """Expression coefficients float64[E] of Action Units together, on both sides."""
    wanted = [action in {f"AU{unit}_{side}" for unit in units for side in "LR"} for action in ACTIONS]
    return np.asarray(model.actions[wanted].sum(0), np.float64)


def _strain(model: MorphableModel, patch: Patch, skin: MappedSkin, weight: Array) -> Array:
    """Relative lengthening across a patch's wrinkles by each expression, float64[E], its mean by weights float64[T]."""
    share = np.einsum("tij,tj->ti", skin.inverse, patch.across(skin.middle))
    way = np.einsum("tij,tj->ti", skin.edges, share)
    way *= (weight / weight.sum() / np.square(way).sum(-1))[:, np.newaxis]
    # What a motion of each corner adds.
    of_corners = np.stack([-share.sum(1), share[:, 0], share[:, 1]], 1)[..., np.newaxis] * way[:, np.newaxis]
    rows, place = np.unique(skin.corners, return_inverse=True)
    axes = np.moveaxis(of_corners, -1, 0)
    added = np.stack([np.bincount(place.ravel(), axis.ravel(), len(rows)) for axis in axes], -1)
    return np.asarray(np.tensordot(model.expression_basis[:, rows], added, 2), np.float64)
