"""What a face model's file lacks. Oracles: the built-in face, all of it withheld, and ICT-FaceKit, a stranger."""

import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.facs import ACTIONS, UNITS
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.completion.complete import complete
from au_tf.morphable.completion.eyes import fit_sphere, paint_eyeballs
from au_tf.morphable.completion.reference import reference
from au_tf.morphable.completion.unwrap import unwrap
from au_tf.morphable.formats.raw import RawFace


def bare(model: MorphableModel, **given: object) -> RawFace:
    """A face as if its file held shapes and triangles only, those in the other winding, and what is given."""
    turned = np.ascontiguousarray(model.triangles[:, ::-1])
    shapes = (model.mean_shape, model.identity_basis[:3], model.expression_basis)
    return RawFace("bare", *shapes, turned, **given)  # type: ignore[arg-type]


def motions(model: MorphableModel, rows: np.ndarray) -> np.ndarray:
    """Displacements float[A, N, 3] of vertices by each action."""
    return np.tensordot(model.actions, model.expression_basis[:, rows], 1)


@pytest.fixture(scope="module")
def own() -> MorphableModel:
    return builtin_face()


@pytest.fixture(scope="module")
def found(own: MorphableModel) -> MorphableModel:
    return complete(bare(own), "bare")


def test_landmarks_and_winding_come_back(own: MorphableModel, found: MorphableModel) -> None:
    off = np.linalg.norm(own.mean_shape[found.landmarks] - own.mean_shape[own.landmarks], axis=1)
    assert off.max() < 1.5
    np.testing.assert_array_equal(found.triangles, own.triangles)


def test_mask_and_eyes_come_back(own: MorphableModel, found: MorphableModel) -> None:
    skin = own.parts == Part.SKIN
    assert (np.abs(found.mask - own.mask)[skin] > 0.03).mean() < 0.005
    np.testing.assert_array_equal(found.parts == Part.EYE, own.parts == Part.EYE)


def test_skin_is_the_average_one(own: MorphableModel, found: MorphableModel) -> None:
    skin = (own.parts == Part.SKIN) & (own.mask > 0.5)
    assert np.abs(found.mean_albedo - own.mean_albedo)[skin].mean() < 0.01
    assert found.mean_albedo.min() >= 0 and found.mean_albedo.max() <= 1


def test_complexions_come_back(own: MorphableModel, found: MorphableModel) -> None:
    """All of them but what is below a vertex's size: brows and lips of people differ as they do."""
    skin = (own.parts == Part.SKIN) & (own.mask > 0.5)
    truth, got = (model.albedo_basis[:, skin].reshape(-1, 3 * skin.sum()) for model in (own, found))
    spread = np.sqrt(np.square(truth).sum(0)), np.sqrt(np.square(got).sum(0))
    np.testing.assert_allclose(spread[1].mean(), spread[0].mean(), rtol=0.02)
    assert np.corrcoef(*spread)[0, 1] > 0.95


def test_actions_and_styles_come_back(own: MorphableModel, found: MorphableModel) -> None:
    rows = np.flatnonzero((own.parts == Part.SKIN) & (own.mask > 0.5))
    truth, got = motions(own, rows), motions(found, rows)
    error = np.linalg.norm((got - truth).reshape(len(ACTIONS), -1), axis=1) / np.linalg.norm(
        truth.reshape(len(ACTIONS), -1), axis=1
    )
    # Eyes that look about hardly move the skin.
    error = error[: 2 * UNITS.index(61)]
    assert error.mean() < 0.18 and error.max() < 0.4, dict(zip(ACTIONS, error.round(2), strict=True))
    alike = (own.styles * found.styles).sum() / np.linalg.norm(own.styles) / np.linalg.norm(found.styles)
    assert alike > 0.8


def test_what_is_given_stays(own: MorphableModel) -> None:
    names = [field.name for field in fields(RawFace)]
    raw = RawFace(**{name: getattr(own, name) for name in names})
    kept = complete(raw, "whole")
    for name in names:
        assert getattr(kept, name) is getattr(raw, name), name


