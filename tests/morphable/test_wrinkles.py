"""Where wrinkles lie, what folds them, and that each is lit as the surface would be that it stands for."""

from dataclasses import replace

import numpy as np
import pytest

from au_tf.facs import ACTIONS
from au_tf.geometry.camera import Camera
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.detail import Detail, detail_of
from au_tf.morphable.detail.folding import MappedSkin, responses
from au_tf.morphable.detail.maps import pyramid, relief_of
from au_tf.morphable.detail.regions import PATCHES
from au_tf.rendering.details import FaceDetails
from au_tf.rendering.finish import SCATTER
from au_tf.rendering.framing import face_vertices, portrait
from au_tf.rendering.lighting import lamp
from au_tf.rendering.native import canvas
from au_tf.rendering.native.lighting import irradiance
from au_tf.rendering.native.renderer import render

NAMES = [patch.region.name for patch in PATCHES]


def depths(*units, intensity=5.0, identity=None):
    """Depth in mm of each region's deeper side, by name, on the mean face or a person."""
    model = builtin_face()
    wanted = [name.partition("_")[0] in {f"AU{unit}" for unit in units} for name in ACTIONS]
    expression = model.actions[wanted].sum(0) * intensity / 5.0
    who = np.zeros(len(model.identity_basis)) if identity is None else identity
    found = detail_of(model).depths(who, expression)
    return {name: max(d for d, n in zip(found, NAMES, strict=True) if n == name) for name in NAMES}


def test_landmarks_lie_where_the_map_has_them():
    model = builtin_face()
    marks = sorted(chart.LANDMARKS)
    laid = chart.places(model)[model.landmarks[marks]]
    assert np.abs(laid - [chart.LANDMARKS[mark] for mark in marks]).max() < 1.0


@pytest.mark.parametrize(
    ("units", "folds", "smooth"),
    [
        ((1, 2), "forehead, inner", "glabella"),
        ((4,), "glabella", "forehead, middle"),
        ((6,), "crow's feet", "chin"),
        ((6,), "below eye", "nasolabial"),
        ((9,), "nose side", "forehead, outer"),
        ((12,), "nasolabial", "chin"),
        ((17,), "chin", "below eye"),
    ],
)
def test_actions_fold_their_own_skin_to_its_depth(units, folds, smooth):
    """At intensity 5 by definition; the more the higher the intensity; other skin stays smooth."""
    region = next(patch.region for patch in PATCHES if patch.region.name == folds)
    found = depths(*units)
    assert found[folds] == pytest.approx(region.depth, rel=0.02)
    assert found[smooth] < 0.15 * found[folds]
    steps = [depths(*units, intensity=intensity)[folds] for intensity in range(6)]
    assert steps[0] == 0.0 and (np.diff(steps[1:]) > 0.05 * region.depth).all()


def test_folding_is_strain_across_the_wrinkles():
    """A squeeze of the whole face by 8 and 4 %, upwards and sideways, and a small turn, as expressions."""
    model = builtin_face()
    x, y, _ = model.mean_shape.T
    still = np.zeros_like(x)
    motions = [
        (still, -0.08 * y, still),
        (still, -0.04 * y, still),
        (-0.04 * x, still, still),
        (-0.02 * y, 0.02 * x, still),
    ]
    model = replace(
        model,
        expression_basis=np.stack([np.stack(motion, -1) for motion in motions]).astype(np.float32),
        actions=np.zeros((len(ACTIONS), 4), np.float32) + np.float32([1 / 4, 0, 0, 0]),
    )
    found = responses(model, MappedSkin.of(model, chart.places(model)))[:, NAMES.index("forehead, middle")]
    # Four actions, those of two units on both sides, fold it by the first squeeze.
    np.testing.assert_allclose(found, [1.0, 0.5, 0.0, 0.0], atol=0.06)


def test_people_wrinkle_differently():
    people = np.random.default_rng(0).normal(size=(40, len(builtin_face().identity_basis)))
    forehead = [depths(1, 2, identity=person)["forehead, inner"] for person in people]
    assert 0.1 < np.std(np.log(forehead)) < 0.4


