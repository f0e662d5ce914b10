import numpy as np

from au_tf.pictures import colour


def test_every_level_survives_the_round_trip():
    levels = np.arange(256, dtype=np.uint8).reshape(-1, 1).repeat(3, 1)
    np.testing.assert_array_equal(colour.to_uint8(colour.to_linear(levels)), levels)


def test_mid_grey():
    # IEC 61966-2-1: ((0.5 + 0.055) / 1.055) ** 2.4
    np.testing.assert_allclose(colour.to_linear([[0.5, 0.5, 0.5]]), 0.2140411, rtol=1e-5)


def test_what_no_screen_can_show_is_clipped():
    np.testing.assert_array_equal(colour.to_uint8([[-0.2, 1.7, 1.0]]), [[0, 255, 255]])