def test_an_open_mask_elsewhere_has_eyes_painted_on_its_skin(own: MorphableModel) -> None:
    front = (own.mean_shape[own.triangles, 2] > -40).all(1)
    surface = np.isin(own.parts, (Part.SKIN, Part.EYE))[own.triangles].all(1)
    used, triangles = np.unique(own.triangles[front & surface], return_inverse=True)
    # Eyes sewn to the skin are no pieces of their own.
    triangles = np.concatenate([triangles.reshape(-1, 3), [[0, np.searchsorted(used, eye), 0] for eye in eyes(own)]])
    raw = RawFace(
        "mask",
        (1.1 * own.mean_shape[used] + [300.0, -40.0, 9.0]).astype(np.float32),
        1.1 * own.identity_basis[:2, used],
        1.1 * own.expression_basis[:20, used],
        triangles.astype(np.int32),
    )
    model = complete(raw, "mask")
    assert (model.parts == Part.SKIN).all()
    off = np.linalg.norm(own.mean_shape[used[model.landmarks]] - own.mean_shape[own.landmarks], axis=1)
    assert off.max() < 3.0
    eye = np.flatnonzero((own.parts == Part.EYE)[used])
    wrong = np.abs(model.mean_albedo[eye] - own.mean_albedo[used[eye]])
    assert wrong.mean() < 0.05


def eyes(model: MorphableModel) -> list[int]:
    """A vertex of each eyeball."""
    rows = np.flatnonzero(model.parts == Part.EYE)
    return [int(rows[0]), int(rows[-1])]


@pytest.mark.parametrize("vertices", [4, 30])
def test_what_is_no_face_is_still_a_model_and_is_told(vertices: int, caplog: pytest.LogCaptureFixture) -> None:
    rng = np.random.default_rng(vertices)
    mean, identity, expression = (rng.normal(size=(*n, vertices, 3)).astype(np.float32) for n in ((), (2,), (5,)))
    triangles = rng.permuted(np.tile(np.arange(vertices, dtype=np.int32), (vertices, 1)), axis=1)[:, :3]
    model = complete(RawFace("cloud", mean, identity, expression, triangles), "cloud.mat")
    np.testing.assert_array_equal(model.mean_shape, mean)
    np.testing.assert_array_equal(model.expression_basis, expression)
    assert "cloud.mat: mean_shape: found" in caplog.text and "by its outline alone" in caplog.text


def test_a_face_without_skin_is_refused() -> None:
    shapes = np.random.default_rng(0).normal(size=(3, 9, 3)).astype(np.float32)
    triangles = np.arange(9, dtype=np.int32).reshape(3, 3)
    raw = RawFace("teeth", shapes[0], shapes[1:2], shapes[2:], triangles, parts=np.full(9, Part.TEETH, np.uint8))
    with pytest.raises(InputError, match=r"^some\.pkl: parts: found no skin"):
        complete(raw, "some.pkl")


@pytest.fixture(scope="module")
def stranger(ict_model: MorphableModel) -> MorphableModel:
    """ICT-FaceKit with its landmarks, parts and FACS shapes withheld."""
    return complete(bare(ict_model), "ICT")


def test_eyeballs_of_ict_facekit_are_found(ict_model: MorphableModel, stranger: MorphableModel) -> None:
    used = np.unique(ict_model.triangles)
    np.testing.assert_array_equal(stranger.parts[used] == Part.EYE, ict_model.parts[used] == Part.EYE)


def test_landmarks_of_ict_facekit_are_near_its_own(ict_model: MorphableModel, stranger: MorphableModel) -> None:
    own, got = (ict_model.mean_shape[rows] for rows in (ict_model.landmarks, stranger.landmarks))
    off = np.linalg.norm(got - own, axis=1)
    limits = {
        "jaw": (0, 17, 4.0),
        "brows": (17, 27, 8.0),
        "nose": (27, 36, 5.5),
        "eyes": (36, 48, 3.0),
        "mouth": (48, 68, 3.5),
    }
    for name, (start, stop, limit) in limits.items():
        assert off[start:stop].mean() < limit, name


def test_carried_actions_move_ict_facekit_as_its_own_shapes_do(
    ict_model: MorphableModel, stranger: MorphableModel
) -> None:
    truth, got = (
        motions(model, ict_model.landmarks).reshape(len(UNITS), 2, 68, 3).sum(1) for model in (ict_model, stranger)
    )
    alike = {
        unit: float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))
        for unit, a, b in zip(UNITS, truth, got, strict=True)
    }
    # The two disagree about what brows, lids, cheeks and lips do besides. From 61 on eyes turn.
    least = dict.fromkeys(UNITS, 0.8) | {4: 0.6, 6: 0.7, 7: 0.5, 9: 0.55, 14: 0.7, 23: 0.55, 28: 0.7}
    low = {unit: alike[unit] for unit, limit in least.items() if unit < 61 and alike[unit] < limit}
    assert not low


