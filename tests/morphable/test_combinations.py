"""How far actions and pairs of them move the heads, in per cent of the distance between the eyes' outer corners."""

from itertools import combinations

import numpy as np
import pytest

from au_tf.facs import ACTIONS, UNITS, both_sides
from au_tf.morphable import MorphableModel
from au_tf.morphable.builtin import action_expressions, builtin_face
from au_tf.morphable.combinations import COMBINATIONS, combine
from au_tf.morphable.excursions import CHEEKS, EXCURSIONS, SMILE, Excursion, measure

HEADS = ("builtin", "ict_model", "anny_model")
AIM = "set by the FACS manual's description"
MEASURES = (
    Excursion("inner brows up", (21, 22), 1, 1.0, AIM),
    Excursion("outer brows up", (18, 25), 1, 1.0, AIM),
    Excursion("brows apart", (22,), 0, 1.0, AIM, (21,)),
    Excursion("lower lids up", (40, 41, 46, 47), 1, 1.0, AIM),
    Excursion("cheeks up", CHEEKS, 1, 1.0, AIM),
    Excursion("nose up", (31, 35), 1, 1.0, AIM),
    Excursion("corners up", (48, 54), 1, 1.0, AIM),
    Excursion("corners apart", (54,), 0, 1.0, AIM, (48,)),
    Excursion("upper lip up", (62,), 1, 1.0, AIM),
    Excursion("lower lip up", (57,), 1, 1.0, AIM),
    Excursion("lips apart", (62,), 1, 1.0, AIM, (66,)),
)


@pytest.fixture(params=HEADS)
def head(request: pytest.FixtureRequest) -> MorphableModel:
    return builtin_face() if request.param == "builtin" else request.getfixturevalue(request.param)


def expression(model: MorphableModel, *units: int) -> np.ndarray:
    """Coefficients of both sides of the units at intensity 5."""
    strengths = np.zeros(len(ACTIONS))
    strengths[[row for unit in units for row in both_sides(unit)]] = 1.0
    if model.name == "builtin":
        return action_expressions(model, strengths)
    return combine(strengths) @ model.actions


def moved(model: MorphableModel, *units: int) -> dict[str, float]:
    rest = np.zeros((1, len(model.identity_basis)))
    values = measure(model, MEASURES, expression(model, *units), rest)[0]
    return dict(zip((m.name for m in MEASURES), values, strict=True))


def test_single_actions_and_what_does_not_meet_are_left_alone() -> None:
    strengths = np.diag(np.linspace(0.1, 1.2, len(ACTIONS)))
    np.testing.assert_array_equal(combine(strengths), strengths)
    sides = np.zeros(len(ACTIONS))
    sides[[ACTIONS.index("AU1_L"), ACTIONS.index("AU4_R")]] = 1.0
    np.testing.assert_array_equal(combine(sides), sides)


def test_a_pair_bends_with_the_product_of_its_strengths() -> None:
    strengths = np.zeros(len(ACTIONS))
    strengths[both_sides(1)], strengths[both_sides(4)] = 0.5, 0.8
    added = (combine(strengths) - strengths)[both_sides(1)]
    np.testing.assert_allclose(added, 0.4 * COMBINATIONS[1, 4][1])


@pytest.mark.parametrize("unit", EXCURSIONS)
def test_each_unit_at_5_goes_as_far_as_people_do(head: MorphableModel, unit: int) -> None:
    wanted = EXCURSIONS[unit]
    found = measure(head, wanted, expression(head, unit), np.zeros((1, len(head.identity_basis))))[0]
    for excursion, size in zip(wanted, found, strict=True):
        assert 0.8 < size / excursion.size < 1.2, (excursion.name, size)


def test_a_broad_smile_moves_as_far_as_the_filmed_one(head: MorphableModel) -> None:
    people = np.random.default_rng(0).standard_normal((50, len(head.identity_basis)))
    found = measure(head, SMILE, expression(head, 6, 12, 25), people).mean(0)
    for excursion, size in zip(SMILE, found, strict=True):
        assert 0.65 < size / excursion.size < 1.7, (excursion.name, size)


LOOKS: dict[tuple[int, int], dict[str, tuple[float, float]]] = {
    (1, 4): {"inner brows up": (2, 9), "brows apart": (-10, -3)},
    (1, 2): {"inner brows up": (6, 12), "outer brows up": (7, 14)},
    (2, 4): {"outer brows up": (3, 10), "brows apart": (-10, -3), "inner brows up": (-5, 2)},
    (4, 9): {"inner brows up": (-9, -3), "brows apart": (-12, -4), "nose up": (6, 10)},
    (6, 12): {"corners up": (11, 17), "cheeks up": (5, 13), "lower lids up": (1.5, 4.5), "lips apart": (-2, 2)},
    (12, 25): {"corners up": (10, 18), "upper lip up": (8, 14), "lips apart": (14, 24)},
    (12, 15): {"corners apart": (14, 28), "corners up": (-2, 7)},
    (10, 26): {"upper lip up": (4, 10), "lips apart": (20, 34)},
    (12, 26): {"corners apart": (15, 27), "lips apart": (14, 26)},
    (15, 17): {"corners up": (-8, -1), "lower lip up": (4, 10), "lips apart": (-3, 2)},
    (17, 25): {"lips apart": (4, 13), "lower lip up": (-4, 4)},
    (20, 25): {"corners apart": (14, 24), "lips apart": (9, 17)},
    (20, 26): {"corners apart": (10, 20), "lips apart": (13, 23)},
    (25, 26): {"lips apart": (24, 34), "corners up": (-13, -5)},
}


@pytest.mark.parametrize("pair", LOOKS, ids=str)
def test_pairs_look_as_the_facs_manual_says(head: MorphableModel, pair: tuple[int, int]) -> None:
    found = moved(head, *pair)
    for name, (low, high) in LOOKS[pair].items():
        assert low < found[name] < high, (name, found[name])


def test_there_is_a_rule_for_no_pair_of_lid_muscles() -> None:
    """Those are solved together, and a rule would count twice."""
    assert not set(combinations((5, 6, 7, 43), 2)) & set(COMBINATIONS)
    assert all(unit in UNITS for pair, added in COMBINATIONS.items() for unit in (*pair, *added))
