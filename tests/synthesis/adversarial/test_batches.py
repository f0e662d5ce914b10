import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.synthesis.adversarial.batches import Frames, draw_batch, draw_batches
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import TrainingConfig

PEOPLE = np.array([2, 0, 1, 0, 2, 2, 0, 0, 0])
ROWS = np.arange(9.0)[:, None] * np.ones(3)
INTENSITIES = np.arange(9)[:, None] % 6 * np.ones(12, int)


@pytest.fixture
def frames():
    """Nine frames of three people, whose coefficients are their row, observed 0.25 higher."""
    return Frames.of(ROWS, ROWS + 0.25, INTENSITIES, PEOPLE, Bounds.of(ROWS))


def rows(scaled):
    """Row numbers of scaled expressions: the bounds are 0 and 8."""
    return np.asarray(scaled)[:, 0] * 4 + 4


def test_in_the_papers_case_the_source_is_the_target_and_asked_is_its_label(frames):
    batch = draw_batch(frames, TrainingConfig(), 50, 0)
    np.testing.assert_allclose(rows(batch.source), np.minimum(rows(batch.target) + 0.25, 8), atol=1e-5)
    labels = INTENSITIES[rows(batch.target).round().astype(int)] * 0.4 - 1
    np.testing.assert_allclose(batch.label, labels, atol=1e-6)
    assert batch.asked is batch.label
    prior = np.asarray(batch.prior)
    assert prior.shape == (64, 50) and abs(prior.mean()) < 0.05 and abs(prior.std() - 3**-0.5) < 0.02


def test_another_frame_is_any_frame_of_the_same_person(frames):
    batch = draw_batch(frames, TrainingConfig(cross_frame=1.0, batch_size=4000), 50, 0)
    target = rows(batch.target).round().astype(int)
    source = np.floor(rows(batch.source) + 0.1).astype(int)
    assert np.array_equal(PEOPLE[source], PEOPLE[target])
    for person in range(3):
        # 4000 draws of 9 x up to 5 pairs: each is expected at least 89 times.
        pairs = {(s, t) for s, t in zip(source, target, strict=True) if PEOPLE[t] == person}
        assert len(pairs) == (person == PEOPLE).sum() ** 2


def test_permuted_labels_are_those_of_the_batch(frames):
    batch = draw_batch(frames, TrainingConfig(permuted_labels=True), 50, 3)
    asked, label = np.asarray(batch.asked), np.asarray(batch.label)
    assert not np.array_equal(asked, label)
    assert np.array_equal(np.sort(asked, 0), np.sort(label, 0))


def test_seed_and_step_decide(frames):
    config = TrainingConfig(soft_labels="uniform", cross_frame=0.5)
    one, same, later = (draw_batch(frames, config, 50, step) for step in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(one, later, strict=True))


def test_batches_drawn_together_are_those_drawn_alone(frames):
    config = TrainingConfig(soft_labels="normal", cross_frame=0.5, permuted_labels=True)
    together = draw_batches(frames, config, 5, np.array([7, 3]))
    for i, step in enumerate((7, 3)):
        for part, alone in zip(together, draw_batch(frames, config, 5, step), strict=True):
            np.testing.assert_array_equal(part[i], alone)


def test_arrays_that_do_not_belong_together_are_refused():
    with pytest.raises(InputError, match="9, 8, 9 and 9 rows"):
        Frames.of(ROWS, ROWS[1:], INTENSITIES, PEOPLE, Bounds.of(ROWS))
    broken = ROWS.copy()
    broken[4, 1] = np.nan
    with pytest.raises(InputError, match="not finite"):
        Frames.of(broken, ROWS, INTENSITIES, PEOPLE, Bounds.of(ROWS))