def test_wrinkles_are_lit_as_the_surface_they_stand_for(monkeypatch):
    """A flat matt mesh with waves in its map, against the light on normals of the waves themselves."""
    monkeypatch.setattr(canvas, "finish_of", lambda detail: None)
    u, v = np.meshgrid(np.arange(-60.0, 61.0, 4.0), np.arange(-60.0, 61.0, 4.0))
    rows, columns = u.shape
    vertices = np.stack([u.ravel(), v.ravel(), np.full(u.size, -400.0)], -1).astype(np.float32)
    corner = np.arange(u.size).reshape(rows, columns)[:-1, :-1].ravel()
    triangles = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + columns], -1),
            np.stack([corner + 1, corner + columns + 1, corner + columns], -1),
        ]
    ).astype(np.int32)
    texel_u, texel_v = chart.texels()
    steepness, wave, depth = np.float32([0.3, 0.2]), 2.0 * np.pi / 20.0, 0.5
    heights = steepness[0] / wave * np.sin(wave * texel_u) + steepness[1] / wave * np.cos(wave * texel_v)
    detail = flat_detail(vertices, triangles, heights[np.newaxis].repeat(2, 0).astype(np.float32) / depth)
    camera, light = Camera(400.0, (49.5, 49.5), 100, 100), lamp([0.5, 0.6, 0.7], [1.0, 0.9, 0.8])
    details = FaceDetails(
        detail, np.array([[depth]], np.float32).repeat(len(PATCHES), 1), np.zeros((1, 4, 3), np.float32)
    )
    given = vertices[np.newaxis], np.ones_like(vertices)[np.newaxis], triangles, camera, light[np.newaxis], 1
    drawn = render(*given, details)[0, ..., :3]
    x, y = np.meshgrid(np.arange(100.0) - 49.5, 49.5 - np.arange(100.0))
    normals = np.stack([-steepness[0] * np.cos(wave * x), steepness[1] * np.sin(wave * y), np.ones_like(x)], -1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    np.testing.assert_allclose(drawn, irradiance(normals.astype(np.float32), light * SCATTER), rtol=0.03)
    assert np.ptp(drawn[..., 0]) > 0.2


def flat_detail(vertices, triangles, heights):
    """Details whose map is the plane itself, without shade in the cavities, and of one patch all over."""
    model = replace(builtin_face(), mean_shape=vertices, triangles=triangles, landmarks=np.zeros(68, np.int32))
    detail = replace(detail_of(builtin_face()), model=model)
    relief = relief_of(heights)
    relief[..., 2] = 0.0
    texels = (vertices[:, :2] * (1, -1) - (chart.LEFT, -chart.TOP)) * chart.PER_MM - 0.5
    flat = Detail(
        model,
        texels.astype(np.float32),
        np.ones(len(triangles), bool),
        np.zeros((len(vertices), 1), np.int32),
        np.ones((len(vertices), 1), np.float32),
        *(getattr(detail, name) for name in ("responses", "people")),
    )
    vars(flat)["maps"] = detail.maps._replace(relief=pyramid(relief))
    return flat


def test_a_small_face_shows_the_mean_of_what_a_large_one_shows():
    """Seen from afar wrinkles neither sparkle nor change how light a face is."""
    model = builtin_face()
    face = portrait(model).with_expression(model.actions.sum(0) * 0.5)
    batch = [part[np.newaxis] for part in (face_vertices(model, face), model.mean_albedo)]
    details = FaceDetails.of(model, face)._replace(tints=np.zeros((1, 4, 3), np.float32))

    def change(side):
        given = *batch, model.triangles, Camera.default(side, side), face.lighting[np.newaxis], 2
        return (render(*given, details) - render(*given))[0]

    mean, small = change(512).reshape(64, 8, 64, 8, 4).mean((1, 3)), change(64)
    rms, of_small = (np.sqrt(np.mean(np.square(part))) for part in (mean, small))
    assert rms > 1e-3 and of_small < 1.2 * rms
    assert abs(small.mean() - mean.mean()) < 0.5 * abs(mean.mean())
