"""The inside of the mouth of a face that has none: the built-in face without its own is the oracle."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from au_tf.facs import ACTIONS
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.completion.mouth import border_loops, lip_hole, with_mouth
from au_tf.morphable.load import load_face_model
from au_tf.rendering.framing import face_vertices, frontal_camera, neutral, portrait
from au_tf.rendering.graph.cameras import project
from au_tf.rendering.graph.rasterizer import rasterize


@pytest.fixture(scope="module")
def mask() -> MorphableModel:
    """The skin of the built-in face alone, a third its usual size, with few coefficients."""
    own = builtin_face()
    triangles = own.triangles[(own.parts[own.triangles] == Part.SKIN).all(1)]
    used = np.unique(triangles)
    place = np.zeros(len(own.parts), np.int32)
    place[used] = np.arange(len(used))
    return replace(
        own,
        mean_shape=own.mean_shape[used] / 3,
        identity_basis=own.identity_basis[:5, used] / 3,
        expression_basis=own.expression_basis[:, used] / 3,
        mean_albedo=own.mean_albedo[used],
        albedo_basis=own.albedo_basis[:4, used],
        triangles=place[triangles],
        landmarks=place[own.landmarks],
        uv=own.uv[used],
        parts=own.parts[used],
        mask=own.mask[used],
    )


@pytest.fixture(scope="module")
def face(mask) -> MorphableModel:
    return with_mouth(mask)


def moved(model: MorphableModel, unit: str) -> np.ndarray:
    both = model.actions[ACTIONS.index(f"{unit}_L")] + model.actions[ACTIONS.index(f"{unit}_R")]
    return np.tensordot(both, model.expression_basis, 1)


def test_borders_of_a_strip_close_it():
    # A square of two triangles; the neighbours of its edges would run 0 3 2 1.
    (loop,) = border_loops(np.array([[0, 1, 2], [0, 2, 3]]))
    assert "0321" in "".join(map(str, loop)) * 2


def test_faces_with_a_mouth_or_without_a_hole_stay_as_they_are(face):
    assert with_mouth(builtin_face()) is builtin_face()
    closed = replace(face, parts=np.zeros_like(face.parts))
    assert with_mouth(closed) is closed


def test_coefficients_mean_the_same_and_files_hold_the_face_alone(mask, face, tmp_path):
    assert face.digest == mask.digest and len(face.mean_shape) > len(mask.mean_shape)
    face.save(tmp_path / "face.npz")
    assert len(MorphableModel.load(tmp_path / "face.npz").mean_shape) == len(mask.mean_shape)
    again = load_face_model(tmp_path / "face.npz")
    assert again.digest == mask.digest
    np.testing.assert_array_equal(again.mean_shape, face.mean_shape)


def test_the_own_vertices_stay_and_everything_fits(mask, face):
    face.check("face")
    count = len(mask.mean_shape)
    for name in ("mean_shape", "identity_basis", "expression_basis", "mean_albedo", "albedo_basis"):
        np.testing.assert_array_equal(
            np.moveaxis(getattr(face, name), -2, 0)[:count], np.moveaxis(getattr(mask, name), -2, 0)
        )
    assert set(face.parts[count:]) == {Part.MOUTH, Part.TEETH}
    assert face.uv.min() >= 0 and face.uv.max() <= 1
    assert face.uv[count:, 1].max() < face.uv[:count, 1].min() + 1e-6


def test_the_hole_is_closed_and_the_winding_goes_on(mask, face):
    border = lip_hole(mask)
    assert border is not None and lip_hole(face) is None
    skin_and_lining = face.triangles[(face.parts[face.triangles] != Part.TEETH).all(1)]
    edges = Counter(map(tuple, skin_and_lining[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).tolist()))
    # Consistently wound: each edge of the border once in each direction.
    for a, b in zip(border.tolist(), np.roll(border, -1).tolist(), strict=True):
        assert edges[a, b] == edges[b, a] == 1


def test_teeth_move_as_the_built_in_faces_own(face):
    own = builtin_face()
    fall = moved(own, "AU26")[own.parts == Part.TEETH, 1].min() / 3
    teeth = moved(face, "AU26")[face.parts == Part.TEETH, 1]
    assert teeth.min() == pytest.approx(fall, rel=0.15)
    # The upper row, about half of them, stays on the skull.
    assert 0.4 < (np.abs(teeth) < 1e-4).mean() < 0.6
    for unit in ("AU12", "AU17", "AU20"):
        assert np.abs(moved(face, unit)[face.parts == Part.TEETH]).max() < 0.3, unit


def seen(model: MorphableModel, unit: str, intensity: float) -> np.ndarray:
    """Share of the picture that shows each `Part`."""
    camera = frontal_camera(256)
    both = model.actions[ACTIONS.index(f"{unit}_L")] + model.actions[ACTIONS.index(f"{unit}_R")]
    shown = portrait(model, neutral(model).with_expression(both * intensity / 5))
    fragments = rasterize(project(face_vertices(model, shown), camera)[None], model.triangles, 256, 256)
    visible = fragments.triangle.numpy()[fragments.mask.numpy()]
    return np.bincount(model.parts[model.triangles[visible]].max(1), minlength=4) / 256**2


def test_closed_lips_hide_it_and_an_open_mouth_shows_it(face):
    closed, dropped, parted = seen(face, "AU26", 0), seen(face, "AU26", 5), seen(face, "AU25", 5)
    assert closed[Part.TEETH] == 0 and closed[Part.MOUTH] < 5e-4
    assert dropped[Part.MOUTH] > 1e-3 and dropped[Part.TEETH] > 2e-4
    assert parted[Part.TEETH] > 1e-3
