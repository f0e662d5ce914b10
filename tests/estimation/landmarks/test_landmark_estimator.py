from pathlib import Path

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.estimation.landmarks.frontal import INNER_POINTS, MIRRORED_POINTS, POINTS
from au_tf.estimation.landmarks.landmark_estimator import LandmarkEstimator, load_landmark_estimator
from au_tf.estimation.landmarks.landmark_learning import Learnt, Likely, across_heads, describe_sample, learn
from au_tf.estimation.landmarks.landmark_training import OF_PHOTOS, Sample
from au_tf.estimation.landmarks.landmark_training_config import LandmarkTraining
from au_tf.estimation.landmarks.regions import BY_PLACE
from au_tf.estimation.landmarks.skin import CROP
from au_tf.facs import AU_NUMBERS

PEOPLE, EACH = 60, 6
TRAINING = LandmarkTraining(place_strength=1.0, skin_strength=1e6)


MOVABLE = np.setdiff1d(INNER_POINTS, (33, 133, 263, 362, 168, 6, 197, 195, 5, 4, 151, 9, 8))
OWN_POINTS = MOVABLE[:180].reshape(12, 15)
"""int[12, 15], those that each Action Unit moves: what it is looked for in."""


def mean_shape() -> np.ndarray:
    """A cloud of points in which those of AU1, 2, 4 and 5 lie above the eyes, others below, [478, 3] in pixels."""
    shape = np.random.default_rng(0).normal(size=(POINTS, 3)) * (100.0, 100.0, 30.0)
    depth = 20.0 + np.abs(shape[:, 1])
    for points, down in ((OWN_POINTS[:4], -1.0), (OWN_POINTS[4:], 1.0)):
        for side in (points, MIRRORED_POINTS[points]):
            shape[side, 1] = down * depth[side]
    shape[33], shape[263] = (-50.0, 0.0, 0.0), (50.0, 0.0, 0.0)
    shape[10], shape[152] = (0.0, -150.0, 0.0), (0.0, 150.0, 0.0)
    return shape


def moved_by(unit: int) -> np.ndarray:
    """By how many pixels each intensity of an Action Unit moves its points, [15, 2]."""
    return np.random.default_rng(unit).normal(0.0, 4.0, (15, 2))


def linear_world(seed: int) -> Sample:
    """People whose every Action Unit moves points of its own, in proportion, and whose skin is even."""
    rng = np.random.default_rng(seed)
    shape = mean_shape()
    moves = np.zeros((12, 478, 3))
    for k in range(12):
        moves[k, OWN_POINTS[k], :2] = moved_by(k)
    intensities = rng.uniform(0.0, 5.0, (PEOPLE * EACH, 12)) * (rng.random((PEOPLE * EACH, 12)) < 0.3)
    intensities[::EACH] = 0.0
    person = np.repeat(np.arange(PEOPLE), EACH)
    own = np.repeat(rng.normal(0.0, 1.0, (PEOPLE, 478, 3)), EACH, 0)
    points = (shape + own + np.einsum("nk,kpd->npd", intensities, moves)).astype(np.float32)
    count = len(person)
    return Sample(
        points=points,
        crops=np.full((count, CROP, CROP), 128, np.uint8),
        places=np.repeat(np.random.default_rng(1).uniform(20, 108, (1, 478, 2)), count, 0).astype(np.float32),
        intensities=intensities.astype(np.float32),
        person=person,
        neutral=person * EACH,
        tone=np.zeros(count, np.float32),
        yaw=np.zeros(count, np.float32),
        head=np.zeros(count, np.int64),
        glasses=np.zeros(count, bool),
        scatter=np.full(count, 0.02, np.float32),
    )


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    return learn(linear_world(0), TRAINING)


@pytest.fixture(scope="module")
def estimator(learnt: Learnt) -> LandmarkEstimator:
    return learnt.estimator


def test_what_moves_points_in_proportion_is_read_off_them(estimator: LandmarkEstimator) -> None:
    sample = linear_world(1)
    seen = describe_sample(sample, estimator.reference)
    changed = np.clip(estimator.read(seen, seen[sample.neutral]), 0.0, 5.0)
    assert np.abs(changed - sample.intensities).mean() < 0.15
    # From one picture alone the person's own shape is in the way.
    assert np.abs(np.clip(estimator.read(seen), 0.0, 5.0) - sample.intensities).mean() < 0.6


def test_likely_intensities_vary_as_much_as_true_ones_and_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    true = rng.uniform(0.0, 5.0, (4000, 12)) * (rng.random((4000, 12)) < 0.4)
    noise = rng.normal(0.0, 1.0, true.shape)
    # Weak readings with half as much noise as signal; that of AU2 rises with AU4 too, that of AU6 tells nothing.
    found = 0.3 * (true + 0.5 * true.std(0) * noise)
    found[:, 1] += 0.15 * true[:, 2]
    found[:, 4] = 0.3 * noise[:, 4]
    likely = Likely.of(found, true)(found)
    read = [k for k in range(12) if k != 4]
    assert likely.std(0)[read] == pytest.approx(true.std(0)[read], rel=1e-6)
    absent = np.ma.masked_array(likely, true > 0).mean(0)
    assert np.abs(absent).max() < 1e-9
    mixed = [
        np.linalg.lstsq(np.column_stack([true, np.ones(4000)]), each[:, 1], rcond=None)[0] for each in (found, likely)
    ]
    assert abs(mixed[1][2] / mixed[1][1]) < 0.7 * mixed[0][2] / mixed[0][1]
    # Who smiles raises the cheeks, seen or not.
    assert np.corrcoef(likely[:, 4], true[:, 6])[0, 1] > 0.4


