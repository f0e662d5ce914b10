"""Expressions in a photo: what must stay, stays; what is asked for, moves."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from au_tf.compositing.graph.fields import Fields, Mesh, MeshFields, Placement
from au_tf.compositing.layers import prepare
from au_tf.compositing.photo import PhotoCompositor, composed
from au_tf.facs import ACTIONS
from au_tf.fitting.fit import Fit, fit_photo
from au_tf.morphable.builtin import action_expressions, builtin_face
from au_tf.pictures import colour
from au_tf.rendering.graph.cameras import project
from au_tf.rendering.graph.renderer import face_vertices


@pytest.fixture(scope="module")
def fit() -> Fit:
    return fit_photo(data.astronaut(), builtin_face())


@pytest.fixture(scope="module")
def compositor(fit: Fit) -> PhotoCompositor:
    return PhotoCompositor(data.astronaut(), builtin_face(), fit.coefficients, fit.camera, fit.landmarks)


def face_box(fit: Fit, margin: float) -> tuple[slice, slice]:
    low, high = fit.landmarks.min(0), fit.landmarks.max(0)
    grow = margin * (high - low).max()
    (left, top), (right, bottom) = (low - grow).astype(int), (high + grow).astype(int)
    return slice(max(top, 0), bottom), slice(max(left, 0), right)


def asked(**units: float) -> np.ndarray:
    row = np.zeros(len(ACTIONS), np.float32)
    for name, intensity in units.items():
        for side in "LR":
            row[ACTIONS.index(f"{name}_{side}")] = intensity / 5.0
    return action_expressions(builtin_face(), row)


def test_its_own_expression_gives_the_photo_back(fit: Fit, compositor: PhotoCompositor) -> None:
    again = compositor.compose(fit.coefficients.expression)
    box = face_box(fit, 0.0)
    assert peak_signal_noise_ratio(data.astronaut()[box], again[box]) > 35.0


@pytest.mark.parametrize("units", [{"AU26": 5.0, "AU25": 5.0}, {"AU1": 5.0, "AU2": 5.0}])
def test_the_background_is_untouched(fit: Fit, compositor: PhotoCompositor, units: dict[str, float]) -> None:
    changed = (compositor.compose(asked(**units)) != data.astronaut()).any(-1)
    changed[face_box(fit, 0.45)] = False
    assert not changed.any()


def change(fit: Fit, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Mean absolute change about brows, eyes, nose and mouth, float[4]."""
    size = np.abs(after.astype(float) - before).mean(-1)
    return np.array(
        [
            _mean_about(size, fit.landmarks[part])
            for part in (slice(17, 27), slice(36, 48), slice(30, 36), slice(48, 68))
        ]
    )


def _mean_about(size: np.ndarray, points: np.ndarray) -> float:
    (left, top), (right, bottom) = points.min(0).astype(int) - 3, points.max(0).astype(int) + 4
    return float(size[top:bottom, left:right].mean())


@pytest.mark.parametrize(("unit", "part"), [("AU2", 0), ("AU4", 0), ("AU26", 3), ("AU15", 3)])
def test_change_is_where_the_action_unit_is_and_grows(
    fit: Fit, compositor: PhotoCompositor, unit: str, part: int
) -> None:
    rest = compositor.compose(asked())
    changes = [change(fit, rest, compositor.compose(asked(**{unit: i}))) for i in (2.0, 5.0)]
    assert changes[1].argmax() == part
    assert changes[1][part] > changes[0][part] > 0.5


def test_a_closed_mouth_shows_no_teeth(fit: Fit, compositor: PhotoCompositor) -> None:
    """The astronaut's teeth are her palest, least red pixels about the mouth."""
    photo, rest = data.astronaut(), compositor.compose(asked())

    def pale(image: np.ndarray) -> float:
        (left, top), (right, bottom) = fit.landmarks[48:].min(0).astype(int), fit.landmarks[48:].max(0).astype(int)
        red, green, blue = np.moveaxis(image[top:bottom, left:right].astype(float), -1, 0)
        return float(((red - blue < 35) & (green > 170)).mean())

    assert pale(photo) > 0.08
    assert pale(rest) < 0.2 * pale(photo)


class InTensorFlow:
    """What serving puts into a graph, on the whole head: the compositor without its compiled loops."""

    def __init__(self, fit: Fit) -> None:
        image, model, own = data.astronaut(), builtin_face(), fit.coefficients
        marks = fit.landmarks.astype(np.float64)
        window, offset, lashes = Placement.of(model, own, fit.camera, marks, image.shape)
        self.window, self.own, self.model, self.photo = window, own, model, image[window.part]
        vertices = face_vertices(model, own)
        self.fields = MeshFields(
            Mesh.of(model), vertices, lambda v: project(v, fit.camera), offset, own.lighting, lashes, window
        )
        source = Fields(*(field.numpy() for field in self.fields.source()))
        skin_tone = model.mean_albedo[(model.mask > 0.5) & (model.parts == 0)].mean(0)
        self.layers = prepare(self.photo, source, marks - (window.left, window.top), skin_tone)

    def compose(self, expression: np.ndarray) -> np.ndarray:
        made = composed(self.layers, self.fields(face_vertices(self.model, self.own.with_expression(expression))))
        return np.where(made.changed, colour.to_uint8(made.picture), self.photo)


def test_pictures_are_those_of_tensorflow(fit: Fit, compositor: PhotoCompositor) -> None:
    """But for a pixel or two on the edge of an eye or a tooth, where either rasterizer may see another triangle."""
    reference = InTensorFlow(fit)
    for expression in (asked(AU4=5.0, AU9=5.0, AU43=5.0), asked(AU12=3.0, AU25=5.0, AU26=5.0)):
        picture = compositor.compose(expression)[reference.window.part].astype(int)
        error = np.abs(picture - reference.compose(expression))
        assert error.mean() < 0.01
        assert (error > 1).any(-1).sum() <= 5


def test_threads_and_order_change_nothing(compositor: PhotoCompositor) -> None:
    expressions = [asked(**{unit: 4.0}) for unit in ("AU2", "AU12", "AU26", "AU43")]
    alone = [compositor.compose(expression) for expression in expressions]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(compositor.compose, expressions[::-1]))[::-1]
    np.testing.assert_array_equal(together, alone)
