"""Adds to a face model what its file lacks, out of the built-in head."""

import logging
from dataclasses import replace

import numpy as np

from au_tf.arrays import Array, Int32, Pixels
from au_tf.errors import InputError
from au_tf.morphable.completion.correspondence import (
    LOWER_LIP,
    UPPER_LIP,
    LaidSurface,
    correspond,
    laid_surface,
    lip_sides,
    nearest_skin,
)
from au_tf.morphable.completion.eyes import find_eyeballs
from au_tf.morphable.completion.paint import paint
from au_tf.morphable.completion.reference import reference
from au_tf.morphable.completion.registration import Registration, outline, register
from au_tf.morphable.completion.surface import faces_front, vertex_normals
from au_tf.morphable.completion.transfer import carry_motions
from au_tf.morphable.completion.unwrap import unwrap
from au_tf.morphable.formats.raw import RawFace
from au_tf.morphable.model import MorphableModel, Part

logger = logging.getLogger(__name__)


def complete(raw: RawFace, source: object) -> MorphableModel:
    """Makes a whole face model of what a file holds.

    The built-in head is laid over the mean face, with the help of its landmarks if it has them. What the file lacks
    is carried over: landmarks, mask, parts (skin and eyeballs), people's complexions, texture coordinates,
    and what the actions, and people's styles of them, do, as far as the expression basis can do it. Triangles are
    turned round if they are wound clockwise seen from outside. What the file has stays.

    A mean shape that is no face in millimetres, upright and looking along +z, is still a model: with a warning, all
    that is placed by its outline alone.

    Args:
      raw: what was read.
      source: what it was read from, for errors.

    Raises:
      InputError: if it has no skin.
    """
    mean = raw.mean_shape.astype(np.float64)
    triangles = raw.triangles if faces_front(mean, raw.triangles) else np.ascontiguousarray(raw.triangles[:, ::-1])
    registration = _registration(mean, triangles, raw.landmarks, source)
    back = registration.similarity.inverse()
    laid = laid_surface(back(registration.points), back.rotation.apply(registration.normals))
    points, normals = back(mean), back.rotation.apply(vertex_normals(mean, triangles))
    parts = _parts(points, triangles, laid) if raw.parts is None else raw.parts
    skin = np.zeros(len(mean), bool)
    skin[triangles] = True
    skin &= parts == Part.SKIN
    if not skin.any():
        raise InputError(source, "parts", "no skin", f"{Part.SKIN:d} for vertices of the face's skin")
    other = LaidSurface(points, normals, np.zeros(len(points)))
    landmarks = nearest_skin(laid, other, skin, slice(None)) if raw.landmarks is None else raw.landmarks
    other = replace(other, lips=lip_sides(points, triangles, landmarks[UPPER_LIP], landmarks[LOWER_LIP]))
    if raw.landmarks is None:
        landmarks = nearest_skin(laid, other, skin, slice(None))
    found = correspond(laid, other, eyes=not (parts == Part.EYE).any())
    mask = found.carry(reference().mask).astype(np.float32) if raw.mask is None else raw.mask
    weights = np.where(skin, mask, 0.0)
    actions, styles = carry_motions(registration.similarity, found, weights, landmarks, raw.expression_basis)
    colours, tones = raw.mean_albedo, raw.albedo_basis
    if colours is None:
        colours, carried = paint(points, triangles, parts, found, laid.points)
        tones = carried if tones is None else tones
    model = MorphableModel(
        name=raw.name,
        mean_shape=raw.mean_shape,
        identity_basis=raw.identity_basis,
        expression_basis=raw.expression_basis,
        mean_albedo=colours,
        albedo_basis=np.zeros((0, *mean.shape), np.float32) if tones is None else tones,
        triangles=triangles,
        landmarks=landmarks,
        uv=unwrap(points, parts) if raw.uv is None else raw.uv,
        parts=parts,
        mask=mask,
        actions=actions if raw.actions is None else raw.actions,
        styles=styles,
    )
    model.check(source)
    return model


def _registration(mean: Array, triangles: Int32, landmarks: Int32 | None, source: object) -> Registration:
    try:
        return register(mean, triangles, None if landmarks is None else mean[landmarks], source)
    except InputError as error:
        logger.warning("%s; what its file lacks is placed by its outline alone", error)
        return outline(mean)


def _parts(points: Array, triangles: Int32, laid: LaidSurface) -> Pixels:
    eyes = find_eyeballs(points, triangles, laid.points)
    return np.where(eyes, np.uint8(Part.EYE), np.uint8(Part.SKIN))
