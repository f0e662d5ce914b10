"""The refinement explains rendered faces whose light and skin are known, and believes only what it can explain."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from au_tf.facs import ACTIONS
from au_tf.fitting.refine.appearance import COARSE, FINE, FaceWindow, Lit, Prediction, encode
from au_tf.fitting.refine.face_surface import surface_of
from au_tf.fitting.refine.landmark_fit import place_by_landmarks
from au_tf.fitting.refine.landmark_term import LandmarkTerm, Placed
from au_tf.fitting.refine.optimize import CAUTIOUS, follow, refine
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients
from au_tf.morphable.builtin import builtin_face
from au_tf.pictures.colour import to_srgb
from au_tf.rendering.framing import face_vertices
from au_tf.rendering.graph.lighting import sh_basis
from au_tf.rendering.lighting import ambient, lamp
from au_tf.rendering.native.renderer import render_picture

CAMERA = Camera.default(300, 360)
LIGHT = (ambient([0.45, 0.44, 0.42]) + lamp([-0.7, 0.5, 0.6], [0.6, 0.58, 0.52])).astype(np.float32)
BACKGROUND = (0.2, 0.4, 0.7)


@pytest.fixture(scope="module")
def face():
    return Coefficients(
        identity=np.float32([0.9, -0.7, 0.4, -0.8, 0.3, 0.6]),
        albedo=np.float32([-0.8, 1.2, -1.0]),
        expression=np.float32([-0.6, 0.9, 0.4, -0.8, 0.5]),
        rotation=np.float32([0.1, -0.2, 0.05]),
        translation=np.float32([20.0, 5.0, -900.0]),
        lighting=LIGHT,
    )


def matt(model, face: Coefficients, camera: Camera, supersample: int = 2, background=BACKGROUND) -> np.ndarray:
    """Drawn as the fit predicts it, with neither gloss nor shade in hollows."""
    vertices, albedo = face_vertices(model, face)[None], model.albedo(face.albedo)[None]
    return render_picture(vertices, albedo, model.triangles, camera, face.lighting[None], supersample, background)[0]


def placed(face: Coefficients) -> Placed:
    shape = np.concatenate([face.identity, face.expression]).astype(np.float64)
    return Placed(Rotation.from_rotvec(face.rotation), face.translation.astype(np.float64), shape)


def lit(face: Coefficients) -> Lit:
    return Lit(placed(face), face.albedo.astype(np.float64), face.lighting.astype(np.float64))


def landmarks(head, face: Coefficients, noise: float = 0.0) -> LandmarkTerm:
    """Those of the face, with errors of `noise` pixels."""
    marks = surface_of(head).marks
    term = LandmarkTerm.of(np.random.default_rng(0).normal(100.0, 30.0, (68, 2)), marks, CAMERA)
    true = placed(face)
    points = term.see(true, term.outline(true)).places
    return LandmarkTerm.of(points + np.random.default_rng(1).normal(0.0, noise, points.shape), marks, CAMERA)


def found(head, photo, term: LandmarkTerm):
    return refine(photo, surface_of(head), term, place_by_landmarks(term)[0])


def shape_error(head, shape: np.ndarray, face: Coefficients) -> float:
    """Mean distance in mm of the landmarks' vertices, the middle of the face held."""
    basis = np.concatenate([head.identity_basis, head.expression_basis])[:, head.landmarks]
    off = np.tensordot(shape - placed(face).shape, basis, 1)
    return float(np.linalg.norm(off - off.mean(0), axis=1).mean())


def test_the_prediction_is_what_the_renderer_draws(head, face):
    photo = matt(head, face, CAMERA, supersample=4, background=BACKGROUND)
    surface, true = surface_of(head), lit(face)
    window = FaceWindow.about(photo, surface, true.placed, CAMERA)
    prediction = Prediction.of(surface, window, true, FINE)
    assert len(prediction.places) > 500
    assert np.abs(prediction.residual).max() < 0.03 and np.abs(prediction.residual).mean() < 0.003


def spread(prediction: Prediction, values: np.ndarray) -> np.ndarray:
    """Values of the pixels in their places, elsewhere not a number."""
    picture = np.full((FINE, FINE, 3), np.nan)
    picture[tuple(prediction.places.T)] = values
    return picture


