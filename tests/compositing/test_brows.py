"""Brows and noses in photos go no farther than people's."""

import numpy as np
import pytest
import tensorflow as tf

from au_tf.compositing.brows import UpperFace
from au_tf.facs import ACTIONS, both_sides
from au_tf.geometry.landmarks import NOSE_TIP
from au_tf.morphable.builtin import action_expressions, builtin_face

WINGS = (31, 35)


def motion(*units: int, strength: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """What Action Units move on the mean face, at landmarks: as the face model has it and as it is held, mm."""
    model, row = builtin_face(), np.zeros(len(ACTIONS), np.float32)
    row[np.ravel([both_sides(unit) for unit in units])] = strength
    moved = model.shapes.change(np.zeros(len(model.identity_basis), np.float32), action_expressions(model, row))
    held = moved + UpperFace.of(model).held(moved)
    return moved[model.landmarks], held[model.landmarks]


@pytest.mark.parametrize(("units", "extreme"), [((1,), 5.4), ((2,), 7.4), ((1, 2), 7.4)])
def test_brows_rise_nearly_as_far_as_artists_extremes_and_no_farther(units: tuple[int, ...], extreme: float) -> None:
    """ICT-FaceKit's browInnerUp goes 5.4 mm up, its browOuterUp 7.4: 0.7 of that and more is left."""
    moved, held = motion(*units)
    assert 0.7 * extreme < held[17:27, 1].max() < min(extreme, moved[17:27, 1].max())
    slight, same = motion(*units, strength=0.4)
    # The knee leaves (1 + (5.1 / 6)^3)^(-1/3), 85 %, of 5.1 mm.
    np.testing.assert_allclose(same[17:27], slight[17:27], rtol=0.16)


def test_a_wrinkled_nose_keeps_its_length_and_grows_wider() -> None:
    """5 % between the wings; the tip hardly rises, the wings go up."""
    model, (moved, held) = builtin_face(), motion(9)
    rest = model.mean_shape[model.landmarks]
    assert moved[NOSE_TIP, 1] > 3.0 > 1.0 > held[NOSE_TIP, 1] > 0.0
    assert 4.0 < held[WINGS, 1].mean() < 5.5
    right, left = (held[wing, 0] / (rest[35, 0] - rest[31, 0]) for wing in WINGS)
    assert 0.03 < left - right < 0.09


def test_lids_rise_by_three_quarters_and_leave_irises_partly_covered() -> None:
    moved, held = motion(5)
    lids = [37, 38, 43, 44]
    assert moved[lids, 1].min() > 3.0
    np.testing.assert_allclose(held[lids, 1], 0.75 * moved[lids, 1], rtol=0.02)


@pytest.mark.parametrize("unit", [4, 15, 17, 26])
def test_what_goes_down_or_lies_elsewhere_is_left_alone(unit: int) -> None:
    moved, held = motion(unit)
    np.testing.assert_allclose(held, moved, atol=0.35)


def test_tensors_are_held_as_arrays_are() -> None:
    model, row = builtin_face(), np.zeros(len(ACTIONS), np.float32)
    row[both_sides(2) + both_sides(9)] = 1.0
    moved = model.shapes.change(np.zeros(len(model.identity_basis), np.float32), action_expressions(model, row))
    upper = UpperFace.of(model)
    np.testing.assert_allclose(upper.held(tf.constant(moved)), upper.held(moved), atol=1e-4)


def test_what_is_left_of_a_model_is_held_alike() -> None:
    model, upper = builtin_face(), UpperFace.of(builtin_face())
    kept = np.unique(np.concatenate([np.arange(0, len(model.parts), 3), model.landmarks]))
    moved = np.random.default_rng(0).uniform(0.0, 10.0, model.mean_shape.shape).astype(np.float32)
    np.testing.assert_allclose(upper.of_vertices(kept).held(moved[kept]), upper.held(moved)[kept], rtol=1e-5)
