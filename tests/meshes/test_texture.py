from dataclasses import replace

import numpy as np
import pytest

from au_tf.meshes.texture import bake_albedo, bake_likeness
from au_tf.morphable import Part
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.detail import STARTS
from au_tf.morphable.detail.maps import pyramid
from au_tf.pictures.colour import to_levels, to_linear
from au_tf.rendering.details import Likeness
from au_tf.rendering.framing import face_vertices, frontal_camera, neutral, portrait
from au_tf.rendering.lighting import AMBIENT
from au_tf.rendering.native.renderer import render_face


def at_vertices(texture, uv):
    size = len(texture)
    row, column = ((1 - uv[:, 1]) * size - 0.5).round(), (uv[:, 0] * size - 0.5).round()
    return texture[row.astype(int).clip(0, size - 1), column.astype(int).clip(0, size - 1)]


def test_baked_albedo_stands_at_the_texture_coordinates(globe, painted):
    texture = bake_albedo(globe, painted, 512)
    expected = to_levels(globe.mean_albedo + globe.albedo_basis[0])
    assert np.abs(at_vertices(texture, globe.uv).astype(int) - expected).max() <= 3


def test_triangles_between_parts_stay_out_of_the_way(globe, painted):
    # A mouth whose texture lies in a corner: the triangles round it would cross the whole texture.
    mouth = (np.abs(globe.uv - [0.5, 0.3]) < 0.06).all(1)
    parts = np.where(mouth, Part.MOUTH, Part.SKIN).astype(np.uint8)
    uv = np.where(mouth[:, np.newaxis], 0.05 * globe.uv + [0, 0.9], 0.8 * globe.uv + [0.2, 0.0]).astype(np.float32)
    cut = replace(globe, parts=parts, uv=uv)
    texture = at_vertices(bake_albedo(cut, painted, 1024), uv)
    expected = to_levels(globe.mean_albedo + globe.albedo_basis[0])
    inside = (np.abs(globe.uv - 0.5) < 0.45).all(1)
    assert np.abs(texture.astype(int) - expected)[inside].max() <= 3


def test_the_skin_of_a_person_is_baked_as_it_is_drawn():
    model = builtin_face()
    person = portrait(model, neutral(model), lighting=AMBIENT)
    # A mark on the left cheek, which the vertices know nothing of.
    added = np.zeros((chart.ROWS, chart.COLUMNS, 3), np.float32)
    row, column = ((np.array([chart.TOP + 30.0, 35.0 - chart.LEFT])) * chart.PER_MM).astype(int)
    added[row - 25 : row + 25, column - 25 : column + 25] = -0.6
    depths = np.full(len(STARTS), 9.0, np.float32)
    own = Likeness(model.mean_albedo, pyramid(added), depths, np.ones(3, np.float32), 0.0 * model.mean_shape)
    texture = to_linear(bake_likeness(model, own, 1024))
    marked = (texture.sum(-1) < 0.6 * to_linear(bake_albedo(model, person, 1024)).sum(-1)).mean()
    camera = frontal_camera(512)
    drawn = [to_linear(render_face(model, person, camera, likeness=each)).sum(-1) for each in (None, own)]
    spot = np.argwhere(drawn[1] < 0.6 * drawn[0])
    place = camera.project(face_vertices(model, person))[model.landmarks[[45, 35, 54]], :2]
    # The face's left is on the right of the picture, and the cheek beside the nose, below the eye.
    assert place[1, 0] < spot[:, 1].mean() < place[0, 0] + 20 and place[0, 1] < spot[:, 0].mean() < place[2, 1]
    assert marked > 0 and len(spot) == pytest.approx(100 * (camera.focal / -person.translation[2]) ** 2, rel=0.3)
