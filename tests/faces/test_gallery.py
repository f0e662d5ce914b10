from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from au_tf import facs
from au_tf.faces import gallery
from au_tf.geometry.camera import Camera
from au_tf.pictures.sheets import Label, sheet
from au_tf.rendering.graph.cameras import project


def face_with(landmarks, height=300, width=400):
    camera = Camera(500.0, (180.0, 160.0), height, width)
    photo = np.zeros((height, width, 3), np.uint8)
    return SimpleNamespace(photo=photo, camera=camera, landmarks=np.float32(landmarks))


def test_single_units_are_neutral_and_then_each_unit_alone():
    units = gallery.single_units()
    assert facs.format_intensities(units[0]) == "neutral"
    told = [facs.format_intensities(row) for row in units[1:]]
    assert told == [f"{name}={level}" for name in facs.AU_NAMES for level in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize("corner", [(0, 0), (150, 100), (320, 210)])
def test_close_up_shows_what_the_window_cuts_out(corner):
    face = face_with(np.add(corner, [[0, 0], [80, 90]]))
    rows, columns = gallery._window(face)
    assert rows.start >= 0
    assert columns.start >= 0
    assert rows.stop <= 300
    assert columns.stop <= 400
    point = np.float32([[7, -11, -600]])
    column, row, _ = project(point, face.camera).numpy()[0]
    # A single bright pixel, cut out and enlarged 3 times, has its middle where the close-up projects the point.
    scale = 3
    near = gallery._close_up(face, scale * (rows.stop - rows.start))
    seen = project(point, near).numpy()[0]
    np.testing.assert_allclose(seen[:2], [3 * (column - columns.start) + 1, 3 * (row - rows.start) + 1], atol=1e-3)


def test_resize_keeps_pixel_centres_where_close_up_puts_them():
    small = np.zeros((9, 9, 3), np.uint8)
    small[4, 2] = 255
    weight = gallery._resize(small, 27)[..., 0].astype(float)
    row, column = (np.average(np.arange(27), weights=weight.sum(axis)) for axis in (1, 0))
    assert (row, column) == (pytest.approx(3 * 4 + 1, abs=0.01), pytest.approx(3 * 2 + 1, abs=0.01))


def test_sheet_keeps_every_tile_as_it_is():
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (2, 3, 40, 50, 3), dtype=np.uint8)
    labels = [Label("one", "first"), Label("two"), Label("three")]
    picture = sheet(tiles, labels[:2], labels)
    for tile in tiles.reshape(-1, 40, 50, 3):
        _, score, _, (column, row) = cv2.minMaxLoc(cv2.matchTemplate(picture, tile, cv2.TM_CCOEFF_NORMED))
        assert score > 0.999
        np.testing.assert_array_equal(picture[row : row + 40, column : column + 50], tile)
