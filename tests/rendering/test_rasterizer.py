import numpy as np
import pytest
import tensorflow as tf
import trimesh

from au_tf.geometry.camera import Camera
from au_tf.rendering.graph import rasterizer
from au_tf.rendering.graph.cameras import project
from au_tf.rendering.graph.rasterizer import interpolate, rasterize
from au_tf.rendering.native.zbuffer import rasterize_batch, visible_triangles

HEIGHT, WIDTH = 37, 51
BOTH = pytest.mark.parametrize("rasterize", [rasterize, rasterize_batch])


def _triangles_of_every_kind():
    """Screen float32[V, 3] and triangles int32[T, 3]: small, tiny, huge, outside, behind, flat and broken ones."""
    rng = np.random.default_rng(3)
    centres = rng.uniform([-5, -5], [WIDTH + 5, HEIGHT + 5], [90, 1, 2])
    sizes = np.repeat([8.0, 1.0, 300.0], [60, 25, 5])[:, None, None]
    corners = centres + sizes * rng.normal(size=(90, 3, 2))
    nearest = np.repeat([400.0, 300.0, 800.0], [60, 25, 5])[:, None, None]
    screen = np.concatenate([corners, nearest + rng.uniform(0, 300, [90, 3, 1])], -1)
    screen[10] += [1000, 0, 0]
    screen[11] += [0, -1000, 0]
    screen[12:16, 0, 2] = -5.0
    screen[16, :, 2] = 0.0
    screen[17, 2] = screen[17, 1]
    screen[18, 1] = np.nan
    return np.float32(screen.reshape(-1, 3)), np.arange(270, dtype=np.int32).reshape(90, 3)