def test_derivatives_against_finite_differences(head, face):
    surface, true = surface_of(head), lit(face)
    photo = matt(head, face, CAMERA, background=BACKGROUND)
    window = FaceWindow.about(photo, surface, true.placed, CAMERA)
    at = Prediction.of(surface, window, true, FINE)
    jacobian = at.jacobian()
    sizes = np.repeat([2e-3, 0.1, 0.05, 0.05, 1e-2], [3, 3, 11, 3, 27])
    for column, size in enumerate(sizes):
        step = np.zeros(len(sizes))
        step[column] = size
        ahead, behind = (Prediction.of(surface, window, true.moved(s), FINE) for s in (step, -step))
        numerical = (spread(ahead, ahead.residual) - spread(behind, behind.residual)) / (2 * size)
        exact = spread(at, jacobian[:, :, column])
        both = np.isfinite(numerical + exact)
        numerical, exact = numerical[both], exact[both]
        # Samples that change from one triangle to another have no derivative.
        tolerance = 0.03 if column >= 17 else 0.15
        assert np.linalg.norm(numerical - exact) < tolerance * np.linalg.norm(numerical), column


def test_the_encoding_is_srgb_and_its_slope_the_derivative():
    linear = np.float32([[0.1, 0.3, 0.8]])
    np.testing.assert_allclose(encode(linear)[0], to_srgb(linear), atol=1e-6)
    slope = (encode(linear + 1e-3)[0] - encode(linear - 1e-3)[0]) / 2e-3
    np.testing.assert_allclose(encode(linear)[1], slope, rtol=1e-2)
    assert (encode(np.float32([[-0.1, 1.5, 0.001]]))[1] <= 6.0).all()


@pytest.mark.parametrize("exposure", [1.0, 0.4])
def test_a_rendered_face_is_explained_better_than_its_landmarks_tell(head, face, exposure):
    dark = replace(face, lighting=np.float32(exposure) * LIGHT)
    photo = matt(head, dark, CAMERA, background=BACKGROUND)
    term = landmarks(head, face, noise=1.0)
    start, _ = place_by_landmarks(term)
    fit = refine(photo, surface_of(head), term, start)
    assert fit.trust.noise < CAUTIOUS.noise and fit.error < 0.01 and fit.explained > 0.9
    assert shape_error(head, fit.lit.placed.shape, face) < 0.6 * shape_error(head, start.shape, face)
    true = Rotation.from_rotvec(face.rotation)
    turns = [np.degrees((p.turn * true.inv()).magnitude()) for p in (fit.lit.placed, start)]
    assert turns[0] < max(0.6 * turns[1], 0.5)
    # The pattern of the skin; its tone and the light's strength are one factor.
    pattern = fit.lit.albedo[1:] / np.linalg.norm(fit.lit.albedo[1:])
    assert pattern @ (face.albedo[1:] / np.linalg.norm(face.albedo[1:])) > 0.95
    towards = [-light[[3, 1]].mean(1) for light in (fit.lit.lighting, LIGHT)]
    assert towards[0] @ towards[1] > np.cos(np.radians(8)) * np.prod([np.linalg.norm(t) for t in towards])


def test_what_the_model_cannot_explain_is_not_believed(head, face):
    photo = matt(head, face, CAMERA, background=BACKGROUND)
    rows, columns = np.mgrid[: CAMERA.height, : CAMERA.width]
    stripes = 35.0 * np.sin(rows / 7.0) * np.sin(columns / 9.0)
    strange = np.clip(photo + stripes[..., None], 0, 255).astype(np.uint8)
    term = landmarks(head, face)
    fit = found(head, strange, term)
    assert fit.trust == CAUTIOUS and fit.error > 0.03
    assert shape_error(head, fit.lit.placed.shape, face) < 1.3 * shape_error(
        head, place_by_landmarks(term)[0].shape, face
    )


