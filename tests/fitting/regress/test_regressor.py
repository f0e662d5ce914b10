"""The regressor as its users see it, untrained, on a small head."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from au_tf.errors import InputError
from au_tf.files import write_npz
from au_tf.fitting.regress.estimate import RegressorConfig, Scales
from au_tf.fitting.regress.forward import forward
from au_tf.fitting.regress.network import network_of, untrained
from au_tf.fitting.regress.normalizer import SIZE
from au_tf.fitting.regress.regressor import FILE, Regressor
from au_tf.geometry.alignment import align_face, alignment_matrix
from au_tf.geometry.camera import Camera

RNG = np.random.default_rng(2)
SMALL = RegressorConfig(widths=(4, 8), blocks=(0, 1), picture_features=16, landmark_features=(16,), hidden=16)


@pytest.fixture(scope="module")
def regressor(head):
    made = untrained(head, SMALL)
    # Its last layers start at zero, which would hide what comes before.
    weights = tuple(RNG.normal(0.0, 0.02, w.shape).astype(np.float32) + np.float32(0.05) for w in made.weights)
    return replace(made, weights=weights).rounded()


def pictures(count: int) -> tuple[np.ndarray, np.ndarray, Camera]:
    images = RNG.integers(0, 256, (count, 224, 224, 3)).astype(np.uint8)
    landmarks = RNG.uniform(40, 180, (count, 68, 2))
    return images, landmarks, Camera(np.full(count, 600.0), np.full((count, 2), 90.0), 224, 224)


def equal(first, second) -> None:
    for name, value in vars(first.coefficients).items():
        np.testing.assert_array_equal(value, getattr(second.coefficients, name), err_msg=name)
    np.testing.assert_array_equal(first.error, second.error)


def test_shapes_follow_the_face_model(regressor):
    found = regressor.regress(*pictures(3))
    shapes = {name: value.shape for name, value in vars(found.coefficients).items()}
    assert shapes == {
        "identity": (3, 6),
        "albedo": (3, 3),
        "expression": (3, 5),
        "rotation": (3, 3),
        "translation": (3, 3),
        "lighting": (3, 9, 3),
    }
    assert found.error.shape == found.confidence.shape == (3,)
    assert all(value.dtype == np.float32 for value in vars(found.coefficients).values())
    assert np.all((found.confidence >= 0) & (found.confidence <= 1))


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        RegressorConfig(widths=(3, 5, 7), blocks=(1, 0, 2), landmark_features=(9, 8)),
        # Of so many layers Keras keeps the landmarks' among those of the picture.
        RegressorConfig(widths=(4, 6), blocks=(1, 2), landmark_features=(8, 9, 10, 11, 12)),
    ],
)
def test_it_computes_what_the_network_in_keras_does(head, config):
    made = untrained(head, config)
    weights = tuple((RNG.normal(0.0, 0.1, w.shape) + 0.05 * (w.ndim < 2)).astype(np.float32) for w in made.weights)
    # Variances of normalisations are positive.
    made = replace(made, weights=tuple(np.abs(w) if w.ndim < 2 else w for w in weights))
    given = {
        "picture": RNG.integers(0, 256, (3, SIZE, SIZE, 3)).astype(np.uint8),
        "landmarks": RNG.uniform(40, 180, (3, 68, 2)).astype(np.float32),
        "view": RNG.normal(0.0, 1.0, (3, 3)).astype(np.float32),
    }
    expected = network_of(made)({name: tf.constant(value) for name, value in given.items()}, training=False).numpy()
    found = forward(made.weights, made.config, made.scales, **given)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_no_pictures_give_no_faces(regressor):
    assert regressor.regress(*pictures(0)).coefficients.identity.shape == (0, 6)
    assert regressor.regress_faces([], np.zeros((0, 68, 2)), Camera.default(100, 100)).error.shape == (0,)


def test_a_face_is_the_same_whatever_else_is_in_the_batch(regressor):
    images, landmarks, camera = pictures(70)
    whole = regressor.regress(images, landmarks, camera)
    alone = regressor.regress(images[66:68], landmarks[66:68], camera[66:68])
    np.testing.assert_allclose(whole.coefficients.identity[66:68], alone.coefficients.identity, rtol=1e-5)


def test_what_is_saved_comes_back_bit_by_bit(regressor, head, tmp_path):
    regressor.save(tmp_path)
    loaded = Regressor.load(tmp_path)
    sample = pictures(4)
    equal(regressor.regress(*sample), loaded.regress(*sample))
    loaded.check(head)
    assert loaded.config == regressor.config


def test_faces_in_a_photo_are_those_of_the_aligned_pictures(regressor):
    photo, camera = RNG.integers(0, 256, (300, 400, 3)).astype(np.uint8), Camera.default(300, 400)
    points = RNG.uniform(50, 250, (68, 2))
    points[36:42], points[42:48], points[31:36], points[48:60] = (150, 120), (210, 140), (170, 170), (160, 190)
    image, matrix = align_face(photo, points)
    inside = points @ matrix[:, :2].T + matrix[:, 2]
    aligned = regressor.regress(image[None], inside[None], camera.aligned(matrix[None], 224, 224))
    found = regressor.regress_faces([photo], points[None], camera)
    np.testing.assert_array_equal(found.coefficients.identity, aligned.coefficients.identity)
    # Rolled back, the face is as far away as before.
    distance = [np.linalg.norm(f.coefficients.translation) for f in (found, aligned)]
    np.testing.assert_allclose(*distance, rtol=1e-5)
    assert abs(np.arctan2(*alignment_matrix(points)[1::-1, 0])) > 0.1


def test_another_face_model_is_refused(regressor, head):
    from dataclasses import replace

    other = replace(head, name="other", identity_basis=head.identity_basis[::-1] + 1)
    with pytest.raises(InputError, match=r"regressor: face model: found one trained on ellipsoid .*expected.*other"):
        regressor.check(other)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("config", "[]", "config: found .*expected the settings of a regressor"),
        ("config", '{"widths": [0], "blocks": [1]}', "widths: found .*expected whole numbers of at least 1"),
        ("weight/3", np.zeros((1, 2)), r"weight/3: found float64\[1, 2\]"),
        ("origin", np.full(3, np.nan), "origin: found .*expected finite numbers"),
        ("scale/mean", np.zeros(2), "scale/mean: found"),
    ],
)
def test_a_damaged_file_is_named_with_the_field(regressor, tmp_path, field, value, message):
    regressor.save(tmp_path)
    with np.load(tmp_path / FILE) as file:
        arrays = dict(file)
    write_npz(tmp_path / FILE, arrays | {field: value})
    with pytest.raises(InputError, match=message):
        Regressor.load(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"regressor\.npz: file: found nothing"):
        Regressor.load(tmp_path)


def test_the_plain_scales_fit_the_network(regressor):
    assert Scales.plain(SMALL).mean.shape == (sum(SMALL.sizes.values()),)
    with pytest.raises(InputError, match="blocks: found"):
        RegressorConfig(widths=(1, 2), blocks=(1,))