def _by_brute_force(screen, triangles):
    """Per pixel, in float64: the nearest triangle, its weights, and whether rounding cannot change the answer."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    nearest, second = np.full((2, HEIGHT, WIDTH), np.inf)
    visible, weights = np.full((HEIGHT, WIDTH), -1), np.zeros((HEIGHT, WIDTH, 3))
    clear = np.ones((HEIGHT, WIDTH), bool)
    for number, (a, b, c) in enumerate(np.float64(screen)[triangles]):
        if not (min(a[2], b[2], c[2]) > 0 and np.isfinite([a, b, c]).all()):
            continue
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if area == 0:
            continue
        ends = ((b, c), (c, a), (a, b))
        areas = [(q[0] - p[0]) * (rows - p[1]) - (q[1] - p[1]) * (columns - p[0]) for p, q in ends]
        flat = np.stack(areas, -1) / area
        distance = np.abs(np.stack([e / np.hypot(*(q - p)[:2]) for e, (p, q) in zip(areas, ends, strict=True)]))
        inside = (flat >= 0).all(-1)
        clear &= ~((distance.min(0) < 1e-3) & (flat > -1e-2).all(-1))
        real = flat / [a[2], b[2], c[2]]
        depth = 1 / real.sum(-1)
        closer = inside & (depth < nearest)
        second = np.where(closer, nearest, np.where(inside, np.minimum(second, depth), second))
        nearest[closer], visible[closer] = depth[closer], number
        weights[closer] = (real * depth[..., None])[closer]
    with np.errstate(invalid="ignore"):
        return visible, weights, clear & ~(second - nearest < 1e-2)


@BOTH
def test_agrees_with_brute_force(rasterize):
    screen, triangles = _triangles_of_every_kind()
    expected, weights, clear = _by_brute_force(screen, triangles)
    fragments = rasterize(screen[None], triangles, HEIGHT, WIDTH)
    assert clear.mean() > 0.95 and len(np.unique(expected)) > 40
    np.testing.assert_array_equal(np.asarray(fragments.triangle[0])[clear], expected[clear])
    np.testing.assert_allclose(np.asarray(fragments.barycentric[0])[clear], weights[clear], atol=1e-4)


def test_small_portions_give_the_same(monkeypatch):
    screen, triangles = _triangles_of_every_kind()
    whole = rasterize(screen[None], triangles, HEIGHT, WIDTH)
    attributes = np.random.default_rng(0).normal(size=(1, len(screen), 2)).astype(np.float32)
    pixels = interpolate(whole, triangles, attributes)
    monkeypatch.setattr(rasterizer, "_CANDIDATES", 500)
    monkeypatch.setattr(rasterizer, "_BAND", 400)
    # Traced anew, since the first trace holds the constants.
    monkeypatch.setattr(rasterizer, "_visible", tf.function(rasterizer._visible.python_function))
    parts = rasterize(screen[None], triangles, HEIGHT, WIDTH)
    np.testing.assert_array_equal(parts.triangle, whole.triangle)
    np.testing.assert_array_equal(parts.barycentric, whole.barycentric)
    np.testing.assert_array_equal(interpolate(parts, triangles, attributes), pixels)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_batch_is_its_images(compiled):
    screen, triangles = _triangles_of_every_kind()
    batch = np.stack([screen, screen[::-1], screen + np.array([3, 2, 0])]).astype(np.float32)
    attributes = np.random.default_rng(0).normal(size=(3, len(screen), 4)).astype(np.float32)

    def draw(batch, attributes):
        fragments = rasterize(batch, triangles, HEIGHT, WIDTH)
        return *fragments, interpolate(fragments, triangles, attributes)

    spec = [tf.TensorSpec([None, *a.shape[1:]], tf.float32) for a in (batch, attributes)]
    drawn = (tf.function(draw, input_signature=spec) if compiled else draw)(batch, attributes)
    for k in range(3):
        for all_images, one in zip(drawn, draw(batch[k : k + 1], attributes[k : k + 1]), strict=True):
            np.testing.assert_allclose(all_images[k], one[0], atol=1e-6)
    if compiled:
        empty = tf.function(draw, input_signature=spec)(batch[:0], attributes[:0])
        assert [tuple(e.shape) for e in empty] == [(0, HEIGHT, WIDTH), (0, HEIGHT, WIDTH, 3), (0, HEIGHT, WIDTH, 4)]


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


@BOTH
def test_neighbours_leave_no_gap(rasterize):
    screen, triangles = _sheet()
    assert (np.asarray(rasterize(screen[None], triangles, HEIGHT, WIDTH).triangle) >= 0).all()


def test_neighbours_do_not_overlap():
    screen, triangles = _sheet()
    shown = [rasterize_batch(screen[None], triangle[None], HEIGHT, WIDTH).triangle[0] == 0 for triangle in triangles]
    np.testing.assert_array_equal(np.sum(shown, 0), 1)


def test_depth_of_a_sphere():
    ball = trimesh.creation.icosphere(subdivisions=5, radius=80.0)
    camera = Camera(400.0, (63.3, 60.1), 120, 130)
    vertices = np.float32(ball.vertices + np.array([5.0, -8.0, -500.0]))
    fragments = rasterize(project(vertices[None], camera), np.int32(ball.faces), 120, 130)
    depth = interpolate(fragments, np.int32(ball.faces), -vertices[None, :, 2:])[0, ..., 0].numpy()
    rows, columns = np.mgrid[:120, :130]
    ray = np.stack([(columns - 63.3) / 400, (60.1 - rows) / 400, -np.ones_like(rows)], -1)
    # |s ray - centre| = 80; s is the depth, since the ray's z is -1.
    centre = np.array([5.0, -8.0, -500.0])
    half, square = ray @ centre, (ray**2).sum(-1)
    root = half**2 - square * (centre @ centre - 80.0**2)
    inside, outside = root > 2e5, root < 0
    expected = (half - np.sqrt(np.maximum(root, 0))) / square
    assert not fragments.mask[0].numpy()[outside].any() and fragments.mask[0].numpy()[inside].all()
    np.testing.assert_allclose(depth[inside], expected[inside], atol=0.25)


@BOTH
def test_culling_leaves_the_far_side_out(rasterize):
    ball = trimesh.creation.icosphere(subdivisions=2, radius=80.0)
    camera = Camera.default(40, 40)
    screen = project(np.float32(ball.vertices + np.array([0, 0, -500.0]))[None], camera)
    whole = np.asarray(rasterize(screen, np.int32(ball.faces), 40, 40).triangle)
    np.testing.assert_array_equal(rasterize(screen, np.int32(ball.faces), 40, 40, True).triangle, whole)
    inside_out = np.asarray(rasterize(screen, np.int32(ball.faces[:, ::-1]), 40, 40, True).triangle)
    assert (inside_out != whole)[whole >= 0].all()


def test_derivatives_inside_the_triangles():
    screen = tf.constant([[[2.0, 1.0, 500.0], [13.0, 3.0, 620.0], [5.0, 12.0, 450.0], [14.0, 13.0, 700.0]]], tf.float32)
    triangles = np.int32([[0, 1, 2], [1, 3, 2]])
    attributes = tf.constant([[[0.3, -1.0], [0.7, 0.4], [-0.5, 0.2], [0.1, 0.9]]])
    weights = rasterize(screen, triangles, 16, 16).barycentric.numpy().min(-1)
    inner = np.argwhere(weights > 0.06)[::12]
    assert len(inner) > 5

    @tf.function
    def draw(place, depth, attributes):
        # Depth is asked in units of 100 mm, so that one step suits all.
        fragments = rasterize(tf.concat([place, 100.0 * depth], -1), triangles, 16, 16)
        return tf.gather_nd(interpolate(fragments, triangles, attributes), inner)

    inputs = [screen[..., :2], screen[..., 2:] / 100.0, attributes]
    analytic, numeric = tf.test.compute_gradient(draw, inputs, delta=2e-2)
    for a, n in zip(analytic, numeric, strict=True):
        assert np.abs(n).max() > 0.05
        np.testing.assert_allclose(a, n, atol=1e-3)


def test_derivatives_are_the_same_if_visibility_is_known():
    screen, triangles = _triangles_of_every_kind()
    batch = tf.constant(np.stack([screen, screen + np.float32([3, 2, 0])]))
    upstream = np.random.default_rng(0).normal(size=(2, HEIGHT, WIDTH, 3)).astype(np.float32)

    def weights(batch, known):
        with tf.GradientTape() as tape:
            tape.watch(batch)
            fragments = rasterize(batch, triangles, HEIGHT, WIDTH, visible=known(batch) if known else None)
            loss = tf.reduce_sum(fragments.barycentric * upstream)
        return *fragments, tape.gradient(loss, batch)

    def known(batch):
        return visible_triangles(batch, triangles, HEIGHT, WIDTH)

    spec = tf.TensorSpec([None, *batch.shape[1:]], tf.float32)
    compiled = tf.function(lambda batch: weights(batch, known), input_signature=[spec])
    for drawn in (weights(batch, known), compiled(batch)):
        for part, expected in zip(drawn, weights(batch, None), strict=True):
            np.testing.assert_allclose(part, expected, rtol=1e-4, atol=1e-4)


def test_depth_and_many_threads():
    screen, triangles = _triangles_of_every_kind()
    batch = np.stack([screen + np.float32([k, 0, 0]) for k in range(5)])
    one, many = (rasterize_batch(batch, triangles, HEIGHT, WIDTH, threads=threads) for threads in (1, 3))
    for a, b in zip(one, many, strict=True):
        np.testing.assert_array_equal(a, b)
    # Weights that are linear in space give back the depth they stand for.
    depth = (one.barycentric * batch[np.arange(5)[:, None, None, None], triangles[one.triangle], 2]).sum(-1)
    np.testing.assert_allclose(one.depth, np.where(one.triangle >= 0, depth, 0.0), rtol=1e-3)
    empty = rasterize_batch(batch[:0], triangles, HEIGHT, WIDTH)
    assert [part.shape for part in empty] == [(0, HEIGHT, WIDTH), (0, HEIGHT, WIDTH, 3), (0, HEIGHT, WIDTH)]
