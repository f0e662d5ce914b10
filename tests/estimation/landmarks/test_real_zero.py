from pathlib import Path

import numpy as np
import pytest
from skimage import data

from au_tf.errors import InputError
from au_tf.estimation.landmarks.landmark_estimator import load_landmark_estimator
from au_tf.estimation.landmarks.real_zero import misread, portraits, zeroed
from au_tf.facs import AU_NUMBERS
from au_tf.pictures.images import write_image


def test_faces_that_agree_are_believed() -> None:
    readings = np.tile(np.linspace(-2.0, 3.0, 12), (2, 1))
    absent = np.ones((2, 12), bool)
    absent[:, AU_NUMBERS.index(12)] = False
    taken = misread(readings, absent, np.full(12, 0.5))
    assert taken == pytest.approx(np.where(absent[0], readings[0], 0.0))


def test_what_is_taken_away_is_what_best_tells_misreadings_from_how_people_differ() -> None:
    rng = np.random.default_rng(0)
    rounds, level = 2000, rng.uniform(0.3, 0.8, 12)
    absent = np.ones((2, 12), bool)
    absent[0, :4] = False
    true = rng.normal(0.0, 0.9, (rounds, 12))
    readings = true[:, None] + rng.normal(0.0, 1.7, (rounds, 2, 12)) * level
    errors = {
        "none": true,
        "all": true - (readings * absent).sum(1) / absent.sum(0),
        "told": true - np.array([misread(each, absent, level) for each in readings]),
        # With the deviations from which they were drawn: nothing does better.
        "known": true - np.array([_posterior(each, absent, 1.7 * level, 0.9) for each in readings]),
    }
    worst, told, best = (np.square(errors[name]).mean() for name in ("none", "told", "known"))
    assert told < np.square(errors["all"]).mean() < worst
    assert told < best + 0.35 * (worst - best)


def _posterior(readings: np.ndarray, absent: np.ndarray, spread: np.ndarray, prior: float) -> np.ndarray:
    """By the joint normal density of a misreading and the readings, one Action Unit at a time."""
    told = np.zeros(12)
    for k in range(12):
        seen = readings[absent[:, k], k]
        covariance = prior**2 + spread[k] ** 2 * np.eye(len(seen))
        told[k] = prior**2 * np.ones(len(seen)) @ np.linalg.solve(covariance, seen)
    return told


def test_what_the_portraits_do_not_show_is_brought_nearer_to_0() -> None:
    estimator = load_landmark_estimator()
    higher = {**estimator.__dict__, "alone_bias": estimator.alone_bias + 3.0}
    shifted = zeroed(estimator.__class__(**higher), portraits())
    told = np.any([[number not in portrait.unknown for number in AU_NUMBERS] for portrait in portraits()], 0)
    moved = estimator.alone_bias + 3.0 - shifted.alone_bias
    assert (moved[told] > 1.0).all()
    assert moved[~told] == pytest.approx(0.0)


def test_portraits_in_a_table_are_added(tmp_path: Path) -> None:
    write_image(tmp_path / "her.png", data.astronaut())
    table = tmp_path / "portraits.csv"
    table.write_text("photo,whose,licence,unknown\nher.png,Eileen Collins,public domain,6 12 25 26\n", encoding="utf-8")
    found = portraits(table)[-1]
    assert (found.name, found.licence, found.unknown) == ("Eileen Collins", "public domain", (6, 12, 25, 26))
    assert np.array_equal(found.picture, data.astronaut())


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("photo,whose,unknown\nher.png,she,6\n", "licence"),
        ("photo,whose,licence,unknown\nher.png,she\n", "licence"),
        ("photo,whose,licence,unknown\nher.png,she,public domain,AU6\n", "unknown"),
        ("photo,whose,licence,unknown\nher.png,she,public domain,6\n", "file"),
    ],
)
def test_a_table_of_portraits_that_lacks_something_is_refused(tmp_path: Path, text: str, field: str) -> None:
    table = tmp_path / "portraits.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        portraits(table)
    assert refused.value.field == field