def test_nothing_is_read_off_faces_at_rest_on_average(estimator: LandmarkEstimator) -> None:
    sample = linear_world(0)
    rest = describe_sample(sample, estimator.reference)[::EACH]
    # Blendshapes say nothing of faces as these, which are nobody's.
    by_place = [AU_NUMBERS.index(unit) for unit in BY_PLACE]
    assert np.abs(estimator.read(rest).mean(0)[by_place]).max() < 0.3
    assert np.abs(estimator.read(rest, rest).mean(0)).max() < 0.3


def test_learning_tells_how_far_it_errs_on_people_it_has_not_seen(learnt: Learnt) -> None:
    for k in range(12):
        assert np.corrcoef(learnt.change.found[:, k], learnt.change.true[:, k])[0, 1] > 0.98
    error = [np.sqrt(np.square(held.found - held.true).mean()) for held in (learnt.alone, learnt.change)]
    assert error[1] < error[0]
    for held, true in zip((learnt.alone, learnt.change), error, strict=True):
        assert np.sqrt(np.square(held.told).mean()) == pytest.approx(np.hypot(true, 0.1), rel=0.3)


def test_another_head_is_read_by_what_was_learnt_without_it() -> None:
    sample = linear_world(0)
    assert across_heads(sample, TRAINING) is None
    both = Sample.joined([sample, linear_world(1)._replace(head=np.ones(PEOPLE * EACH, np.int64))])
    told = across_heads(both, TRAINING)
    assert told is not None
    assert sorted(told[0].row) == list(range(2 * PEOPLE * EACH))
    np.testing.assert_array_equal(told[1].true, both.intensities[told[1].row])
    assert np.abs(told[1].found - told[1].true).mean() < 0.2


def test_pictures_of_photos_teach_the_change_but_are_nobody_of_whom_is_told() -> None:
    sample = linear_world(0)
    # On photos the first ten of the points that AU12 moves on renders stay where they are.
    photo = linear_world(1)
    points = photo.points.copy()
    points[:, OWN_POINTS[6, :10], :2] -= photo.intensities[:, 6, None, None] * moved_by(6)[:10]
    photo = photo._replace(points=points, head=np.full(len(points), OF_PHOTOS))
    first, both = learn(sample, TRAINING), learn(Sample.joined([sample, photo]), TRAINING)
    assert len(both.alone.row) == len(sample.person)
    assert both.alone.found == pytest.approx(first.alone.found, abs=0.05)
    seen = [describe_sample(photo, each.estimator.reference) for each in (first, both)]
    errors = [
        np.abs(each.estimator.read(what, what[photo.neutral])[:, 6] - photo.intensities[:, 6]).mean()
        for each, what in zip((first, both), seen, strict=True)
    ]
    assert errors[1] < 0.8 * errors[0]


def test_a_film_is_read_from_each_action_unit_s_own_rest(estimator: LandmarkEstimator) -> None:
    rng = np.random.default_rng(0)
    # Someone who looks as if he frowned a little, and frowns in half of the frames, then smiles in the others.
    shown = np.zeros((100, 12))
    shown[:50, 2], shown[50:, 6] = rng.uniform(1.0, 3.0, 50), rng.uniform(1.0, 3.0, 50)
    person = np.zeros(12)
    person[2] = 1.5 * estimator.rest_level[2]
    assert estimator.rested(shown + person) == pytest.approx(shown, abs=1e-9)
    # What is always there is no rest.
    always = shown + 4.0
    assert (estimator.rested(always).min(0) > 4.0 - 2.0 * estimator.rest_level - 1e-9).all()


def test_a_stored_estimator_reads_the_same(estimator: LandmarkEstimator, tmp_path: Path) -> None:
    estimator.save(tmp_path)
    loaded = load_landmark_estimator(tmp_path)
    seen = describe_sample(linear_world(1), estimator.reference)
    assert loaded.read(seen, seen[:1]) == pytest.approx(estimator.read(seen, seen[:1]), abs=1e-3)
    damaged = tmp_path / "damaged"
    np_arrays = dict(np.load(tmp_path / "estimator.npz"))
    damaged.mkdir()
    np.savez(damaged / "estimator.npz", **np_arrays | {"own": np_arrays["own"][:-1]})
    with pytest.raises(InputError, match="own: found shape"):
        load_landmark_estimator(damaged)


def test_points_of_another_count_are_refused(estimator: LandmarkEstimator) -> None:
    with pytest.raises(InputError, match=r"points: found shape \(2, 68, 2\)"):
        estimator.describe(np.zeros((2, 68, 2)), [])
