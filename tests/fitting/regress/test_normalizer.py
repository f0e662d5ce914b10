"""Pictures of normal shape: what lies at a landmark comes to lie at its mean."""

import numpy as np
import pytest

from au_tf.fitting.regress.normalizer import SIZE, Normalizer, _pixels

RNG = np.random.default_rng(8)
COLUMNS, ROWS = np.meshgrid(np.arange(112.0), np.arange(112.0))
# Its colours tell the place, in pixels of the picture.
PLACES = np.stack([2.0 * COLUMNS, 2.0 * ROWS, np.full((112, 112), 9.0)], -1).astype(np.uint8)


@pytest.fixture(scope="module")
def mean() -> np.ndarray:
    return RNG.uniform((50, 70), (170, 200), (68, 2)).astype(np.float32)


def places_of(picture: np.ndarray) -> np.ndarray:
    """What the colours tell, in pixels of the aligned picture of 224 x 224."""
    return (picture[..., :2] / 2.0 + 0.5) * 2.0 - 0.5


def test_the_mean_shape_is_cut_out_as_it_is(mean):
    normal = Normalizer.of(mean).normalize(PLACES[None], mean[None])[0]
    assert normal.shape == (SIZE, SIZE, 3) and normal.dtype == np.uint8
    wanted = np.clip(_pixels(mean.astype(float)).reshape(SIZE, SIZE, 2), 0, 223)
    inside = ((wanted > 1) & (wanted < 222)).all(-1)
    np.testing.assert_allclose(places_of(normal)[inside], wanted[inside], atol=1.1)


def test_each_landmark_comes_to_lie_at_its_mean(mean):
    landmarks = mean + RNG.normal(0, 4, mean.shape)
    normal = Normalizer.of(mean).normalize(PLACES[None], landmarks[None])[0]
    pixels = _pixels(mean.astype(float)).reshape(SIZE, SIZE, 2)
    nearest = np.linalg.norm(pixels[:, :, None] - mean, axis=-1).reshape(-1, 68).argmin(0)
    told = places_of(normal).reshape(-1, 2)[nearest]
    # The nearest pixel is up to one pixel away, where triangles are stretched.
    assert np.median(np.linalg.norm(told - landmarks, axis=-1)) < 2.0
    assert np.median(np.linalg.norm(told - mean, axis=-1)) > 3.0


def test_weights_are_barycentric(mean):
    normalizer = Normalizer.of(mean)
    assert normalizer.weights.shape == (SIZE * SIZE, 80)
    np.testing.assert_allclose(normalizer.weights.sum(1), 1.0, atol=1e-5)
    assert normalizer.weights.min() > -1e-5 and (np.abs(normalizer.weights) > 1e-6).sum(1).max() <= 3
    points = np.concatenate([mean, normalizer.frame])
    np.testing.assert_allclose(normalizer.weights @ points, _pixels(mean.astype(float)), atol=1e-3)


def test_a_larger_picture_of_the_same_gives_the_same(mean):
    landmarks = (mean + RNG.normal(0, 4, mean.shape))[None]
    smooth = 40 * np.sin(COLUMNS / 20)[..., None] * np.cos(ROWS / 15)[..., None] + (100, 120, 140)
    small = smooth.astype(np.uint8)
    large = np.kron(small, np.ones((2, 2, 1), np.uint8))
    first, second = (Normalizer.of(mean).normalize(p[None], landmarks).astype(int) for p in (small, large))
    assert np.abs(first - second).mean() < 1.5


def test_no_pictures(mean):
    assert Normalizer.of(mean).normalize(PLACES[None][:0], mean[None][:0]).shape == (0, SIZE, SIZE, 3)
