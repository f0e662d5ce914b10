"""A photo taken apart: which pixels of an open mouth are its inside, its lips and the skin beside them."""

import numpy as np

from au_tf.compositing.native.layers import _open_mouth

SKIN, LIP, TOOTH, DARK = (205, 170, 140), (200, 120, 120), (230, 222, 210), (50, 25, 20)


def test_an_open_mouth_is_told_apart_by_colour() -> None:
    """A mouth drawn as boxes; the mesh misses a row of teeth and a dark corner, and its landmarks take in some skin."""
    image = np.full((60, 100, 3), SKIN, np.uint8)
    image[22:40, 30:70] = LIP
    image[28:34, 25:70] = TOOTH
    image[28:34, 25:32] = DARK
    mesh = np.zeros((60, 100), bool)
    mesh[30:34, 32:70] = True
    landmarks = np.zeros((68, 2))
    corners = np.array([(20, 20), (50, 20), (80, 20), (80, 42), (50, 42), (20, 42)])
    landmarks[48:60] = np.repeat(corners, 2, 0)
    inside, lips = _open_mouth(image, mesh, landmarks)
    assert inside[28:34, 25:70].all()
    assert not inside[36:].any()
    assert not inside[:, 73:].any()
    assert lips[36:39, 31:69].all()
    assert (image[lips] == LIP).all()


def test_without_lips_in_sight_nothing_is_added() -> None:
    image = np.full((60, 100, 3), SKIN, np.uint8)
    mesh = np.zeros((60, 100), bool)
    inside, lips = _open_mouth(image, mesh, np.zeros((68, 2)))
    assert not inside.any()
    assert not lips.any()
