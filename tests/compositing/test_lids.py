"""In both engines lashes go with the lid's edge: laws of motions that are known, on points strewn about two eyes."""

from types import SimpleNamespace

import numpy as np
import pytest

from au_tf.compositing.graph import composition as graph_composition, eyes as graph_eyes
from au_tf.compositing.graph.fields import hold as graph_hold, opening as graph_opening
from au_tf.compositing.lids import Lids
from au_tf.compositing.native import composition as native_composition, eyes as native_eyes
from au_tf.compositing.native.fields import hold as native_hold, opening as native_opening
from au_tf.compositing.tuning import UNFOLDED_SHADE, UNFOLDED_SKIN
from au_tf.geometry.landmarks import BROWS, UPPER_LIDS

EYE = np.array([[0, 0], [10, -6], [20, -6], [30, 0], [20, 5], [10, 5]], float)
LID = np.ravel(UPPER_LIDS)
BROW = np.array([[0, -24], [8, -28], [16, -28], [24, -28], [30, -24]], float)
"""Its upper edge; the hair reaches 10 pixels further down."""


@pytest.fixture(scope="module", params=[0.0, 0.4])
def photo(request):
    """Landmarks of level or tilted eyes 100 pixels across, and skin all about them; the landmarks come first."""
    turn = np.array([[np.cos(request.param), np.sin(request.param)], [-np.sin(request.param), np.cos(request.param)]])
    landmarks = np.zeros((68, 2))
    landmarks[BROWS] = np.concatenate([BROW, BROW + [70, 0]]) @ turn + [200, 100]
    landmarks[36:48] = np.concatenate([EYE, EYE + [70, 0]]) @ turn + [200, 100]
    strewn = np.random.default_rng(0).uniform([-20, -40], [120, 30], (4000, 2))
    screen = np.concatenate([landmarks, strewn @ turn + [200, 100]])
    count = len(screen)
    model = SimpleNamespace(
        parts=np.zeros(count, np.uint8),
        mask=np.ones(count),
        landmarks=np.arange(68, dtype=np.int32),
        mean_shape=np.pad(screen, ((0, 0), (0, 1))),
    )
    return screen, strewn, Lids.of(model, screen, landmarks)


@pytest.fixture(params=[native_hold, graph_hold], ids=["native", "graph"])
def hold(request):
    return lambda lids, motion: np.asarray(request.param(lids, np.float32(motion)))


def test_what_moves_as_one_is_left_alone(photo, hold):
    screen, _, lids = photo
    motion = np.tile(np.float32([3.0, -7.0]), (len(screen), 1))
    np.testing.assert_allclose(hold(lids, motion), motion, atol=1e-5)


def test_skin_that_unfolds_leaves_the_lids_where_the_lid_is(photo, hold):
    screen, strewn, lids = photo
    motion = np.zeros_like(screen)
    motion[68:, 1] = motion[BROWS, 1] = -10.0
    held = hold(lids, motion)[68:, 1]
    # Above the middle of the flat top of the first eye, 6 pixels above its corners; the brow's edge is 22 above that.
    column = (strewn[:, 0] > 10) & (strewn[:, 0] < 20)
    height = -6 - strewn[:, 1]
    np.testing.assert_allclose(held[column & (height > 0) & (height < 4.4)], 0.0, atol=1e-5)
    np.testing.assert_allclose(held[column & (height > 8.8)], -10.0, atol=1e-5)
    between = column & (height > 4.9) & (height < 8.3)
    np.testing.assert_allclose(held[between], -10.0 * (height[between] - 4.4) / 4.4, atol=1.0)


def test_below_a_low_brow_skin_gives_as_evenly_as_there_is_room(photo, hold):
    """What unfolds under a brow that lies near its eye is drawn out evenly between its hair and the lashes."""
    screen, strewn, _ = photo
    landmarks = screen[:68].copy()
    up = landmarks[BROWS].mean(0) - landmarks[36:48].mean(0)
    landmarks[BROWS] -= up * 8.0 / np.linalg.norm(up)
    places = np.concatenate([landmarks, screen[68:]])
    rest = {"landmarks": np.arange(68), "mean_shape": np.pad(places, ((0, 0), (0, 1)))}
    model = SimpleNamespace(parts=np.zeros(len(places), np.uint8), mask=np.ones(len(places)), **rest)
    motion = np.zeros_like(places)
    motion[BROWS, 1] = -10.0
    held = hold(Lids.of(model, places, landmarks), motion)[68:, 1]
    middle = (np.abs(strewn[:, 0] - 15) < 3) & (strewn[:, 1] < -6) & (strewn[:, 1] > -20)
    order = np.argsort(strewn[middle, 1])
    height, moved = strewn[middle, 1][order], held[middle][order]
    steep = (moved[8:] - moved[:-8]) / (height[8:] - height[:-8])
    assert 0.9 * 10.0 / 7.0 < steep.max() < 1.8 * 10.0 / 7.0


