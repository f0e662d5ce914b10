"""In both engines lashes go with the lid's edge: laws of motions that are known, on points strewn about two eyes."""

from types import SimpleNamespace

import numpy as np
import pytest

from au_tf.compositing.graph.fields import hold as graph_hold
from au_tf.compositing.lids import Lashes
from au_tf.compositing.native.fields import hold as native_hold
from au_tf.geometry.landmarks import UPPER_LIDS

EYE = np.array([[0, 0], [10, -6], [20, -6], [30, 0], [20, 5], [10, 5]], float)
LID = np.ravel(UPPER_LIDS)


@pytest.fixture(scope="module", params=[0.0, 0.4])
def photo(request):
    """Landmarks of level or tilted eyes 100 pixels across, and skin all about them; the landmarks come first."""
    turn = np.array([[np.cos(request.param), np.sin(request.param)], [-np.sin(request.param), np.cos(request.param)]])
    landmarks = np.zeros((68, 2))
    landmarks[36:48] = np.concatenate([EYE, EYE + [70, 0]]) @ turn + [200, 100]
    strewn = np.random.default_rng(0).uniform([-20, -40], [120, 30], (4000, 2))
    screen = np.concatenate([landmarks, strewn @ turn + [200, 100]])
    count = len(screen)
    model = SimpleNamespace(parts=np.zeros(count, np.uint8), mask=np.ones(count), landmarks=np.arange(68))
    return screen, strewn, Lashes.of(model, screen, landmarks)


@pytest.fixture(params=[native_hold, graph_hold], ids=["native", "graph"])
def hold(request):
    return lambda lashes, motion: np.asarray(request.param(lashes, np.float32(motion)))


def test_what_moves_as_one_is_left_alone(photo, hold):
    screen, _, lashes = photo
    motion = np.tile(np.float32([3.0, -7.0]), (len(screen), 1))
    np.testing.assert_allclose(hold(lashes, motion), motion, atol=1e-5)


def test_skin_that_unfolds_leaves_the_lashes_where_the_lid_is(photo, hold):
    screen, strewn, lashes = photo
    motion = np.zeros_like(screen)
    motion[68:, 1] = -10.0
    held = hold(lashes, motion)[68:, 1]
    # Above the middle of the flat top of the first eye, 6 pixels above its corners.
    column = (strewn[:, 0] > 10) & (strewn[:, 0] < 20)
    height = -6 - strewn[:, 1]
    np.testing.assert_allclose(held[column & (height > 0) & (height < 6)], 0.0, atol=1e-5)
    np.testing.assert_allclose(held[column & (height > 12)], -10.0, atol=1e-5)
    between = column & (height > 6.5) & (height < 11.5)
    assert np.all((held[between] < 0) & (held[between] > -10))
    order = np.argsort(height[between])
    assert np.all(np.diff(held[between][order]) <= 1e-5)


def test_lashes_follow_a_lid_that_rises_and_the_lower_lid_stays(photo, hold):
    screen, strewn, lashes = photo
    motion = np.zeros_like(screen)
    motion[LID[1:3]] = [0.0, -4.0]
    held = hold(lashes, motion)[68:, 1]
    np.testing.assert_allclose(held[(np.abs(strewn - [15, -9]) < 2).all(1)], -4.0, atol=1e-5)
    # Half way from the corner to the part that rises.
    np.testing.assert_allclose(held[(np.abs(strewn - [5, -5]) < 0.7).all(1)], -2.0, atol=0.5)
    assert not held[strewn[:, 1] > 2].any()
