"""Expressions in a photo: what must stay, stays; what is asked for, moves."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import ndimage
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from au_tf.compositing import placement
from au_tf.compositing.photo import PhotoCompositor
from au_tf.facs import ACTIONS
from au_tf.fitting.fit import Fit, fit_photo
from au_tf.morphable.builtin import action_expressions, builtin_face


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


def test_a_photo_worked_on_at_a_smaller_size_looks_the_same_and_as_sharp(
    fit: Fit, compositor: PhotoCompositor, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = data.astronaut()
    monkeypatch.setattr(placement, "WORK_SIDE", 128)
    small = PhotoCompositor(photo, builtin_face(), fit.coefficients, fit.camera, fit.landmarks)
    expression = asked(AU2=4.0, AU12=3.0)
    expected, made = (each.compose(expression).astype(float) for each in (compositor, small))
    changed = (expected != photo).any(-1)
    # Wrinkles of a face 50 pixels wide are the coarser.
    assert np.abs(made - expected)[changed].mean() < 4.5
    still = np.ones(changed.shape, np.bool_)
    still[face_box(fit, 0.45)] = False
    np.testing.assert_array_equal(made[still], photo[still])
    forehead = (slice(90, 108), slice(205, 245))
    fine = [np.abs(ndimage.laplace(picture[forehead].mean(-1))).mean() for picture in (expected, made)]
    # What goes on under the fringe is in no photo, and enlarged.
    assert fine[1] > 0.85 * fine[0]


def test_threads_and_order_change_nothing(compositor: PhotoCompositor) -> None:
    expressions = [asked(**{unit: 4.0}) for unit in ("AU2", "AU12", "AU26", "AU43")]
    alone = [compositor.compose(expression) for expression in expressions]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(compositor.compose, expressions[::-1]))[::-1]
    np.testing.assert_array_equal(together, alone)
