"""The photometric fit explains pictures whose light and skin are known."""

from dataclasses import replace

import numpy as np
import pytest

from au_tf.fitting.photometric_fit import fit_photometry
from au_tf.morphable import Coefficients
from au_tf.rendering import Camera, ambient, face_vertices, lamp, render_face
from au_tf.rendering.colour import to_linear
from au_tf.rendering.lighting import sh_basis

CAMERA = Camera.default(300, 360)
LIGHT = (ambient([0.45, 0.44, 0.42]) + lamp([-0.7, 0.5, 0.6], [0.6, 0.58, 0.52])).astype(np.float32)


@pytest.fixture(scope="module")
def face():
    skin = np.float32([-0.8, 1.2, -1.0])
    pose = {"rotation": np.float32([0.1, -0.2, 0.05]), "translation": np.float32([20.0, 5.0, -900.0])}
    return Coefficients(np.zeros(6, np.float32), skin, np.zeros(5, np.float32), lighting=LIGHT, **pose)


def brightest(lighting: np.ndarray) -> np.ndarray:
    """The direction of the lamp in the picture, (right, up): from the front, depth is hard to tell from exposure."""
    towards = -lighting[[3, 1]].mean(1)
    return towards / np.linalg.norm(towards)


@pytest.mark.parametrize("exposure", [1.0, 0.3])
def test_light_and_skin_together_explain_the_picture(head, face, exposure):
    lit = Coefficients(**{**vars(face), "lighting": LIGHT * np.float32(exposure)})
    photo = render_face(head, lit, CAMERA, background=(0.2, 0.4, 0.7))
    fit = fit_photometry(photo, head, face_vertices(head, face).numpy(), CAMERA)
    assert brightest(fit.lighting) @ brightest(LIGHT) > np.cos(np.radians(5))
    again = Coefficients(**{**vars(face), "lighting": fit.lighting, "albedo": fit.albedo})
    difference = np.abs(render_face(head, again, CAMERA, background=(0.2, 0.4, 0.7)).astype(int) - photo)
    shown = (photo != photo[0, 0]).any(-1)
    assert difference[shown].mean() < 4.0
    # What the light takes over from the skin is one factor: the pattern has to be the skin's.
    pattern = fit.albedo[1:] / np.linalg.norm(fit.albedo[1:])
    assert pattern @ (face.albedo[1:] / np.linalg.norm(face.albedo[1:])) > 0.9


def test_hair_and_highlights_are_left_out(head, face):
    photo = render_face(head, face, CAMERA)
    clean = fit_photometry(photo, head, face_vertices(head, face).numpy(), CAMERA)
    rows = np.flatnonzero((photo != photo[0, 0]).any(-1).any(1))
    hairy = photo.copy()
    hairy[: rows[0] + len(rows) // 4] = (30, 20, 10)
    hairy[rows[0] + len(rows) // 2 :][:12, 150:165] = 255
    fit = fit_photometry(hairy, head, face_vertices(head, face).numpy(), CAMERA)
    normals = np.float64([[0, 0, 1], [-0.5, 0, 0.866], [0.5, -0.3, 0.81]])
    basis = sh_basis(normals).numpy()
    skins = [head.albedo(f.albedo).numpy()[head.landmarks[28:]].mean(0) for f in (clean, fit)]
    first, second = ((basis @ f.lighting) * s for f, s in zip((clean, fit), skins, strict=True))
    np.testing.assert_allclose(second, first, rtol=0.15)


def test_a_face_outside_the_photo_leaves_the_neutral_fit(head, face):
    photo = np.zeros((300, 360, 3), np.uint8)
    away = face_vertices(head, face).numpy() + np.float32([2000.0, 0.0, 0.0])
    fit = fit_photometry(photo, head, away, CAMERA)
    assert not fit.albedo.any()
    np.testing.assert_allclose(sh_basis(np.float64([[0, 1, 0]])).numpy() @ fit.lighting, 1.0, atol=1e-6)


def test_pixels_are_compared_in_linear_light(head, face):
    photo = render_face(head, face, CAMERA)
    row, column = 150, 185
    fit = fit_photometry(photo, head, face_vertices(head, face).numpy(), CAMERA)
    again = render_face(head, Coefficients(**{**vars(face), "lighting": fit.lighting, "albedo": fit.albedo}), CAMERA)
    np.testing.assert_allclose(to_linear(again[row, column]), to_linear(photo[row, column]), atol=0.03)


def test_a_model_without_ways_of_skin_leaves_it_all_to_the_light(head, face):
    plain = replace(head, albedo_basis=head.albedo_basis[:0])
    unpainted = replace(face, albedo=np.zeros(0, np.float32))
    photo = render_face(plain, unpainted, CAMERA)
    fit = fit_photometry(photo, plain, face_vertices(plain, unpainted).numpy(), CAMERA)
    assert fit.albedo.shape == (0,)
    again = render_face(plain, replace(unpainted, lighting=fit.lighting), CAMERA).astype(int)
    assert np.abs(again - photo)[(photo != photo[0, 0]).any(-1)].mean() < 4.0
