"""Mouths in photos: no wider than people's, and where they close or skin is drawn out, without a trace of it."""

import numpy as np
import pytest
import tensorflow as tf

from au_tf.compositing import tuning
from au_tf.compositing.corners import MouthCorners
from au_tf.compositing.fields import FREEWAY, LOOSENED, Mesh
from au_tf.compositing.graph.mouth import rounded as graph_rounded
from au_tf.compositing.native.composition import _drawn_out
from au_tf.compositing.native.mouth import rounded as native_rounded
from au_tf.facs import ACTIONS, both_sides
from au_tf.geometry.landmarks import (
    CHIN,
    INNER_MOUTH_CORNERS,
    LOWER_LIP_EDGE,
    MOUTH_CORNERS,
    UPPER_LIP_EDGE,
    eye_distance,
)
from au_tf.morphable import Part
from au_tf.morphable.builtin import action_expressions, builtin_face


def motion(unit: int, strength: float = 1.0) -> np.ndarray:
    """What an Action Unit moves on the mean face, mm."""
    model, row = builtin_face(), np.zeros(len(ACTIONS), np.float32)
    row[both_sides(unit)] = strength
    return model.shapes.change(np.zeros(len(model.identity_basis), np.float32), action_expressions(model, row))


def widening(moved: np.ndarray) -> float:
    """By how much a mouth is wider than its own width at rest."""
    rest = builtin_face().mean_shape
    right, left = builtin_face().landmarks[MOUTH_CORNERS]
    return float((moved[left, 0] - moved[right, 0]) / (rest[left, 0] - rest[right, 0]))


@pytest.mark.parametrize("unit", [12, 20])
def test_mouths_become_no_wider_than_those_of_people(unit: int) -> None:
    """27 % in smiles (Tarantili et al. 2005), 26 % on a film; 37 % leaves room for what no one showed there."""
    moved = motion(unit)
    held = moved + MouthCorners.of(builtin_face()).held(moved)
    assert 0.2 < widening(held) < 0.37
    assert widening(held) < widening(moved)


def test_half_of_it_is_left_as_it_is_and_what_narrows_a_mouth_wholly() -> None:
    corners = MouthCorners.of(builtin_face())
    slight = np.zeros_like(builtin_face().mean_shape)
    slight[corners.rows[1], 0] = 0.5 * corners.widest
    assert np.abs(corners.held(slight)).max() < 0.05 * 0.5 * corners.widest
    assert not corners.held(-slight).any()


def test_lips_go_back_alike_so_that_no_mouth_is_opened() -> None:
    model, moved = builtin_face(), motion(12)
    held = MouthCorners.of(model).held(moved)
    upper, lower = (held[model.landmarks[rows]] for rows in (UPPER_LIP_EDGE, LOWER_LIP_EDGE))
    assert np.abs(held[model.landmarks[MOUTH_CORNERS]]).max() > 1.0
    np.testing.assert_allclose(upper, lower, atol=0.25)


def test_tensors_are_held_as_arrays_are() -> None:
    corners, moved = MouthCorners.of(builtin_face()), motion(12)
    np.testing.assert_allclose(corners.held(tf.constant(moved)), corners.held(moved), atol=1e-4)


def test_the_lower_teeth_and_they_alone_ride_on_the_jaw() -> None:
    model = builtin_face()
    lowered, teeth = Mesh.of(model).lowered[:, 0], model.parts == Part.TEETH
    jaw = np.isclose(lowered, FREEWAY + LOOSENED)
    assert not lowered[~teeth].any()
    dropped = -motion(26)[:, 1]
    assert dropped[jaw].min() > 5.0 > 0.1 > np.abs(dropped[teeth & ~jaw]).max()
    assert model.mean_shape[jaw, 1].max() - FREEWAY < model.mean_shape[teeth & ~jaw, 1].mean()
    assert 2.0 <= FREEWAY <= 4.0 < 0.1 * eye_distance(model.mean_shape[model.landmarks])


