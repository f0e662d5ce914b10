import numpy as np
import pytest
from skimage import data

from au_tf.estimation.landmarks.frontal import reference_of, turned
from au_tf.estimation.landmarks.skin import cropped
from au_tf.estimation.landmarks.uncertainty import Spread, views
from au_tf.fitting.detect.detection import detect_faces


def drawn(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Views, readings, errors, and the deviation from which each error was drawn."""
    rng = np.random.default_rng(seed)
    seen, readings = rng.normal(size=(count, 5)), rng.uniform(0.0, 5.0, (count, 12))
    deviation = np.exp(0.4 * seen[:, :1] - 0.2 * seen[:, 2:3] + 0.5 * readings / 5.0 - 0.5)
    return seen, readings, deviation * rng.standard_normal((count, 12)), deviation


def test_errors_are_told_as_they_were_drawn() -> None:
    seen, readings, error, _ = drawn(0, 4000)
    spread = Spread.of(seen, readings, error)
    others, read, _, deviation = drawn(1, 500)
    told = spread(others, read)
    assert np.median(np.abs(np.log(told / deviation))) < 0.05
    assert np.corrcoef(told.ravel(), deviation.ravel())[0, 1] > 0.97


def test_where_nothing_tells_of_it_the_error_is_one_for_all() -> None:
    rng = np.random.default_rng(2)
    seen, readings = rng.normal(size=(3000, 5)), rng.uniform(0.0, 5.0, (3000, 12))
    told = Spread.of(seen, readings, rng.normal(0.0, 0.7, (3000, 12)))(seen, readings)
    assert told.mean() == pytest.approx(0.7, abs=0.03)
    assert told.std() < 0.06


def test_views_tell_how_a_face_is_turned_and_how_sharp_it_is() -> None:
    photo = data.astronaut()
    found = detect_faces(photo)[0]
    assert found.dense is not None
    dense = found.dense.astype(np.float64)
    angle = np.radians(30.0)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    middle = dense.mean(0)
    points = np.stack([reference_of(dense[None]) * (100.0, -100.0, -100.0), dense, (dense - middle) @ turn + middle])
    crop = cropped(photo, dense)
    smooth = crop._replace(grey=np.full_like(crop.grey, 90))
    told = views(turned(points, reference_of(dense[None])), [crop, crop, smooth], [0.01, np.nan, 0.02])
    assert told[0, :2] == pytest.approx(0.0, abs=1e-6)
    assert np.sqrt(told[2, 0]) * 30.0 > 20.0
    assert told[2, 3] < told[1, 3]
    assert told[2, 4] == pytest.approx(90 / 255)
    assert np.isfinite(told).all()
