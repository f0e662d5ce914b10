"""Both engines do the same, and what algebra, scipy and brute force say."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
import trimesh
from scipy.ndimage import gaussian_filter, map_coordinates, maximum_filter

from au_tf.geometry.camera import Camera
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.detail.marks import MARKS
from au_tf.pictures import colour
from au_tf.rendering.details import FaceDetails, Likeness
from au_tf.rendering.framing import face_vertices, frontal_camera, portrait
from au_tf.rendering.graph import colour as graph_colour, lighting, normals, rasterizer, renderer, sampling
from au_tf.rendering.graph.cameras import project
from au_tf.rendering.lighting import AMBIENT, BACKDROP, STUDIO, lamp
from au_tf.rendering.native import (
    lighting as native_lighting,
    normals as native_normals,
    rasterizer as native_rasterizer,
    renderer as native_renderer,
    sampling as native_sampling,
)

HEIGHT, WIDTH = 37, 51


class Engine:
    """Functions of the same names, whatever they are made of."""

    def __init__(self, *modules):
        self._modules = modules

    def __getattr__(self, name):
        function = next(getattr(module, name) for module in self._modules if hasattr(module, name))
        return lambda *given: tf.nest.map_structure(np.asarray, function(*given))


NATIVE = Engine(native_lighting, native_normals, native_rasterizer, native_renderer, native_sampling, colour)
GRAPH = Engine(lighting, normals, rasterizer, renderer, sampling, graph_colour)


@pytest.fixture(scope="module", params=[NATIVE, GRAPH], ids=["native", "graph"])
def engine(request):
    return request.param


def ball(subdivisions):
    made = trimesh.creation.icosphere(subdivisions=subdivisions, radius=80.0)
    return np.float32(made.vertices), np.int32(made.faces)


def triangles_of_every_kind():
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


def by_brute_force(screen, triangles):
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


def test_triangles_are_those_of_brute_force_in_any_order(engine):
    screen, triangles = triangles_of_every_kind()
    expected, weights, clear = by_brute_force(screen, triangles)
    fragments = engine.rasterize(screen[None], triangles, HEIGHT, WIDTH)
    assert clear.mean() > 0.95 and len(np.unique(expected)) > 40
    np.testing.assert_array_equal(fragments.triangle[0][clear], expected[clear])
    np.testing.assert_allclose(fragments.barycentric[0][clear], weights[clear], atol=1e-4)
    shuffled = np.random.default_rng(0).permutation(len(triangles))
    turned = engine.rasterize(screen[None], triangles[shuffled], HEIGHT, WIDTH).triangle[0]
    np.testing.assert_array_equal(np.where(turned >= 0, shuffled[turned], -1)[clear], expected[clear])


def test_a_picture_moves_and_grows_with_its_triangles(engine):
    screen, triangles = triangles_of_every_kind()
    _, _, clear = by_brute_force(screen, triangles)
    shown = engine.rasterize(screen[None], triangles, HEIGHT, WIDTH).triangle[0]
    moved = engine.rasterize(screen[None] + np.float32([3, 5, 0]), triangles, HEIGHT + 5, WIDTH + 3).triangle[0]
    np.testing.assert_array_equal(moved[5:, 3:][clear], shown[clear])
    # Pixels of twice the resolution whose centres are those of the others.
    grown = engine.rasterize(screen[None] * np.float32([2, 2, 1]), triangles, 2 * HEIGHT, 2 * WIDTH).triangle[0]
    np.testing.assert_array_equal(grown[::2, ::2][clear], shown[clear])


def test_neighbours_leave_no_gap(engine):
    screen, triangles = sheet()
    assert (engine.rasterize(screen[None], triangles, HEIGHT, WIDTH).triangle >= 0).all()


def sheet():
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


def test_depth_of_a_sphere(engine):
    vertices, faces = ball(5)
    camera = Camera(400.0, (63.3, 60.1), 120, 130)
    placed = vertices + np.float32([5.0, -8.0, -500.0])
    fragments = engine.rasterize(project(placed[None], camera), faces, 120, 130)
    depth = engine.interpolate(fragments, faces, -placed[None, :, 2:])[0, ..., 0]
    rows, columns = np.mgrid[:120, :130]
    ray = np.stack([(columns - 63.3) / 400, (60.1 - rows) / 400, -np.ones_like(rows)], -1)
    # |s ray - centre| = 80; s is the depth, since the ray's z is -1.
    centre = np.array([5.0, -8.0, -500.0])
    half, square = ray @ centre, (ray**2).sum(-1)
    root = half**2 - square * (centre @ centre - 80.0**2)
    inside, outside = root > 2e5, root < 0
    expected = (half - np.sqrt(np.maximum(root, 0))) / square
    assert (fragments.triangle[0][outside] < 0).all() and (fragments.triangle[0][inside] >= 0).all()
    np.testing.assert_allclose(depth[inside], expected[inside], atol=0.25)
    assert not depth[outside].any()


def test_normals_of_a_sphere_point_outward_and_one_of_nothing_is_zero(engine):
    vertices, triangles = ball(4)
    batch = np.stack([vertices, 2 * vertices])[:, np.newaxis]
    expected = np.broadcast_to(vertices / 80.0, batch.shape)
    np.testing.assert_allclose(engine.vertex_normals(batch, triangles), expected, atol=8e-3)
    lone = engine.vertex_normals(np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]]), np.int32([[0, 1, 2]]))
    np.testing.assert_allclose(lone, [[0, 0, 1]] * 3 + [[0, 0, 0]], atol=1e-6)


def test_light_adds_up_and_a_lamp_is_the_clamped_cosine_to_degree_two(engine):
    directions = np.random.default_rng(0).normal(size=(40, 3))
    directions = np.float32(directions / np.linalg.norm(directions, axis=-1, keepdims=True))
    np.testing.assert_allclose(engine.irradiance(directions, AMBIENT), 1.0, rtol=1e-6)
    towards, shade = np.array([1.0, 2.0, -0.5]), np.array([1.0, 0.5, 0.25])
    cosine = directions @ (towards / np.linalg.norm(towards))
    # The first three terms of max(c, 0) in Legendre polynomials.
    expected = np.outer(1 / 4 + cosine / 2 + 5 / 16 * (3 * cosine**2 - 1) / 2, shade)
    both = 2.0 * lamp(towards, shade) + AMBIENT
    np.testing.assert_allclose(engine.irradiance(directions, both), 2.0 * expected + 1.0, atol=2e-5)


def test_white_under_even_light_is_white(engine):
    vertices, triangles = ball(3)
    camera = Camera.default(48, 48)
    placed = vertices[None] - np.float32([0, 0, 300])
    pixels = engine.render(placed, np.ones_like(placed), triangles, camera, AMBIENT[None], 2)[0]
    # Colour is multiplied by coverage, so it equals coverage wherever it is white.
    np.testing.assert_allclose(pixels[..., :3], np.repeat(pixels[..., 3:], 3, -1), atol=1e-5)
    assert pixels[..., 3].max() == pytest.approx(1.0, abs=1e-5)


def test_coverage_is_the_area(engine):
    corners = np.float32([[[-3.1, -2.2, -10], [4.3, -1.7, -10], [0.4, 3.9, -10]]])
    camera = Camera(40.0, (31.5, 31.5), 64, 64)
    pixels = engine.render(corners, np.ones_like(corners), np.int32([[0, 1, 2]]), camera, AMBIENT[None], 4)
    edges = corners[0, 1:, :2] - corners[0, 0, :2]
    area = abs(np.linalg.det(edges)) / 2 * (40.0 / 10.0) ** 2
    assert float(pixels[..., 3].sum()) == pytest.approx(area, rel=5e-3)


def freckled(details, rng):
    """With marks all over, whatever is painted by default."""
    detail = replace(details.detail)
    marks = tuple(rng.uniform(-1.0, 1.0, level.shape).astype(np.float32) for level in detail.maps.marks)
    vars(detail)["maps"] = detail.maps._replace(marks=marks)
    return details._replace(detail=detail, tints=rng.normal(0.0, 0.2, (1, len(MARKS), 3)).astype(np.float32))


def with_own_skin(details, rng):
    """With a texture all over, and a third of the wrinkles in it already."""
    marks = details.detail.maps.marks
    added = tuple(rng.uniform(-0.5, 0.5, (*level.shape[:2], 3)).astype(np.float32) for level in marks)
    albedo = details.detail.model.mean_albedo
    return details._replace(own=Likeness(albedo, added, details.depths[0] / 3, np.ones(3, np.float32), 0.0 * albedo))


@pytest.mark.parametrize(
    ("samples", "yaw", "skin"),
    [(1, 0.0, freckled), (2, 35.0, freckled), (3, -60.0, freckled), (2, 20.0, with_own_skin)],
)
def test_faces_look_the_same(samples, yaw, skin):
    model, camera, rng = builtin_face(), frontal_camera(96), np.random.default_rng(1)
    face = portrait(model, yaw=yaw, pitch=8.0, lighting=STUDIO + lamp([1, 0, 1], [0.4, 0.1, 0.2]))
    face = face.with_expression(model.actions.sum(0) + rng.normal(size=79))
    batch = [part[np.newaxis] for part in (face_vertices(model, face), model.mean_albedo)]
    details = skin(FaceDetails.of(model, face), rng)
    given = (*batch, model.triangles, camera, face.lighting[np.newaxis], samples)
    plain = NATIVE.render(*given)
    given = (*given, details)
    drawn, expected = NATIVE.render(*given), GRAPH.render(*given)
    assert (np.abs(drawn - plain).max(-1) > 1e-2).mean() > 0.1
    # Where an edge runs through a sample rounding decides.
    assert (np.abs(drawn - expected).max(-1) > 2e-3).mean() < 1e-3
    given = (*given[:-1], BACKDROP, details)
    off = np.abs(NATIVE.render_picture(*given).astype(int) - GRAPH.render_picture(*given))
    assert (off > 1).mean() < 5e-4 and (off > 0).mean() < 2e-2


def test_every_level_survives_the_round_trip(engine):
    levels = np.arange(256, dtype=np.uint8)[:, None].repeat(3, 1)
    np.testing.assert_array_equal(engine.to_levels(engine.to_linear(levels)), levels)
    # IEC 61966-2-1: ((0.5 + 0.055) / 1.055) ** 2.4
    np.testing.assert_allclose(engine.to_linear(np.float32([[0.5, 0.5, 0.5]])), 0.2140411, rtol=1e-5)
    np.testing.assert_array_equal(engine.to_levels(np.float32([[-0.2, 1.7, 1.0]])), [[0, 255, 255]])


def test_levels_by_a_table_are_those_of_the_formula():
    """But for those next to the border between two levels, which lies in the table to 1/65535."""
    linear = np.random.default_rng(0).uniform(-0.1, 1.1, (20_000, 3)).astype(np.float32)
    error = np.abs(NATIVE.to_levels(linear).astype(int) - GRAPH.to_levels(linear))
    assert error.max() <= 1 and error.mean() < 0.01


@pytest.fixture(scope="module", params=[(37, 21, 3), (40, 52, 1)])
def image(request):
    return np.random.default_rng(0).uniform(size=request.param).astype(np.float32)


def test_whole_places_return_the_pixels_themselves(engine, image):
    places = np.stack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in image.shape[1::-1])), -1)
    np.testing.assert_allclose(engine.sample_bicubic(image, places), image, atol=1e-6)


def test_catmull_rom_reproduces_quadratics_between_pixels(engine):
    """The spline is exact for polynomials up to degree 2 (Keys 1981, a = -1/2)."""
    column, row = np.meshgrid(np.arange(12.0), np.arange(12.0))
    plane = (0.3 * column**2 - 0.2 * row**2 + 0.1 * column * row + column - 3.0)[..., None].astype(np.float32)
    x, y = np.random.default_rng(1).uniform(2, 9, (2, 50)).astype(np.float32)
    expected = 0.3 * x**2 - 0.2 * y**2 + 0.1 * x * y + x - 3.0
    np.testing.assert_allclose(engine.sample_bicubic(plane, np.stack([x, y], -1))[:, 0], expected, rtol=1e-4, atol=1e-4)


def test_places_beyond_the_border_read_the_same(image):
    places = np.random.default_rng(1).uniform(-5, 60, (200, 2)).astype(np.float32)
    np.testing.assert_allclose(NATIVE.sample_bicubic(image, places), GRAPH.sample_bicubic(image, places), atol=1e-6)


@pytest.mark.parametrize("reach", [1, 4, 5])
def test_dilation_is_scipys(engine, image, reach):
    expected = maximum_filter(image, (2 * reach + 1, 2 * reach + 1, 1), mode="nearest")
    np.testing.assert_array_equal(engine.dilate(image, reach), expected)


def test_blur_is_scipys(engine, image):
    expected = gaussian_filter(image, (1.5, 1.5, 0), mode="nearest", radius=(4, 4, 0))
    np.testing.assert_allclose(engine.blur(image, 1.5), expected, atol=2e-3)


def test_wide_blur_is_scipys_but_for_its_coarser_grid(engine):
    smooth = gaussian_filter(np.random.default_rng(4).normal(size=(120, 90, 1)), (3, 3, 0)).astype(np.float32)
    expected = gaussian_filter(smooth, (12, 12, 0), mode="nearest")
    assert np.abs(engine.blur(smooth, 12.0) - expected)[12:-12, 12:-12].max() < 0.1 * np.abs(expected).max()


@pytest.mark.parametrize("sigma", [0.6, 2.3, 6.7])
def test_blur_is_the_same_on_any_grid(image, sigma):
    np.testing.assert_allclose(NATIVE.blur(image, sigma), GRAPH.blur(image, sigma), atol=2e-6)
    np.testing.assert_allclose(NATIVE.blur(image[..., 0], sigma), GRAPH.blur(image, sigma)[..., 0], atol=2e-6)


def test_fill_keeps_what_is_known_and_stays_between_its_bounds(engine):
    rng = np.random.default_rng(3)
    values = rng.uniform(1.0, 2.0, (37, 21, 2)).astype(np.float32)
    weight = (rng.uniform(size=(37, 21, 1)) < 0.05).astype(np.float32)
    filled = engine.fill(values, weight)
    np.testing.assert_allclose(filled * weight, values * weight, atol=1e-6)
    assert filled.min() >= 1.0 - 1e-5 and filled.max() <= 2.0 + 1e-5
    assert not engine.fill(values, 0.0 * weight).any()


@pytest.mark.parametrize("known", [0.03, 0.9])
def test_fill_is_the_same(image, known):
    rng = np.random.default_rng(2)
    weight = (rng.uniform(size=image.shape[:2]) < known) * rng.uniform(size=image.shape[:2]).astype(np.float32)
    filled, expected = (engine.fill(image, weight[..., None]) for engine in (NATIVE, GRAPH))
    np.testing.assert_allclose(filled, expected, atol=1e-5)


def test_smoothstep_runs_from_0_to_1(engine):
    value = np.linspace(-1.0, 2.0, 61, dtype=np.float32)
    step = engine.smoothstep(0.2, 0.9, value)
    assert not step[value <= 0.2].any() and (step[value >= 0.9] == 1.0).all()
    assert (np.diff(step) >= 0.0).all() and step[31] == pytest.approx(0.5, abs=1e-6)
    np.testing.assert_allclose(step, 1.0 - engine.smoothstep(0.2, 0.9, 1.1 - value), atol=1e-5)


def test_linear_interpolation_is_scipys_and_the_nearest_pixel_is_it(image):
    places = np.random.default_rng(5).uniform(-3, 60, (40, 2)).astype(np.float32)
    expected = [
        map_coordinates(plane, places[:, ::-1].T, order=1, mode="nearest") for plane in np.moveaxis(image, -1, 0)
    ]
    np.testing.assert_allclose(GRAPH.sample_bilinear(image, places), np.transpose(expected), atol=1e-5)
    whole = np.stack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in image.shape[1::-1])), -1)
    np.testing.assert_array_equal(GRAPH.sample_nearest(image, whole + 0.3), image)
