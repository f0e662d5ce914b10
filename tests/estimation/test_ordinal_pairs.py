import numpy as np

from au_tf.estimation.ordinal_pairs import apex_pairs, level_pairs


def test_levels_pair_every_frame_with_lower_ones_of_its_person():
    rng = np.random.default_rng(0)
    person, intensity = rng.integers(0, 4, 60), rng.integers(0, 3, 60)
    pairs = level_pairs(person, intensity, 200, 1)
    possible = {(i, j) for i in range(60) for j in range(60) if person[i] == person[j] and intensity[i] > intensity[j]}
    # 200 draws of at most 20 partners miss one with a chance of 60 * 20 * 0.95^200 < 5%; the seed is one that does not.
    assert set(zip(pairs.higher.tolist(), pairs.lower.tolist(), strict=True)) == possible
    totals = np.bincount(pairs.higher, pairs.weight, 60)
    np.testing.assert_allclose(totals, [any(i == k for i, _ in possible) for k in range(60)])


def test_levels_of_people_who_never_change_are_no_pairs():
    assert all(len(part) == 0 for part in level_pairs([0, 0, 1, 1], [2, 2, 0, 0], 3, 0))
    assert all(len(part) == 0 for part in level_pairs(np.zeros(0, int), np.zeros(0), 3, 0))


def test_apex_pairs_by_hand():
    # Person 0: an event at times 2-6 with its apex at 4 (the middle one of three), not in order of time, then one
    # after a pause; person 1: the same moments belong to another event.
    time = np.array([3, 2, 4, 5, 6, 7, 20, 21, 22, 4])
    intensity = np.array([4, 1, 4, 4, 2, 0, 1, 2, 1, 5])
    person = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    found = apex_pairs(person, time, intensity, 3)
    pairs = {(time[h], time[w]): weight for h, w, weight in zip(*found, strict=True)}
    assert pairs == {
        (3, 2): 1.0,
        (4, 3): 1.0,
        (4, 2): 0.5,
        (4, 5): 1.0,
        (4, 6): 0.5,
        (5, 6): 1.0,
        (21, 20): 1.0,
        (21, 22): 1.0,
    }
    assert len(found.higher) == 8 and 9 not in {*found.higher, *found.lower}


def test_apex_pairs_reach_no_further_than_told_and_need_events():
    time = np.arange(10)
    found = apex_pairs(np.zeros(10, int), time, time + 1, 2)
    assert set((found.higher - found.lower).tolist()) == {1, 2} and len(found.higher) == 9 + 8
    assert all(len(part) == 0 for part in apex_pairs(np.zeros(10, int), time, np.zeros(10), 2))
