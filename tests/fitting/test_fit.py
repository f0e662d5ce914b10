"""The whole way from a real photo to coefficients, on the built-in face."""

import numpy as np
import pytest
from scipy.linalg import cho_factor
from skimage import data
from threadpoolctl import threadpool_info, threadpool_limits

import au_tf.fitting.fit
from au_tf.errors import InputError
from au_tf.facs import ACTIONS
from au_tf.fitting.fit import fit_photo
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.native.renderer import render_face

PHOTO = data.astronaut()


@pytest.fixture(scope="module")
def fit():
    return fit_photo(PHOTO, builtin_face())


def test_the_astronaut_is_fitted(fit):
    assert fit.landmark_error < 0.03
    distance = np.linalg.norm(fit.projected - fit.landmarks, axis=1)
    assert distance.mean() < 0.05 * fit.face.eye_distance


def test_its_coefficients_are_those_of_a_person_who_looks_at_the_camera(fit):
    found = fit.coefficients
    for name, size in (("identity", 100), ("albedo", 100), ("expression", 79)):
        values = getattr(found, name)
        assert values.shape == (size,) and values.dtype == np.float32
        assert np.abs(values).max() < 3.0 and np.sqrt((values**2).mean()) < 1.2
    assert np.degrees(np.linalg.norm(found.rotation)) < 15.0
    assert -3000.0 < found.translation[2] < -1000.0


def test_its_render_has_the_photos_colours(fit):
    columns, rows = fit.landmarks[[1, 15], 0], fit.landmarks[[29, 33], 1]
    cheeks = tuple(slice(*np.sort(places).astype(int)) for places in (rows, columns))
    render = render_face(builtin_face(), fit.coefficients, fit.camera, background=PHOTO)
    np.testing.assert_allclose(render[cheeks].mean((0, 1)), PHOTO[cheeks].mean((0, 1)), atol=14)


def test_a_photo_without_a_face_names_the_file():
    with pytest.raises(InputError, match=r"suit\.png: face: found none"):
        fit_photo(np.ascontiguousarray(PHOTO[220:]), builtin_face(), source="suit.png")
    with pytest.raises(InputError, match=r"astronaut\.png: face 1: found a single one"):
        fit_photo(PHOTO, builtin_face(), 1, "astronaut.png")


def test_a_face_slightly_over_the_border_is_fitted(fit):
    cut = fit_photo(np.ascontiguousarray(PHOTO[:, 190:]), builtin_face())
    inside = ~cut.face.outside
    assert 0 < (~inside).sum() <= 17 and cut.landmark_error < 0.03
    shifted = cut.projected[inside] + (190, 0) - fit.projected[inside]
    assert np.linalg.norm(shifted, axis=1).mean() < 0.03 * fit.face.eye_distance


def test_a_model_of_blend_shapes_is_fitted_with_shapes_that_faces_make(ict_model):
    fit = fit_photo(PHOTO, ict_model)
    assert fit.landmark_error < 0.03
    found = fit.coefficients
    assert found.albedo.shape == ict_model.sizes["albedo"] and np.abs(found.identity).max() < 3.0
    # A standard deviation is 0.3 of a shape: no shape far beyond the whole of it, or far into its opposite.
    assert 0.3 * found.expression.min() > -0.6 and 0.3 * found.expression.max() < 1.2
    # She smiles: the corners of her mouth are pulled up on both sides, more than anything else.
    pulled = ict_model.actions[[ACTIONS.index("AU12_L"), ACTIONS.index("AU12_R")]].argmax(1)
    assert set(np.argsort(found.expression)[-2:]) == set(pulled)


def test_its_uncertainty_does_not_wait_for_threads(monkeypatch):
    threads = []

    def counted(matrix):
        threads.extend(each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas")
        return cho_factor(matrix)

    monkeypatch.setattr(au_tf.fitting.fit, "cho_factor", counted)
    with threadpool_limits(2, "blas"):
        fit_photo(PHOTO, builtin_face())
    assert threads and set(threads) == {1}
