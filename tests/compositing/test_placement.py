"""Lips are followed across, not along."""

import numpy as np
import tensorflow as tf
from scipy.interpolate import RBFInterpolator

from au_tf.compositing.placement import along_lips, thin_plate_warp

RIGHT, LEFT = np.array([100.0, 210.0]), np.array([160.0, 200.0])


def mouth(shares: tuple[float, ...], height: float, depth: float) -> np.ndarray:
    """68 places of which those of the upper lips lie on arches so high, of the lower ones so deep, at given shares."""
    places = np.zeros((68, 2))
    chord = LEFT - RIGHT
    up = np.array([chord[1], -chord[0]]) / np.hypot(*chord)

    def on(share: float, reach: float) -> np.ndarray:
        return RIGHT + share * chord + 4.0 * share * (1.0 - share) * reach * up

    for first, last, count in ((48, 54, 5), (60, 64, 3)):
        places[[first, last]] = RIGHT, LEFT
        few = shares[:count] if count == 5 else shares[1:4]
        for k, share in enumerate(few):
            places[first + 1 + k] = on(share, height)
            places[last + count - k if first == 60 else 59 - k] = on(share, -depth)
    return places


def test_points_of_the_same_lips_are_no_error() -> None:
    found, mesh = mouth((0.2, 0.4, 0.5, 0.6, 0.8), 8.0, 12.0), mouth((0.12, 0.3, 0.5, 0.7, 0.88), 8.0, 12.0)
    np.testing.assert_allclose(np.stack(along_lips(found, mesh)), mesh, atol=1e-9)


def test_lips_that_lie_elsewhere_are_followed_across() -> None:
    found, mesh = mouth((0.2, 0.4, 0.5, 0.6, 0.8), 9.0, 15.0), mouth((0.12, 0.3, 0.5, 0.7, 0.88), 8.0, 12.0)
    moved = np.stack(along_lips(found, mesh)) - mesh
    chord = (LEFT - RIGHT) / np.hypot(*(LEFT - RIGHT))
    np.testing.assert_allclose(moved @ chord, 0.0, atol=1e-9)
    np.testing.assert_allclose(np.hypot(*moved[[51, 62, 57, 66]].T), [1.0, 1.0, 3.0, 3.0], atol=1e-9)


def test_tensors_are_taken_as_arrays_are() -> None:
    rng = np.random.default_rng(5)
    found, mesh = (mouth((0.2, 0.4, 0.5, 0.6, 0.8), 8.0, 12.0) + rng.normal(0, 2, (68, 2)) for _ in range(2))
    of_tensors = along_lips(*(tf.unstack(tf.constant(each, tf.float32)) for each in (found, mesh)))
    np.testing.assert_allclose(tf.stack(of_tensors), np.stack(along_lips(found, mesh)), atol=1e-3)


def test_the_thin_plate_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    nodes, places = rng.uniform(0, 400, (60, 2)), rng.uniform(-50, 450, (300, 2))
    values = rng.normal(0, 5, (60, 3))
    spline = RBFInterpolator(nodes / 200.0, values, kernel="thin_plate_spline", smoothing=1e-3)
    np.testing.assert_allclose(thin_plate_warp(nodes, values, places, 200.0), spline(places / 200.0), atol=1e-6)
