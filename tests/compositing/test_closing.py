"""What a mouth shows that closes: drawn lips and cheeks, of which it is known what was hidden."""

import numpy as np

from au_tf.compositing.native.closing import continued, sideways, unfolded, without_corners
from au_tf.rendering.native.sampling import blur

ROWS, COLUMNS = np.indices((80, 120), np.float32)
SKIN = np.float32([0.5, 0.35, 0.28])


def marks() -> np.ndarray:
    landmarks = np.zeros((68, 2))
    landmarks[[48, 54]] = [30, 40], [90, 40]
    return landmarks


def test_lips_go_on_with_their_own_texture() -> None:
    """Lips with upright creases, of which a row of teeth hides the middle."""
    stripes = 1.0 + 0.1 * np.sign(np.sin(COLUMNS * 1.3))[..., np.newaxis]
    photo = np.float32(stripes * [0.4, 0.15, 0.15])
    lips = (np.abs(ROWS - 40) < 20) & (np.abs(ROWS - 40) > 5)
    hidden = np.abs(ROWS - 40) <= 5
    shown = np.where(hidden[..., np.newaxis], np.float32(0.9), photo)
    made = continued(shown, lips)
    np.testing.assert_array_equal(made[lips], photo[lips])
    error, flat = made[hidden] - photo[hidden], photo[hidden] - photo[hidden].mean(0)
    assert np.square(error).mean() < 0.3 * np.square(flat).mean()


def test_shade_at_the_corners_goes_and_nothing_else() -> None:
    photo = np.tile(SKIN, (80, 120, 1))
    for column in (30, 60, 90):
        photo[np.hypot(ROWS - 40, COLUMNS - column) < 4] *= 0.3
    made = without_corners(photo, marks(), 2.0)
    for column in (30, 90):
        assert made[40, column].min() > 0.9 * SKIN.min()
    np.testing.assert_array_equal(made[:, 50:70], photo[:, 50:70])


def test_folds_go_and_the_grain_of_the_skin_stays() -> None:
    grain = 1.0 + 0.03 * np.random.default_rng(0).standard_normal((80, 120, 1))
    fold = 1.0 - 0.5 * np.exp(-(((COLUMNS - 60.0) / 4.0) ** 2))[..., np.newaxis]
    made = unfolded(np.float32(SKIN * grain * fold), np.ones((80, 120, 1), np.float32), 2.0)
    form = blur(made, 2.0)[20:60, 40:80, 1]
    assert np.ptp(form) < 0.3 * 0.5 * SKIN[1]
    fine = (made / blur(made, 2.0))[20:60, 40:80, 1].std()
    assert 0.5 * 0.03 < fine < 0.035


def test_plain_skin_takes_no_colour_from_what_lies_beside_it() -> None:
    plain = (COLUMNS < 60).astype(np.float32)[..., np.newaxis]
    photo = np.where(plain > 0, SKIN, np.float32([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(unfolded(photo, plain, 1.0)[:, :50], photo[:, :50], rtol=1e-3)


def test_away_from_the_mouth_is_told_on_both_sides() -> None:
    aside = sideways(marks(), (80, 120), 2.0)[40, :, 0]
    np.testing.assert_allclose(aside[[0, 60, 119]], [-1.0, 0.0, 1.0], atol=0.01)
