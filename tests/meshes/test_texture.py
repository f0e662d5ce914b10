from dataclasses import replace

import numpy as np

from au_tf.meshes.texture import bake_photo
from au_tf.morphable import Part
from au_tf.pictures.colour import to_levels
from au_tf.rendering.framing import frontal_camera, neutral
from au_tf.rendering.native.renderer import render_face


def at_vertices(texture, uv):
    size = len(texture)
    row, column = ((1 - uv[:, 1]) * size - 0.5).round(), (uv[:, 0] * size - 0.5).round()
    return texture[row.astype(int).clip(0, size - 1), column.astype(int).clip(0, size - 1)]


def unseen(model, coefficients, size):
    """The texture of a photo that does not show the face: of its albedo."""
    aside = replace(coefficients, translation=coefficients.translation + np.float32([1e5, 0, 0]))
    return bake_photo(model, aside, frontal_camera(64), np.zeros((64, 64, 3), np.uint8), size)


def test_baked_albedo_stands_at_the_texture_coordinates(globe, painted):
    texture = unseen(globe, painted, 512)
    expected = to_levels(globe.mean_albedo + globe.albedo_basis[0])
    assert np.abs(at_vertices(texture, globe.uv).astype(int) - expected).max() <= 3


def test_triangles_between_parts_stay_out_of_the_way(globe, painted):
    # A mouth whose texture lies in a corner: the triangles round it would cross the whole texture.
    mouth = (np.abs(globe.uv - [0.5, 0.3]) < 0.06).all(1)
    parts = np.where(mouth, Part.MOUTH, Part.SKIN).astype(np.uint8)
    uv = np.where(mouth[:, np.newaxis], 0.05 * globe.uv + [0, 0.9], 0.8 * globe.uv + [0.2, 0.0]).astype(np.float32)
    cut = replace(globe, parts=parts, uv=uv)
    texture = at_vertices(unseen(cut, painted, 1024), uv)
    expected = to_levels(globe.mean_albedo + globe.albedo_basis[0])
    inside = (np.abs(globe.uv - 0.5) < 0.45).all(1)
    assert np.abs(texture.astype(int) - expected)[inside].max() <= 3


def test_photo_gives_back_the_albedo_it_was_made_with(globe, painted):
    camera = frontal_camera(256)
    photo = render_face(globe, painted, camera)
    unpainted = replace(painted, albedo=neutral(globe).albedo)
    texture = at_vertices(bake_photo(globe, unpainted, camera, photo, 256), globe.uv)
    grey, truth = (
        at_vertices(unseen(globe, unpainted, 256), globe.uv),
        to_levels(globe.mean_albedo + globe.albedo_basis[0]),
    )
    # The front faces the camera by construction, the back cannot be seen.
    direction = globe.mean_shape / np.linalg.norm(globe.mean_shape, axis=1, keepdims=True)
    front, back = direction[:, 2] > 0.9, direction[:, 2] < -0.1
    assert np.abs(texture[front].astype(int) - truth[front]).max() <= 6
    np.testing.assert_array_equal(texture[back], grey[back])
