"""What the regressor's training minimises: how far faces and colours are off, not how far coefficients are."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import tensorflow as tf

from au_tf.arrays import Float32, Float64, Int64, Tensor
from au_tf.fitting.regress.estimate import Estimate
from au_tf.fitting.regress.graph_view import pose_of
from au_tf.fitting.view import Place
from au_tf.geometry.camera import Camera
from au_tf.geometry.landmarks import INNER
from au_tf.morphable import LinearModel, MorphableModel, Part
from au_tf.rendering.graph.cameras import project, rotation_matrix
from au_tf.rendering.graph.combination import combined
from au_tf.rendering.graph.lighting import sh_basis
from au_tf.rendering.native.normals import vertex_normals

WEIGHTS = {
    "shape": 1.0,
    "expression": 1.0,
    "landmarks": 0.3,
    "turn": 0.3,
    "albedo": 8.0,
    "light": 2.0,
    "colour": 6.0,
    "error": 0.1,
}
"""Of each term of the loss: about one for a mm, for 3 degrees, for 3 pixels, for a tenth of the light."""

_SPOTS = 200
_TINY = 1e-6


@dataclass(frozen=True, eq=False)
class Geometry:
    """What the terms need of a face model."""

    shape: Float32
    """float32[I + E, R], a change of coefficients to one whose length is the root mean square motion of the face's
    vertices in mm, but for motions of the whole head."""
    expression: Float32
    """float32[E, R], the same of expression alone, motions of the whole head included."""
    albedo: Float32
    """float32[A, R], the same of albedo, linear RGB."""
    light: Float32
    """float32[9, 9], the same of the light on surfaces that face the camera."""
    origin: Float32
    """float32[3], the point that stands for the face's place, mm."""
    landmarks: LinearModel
    """Of the 68 vertices, mm; identity, then expression, in one basis."""
    spots: LinearModel
    """Albedo at a few vertices, S of them."""
    normals: Float32
    """float32[S, 3], there."""

    @classmethod
    def of(cls, model: MorphableModel) -> Self:
        """That of the face proper."""
        face = np.flatnonzero(model.mask > 0.5)
        bases = model.shapes.at(face).joined().bases[0].astype(np.float64)
        skin = face[model.parts[face] == Part.SKIN]
        spots = skin[:: max(1, len(skin) // _SPOTS)]
        count = len(model.identity_basis)
        return cls(
            shape=square_root(without_motion(bases, model.mean_shape[face])),
            expression=square_root(bases[count:]),
            albedo=square_root(model.albedo_basis[:, face].astype(np.float64)),
            light=_light_root(),
            origin=model.mean_shape[model.landmarks[INNER]].mean(0),
            landmarks=model.shapes.at(model.landmarks).joined(),
            spots=model.albedos.at(spots),
            normals=_normals(model, spots),
        )


def without_motion(basis: Float64, places: Float32) -> Float64:
    """Takes out of a basis float64[C, V, 3] what moves or turns points float[V, 3] as a whole."""
    points = places - places.mean(0, dtype=np.float64)
    shifts = np.broadcast_to(np.eye(3)[:, None], (3, *points.shape))
    turns = np.stack([np.cross(axis, points) for axis in np.eye(3)])
    motions, _ = np.linalg.qr(np.concatenate([shifts, turns]).reshape(6, -1).T)
    rows = basis.reshape(len(basis), -1)
    return (rows - (rows @ motions) @ motions.T).reshape(basis.shape)


def square_root(basis: Float64) -> Float32:
    """float32[C, R], such that |c @ it|^2 is the mean over V points of the squared length of c @ basis[C, V, 3]."""
    rows = basis.reshape(len(basis), -1)
    values, vectors = np.linalg.eigh(rows @ rows.T / basis.shape[1])
    kept = values > 1e-9 * max(float(values[-1]) if len(values) else 0.0, 1e-12)
    return (vectors[:, kept] * np.sqrt(values[kept])).astype(np.float32)


def _light_root() -> Float32:
    """Over normals spread evenly on the half of the sphere that faces the camera."""
    golden = np.pi * (3 - np.sqrt(5)) * np.arange(200)
    z = (np.arange(200) + 0.5) / 200
    ring = np.sqrt(1 - z**2)
    basis = sh_basis(np.stack([ring * np.cos(golden), ring * np.sin(golden), z], -1)).numpy()
    return np.linalg.cholesky(basis.T @ basis / 200).astype(np.float32)


def _normals(model: MorphableModel, vertices: Int64) -> Float32:
    return vertex_normals(model.mean_shape, model.triangles)[vertices]


def losses(found: Estimate, true: Estimate, camera: Camera, geometry: Geometry) -> dict[str, tf.Tensor]:
    """The terms of the loss, each float32[B].

    Args:
      found: what the network puts out.
      true: what it should.
      camera: those of the aligned pictures.
      geometry: of the face model.

    Returns:
      `shape`, `expression`: mm; `landmarks`: pixels of the aligned picture; `turn`: degrees; `albedo`, `light`: linear
      RGB; `colour`: of the lit skin, in square roots of linear RGB; `error`: of the logarithm of the expected error.
    """
    both = [tf.concat([face.identity, face.expression], -1) for face in (found, true)]
    shape = _length((both[0] - both[1]) @ geometry.shape)
    seen = [_project(rows, face.place, camera, geometry) for rows, face in zip(both, (found, true), strict=True)]
    turns = [rotation_matrix(face.place.turn) for face in (found, true)]
    return {
        "shape": shape,
        "expression": _length((found.expression - true.expression) @ geometry.expression),
        "landmarks": tf.reduce_mean(_length(seen[0] - seen[1]), -1),
        "turn": _degrees(*turns),
        "albedo": _length((found.albedo - true.albedo) @ geometry.albedo),
        "light": _light(found, true, geometry),
        "colour": _colour(found, true, turns[1], geometry),
        "error": tf.abs(found.error - tf.stop_gradient(tf.math.log(shape + _TINY))),
    }


def _length(rows: Tensor) -> tf.Tensor:
    # The root has no derivative at 0.
    return tf.sqrt(tf.reduce_sum(tf.square(rows), -1) + _TINY)


def _project(rows: tf.Tensor, place: Place, camera: Camera, geometry: Geometry) -> tf.Tensor:
    """The landmarks float32[B, 68, 2], (column, row) in pixels of the aligned picture."""
    points = combined(geometry.landmarks, rows)
    turn, translation = pose_of(place, geometry.origin, camera)
    placed = tf.linalg.matmul(points, turn, transpose_b=True) + translation[:, tf.newaxis]
    return project(placed, camera, nearest=1.0)[..., :2]


def _degrees(found: tf.Tensor, true: tf.Tensor) -> tf.Tensor:
    """The angle between rotations float32[B, 3, 3]: |A - B|^2 = 8 sin^2(angle / 2)."""
    distance = tf.sqrt(tf.reduce_sum(tf.square(found - true), [-2, -1]) + _TINY)
    return tf.asin(tf.minimum(distance / np.sqrt(8.0), 0.999)) * np.float32(360.0 / np.pi)


def _light(found: Estimate, true: Estimate, geometry: Geometry) -> tf.Tensor:
    off = tf.einsum("blc,lr->brc", found.lighting - true.lighting, geometry.light)
    return tf.sqrt(tf.reduce_mean(tf.reduce_sum(tf.square(off), 1), -1) + _TINY)


def _colour(found: Estimate, true: Estimate, turn: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    """How far lit skin is off at a few vertices that face the camera, with the true turn."""
    turned = tf.einsum("bij,sj->bsi", turn, geometry.normals)
    harmonics = sh_basis(turned)
    facing = tf.nn.relu(turned[..., 2])[..., tf.newaxis]
    lit = []
    for face in (found, true):
        albedo = combined(geometry.spots, face.albedo)
        light = tf.einsum("bsl,blc->bsc", harmonics, face.lighting)
        lit.append(tf.sqrt(tf.maximum(albedo * light, 0.0) + 1e-3))
    off = tf.reduce_sum(facing * tf.abs(lit[0] - lit[1]), [1, 2])
    return off / (3.0 * tf.reduce_sum(facing, [1, 2]))