def test_a_brow_moves_as_one_and_the_lid_unfolds_below_it(photo, hold):
    screen, strewn, lids = photo
    height = -6.0 - strewn[:, 1]
    motion = np.zeros_like(screen)
    motion[BROWS, 1] = -10.0
    motion[68:, 1] = -10.0 * np.clip(height / 20.0, 0.0, 1.0)
    held = hold(lids, motion)[68:, 1]
    column = (strewn[:, 0] > 10) & (strewn[:, 0] < 20)
    hair = column & (strewn[:, 1] > -28) & (strewn[:, 1] < -18)
    assert np.ptp(motion[68:, 1][hair]) > 3.0
    np.testing.assert_allclose(held[hair], -10.0, atol=1e-4)
    np.testing.assert_allclose(held[column & (height > 0) & (height < 1)], 0.0, atol=0.1)


def test_a_brow_that_comes_down_leaves_the_lid_room_to_fold(photo, hold):
    """Skin goes with it from half of the way down from its upper edge, not from 0.6 as with one that rises."""
    screen, strewn, lids = photo
    motion = np.zeros_like(screen)
    motion[BROWS] = -4.0 * lids.upward
    held = hold(lids, motion)[68:] @ lids.upward
    column, height = np.abs(strewn[:, 0] - 15) < 5, -6 - strewn[:, 1]
    np.testing.assert_allclose(held[column & (height > 0) & (height < 5.7)], 0.0, atol=1e-4)
    np.testing.assert_allclose(held[column & (height > 11.6) & (height < 20)], -4.0, atol=1e-4)
    between = column & (height > 5.8) & (height < 11.4)
    np.testing.assert_allclose(held[between], -4.0 * (height[between] - 5.75) / 5.75, atol=0.05)


def test_lids_follow_a_lid_that_rises_and_the_lower_lid_stays(photo, hold):
    screen, strewn, lids = photo
    motion = np.zeros_like(screen)
    motion[LID[1:3]] = 4.0 * lids.upward
    held = -hold(lids, motion)[68:] @ lids.upward
    column, height = np.abs(strewn[:, 0] - 15) < 5, -6 - strewn[:, 1]
    # It pushes skin together evenly up to shortly below the brow's upper edge, 22 pixels above it, and folds nothing.
    above = column & (height > 0) & (height < 22)
    np.testing.assert_allclose(held[above], -4.0 * np.maximum(1.0 - height[above] / (0.85 * 22), 0.0), atol=1e-4)
    # Half way from the corner to the part that rises.
    np.testing.assert_allclose(held[(np.abs(strewn - [5, -5]) < 0.7).all(1)], -2.0, atol=0.5)
    assert not held[strewn[:, 1] > 2].any()


@pytest.mark.parametrize(("hold", "opening"), [(native_hold, native_opening), (graph_hold, graph_opening)])
def test_closed_eyes_stay_closed_unless_they_are_opened(photo, hold, opening):
    """What the photo moved onto the line of closed lids comes back to where the corners' own shift leads it."""
    screen, _, lids = photo
    motion = np.tile(np.float32([0.0, -5.0]), (len(screen), 1))
    shut = lids._replace(shut=np.float32([1.0, 0.0]))
    right, left = LID[1:3], LID[5:7]
    still = np.asarray(hold(shut, motion))
    np.testing.assert_allclose(still[right], 0.0, atol=1e-5)
    np.testing.assert_allclose(still[left], motion[left], atol=1e-5)
    np.testing.assert_allclose(np.asarray(hold(shut, motion, 1.0)), motion, atol=1e-5)
    offset = np.tile(np.float32([2.0, 1.0]), (len(screen), 1))
    offset[right] += [0.0, 6.0]
    back = np.asarray(opening(shut, offset))
    np.testing.assert_allclose(back[right], [[0.0, -6.0]] * 2, atol=1e-4)
    np.testing.assert_allclose(back[left], 0.0, atol=1e-5)


def test_closed_eyes_are_told_alike(photo):
    screen = photo[0]
    shut = screen[:68].copy()
    shut[[41, 40]] = shut[[37, 38]] + 0.2
    for landmarks, expected in ((screen[:68], [0, 0]), (shut, [1, 0])):
        found = native_eyes.shut_eyes(landmarks, (220, 420))
        np.testing.assert_allclose(graph_eyes.shut_eyes(np.float32(landmarks), (220, 420)), found, atol=1e-5)
        middles = np.rint([landmarks[36:42].mean(0), landmarks[42:48].mean(0)]).astype(int)
        assert [found[row, column, 0] for column, row in middles] == expected


