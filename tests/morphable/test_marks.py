"""Marks of the skin: where they are, and on whom."""

import numpy as np
import pytest

from au_tf.morphable import Part
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.detail import detail_of
from au_tf.morphable.detail.marks import MARKS, paint_marks


@pytest.fixture(scope="module")
def marks() -> dict[str, np.ndarray]:
    return dict(zip(MARKS, np.moveaxis(paint_marks(), -1, 0), strict=True))


def test_textures_are_neither_lighter_nor_darker_than_the_skin(marks: dict[str, np.ndarray]) -> None:
    for name in ("pores", "brows"):
        assert abs(marks[name].mean()) < 0.01
        assert marks[name].std() > 0.02


def test_lips_lids_and_borders_are_bare(marks: dict[str, np.ndarray]) -> None:
    u, v = chart.texels()
    places = np.array([chart.LANDMARKS[number] for number in (38, 43, 46, 62, 63, 66)])
    bare = np.hypot(u[..., None] - places[:, 0], v[..., None] - places[:, 1]).min(-1) < 1.0
    bare[:2] = bare[-2:] = bare[:, :2] = bare[:, -2:] = True
    for name, mark in marks.items():
        assert np.abs(mark[bare]).max() < 0.05, name


def test_light_skin_has_freckles_and_a_dark_chin_stubble() -> None:
    model = builtin_face()
    albedo = np.random.default_rng(0).normal(size=(2000, len(model.albedo_basis)))
    amount = -detail_of(model).tints(albedo)[..., 0]
    light = np.tensordot(albedo, model.albedo_basis[:, model.mask > 0.5].mean((1, 2)), 1)
    at = model.mean_shape[model.landmarks]
    skin = (model.parts == Part.SKIN) & (model.mask > 0.5)
    places = (at[8] + at[57]) / 2, (at[14] + at[35]) / 2
    near = [skin & (np.linalg.norm((model.mean_shape - place)[:, :2], axis=1) < 10.0) for place in places]
    chin, cheek = (model.albedo_basis[:, rows].mean((1, 2)) for rows in near)
    assert 0.2 < np.corrcoef(light, amount[:, MARKS.index("freckles")])[0, 1] < 0.8
    assert np.corrcoef(albedo @ (cheek - chin), amount[:, MARKS.index("stubble")])[0, 1] > 0.4
    assert 0.1 < (amount[:, MARKS.index("freckles")] > 0).mean() < 0.5