def test_lips_of_ict_facekit_are_told_apart(ict_model: MorphableModel, stranger: MorphableModel) -> None:
    upper, lower = stranger.landmarks[[61, 62, 63]], stranger.landmarks[[67, 66, 65]]
    assert not set(upper) & set(lower)
    for unit, least in (("AU25", 4.0), ("AU26", 12.0)):
        both = stranger.actions[[ACTIONS.index(f"{unit}_{side}") for side in "LR"]].sum(0)
        rows = ict_model.landmarks[[62, 66]]
        up, down = np.tensordot(both, stranger.expression_basis[:, rows, 1], 1)
        assert up - down > least


def test_colours_of_a_stranger_lie_where_they_should(ict_model: MorphableModel) -> None:
    points, colours = ict_model.mean_shape, ict_model.mean_albedo
    at = points[ict_model.landmarks]
    skin = np.flatnonzero(ict_model.parts == Part.SKIN)

    def near(place: np.ndarray, radius: float) -> np.ndarray:
        return skin[np.linalg.norm(points[skin] - place, axis=1) < radius]

    beside = skin[np.linalg.norm(points[skin] - (at[2] + at[31]) / 2 - [0.0, 0.0, 20.0], axis=1).argmin()]
    cheek = colours[near(points[beside], 8.0)].mean(0)
    lip = colours[near((at[57] + at[66]) / 2, 3.0)].mean(0)
    assert lip[0] / lip[1] > 1.3 * cheek[0] / cheek[1]
    for brow in (19, 24):
        assert colours[near(at[brow] - [0.0, 2.0, 0.0], 4.0)].mean() < 0.6 * cheek.mean()
    assert colours[near(points[skin[points[skin, 1].argmax()]], 20.0)].mean() < 0.6 * cheek.mean()
    nose = near(at[33], 14.0)
    assert colours[nose].mean(1).min() < 0.1 * cheek.mean()
    assert colours[near(at[30], 5.0)].mean() == pytest.approx(cheek.mean(), rel=0.2)


def test_carried_coefficients_are_sane(stranger: MorphableModel) -> None:
    both = stranger.actions.reshape(len(UNITS), 2, -1).sum(1)
    assert np.abs(both).max() < 6.0


def test_pictures_of_the_skin_do_not_fold_on_the_face(own: MorphableModel) -> None:
    uv = unwrap(own.mean_shape.astype(float), own.parts)
    assert uv.min() >= 0 and uv.max() <= 1
    face = ((own.parts == Part.SKIN) & (own.mask > 0.9))[own.triangles].all(1)
    a, b, c = np.moveaxis(uv[own.triangles[face]].astype(float), 1, 0)
    area = 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    # Lips and lids overhang a little.
    assert (area > 0).mean() > 0.97
    assert area.sum() > 0.12


def test_a_sphere_is_found_under_what_bulges_out_of_it() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(400, 3))
    points *= 12.0 / np.linalg.norm(points, axis=1, keepdims=True)
    bulging = points[:, 2] > 11.0
    points[bulging] *= 1.1
    ball = fit_sphere(points + [3.0, 2.0, 1.0])
    np.testing.assert_allclose(ball.centre, [3.0, 2.0, 1.0], atol=0.05)
    assert ball.radius == pytest.approx(12.0, abs=0.05)


def test_an_iris_is_painted_where_the_cornea_is() -> None:
    rng = np.random.default_rng(0)
    direction = rng.normal(size=(6000, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    gaze = np.array([0.2, 0.1, 1.0]) / np.linalg.norm([0.2, 0.1, 1.0])
    along = direction @ gaze
    points = direction * (12.0 + 1.2 * np.clip((along - 0.88) / 0.12, 0, 1))[:, None] + [31.0, 0.0, 30.0]
    triangles = np.arange(6000).reshape(-1, 3)
    brightness = paint_eyeballs(points, np.ones(6000, bool), triangles, reference().albedo).mean(1)
    reach = np.linalg.norm(np.cross(points - [31.0, 0.0, 30.0], gaze), axis=1)
    ahead = along > 0
    assert brightness[ahead & (reach < 1.0)].mean() < 0.1
    assert brightness[ahead & (reach > 2.5) & (reach < 5.0)].mean() < 0.2
    # Above and below, the lids shade the white.
    level = np.abs((points - [31.0, 0.0, 30.0]) @ [-0.02, 0.99, -0.1]) < 2.0
    assert brightness[ahead & level & (reach > 7.0) & (reach < 9.0)].mean() > 0.4
    assert brightness[~ahead].mean() > 0.12


def test_completing_needs_no_tensorflow() -> None:
    code = "import sys, au_tf.morphable.completion.complete; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