def test_hair_and_highlights_are_left_out(head, face):
    photo = matt(head, face, CAMERA, background=BACKGROUND)
    shown = np.flatnonzero((photo != photo[0, 0]).any(-1).any(1))
    hairy = photo.copy()
    hairy[: shown[0] + len(shown) // 4] = (30, 20, 10)
    hairy[shown[0] + len(shown) // 2 :][:12, 150:165] = 255
    term = landmarks(head, face)
    fits = [found(head, picture, term) for picture in (photo, hairy)]
    assert fits[1].explained < fits[0].explained
    normals = np.float64([[0, 0, 1], [-0.5, 0, 0.866], [0.5, -0.3, 0.81]])
    lights = [sh_basis(normals).numpy() @ fit.lit.lighting for fit in fits]
    skins = [head.albedo(fit.lit.albedo)[head.landmarks[28:]].mean(0) for fit in fits]
    np.testing.assert_allclose(lights[1] * skins[1], lights[0] * skins[0], rtol=0.15)


def test_a_face_outside_the_photo_follows_its_landmarks_alone(head, face):
    away = replace(face, translation=face.translation + np.float32([600.0, 0.0, 0.0]))
    term = landmarks(head, away)
    start, _ = place_by_landmarks(term)
    fit = refine(np.zeros((300, 360, 3), np.uint8), surface_of(head), term, start)
    assert np.isnan(fit.error) and fit.explained == 0.0 and not fit.lit.albedo.any()
    np.testing.assert_allclose(sh_basis(np.float64([[0, 1, 0]])).numpy() @ fit.lit.lighting, 1.0, atol=1e-6)
    assert np.linalg.norm(term.residual(fit.lit.placed, fit.chosen), axis=1).mean() < 0.5


def test_a_model_without_ways_of_skin_leaves_it_all_to_the_light(head, face):
    plain = replace(head, albedo_basis=head.albedo_basis[:0])
    photo = matt(plain, replace(face, albedo=np.zeros(0, np.float32)), CAMERA, background=BACKGROUND)
    fit = found(plain, photo, landmarks(head, face))
    assert fit.lit.albedo.shape == (0,) and fit.error < 0.01


@pytest.mark.parametrize("coarse", [False, True])
def test_with_the_person_known_the_expression_follows(head, face, coarse):
    surface = surface_of(head)
    person = (surface.coarser if coarse else surface).of_person(face.identity, face.albedo)
    photo = matt(head, face, CAMERA, background=BACKGROUND)
    true = lit(face)
    term = replace(landmarks(head, face, noise=1.0), marks=person.marks)
    before = Placed(true.placed.turn, true.placed.shift + 1.0, np.zeros(5))
    start = Lit(before, np.zeros(0), 1.1 * true.lighting)
    fit = follow(photo, person, term, start, CAUTIOUS._replace(noise=0.02, pixels=np.inf), steps=5)
    np.testing.assert_allclose(fit.lit.placed.shape, face.expression, atol=0.25)
    np.testing.assert_allclose(fit.lit.lighting, LIGHT, atol=0.1)
    known = person.coefficients(fit.lit.placed.shape, fit.lit.albedo)
    np.testing.assert_array_equal(known["identity"], face.identity)
    np.testing.assert_array_equal(known["expression"], fit.lit.placed.shape.astype(np.float32))


def test_few_pixels_look_the_same_on_the_coarse_surface():
    model = builtin_face()
    rng, surface = np.random.default_rng(3), surface_of(model)
    opened = sum(model.actions[ACTIONS.index(f"AU26_{side}")] for side in "LR")
    shape = np.concatenate([rng.standard_normal(surface.identities), opened])
    placed = Placed(Rotation.from_rotvec([0.1, 0.3, 0.0]), np.float64([0.0, 0.0, -900.0]), shape)
    lit = Lit(placed, rng.standard_normal(surface.albedo.size), LIGHT.astype(np.float64))
    photo = np.full((300, 360, 3), 128, np.uint8)
    window = FaceWindow.about(photo, surface, placed, CAMERA, samples=128)
    fine, coarse = (Prediction.of(s, window, lit, COARSE) for s in (surface, surface.coarser))
    # A mouth that is open stays so, and lips end where they did: what is next to it tells of AU15 and AU17.
    common = {*map(tuple, fine.places.tolist())} & {*map(tuple, coarse.places.tolist())}
    assert len(common) > 0.97 * len(coarse.places) and len(common) > 0.97 * len(fine.places)
    colours = [{tuple(p): c for p, c in zip(s.places.tolist(), s.linear, strict=True)} for s in (fine, coarse)]
    off = np.array([colours[1][place] - colours[0][place] for place in common])
    assert np.sqrt(np.square(off).mean()) < 0.02 and len(surface.coarser.shape.mean) < len(surface.shape.mean) / 5
