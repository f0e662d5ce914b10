"""What is known of any face model's actions, on models of few vertices where it can be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from au_tf.facs import ACTIONS, AU_NUMBERS, UNITS
from au_tf.morphable import MorphableModel
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.combinations import combine
from au_tf.simulation.action_meter import ActionMeter
from au_tf.simulation.mechanics import both_sided, shown_units, tabulate, unit_motion, units_are
from au_tf.simulation.population import record
from au_tf.simulation.population_config import SimulationConfig
from au_tf.synthesis.model_card import generator_command
from au_tf.synthesis.network_config import SHIPPED_CAAE, SHIPPED_TRAINING, CAAEConfig, TrainingConfig


@pytest.fixture(scope="module")
def shapes() -> MorphableModel:
    """A cloud of 80 vertices with a shape of its own for each action: it moves one vertex by (3, 4, 0) or 12 mm."""
    rng = np.random.default_rng(0)
    points = rng.normal(0, 40, (80, 3)).astype(np.float32)
    basis = np.zeros((len(ACTIONS), 80, 3), np.float32)
    # Left sides move vertex k by 5 mm, right sides the next one by 12 mm.
    for k in range(len(UNITS)):
        basis[2 * k, k] = (3, 4, 0)
        basis[2 * k + 1, k + 1] = (0, 0, 12)
    return MorphableModel(
        name="shapes",
        mean_shape=points,
        identity_basis=rng.normal(0, 1, (4, 80, 3)).astype(np.float32),
        expression_basis=basis,
        mean_albedo=np.full((80, 3), 0.4, np.float32),
        albedo_basis=np.zeros((0, 80, 3), np.float32),
        triangles=np.int32([[0, 1, 2]]),
        landmarks=np.arange(68, dtype=np.int32),
        uv=np.zeros((80, 2), np.float32),
        parts=np.zeros(80, np.uint8),
        mask=np.ones(80, np.float32),
        actions=np.eye(len(ACTIONS), dtype=np.float32),
        styles=np.zeros((len(ACTIONS), 3, len(ACTIONS)), np.float32),
    )


def test_both_sided_gives_each_side_the_whole_intensity():
    strengths = both_sided(np.eye(12)[2] * 2.5)
    assert [ACTIONS[k] for k in np.flatnonzero(strengths)] == ["AU4_L", "AU4_R"]
    assert set(strengths[strengths > 0]) == {0.5}


def test_motion_is_that_of_the_vertex_that_moves_most(shapes):
    np.testing.assert_allclose(unit_motion(shapes), 12.0, rtol=1e-6)
    alone = shapes.actions.copy()
    alone[1::2] = 0.0
    np.testing.assert_allclose(unit_motion(replace(shapes, actions=alone)), 5.0, rtol=1e-6)


def test_what_moves_less_than_a_millimetre_cannot_be_shown(shapes):
    weak = shapes.actions.copy()
    weak[ACTIONS.index("AU5_L") : ACTIONS.index("AU5_L") + 2] *= 0.08
    shown = shown_units(replace(shapes, actions=weak))
    assert [unit for unit, can in zip(AU_NUMBERS, shown, strict=True) if not can] == [5]


def test_where_the_action_units_come_from(shapes):
    assert units_are(shapes) == "expression shapes of its own"
    assert units_are(builtin_face()) == "shapes measured on ICT-FaceKit, as large as is known of people"
    mixed = replace(
        shapes, actions=np.random.default_rng(0).normal(size=(len(ACTIONS), len(ACTIONS))).astype(np.float32)
    )
    assert units_are(mixed) == "mixtures of its expression components, carried over from the built-in face"


def test_actions_of_other_models_add_up_but_for_pairs_that_combine(shapes):
    rng = np.random.default_rng(1)
    strengths, styles = rng.uniform(0, 1, (5, len(ACTIONS))), rng.normal(size=(5, len(ACTIONS), 3))
    np.testing.assert_allclose(tabulate(shapes).expressions(strengths, styles), combine(strengths), atol=1e-6)
    alone = np.diag(strengths[0])
    np.testing.assert_allclose(tabulate(shapes).expressions(alone), alone, atol=1e-6)


def test_lips_that_the_mean_leaves_apart_touch_at_rest():
    own = builtin_face()
    assert not tabulate(own).rest.any()
    strengths = np.zeros(12)
    strengths[AU_NUMBERS.index(25)] = 1.0
    agape = np.tensordot(both_sided(strengths) @ own.actions, own.expression_basis, 1).astype(np.float32)
    parted = replace(own, name="parted", mean_shape=own.mean_shape + agape)
    upper, lower = own.landmarks[[61, 62, 63]], own.landmarks[[67, 66, 65]]

    def gap(shape):
        return (shape[upper, 1] - shape[lower, 1]).mean()

    rest = tabulate(parted).expressions(np.zeros((1, len(ACTIONS))))[0]
    assert gap(parted.mean_shape) > 0.5
    assert gap(parted.mean_shape + np.tensordot(rest, own.expression_basis, 1)) == pytest.approx(0.0, abs=1e-3)


def test_the_meter_reads_what_was_shown_and_nothing_of_actions_that_are_not_there(shapes):
    intensities = np.random.default_rng(2).uniform(0, 5, (7, 12))
    np.testing.assert_allclose(ActionMeter.of(shapes).intensities(both_sided(intensities)), intensities, rtol=2e-3)
    without = shapes.actions.copy()
    without[ACTIONS.index("AU12_L") : ACTIONS.index("AU12_L") + 2] = 0.0
    read = ActionMeter.of(replace(shapes, actions=without)).intensities(both_sided(intensities) @ without)
    np.testing.assert_allclose(read, intensities * (np.array(AU_NUMBERS) != 12), rtol=2e-3)


def test_people_on_another_model_show_its_actions(shapes):
    config = SimulationConfig(people=10, frames=200, companion=0.0, tone=0.0, noise=0.0, fitted_share=0.0, seed=3)
    people = record(shapes, config)
    assert people.expression.shape == (2000, len(ACTIONS))
    slope = np.linalg.lstsq(np.c_[people.intensities, np.ones(2000)], people.expression, rcond=None)[0]
    for k, unit in enumerate(AU_NUMBERS):
        sides = slope[k, ACTIONS.index(f"AU{unit}_L") :][:2]
        np.testing.assert_allclose(sides, 0.2, atol=0.05)


def test_the_command_starts_from_the_nearer_recipe_and_names_the_face_model():
    assert generator_command(SHIPPED_CAAE, SHIPPED_TRAINING) == "au-tf train caae"
    assert generator_command(CAAEConfig(), TrainingConfig()) == "au-tf train caae --recipe paper"
    slow = TrainingConfig(iterations=9)
    assert generator_command(CAAEConfig(), slow).startswith("au-tf train caae --recipe paper --iterations 9")
    given = generator_command(CAAEConfig(53, adversarial="non-saturating"), SHIPPED_TRAINING, source="my face.npz")
    assert given == "au-tf train caae --face-model 'my face.npz'"
