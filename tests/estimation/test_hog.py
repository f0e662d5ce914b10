"""Histograms of oriented gradients and the regressions on them."""

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.estimation.hog import FEATURES, HogConfig, fit_hog, hog_features
from au_tf.estimation.svr import SVRConfig


def stripes(angle, size=112):
    """A grey picture uint8[size, size, 3] whose brightness changes along a direction, in degrees."""
    row, column = np.mgrid[:size, :size]
    wave = np.sin((np.cos(np.radians(angle)) * column + np.sin(np.radians(angle)) * row) / 3)
    return np.repeat(np.uint8(128 + 100 * wave)[..., None], 3, 2)


def test_the_orientation_of_edges_is_what_is_counted():
    features = hog_features(np.stack([stripes(angle) for angle in (0, 45, 90)]))
    assert features.shape == (3, FEATURES) and features.dtype == np.float32
    strongest = features.reshape(3, -1, 8).sum(1).argmax(1)
    # Bins of 22.5 degrees from 0; skimage counts angles upwards, rows downwards, and the wave at 45 falls on an edge.
    assert strongest[0] == 0 or strongest[0] == 7
    assert strongest[2] in (3, 4) and strongest[1] in (1, 2, 5, 6)


def test_contrast_and_size_do_not_matter():
    picture = stripes(30)
    darker, larger = np.uint8(picture // 2), picture.repeat(2, 0).repeat(2, 1)
    one, two, three = (hog_features(p[np.newaxis])[0] for p in (picture, darker, larger))
    assert np.corrcoef(one, two)[0, 1] > 0.999
    np.testing.assert_allclose(one, three, atol=1e-6)
    assert hog_features(picture[np.newaxis][:0]).shape == (0, FEATURES)


def test_regressions_find_what_components_hold():
    rng = np.random.default_rng(0)
    hidden = rng.random((300, 12))
    features = hidden @ rng.normal(size=(12, 40)) + 1.0
    config = HogConfig(kept=1.0, most=12, svr=SVRConfig(cost=10.0, tolerance=0.0, loss="squared"))
    estimator = fit_hog(features[:200], 5 * hidden[:200], config)
    assert estimator.components.shape == (40, 12)
    np.testing.assert_allclose(estimator.components.T @ estimator.components, np.eye(12), atol=1e-5)
    np.testing.assert_allclose(estimator.predict(features[200:]), 5 * hidden[200:], atol=0.05)


def test_bad_input_is_told():
    with pytest.raises(InputError, match="HOG: features"):
        fit_hog(np.zeros((1, 40)), np.zeros((1, 12)))
    with pytest.raises(InputError, match="HOG: components"):
        HogConfig(kept=0.0)