def test_incisors_show_below_a_lip_at_rest_as_far_as_people_s() -> None:
    """2 to 4 mm: 3.4 in women, 1.9 in men (Vig and Brundo 1978)."""
    model, mesh = builtin_face(), Mesh.of(builtin_face())
    upper = (model.parts == Part.TEETH) & (mesh.lowered[:, 0] < 2.0) & (np.abs(model.mean_shape[:, 0]) < 8.0)
    edge = model.mean_shape[model.landmarks[UPPER_LIP_EDGE[1]], 1]
    assert 1.9 <= edge - (model.mean_shape[upper, 1] - mesh.lowered[upper, 0]).min() <= 4.0


def test_corners_go_down_with_the_jaw_as_far_as_people_s() -> None:
    """43 % of the way of the lower lip in ICT-FaceKit's jawOpen; the upper edge then arches."""
    model, moved = builtin_face(), motion(26)
    held = moved + MouthCorners.of(model).held(moved)
    share = held[model.landmarks[INNER_MOUTH_CORNERS], 1] / held[model.landmarks[LOWER_LIP_EDGE[1]], 1]
    np.testing.assert_allclose(share, 0.43, atol=0.05)
    raised = motion(17)
    assert raised[model.landmarks[CHIN], 1] > 0.0
    assert not MouthCorners.of(model).held(raised * [0.0, 1.0, 0.0]).any()


def test_lower_teeth_reach_the_edge_of_the_lip_that_a_jaw_takes_down() -> None:
    """At rest they hang far below it; in life their edges show, by a few mm, as soon as the mouth is open wide."""
    model, moved = builtin_face(), motion(26)
    lowered = Mesh.of(model).lowered
    held = model.mean_shape + moved + MouthCorners.of(model).held(moved) - lowered * np.float32([0.0, 1.0, 0.0])
    teeth = np.isclose(lowered[:, 0], FREEWAY + LOOSENED) & (np.abs(model.mean_shape[:, 0]) < 8.0)
    edge = held[model.landmarks[LOWER_LIP_EDGE[1]], 1]
    assert -3.0 < held[teeth, 1].max() - edge < 3.0
    right, left = (
        held[model.landmarks[INNER_MOUTH_CORNERS], 0] / model.mean_shape[model.landmarks[INNER_MOUTH_CORNERS], 0]
    )
    assert 0.75 < right < 0.95 and right == pytest.approx(left, abs=0.02)


def test_lips_that_part_bare_less_of_the_upper_teeth_and_smiles_as_much() -> None:
    """The model's AU25 raises the upper lip by 3 mm, which is AU10; smiles raise the corners with it."""
    model = builtin_face()
    lip, corners = model.landmarks[UPPER_LIP_EDGE[1]], MouthCorners.of(model)
    parted, smile = motion(25), motion(12) + motion(25)
    assert 0.0 < (parted + corners.held(parted))[lip, 1] < 0.6 * parted[lip, 1]
    assert (corners.held(smile) - corners.held(motion(12)))[lip, 1] > -0.5
    assert not corners.held(motion(9))[lip, 1] < -0.2


@pytest.mark.parametrize("rounded", [native_rounded, graph_rounded], ids=["native", "graph"])
def test_an_opening_has_no_sharp_ends_and_its_edges_stay(rounded) -> None:
    """A wedge of 10 mm by 20, as the corner of a mesh is, at 2 pixels a mm."""
    rows, columns = np.indices((60, 60), np.float32)
    wedge = (np.abs(rows - 30.0) < 0.25 * columns)[..., np.newaxis].astype(np.float32)
    found = np.asarray(rounded(wedge, 2.0))
    assert found[30, 3, 0] < 0.3 < 0.95 < found[30, 20, 0]
    np.testing.assert_array_equal(found[:, 40], wedge[:, 40])


@pytest.mark.parametrize(("stretch", "shown"), [(1.0, 0.0), (1.9, 0.0), (6.0, 1.0)])
def test_skin_is_smooth_where_it_is_drawn_out_and_only_there(stretch: float, shown: float) -> None:
    """A picture in which skin is so many times as high as in the photo shows 1 / stretch of its area."""
    rows = np.indices((40, 40), np.float32)[0]
    move = np.stack([np.zeros_like(rows), (1.0 / stretch - 1.0) * rows])
    assert tuning.DRAWN_OUT[0] > 1.0 - 1.0 / 1.9
    np.testing.assert_allclose(_drawn_out(move)[5:-5, 5:-5], shown, atol=1e-4)
