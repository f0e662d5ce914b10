import numpy as np

from au_tf.estimation.landmarks.at_rest import spoken, uncoded, with_own_rest
from au_tf.facs import AU_NUMBERS, both_sides
from au_tf.simulation.population import make_people
from au_tf.simulation.population_config import SimulationConfig

COUNT = 3000
NEUTRAL = np.arange(COUNT) % 6 == 0


def test_faces_that_show_nothing_lower_their_lids_and_look_about_but_do_not_speak() -> None:
    rng = np.random.default_rng(0)
    shown, speaking = spoken(np.zeros((COUNT, 12)), NEUTRAL, rng)
    assert not shown[NEUTRAL].any() and not speaking[NEUTRAL].any()
    parted = shown[:, AU_NUMBERS.index(25)] > 0
    assert np.array_equal(parted, speaking) and 0.05 < parted.mean() < 0.2
    moved = uncoded(shown, NEUTRAL, speaking, rng)
    lids = moved[:, both_sides(43)]
    assert np.array_equal(lids[:, 0], lids[:, 1]) and lids.min() == 0.0 and lids.max() <= 1.0
    assert 0.3 < (lids[NEUTRAL, 0] > 0.05).mean() < 0.9
    # Eyes look one way at a time, and lids sink with them.
    for one, other in ((61, 62), (63, 64)):
        assert not (moved[:, both_sides(one)[0]] * moved[:, both_sides(other)[0]]).any()
    assert np.corrcoef(moved[:, both_sides(64)[0]], lids[:, 0])[0, 1] > 0.1


def test_raised_upper_lids_are_not_lowered() -> None:
    wide = np.zeros((COUNT, 12))
    wide[:, AU_NUMBERS.index(5)] = 4.0
    moved = uncoded(wide, NEUTRAL, np.zeros(COUNT, bool), np.random.default_rng(0))
    assert not moved[:, both_sides(43)].any()


def test_people_rest_at_brows_of_their_own() -> None:
    people = make_people(SimulationConfig(people=50), 0, np.random.default_rng(0))
    own = with_own_rest(people, np.random.default_rng(1)).tone - people.tone
    brows = own[:, both_sides(1)]
    assert np.array_equal(brows[:, 0], brows[:, 1]) and brows.std() > 0.01 and own.min() >= 0.0
