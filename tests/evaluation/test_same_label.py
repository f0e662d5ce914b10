import numpy as np
import pytest

from au_tf.evaluation.protocols.same_label import (
    FRAMES_EACH,
    compare,
    diversity,
    draw_same_label,
    identity,
    mesh_metric,
)
from au_tf.training.frame_table import FrameTable

ONE = np.eye(1)
EACH = 2 * FRAMES_EACH


def frames_of(groups):
    """Of (person, AU1, frames): a table whose coefficient is the row's number, with a neutral frame of everybody."""
    people = sorted({person for person, _, _ in groups})
    rows = [(person, 0) for person in people] + [(p, level) for p, level, count in groups for _ in range(count)]
    person, level = np.array(rows, np.int32).T
    intensities = np.zeros((len(rows), 12), np.int32)
    intensities[:, 0] = level
    number = np.arange(len(rows), dtype=np.int32)
    return FrameTable(number[:, None].astype(np.float32), intensities, person, np.zeros_like(person), number)


@pytest.fixture(scope="module")
def tables():
    """Label 1 is shown by enough people, label 2 by too few, label 3 by none of the test people, 4 in few frames."""
    train = frames_of([(p, 1, EACH + p) for p in range(4)] + [(0, 2, EACH)] + [(p, 3, EACH) for p in range(4)])
    test = frames_of([(7, 1, EACH), (9, 1, EACH - 1), (7, 2, EACH)] + [(p, 4, EACH - 1) for p in (7, 9)])
    offset = FrameTable(test.expression + 10_000, *list(vars(test).values())[1:])
    return train, offset


def test_labels_are_those_that_enough_people_and_a_test_person_show(tables):
    sample = draw_same_label(*tables, seed=2)
    assert sample.label.tolist() == [0] * 5 and sample.person.tolist() == [0, 1, 2, 3, 7]
    assert sample.judged.tolist() == [False] * 4 + [True]
    assert (sample.intensities[:, 0] == 1).all() and not sample.intensities[:, 1:].any()
    assert sample.real.shape == (5 * FRAMES_EACH, 1)


def test_a_mean_is_of_other_frames_than_those_compared_with_it(tables):
    sample = draw_same_label(*tables)
    # Person 7 has just as many frames as are drawn, so both halves make up all of them.
    _, test = tables
    own = test.expression[(test.person == 7) & (test.intensities[:, 0] == 1)]
    drawn = sample.real[-FRAMES_EACH:]
    assert len(np.unique(drawn)) == FRAMES_EACH
    np.testing.assert_allclose(sample.mean[-1] + drawn.mean(), 2 * own.mean(), rtol=1e-6)
    assert set(sample.source[-FRAMES_EACH:, 0]) == {10_000}


def test_without_shared_labels_nothing_is_measured(tables):
    train, test = tables
    sample = draw_same_label(train.of_people([0]), test)
    assert len(sample.real) == 0
    assert np.isnan(identity(sample.real, sample, ONE)).all() and np.isnan(diversity(sample.real, sample, ONE)).all()


def test_distances_are_those_of_the_face_proper(face):
    change = np.random.default_rng(0).normal(size=len(face.expression_basis))
    moved = np.tensordot(change, face.expression_basis.astype(float), 1)
    expected = np.sqrt((face.mask * np.square(moved).sum(1)).sum() / face.mask.sum())
    assert np.linalg.norm(change @ mesh_metric(face)) == pytest.approx(expected, rel=1e-5)


def test_comparison_by_hand():
    # Distances to the faces at 0, 10 and 30 from 1, 9 and 12: (1, 9, 29), (9, 1, 21), (12, 2, 18).
    found = compare([[1.0], [9.0], [12.0]], [0, 0, 2], [[0.0], [10.0], [30.0]], ONE)
    assert found.own == pytest.approx((1 + 9 + 18) / 3)
    assert found.others == pytest.approx((19 + 11 + 7) / 3)
    assert found.found == pytest.approx(1 / 3) and found.chance == pytest.approx(1 / 3)


def test_own_means_are_told_from_those_of_others(tables):
    sample = draw_same_label(*tables)
    exact = np.repeat(sample.mean, FRAMES_EACH, axis=0)
    found = identity(exact, sample, ONE)
    assert found.own == 0 and found.found == 1 and found.chance == pytest.approx(1 / 5)
    assert found.others == pytest.approx(np.abs(sample.mean[:4] - sample.mean[4]).mean())
    # Everybody's being person 2's: nobody is found.
    assert identity(np.full_like(exact, sample.mean[2]), sample, ONE).found == 0


def test_diversity_by_hand_and_by_its_law(tables):
    sample = draw_same_label(*tables)
    people = np.array([0.0, 1.0, 2.0, 3.0, 9.0])
    alike = diversity(np.repeat(people, FRAMES_EACH)[:, None], sample, ONE)
    assert alike.between == pytest.approx(people.std(ddof=1)) and alike.total == pytest.approx(people.std())
    # Frames that only differ by chance: no difference between people is left, but for chance.
    noise = np.random.default_rng(0).normal(size=(400, 5 * FRAMES_EACH, 1))
    spread = [diversity(each, sample, ONE) for each in noise]
    assert np.mean([each.total for each in spread]) == pytest.approx(1, abs=0.02)
    assert np.mean([each.between for each in spread]) < 0.12
