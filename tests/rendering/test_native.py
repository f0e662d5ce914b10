"""What only the compiled engine does: threads, edges in whole numbers, resizing as taps."""

import numpy as np
import pytest
import tensorflow as tf

from au_tf.rendering.native.rasterizer import rasterize
from au_tf.rendering.native.sampling import taps

HEIGHT, WIDTH = 37, 51


def _sheet():
    """Screen and triangles of a sheet larger than the picture, half of its corners exactly on the centres of pixels."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[-4 : HEIGHT + 8 : 4, -4 : WIDTH + 8 : 4].astype(np.float32)
    loose = rng.random(rows.shape) < 0.5
    rows, columns = (g + loose * rng.uniform(-1.5, 1.5, g.shape) for g in (rows, columns))
    n, m = rows.shape
    corner = np.arange(n * m).reshape(n, m)[:-1, :-1].ravel()
    triangles = np.concatenate(
        [np.stack([corner, corner + 1, corner + m], -1), np.stack([corner + 1, corner + m + 1, corner + m], -1)]
    )
    screen = np.stack([columns.ravel(), rows.ravel(), rng.uniform(500, 600, n * m)], -1).astype(np.float32)
    return screen, np.int32(triangles)


def test_neighbours_do_not_overlap():
    screen, triangles = _sheet()
    shown = [rasterize(screen[None], triangle[None], HEIGHT, WIDTH).triangle[0] == 0 for triangle in triangles]
    np.testing.assert_array_equal(np.sum(shown, 0), 1)


def test_depth_and_many_threads():
    screen, triangles = _sheet()
    batch = np.stack([screen + np.float32([k, 0, 0]) for k in range(5)])
    one, many = (rasterize(batch, triangles, HEIGHT, WIDTH, threads=threads) for threads in (1, 3))
    for a, b in zip(one, many, strict=True):
        np.testing.assert_array_equal(a, b)
    # Weights that are linear in space give back the depth they stand for.
    depth = (one.barycentric * batch[np.arange(5)[:, None, None, None], triangles[one.triangle], 2]).sum(-1)
    np.testing.assert_allclose(one.depth, np.where(one.triangle >= 0, depth, 0.0), rtol=1e-3)
    empty = rasterize(batch[:0], triangles, HEIGHT, WIDTH)
    assert [part.shape for part in empty] == [(0, HEIGHT, WIDTH), (0, HEIGHT, WIDTH, 3), (0, HEIGHT, WIDTH)]


@pytest.mark.parametrize(("size", "pixels"), [(80, 40), (63, 40), (27, 40), (40, 40)])
def test_taps_are_those_of_resizing(size, pixels):
    row = np.random.default_rng(3).uniform(size=size).astype(np.float32)
    first, weights = taps(size, pixels)
    made = (weights * row[first[:, np.newaxis] + np.arange(weights.shape[1])]).sum(1)
    expected = tf.image.resize(row[:, np.newaxis, np.newaxis], (pixels, 1), "area" if size > pixels else "bilinear")
    np.testing.assert_allclose(made, expected[:, 0, 0], atol=3e-5)
