"""What opens between lips in a photo: lit by the photo's own light, as far as the lips let it in."""

from dataclasses import replace

import numpy as np
import pytest
from skimage import data

from au_tf.compositing.fields import LUMINANCE, Fields, Mesh
from au_tf.compositing.graph.mouth import lined as graph_lined, sky as graph_sky
from au_tf.compositing.layers import Lamp
from au_tf.compositing.native.mouth import lined as native_lined, sky as native_sky
from au_tf.compositing.native.teeth import united
from au_tf.compositing.photo import PhotoCompositor
from au_tf.facs import ACTIONS
from au_tf.fitting.fit import Fit, fit_photo
from au_tf.morphable import Part
from au_tf.morphable.builtin import action_expressions, builtin_face
from au_tf.pictures.colour import to_linear


@pytest.fixture(scope="module")
def fit() -> Fit:
    return fit_photo(data.astronaut(), builtin_face())


def compositor(fit: Fit, image: np.ndarray, light: float = 1.0) -> PhotoCompositor:
    face = replace(fit.coefficients, lighting=np.float32(light) * fit.coefficients.lighting)
    return PhotoCompositor(image, builtin_face(), face, fit.camera, fit.landmarks)


def opened(made: PhotoCompositor, **units: float) -> np.ndarray:
    """Pixels uint8[N, 3] wholly inside the mouth with some Action Units."""
    row = np.zeros(len(ACTIONS), np.float32)
    for name, intensity in units.items():
        for side in "LR":
            row[ACTIONS.index(f"{name}_{side}")] = intensity / 5.0
    expression = action_expressions(builtin_face(), row)
    window = made._window
    inside = made._mesh(expression).mouth[..., 0] > 0.999
    return made.compose(expression)[window.part][inside]


def luminance(pixels: np.ndarray) -> np.ndarray:
    return to_linear(pixels) @ LUMINANCE


@pytest.mark.parametrize("sky", [native_sky, graph_sky], ids=["native", "graph"])
def test_less_light_reaches_what_is_deep_or_behind_a_slit(sky) -> None:
    row = np.arange(200.0)[:, np.newaxis, np.newaxis]

    def middle(half: float, depth: float) -> float:
        cover = np.broadcast_to(np.abs(row - 100.0) <= half, (200, 200, 1)).astype(np.float32)
        return float(np.asarray(sky(cover, np.full(cover.shape, depth, np.float32), 2.0))[100, 100, 0])

    by_width = [middle(half, 4.0) for half in (0.0, 2.0, 5.0, 20.0)]
    by_depth = [middle(10.0, depth) for depth in (1.0, 4.0, 10.0, 30.0)]
    assert np.all(np.diff(by_width) > 0.02) and by_width[-1] > 0.95
    assert np.all(np.diff(by_depth) < -0.05) and by_depth[-1] > 0.0


@pytest.mark.parametrize("lined", [native_lined, graph_lined], ids=["native", "graph"])
def test_lips_turn_inwards_at_the_edge_of_an_opening_the_lower_one_more(lined) -> None:
    """An opening of 20 mm at 2 pixels a mm, black between red lips."""
    row = np.broadcast_to(np.arange(80.0)[:, np.newaxis, np.newaxis], (80, 80, 1))
    cover = ((row >= 20.0) & (row < 60.0)).astype(np.float32)
    fields = Fields(*(0.0 * cover for _ in Fields._fields))._replace(mouth=cover)
    lip, light = np.float32([0.4, 0.2, 0.2]), Lamp(np.ones(3, np.float32), 1.0, 2.0)
    found = np.asarray(lined(np.zeros((80, 80, 3), np.float32), lip * (1.0 - cover), fields, light, 2.0))[:, 40]
    np.testing.assert_allclose(found[30:50], 0.0, atol=1e-3)
    assert (found[20:60].max(0) < 0.7 * lip).all() and found[59, 0] / found[59, 1] > lip[0] / lip[1]
    assert found[54:60, 0].mean() > 2.0 * found[20:26, 0].mean() > 0.0
    assert (np.diff(found[45:58, 0]) >= 0.0).all()


