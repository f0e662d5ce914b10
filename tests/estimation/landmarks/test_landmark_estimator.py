from pathlib import Path

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.estimation.landmarks.frontal import INNER_POINTS, described, reference_of, turned
from au_tf.estimation.landmarks.landmark_estimator import LandmarkEstimator, load_landmark_estimator
from au_tf.estimation.landmarks.landmark_training import Sample, learn
from au_tf.estimation.landmarks.landmark_training_config import LandmarkTraining
from au_tf.estimation.landmarks.resting import resting_face

PEOPLE, EACH = 60, 6


def linear_world(seed: int) -> tuple[Sample, np.ndarray]:
    """People whose every Action Unit moves points of its own, in proportion: what a ridge has to find."""
    rng = np.random.default_rng(seed)
    shape = rng.normal(size=(478, 3)) * (100.0, 100.0, 30.0)
    shape[33], shape[263] = (-50.0, 0.0, 0.0), (50.0, 0.0, 0.0)
    moves = np.zeros((12, 478, 3))
    movable = np.setdiff1d(INNER_POINTS, (33, 133, 263, 362, 168, 6, 197, 195, 5, 4, 151, 9, 8))
    for k in range(12):
        moves[k, movable[20 * k : 20 * k + 20], :2] = rng.normal(0.0, 2.0, (20, 2))
    intensities = rng.uniform(0.0, 5.0, (PEOPLE * EACH, 12)) * (rng.random((PEOPLE * EACH, 12)) < 0.3)
    intensities[::EACH] = 0.0
    person = np.repeat(np.arange(PEOPLE), EACH)
    own = np.repeat(rng.normal(0.0, 1.0, (PEOPLE, 478, 3)), EACH, 0)
    points = shape + own + np.einsum("nk,kpd->npd", intensities, moves)
    sample = Sample(points.astype(np.float32), intensities.astype(np.float32), person, person * EACH)
    return sample, moves


@pytest.fixture(scope="module")
def estimator() -> LandmarkEstimator:
    return learn(linear_world(0)[0], LandmarkTraining(alone_strength=1.0, change_strength=1.0)).estimator


def test_what_moves_points_in_proportion_is_read_off_them(estimator: LandmarkEstimator) -> None:
    sample, _ = linear_world(0)
    changed = estimator.estimate(sample.points, sample.points[sample.neutral])
    assert np.abs(changed - sample.intensities).mean() < 0.05
    # From one picture alone the person's own shape is in the way.
    assert np.abs(estimator.estimate(sample.points) - sample.intensities).mean() < 0.5


def test_a_face_that_does_not_move_shows_no_more_than_the_bias(estimator: LandmarkEstimator) -> None:
    points = linear_world(0)[0].points[7:8]
    expected = np.clip(estimator.change_bias, 0.0, 5.0)
    assert estimator.estimate(points, points)[0] == pytest.approx(expected, abs=1e-5)


def test_learning_tells_how_far_it_errs_on_people_it_has_not_seen() -> None:
    learnt = learn(linear_world(0)[0], LandmarkTraining(alone_strength=1.0, change_strength=1.0))
    assert (learnt.change.correlation > 0.99).all()
    assert (learnt.change.error < learnt.alone.error).all()


def test_a_stored_estimator_reads_the_same(estimator: LandmarkEstimator, tmp_path: Path) -> None:
    points = linear_world(1)[0].points
    estimator.save(tmp_path)
    assert load_landmark_estimator(tmp_path).estimate(points) == pytest.approx(estimator.estimate(points), abs=1e-3)


def test_points_of_another_count_are_refused(estimator: LandmarkEstimator) -> None:
    with pytest.raises(InputError, match=r"points.*\[2, 68, 2\]|points.*\(2, 68, 2\)"):
        estimator.estimate(np.zeros((2, 68, 2)))


def test_the_resting_face_is_that_of_the_frames_that_show_least(estimator: LandmarkEstimator) -> None:
    sample, _ = linear_world(0)
    own = sample.points[:EACH].astype(np.float64)
    film = np.concatenate([np.repeat(own[:1], 10, 0), np.repeat(own[1:], 10, 0)])
    rest = resting_face(film, estimator)
    seen = [described(turned(points[None], reference_of(film[:1]))) for points in (rest, own[0])]
    assert seen[0] == pytest.approx(seen[1], abs=1e-3)