def test_an_iris_goes_on_under_the_lid_as_below():
    """A drawn eye: a ring of its own in the iris, whose upper third a lid hides."""
    rows, columns = np.indices((80, 120))
    away = np.hypot(rows - 40, columns - 60)
    eye = np.where(away < 24, 0.1 + 0.1 * (np.abs(away - 14) < 3), 0.5)[..., np.newaxis] * np.ones(3)
    cover = ((rows > 30) & (rows < 62)).astype(np.float32)[..., np.newaxis]
    shown = np.where(cover > 0, eye, 0.3).astype(np.float32)
    landmarks = np.zeros((68, 2))
    landmarks[36:42] = [(30, 45), (50, 31), (70, 31), (90, 45), (70, 61), (50, 61)]
    landmarks[42:48] = landmarks[36:42] + [500, 0]
    made = native_eyes.without_lids(shown, shown, cover, landmarks, 24 / 5.9)[..., :3]
    inside = (away < 22) & (rows <= 30) & (rows > 18)
    assert np.abs(made - eye)[inside].mean() < 0.25 * np.abs(shown - eye)[inside].mean()
    # Its highest mm is the lashes'.
    kept = (cover[..., 0] > 0) & (rows > 30 + round(24 / 5.9))
    np.testing.assert_array_equal(made[kept], shown[kept])
    # A lamp that the iris shows stays one.
    shown[48:54, 56:62] = 1.0
    lit = native_eyes.without_lids(shown, shown, cover, landmarks, 24 / 5.9)[..., :3]
    np.testing.assert_allclose(lit[inside], made[inside], atol=0.15)
    assert (lit[cover[..., 0] == 0].max(-1) == 1.0).sum() == 0 and lit[50, 58, 0] == 1.0


@pytest.mark.parametrize(("closing", "shown"), [(1.0, 1.0), (0.5, 0.35)])
def test_low_eyes_close_by_the_share_of_the_face_model_s(photo, hold, closing, shown):
    """Wholly where its lids meet; half of a squint of eyes half as high would leave nothing but a lamp's reflection.

    By `NARROWED`, half of the way becomes 0.5 (0.4 + 0.6 / 2) of it.
    """
    screen, _, lids = photo
    high = 22.0
    lids = lids._replace(high=np.float32([high, high]), room=np.float32([0.5, 0.5]))
    motion, rest = np.zeros_like(screen), hold(lids, np.zeros_like(screen))
    motion[36:48] = np.float32(0.4 * high * closing) * lids.upward
    motion[LID] = np.float32(-0.6 * high * closing) * lids.upward
    motion[LID[[0, 3, 4, 7]]] = 0.0
    held = (hold(lids, motion) - rest) @ lids.upward
    left = held[[40, 41]].mean() - held[[37, 38]].mean()
    np.testing.assert_allclose(left, 0.5 * high * shown, rtol=1e-3)
    np.testing.assert_allclose(hold(lids, -motion)[[37, 38]], -motion[[37, 38]], atol=1e-5)


@pytest.mark.parametrize("engine", ["native", "graph"])
def test_lids_that_unfold_show_fresh_skin(engine):
    """Streaks of what is drawn out go, the texture of skin stays, and it is lit as what is about it, never less."""
    rng = np.random.default_rng(0)
    pores = rng.normal(0.0, 0.05, (40, 60, 1)).astype(np.float32)
    layers = SimpleNamespace(millimetre=2.0, pores=pores - pores.mean())
    streaks = np.broadcast_to(0.1 + 0.05 * (np.arange(60) % 2)[:, np.newaxis], (40, 60, 3)).astype(np.float32)
    unfolds = np.zeros((40, 60, 1), np.float32)
    unfolds[5:35, 5:55] = 1.0
    for about, expected in ((0.4, 0.125 + UNFOLDED_SKIN * (UNFOLDED_SHADE * 0.4 - 0.125)), (0.05, 0.125)):
        plain = np.full_like(streaks, about)
        if engine == "graph":
            made = np.asarray(graph_composition._unfolded(streaks, plain, unfolds, layers))
        else:
            colours = (picture.reshape(-1, 3) for picture in (streaks, plain))
            made = native_composition._unfolded(*colours, unfolds[..., 0], layers, np.arange(2400)).reshape(40, 60, 3)
        inside = made[12:28, 12:48]
        np.testing.assert_allclose(inside[..., :1], expected * (1.0 + layers.pores[12:28, 12:48]), rtol=0.02)
        np.testing.assert_array_equal(made[unfolds[..., 0] == 0.0], streaks[unfolds[..., 0] == 0.0])