def test_in_a_grey_photo_the_mouth_is_grey(fit: Fit) -> None:
    grey = np.repeat(data.astronaut()[..., 1:2], 3, -1)
    for units in ({"AU25": 5.0}, {"AU25": 5.0, "AU26": 5.0}):
        assert np.ptp(opened(compositor(fit, grey), **units).astype(int), axis=-1).max() <= 3


def test_teeth_are_as_bright_whatever_the_fit_takes_for_light(fit: Fit) -> None:
    """A dark beard is explained by strong light on fair skin as well as by weak light on dark skin."""
    own, strong = (opened(compositor(fit, data.astronaut(), light), AU25=5.0, AU26=3.0) for light in (1.0, 2.5))
    assert np.abs(own.astype(int) - strong).mean() < 6.0
    assert (strong.max(-1) >= 250).mean() <= (own.max(-1) >= 250).mean() + 0.01


def test_a_wide_mouth_is_no_black_hole_and_darker_the_deeper(fit: Fit) -> None:
    """The light of tongue and throat over that of the skin."""
    made = compositor(fit, data.astronaut())
    row = np.zeros(len(ACTIONS), np.float32)
    row[[ACTIONS.index(f"AU26_{side}") for side in "LR"]] = 1.0
    expression = action_expressions(builtin_face(), row)
    fields, picture = made._mesh(expression), luminance(made.compose(expression)[made._window.part])
    flesh = (fields.mouth[..., 0] > 0.999) & (fields.teeth[..., 0] < 0.01)
    skin, depth = np.median(picture[fields.face[..., 0] > 0.99]), fields.mouth_depth[..., 0]
    tongue, throat = (np.median(picture[flesh & part]) / skin for part in (depth < 20.0, depth > 25.0))
    assert 0.04 < throat < 0.6 * tongue < 0.3


def test_the_first_opening_is_dark(fit: Fit) -> None:
    made = compositor(fit, data.astronaut())
    slit, wide = (np.percentile(luminance(opened(made, AU25=level)), 75) for level in (1.5, 5.0))
    assert slit < 0.6 * wide


def test_teeth_lie_close_behind_the_lips_and_lines_between_them_fade_in_small_pictures() -> None:
    model, mesh = builtin_face(), Mesh.of(builtin_face())
    teeth = model.parts == Part.TEETH
    assert not mesh.depth[model.parts < Part.MOUTH].any()
    front = teeth & (np.abs(model.mean_shape[:, 0]) < 4.0) & (model.mean_albedo[:, 1] > 0.25)
    assert 1.0 < mesh.depth[front].min() < 8.0
    between = front & (np.abs(model.mean_shape[:, 0]) < 0.2)
    small, large = (
        np.median(mesh.albedo_at(scale)[between, 1]) / np.median(mesh.albedo_at(scale)[front, 1])
        for scale in (0.5, 5.0)
    )
    assert large < 0.9 < 0.97 < small
    no_tooth = model.parts != Part.TEETH
    np.testing.assert_allclose(mesh.albedo_at(5.0)[no_tooth], model.mean_albedo[no_tooth], rtol=1e-5)


def test_teeth_are_carried_from_one_photo_to_another(fit: Fit) -> None:
    """What the astronaut shows of hers opens, tinted, in a picture of her in which the mouth is shut."""
    photo, model = data.astronaut(), builtin_face()
    made = compositor(fit, photo)
    own = made.teeth()
    assert own is not None and own.shown.sum() > 20
    assert (own.factor[model.parts != Part.TEETH] == 1.0).all()
    shut = made.compose(np.zeros_like(fit.coefficients.expression))
    other = fit_photo(shut, model)
    yellow = united([own._replace(factor=own.factor * np.float32([1.0, 0.9, 0.6]))] * 2)
    plain, tinted = (
        opened(PhotoCompositor(shut, model, other.coefficients, other.camera, other.landmarks, teeth), AU25=5.0)
        .astype(float)
        .mean(0)
        for teeth in (own, yellow)
    )
    assert tinted[2] / tinted[0] < 0.95 * plain[2] / plain[0]


def test_a_shut_mouth_tells_nothing_of_teeth(fit: Fit) -> None:
    marks = fit.landmarks.copy()
    marks[[67, 66, 65]] = marks[[61, 62, 63]]
    made = PhotoCompositor(data.astronaut(), builtin_face(), fit.coefficients, fit.camera, marks)
    assert made.teeth() is None
