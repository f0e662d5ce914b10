"""Reading and filling pictures against scipy and algebra."""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates, maximum_filter

from au_tf.rendering.graph.sampling import blur, fill, largest, sample_bicubic, sample_bilinear, sample_nearest


def test_whole_places_return_the_pixels_themselves() -> None:
    image = np.random.default_rng(0).uniform(size=(9, 7, 3)).astype(np.float32)
    places = np.stack(np.meshgrid(np.arange(7), np.arange(9)), -1).astype(np.float32)
    np.testing.assert_allclose(sample_bicubic(image, places), image, atol=1e-6)
    np.testing.assert_array_equal(sample_nearest(image, places + 0.3), image)


def test_catmull_rom_reproduces_quadratics_between_pixels() -> None:
    """The spline is exact for polynomials up to degree 2 (Keys 1981, a = -1/2)."""
    column, row = np.meshgrid(np.arange(12.0), np.arange(12.0))
    image = (0.3 * column**2 - 0.2 * row**2 + 0.1 * column * row + column - 3.0)[..., None].astype(np.float32)
    x, y = np.random.default_rng(1).uniform(2, 9, (2, 50)).astype(np.float32)
    expected = 0.3 * x**2 - 0.2 * y**2 + 0.1 * x * y + x - 3.0
    np.testing.assert_allclose(sample_bicubic(image, np.stack([x, y], -1))[:, 0], expected, rtol=1e-4, atol=1e-4)


def test_linear_interpolation_and_largest_values_are_scipys() -> None:
    rng = np.random.default_rng(5)
    image, places = rng.normal(size=(13, 17, 2)).astype(np.float32), rng.uniform(-3, 20, (40, 2)).astype(np.float32)
    expected = [
        map_coordinates(plane, places[:, ::-1].T, order=1, mode="nearest") for plane in image.transpose(2, 0, 1)
    ]
    np.testing.assert_allclose(sample_bilinear(image, places), np.transpose(expected), atol=1e-5)
    for reach in (1, 4, 5):
        expected = maximum_filter(image, (2 * reach + 1, 2 * reach + 1, 1), mode="nearest")
        np.testing.assert_array_equal(largest(image, reach), expected)


def test_blur_is_scipys() -> None:
    image = np.random.default_rng(2).uniform(size=(20, 31, 2)).astype(np.float32)
    expected = gaussian_filter(image, (1.5, 1.5, 0), mode="nearest", radius=(4, 4, 0))
    np.testing.assert_allclose(blur(image, 1.5), expected, atol=2e-3)


def test_wide_blur_is_scipys_but_for_its_coarser_grid() -> None:
    image = gaussian_filter(np.random.default_rng(4).normal(size=(120, 90, 1)), (3, 3, 0)).astype(np.float32)
    expected = gaussian_filter(image, (12, 12, 0), mode="nearest")
    assert np.abs(blur(image, 12.0) - expected)[12:-12, 12:-12].max() < 0.1 * np.abs(expected).max()


def test_fill_keeps_what_is_known_and_stays_between_its_bounds() -> None:
    rng = np.random.default_rng(3)
    values = rng.uniform(1.0, 2.0, (37, 21, 2)).astype(np.float32)
    weight = (rng.uniform(size=(37, 21, 1)) < 0.05).astype(np.float32)
    filled = fill(values, weight).numpy()
    np.testing.assert_allclose(filled * weight, values * weight, atol=1e-6)
    assert filled.min() >= 1.0 - 1e-5
    assert filled.max() <= 2.0 + 1e-5
    assert not fill(values, 0.0 * weight).numpy().any()
