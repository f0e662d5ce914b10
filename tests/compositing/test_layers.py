"""A photo taken apart: which pixels of an open mouth are its inside, its lips and the skin beside them."""

import numpy as np

from au_tf.compositing.native.lips import open_mouth, out_of_shade

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
    corners = np.array([(24, 20), (50, 20), (71, 20), (71, 41), (50, 41), (24, 41)])
    landmarks[48:60] = np.repeat(corners, 2, 0)
    landmarks[60:68] = (24, 31), (40, 28), (50, 28), (60, 28), (71, 31), (60, 34), (50, 34), (40, 34)
    inside, upper, lower = open_mouth(image, mesh, landmarks)
    lips = upper | lower
    assert inside[28:34, 25:70].all()
    assert not inside[36:].any()
    assert not inside[:, 73:].any()
    assert lips[36:39, 31:69].all()
    assert (image[lips] == LIP).all()


def test_without_lips_in_sight_nothing_is_added() -> None:
    image = np.full((60, 100, 3), SKIN, np.uint8)
    mesh = np.zeros((60, 100), bool)
    assert not np.any(open_mouth(image, mesh, np.zeros((68, 2))))


def test_lips_are_given_back_the_light_that_the_mouth_takes() -> None:
    """The upper lip is in shade where it meets the opening; what is not beside it, and no lip, stays to the bit."""
    photo = np.full((80, 120, 3), (0.4, 0.15, 0.15), np.float32)
    row = np.arange(80)[:, np.newaxis] * np.ones((1, 120), int)
    upper, lower, inside = (row >= 15) & (row < 35), (row >= 45) & (row < 65), (row >= 35) & (row < 45)
    photo[32:35] *= 0.3
    lit = out_of_shade(photo, (upper, lower), inside)
    np.testing.assert_allclose(lit[34, 60], 0.9 * photo[20, 60], rtol=0.25)
    np.testing.assert_array_equal(lit[:20], photo[:20])
    np.testing.assert_array_equal(lit[35:], photo[35:])


def test_a_brown_upper_lip_in_shade_is_no_inside() -> None:
    """A lower lip that is lit and red does not tell how an upper one looks, which here is as red as skin."""
    image = np.full((80, 140, 3), SKIN, np.uint8)
    image[20:34, 30:110] = (120, 85, 75)
    image[34:46, 30:110] = DARK
    image[36:42, 40:100] = TOOTH
    image[46:62, 30:110] = LIP
    mesh = np.zeros((80, 140), bool)
    mesh[36:44, 40:100] = True
    landmarks = np.zeros((68, 2))
    outer = [(30, 40), (45, 20), (60, 20), (70, 20), (80, 20), (95, 20), (110, 40)]
    outer += [(95, 62), (80, 62), (70, 62), (60, 62), (45, 62)]
    inner = [(32, 40), (55, 34), (70, 34), (85, 34), (108, 40), (85, 46), (70, 46), (55, 46)]
    landmarks[48:68] = outer + inner
    inside, upper, lower = open_mouth(image, mesh, landmarks)
    assert upper[23:31, 50:90].all()
    assert lower[49:60, 50:90].all()
    assert inside[34:46, 45:95].all()
    assert not inside[20:32, 50:90].any()
