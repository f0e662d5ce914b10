"""The model `face`: coefficients to a mesh, its normals and its picture."""

import numpy as np
import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.coefficients import NAMES
from au_tf.morphable.detail.detail import detail_of
from au_tf.rendering.framing import frontal_camera, portrait
from au_tf.rendering.graph.cameras import to_camera
from au_tf.rendering.graph.combination import combined
from au_tf.rendering.graph.details import details_of
from au_tf.rendering.graph.normals import vertex_normals
from au_tf.rendering.graph.renderer import render_picture
from au_tf.serving import rows
from au_tf.serving.expression import MOST
from au_tf.serving.servable import Servable

SIZE = 224
"""Side of the pictures in pixels."""
NEAREST = 100.0
"""Least distance in mm of any vertex before the camera."""
_FURTHEST = 1e5
_GREATEST_TURN = 10.0
_BRIGHTEST = 100.0
_SAMPLES = 2


def face_servable(model: MorphableModel) -> Servable:
    """A face model for the server.

    Both signatures take what `Coefficients` holds, each with a batch axis first. `mesh` returns `vertices`
    float32[B, V, 3], mm, in the space of the camera, and `normals` float32[B, V, 3], of length 1. `serving_default`
    also draws: `picture` uint8[B, 224, 224, 3], sRGB, through `frontal_camera(224)`, smoothed by 2 x 2 samples. Both
    return `status` string[B].
    """
    shapes = input_shapes(model)
    # The names are those of the arguments below, whose order this is.
    specs = [tf.TensorSpec([None, *shape], tf.float32, name) for name, shape in shapes.items()]

    @tf.function(input_signature=specs, autograph=False)
    def mesh(
        identity: Tensor, albedo: Tensor, expression: Tensor, rotation: Tensor, translation: Tensor, lighting: Tensor
    ) -> dict[str, Tensor]:
        given = Coefficients(identity, albedo, expression, rotation, translation, lighting)
        told, vertices, _ = _placed(model, given)
        return _named(model, told, vertices)

    @tf.function(input_signature=specs, autograph=False)
    def picture(
        identity: Tensor, albedo: Tensor, expression: Tensor, rotation: Tensor, translation: Tensor, lighting: Tensor
    ) -> dict[str, Tensor]:
        given = Coefficients(identity, albedo, expression, rotation, translation, lighting)
        told, vertices, fine = _placed(model, given)
        albedo = combined(model.albedos, fine.albedo)
        details = details_of(detail_of(model), fine.identity, fine.albedo, fine.expression)
        camera = frontal_camera(SIZE)
        drawn = render_picture(vertices, albedo, model.triangles, camera, fine.lighting, _SAMPLES, details=details)
        return _named(model, told, vertices) | {"picture": rows.only(told == rows.OK, drawn)}

    shown = portrait(model)
    example = {name: np.asarray(getattr(shown, name), np.float32)[np.newaxis] for name in shapes}
    signatures = {"serving_default": picture, "mesh": mesh}
    return Servable("face", signatures, [], dict.fromkeys(signatures, example))


def input_shapes(model: MorphableModel) -> dict[str, tuple[int, ...]]:
    """Shape of a row of each input."""
    return {name: model.sizes[name] for name in NAMES}


def _rules(given: Coefficients) -> list[tuple[Tensor, str]]:
    limits = dict.fromkeys(("identity", "albedo", "expression"), MOST)
    limits |= {"rotation": _GREATEST_TURN, "translation": _FURTHEST, "lighting": _BRIGHTEST}
    return [
        (
            rows.inside(getattr(given, name), -limit, limit),
            f"{name}: found a number that is not from {-limit:g} to {limit:g}",
        )
        for name, limit in limits.items()
    ]


def _placed(model: MorphableModel, given: Coefficients) -> tuple[Tensor, Tensor, Coefficients]:
    """Status, vertices before the camera, and the coefficients, those of rows that are refused replaced."""
    given = Coefficients(*rows.require_alike(*(getattr(given, name) for name in NAMES)))
    rules = _rules(given)
    good = tf.reduce_all(tf.stack([kept for kept, _ in rules]), 0)
    fine = Coefficients(**{name: rows.only(good, getattr(given, name)) for name in NAMES})
    vertices = to_camera(combined(model.shapes, fine.identity, fine.expression), fine.rotation, fine.translation)
    far = tf.reduce_max(vertices[..., 2], -1) <= -NEAREST
    # Of a row that broke a rule above, that one is told.
    told = rows.status([*rules, (far, f"translation: found a face nearer than {NEAREST:g} mm to the camera")])
    back = tf.where(told == rows.OK, 0.0, -_FURTHEST)[:, tf.newaxis, tf.newaxis] * (0.0, 0.0, 1.0)
    return told, vertices + back, fine


def _named(model: MorphableModel, told: Tensor, vertices: Tensor) -> dict[str, Tensor]:
    good = told == rows.OK
    normals = vertex_normals(vertices, model.triangles)
    return {"vertices": rows.only(good, vertices), "normals": rows.only(good, normals), "status": told}
