"""Sampling on arrays against that in TensorFlow."""

import numpy as np
import pytest
import tensorflow as tf

from au_tf.rendering.graph import sampling
from au_tf.rendering.native import sampling as array_sampling


@pytest.fixture(scope="module", params=[(37, 21, 3), (40, 52, 1)])
def image(request):
    return np.random.default_rng(0).uniform(size=request.param).astype(np.float32)


def test_places_between_pixels_and_beyond_the_border(image):
    places = np.random.default_rng(1).uniform(-5, 60, (200, 2)).astype(np.float32)
    expected = sampling.sample_bicubic(image, places)
    np.testing.assert_allclose(array_sampling.sample_bicubic(image, places), expected, atol=1e-6)


@pytest.mark.parametrize("sigma", [0.6, 2.3, 6.7])
def test_blur_narrow_and_on_a_coarser_grid(image, sigma):
    expected = sampling.blur(image, sigma)
    np.testing.assert_allclose(array_sampling.blur(image, sigma), expected, atol=2e-6)
    np.testing.assert_allclose(array_sampling.blur(image[..., 0], sigma), expected[..., 0], atol=2e-6)


def test_largest_values(image):
    np.testing.assert_array_equal(array_sampling.largest(image, 4), sampling.largest(image, 4))


@pytest.mark.parametrize("known", [0.0, 0.03, 0.9])
def test_fill(image, known):
    rng = np.random.default_rng(2)
    weight = (rng.uniform(size=image.shape[:2]) < known) * rng.uniform(size=image.shape[:2]).astype(np.float32)
    expected = sampling.fill(image, weight[..., np.newaxis])
    np.testing.assert_allclose(array_sampling.fill(image, weight), expected, atol=1e-5)


def test_ramp():
    value = np.linspace(-1.0, 2.0, 50, dtype=np.float32)
    np.testing.assert_allclose(array_sampling.ramp(0.2, 0.9, value), sampling.ramp(0.2, 0.9, value), atol=1e-6)


@pytest.mark.parametrize(("size", "pixels"), [(80, 40), (63, 40), (27, 40), (40, 40)])
def test_taps_are_those_of_resizing(size, pixels):
    row = np.random.default_rng(3).uniform(size=size).astype(np.float32)
    first, weights = array_sampling.taps(size, pixels)
    made = (weights * row[first[:, np.newaxis] + np.arange(weights.shape[1])]).sum(1)
    expected = tf.image.resize(row[:, np.newaxis, np.newaxis], (pixels, 1), "area" if size > pixels else "bilinear")
    np.testing.assert_allclose(made, expected[:, 0, 0], atol=3e-5)
