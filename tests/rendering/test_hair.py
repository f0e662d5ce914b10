"""Hair: it grows where it should, goes with the head, and is drawn in front of what it hides."""

from dataclasses import replace

import numpy as np
import pytest

from au_tf.facs import ACTIONS
from au_tf.morphable import Part
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.hair.growth import grow
from au_tf.morphable.hair.looks import draw_look, look
from au_tf.morphable.hair.scalp import scalp
from au_tf.morphable.hair.styles import BEARDS, BROWS, CAP, GLASSES, HAIR
from au_tf.morphable.hair.wearing import Wearer
from au_tf.rendering.framing import frontal_camera, neutral, portrait
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.rendering.native.hair import Strands, Worn
from au_tf.rendering.native.hairdresser import Hairdresser

MODEL = builtin_face()
WEARER = Wearer.of(MODEL)
CAMERA = frontal_camera(160)


@pytest.fixture(scope="module")
def renderer() -> BatchRenderer:
    return BatchRenderer(MODEL)


@pytest.fixture(scope="module")
def hairdresser() -> Hairdresser:
    return Hairdresser(MODEL, 0.3)


def batch(face):
    moving = ("expression", "rotation", "translation", "lighting")
    return replace(face, **{name: np.asarray(getattr(face, name))[np.newaxis] for name in moving})


@pytest.mark.parametrize("name", HAIR)
def test_hair_lies_outside_the_head_and_leaves_the_eyes_free(name):
    groom = grow(HAIR[name], 0, 400)
    height, _ = scalp().bare.over(groom.points[groom.along > 0].astype(np.float64))
    assert np.quantile(height, 0.02) > -2.0
    eyes = MODEL.mean_shape[MODEL.landmarks[36:48]].reshape(2, 6, 3).mean(1)
    points = WEARER.fitted(groom).points
    before = points[points[:, 2] > 20.0]
    near = np.linalg.norm(before[:, None, :2] - eyes[:, :2], axis=-1).min(1) < 10.0
    assert near.sum() < 0.01 * len(groom.points)


def test_each_kind_grows_in_its_place():
    at = MODEL.mean_shape[MODEL.landmarks]
    brows, beard = WEARER.fitted(grow(BROWS, 0, 200)), WEARER.fitted(grow(BEARDS["short"], 0, 200))
    roots = brows.points[brows.groom.along == 0]
    line = at[17:27]
    assert np.linalg.norm(roots[:, None, :2] - line[:, :2], axis=-1).min(1).max() < 12.0
    roots = beard.points[beard.groom.along == 0]
    assert roots[:, 1].max() < at[33, 1] + 20.0 and roots[:, 1].min() < at[8, 1]
    # On neither lip.
    inside = (np.abs(roots[:, 0]) < 20) & (np.abs(roots[:, 1] - at[62, 1]) < 5)
    assert not inside.any()


def test_strands_go_with_their_roots():
    """A head that is moved as a whole moves its hair by as much; each root stays on its triangle."""
    fitted = WEARER.fitted(grow(HAIR["long"], 0, 150))
    points, home = fitted.worn(MODEL.mean_shape, MODEL.mean_shape)
    moved, there = fitted.worn(MODEL.mean_shape, MODEL.mean_shape + np.float32([3, -5, 7]))
    np.testing.assert_allclose(moved - points, np.broadcast_to([3, -5, 7], points.shape), atol=1e-3)
    np.testing.assert_allclose(there - home, np.broadcast_to([3, -5, 7], home.shape), atol=1e-3)
    groom = fitted.groom
    np.testing.assert_allclose(points[groom.along == 0], home, atol=0.6)


def test_a_bare_face_is_drawn_as_without_hair(renderer):
    face = batch(portrait(MODEL))
    bare, none = renderer.render(face, CAMERA), renderer.render(face, CAMERA, hair=[None])
    np.testing.assert_array_equal(bare.image, none.image)
    assert bare.hair.max() == none.hair.max() == 0.0


def test_hair_hides_what_it_is_before(renderer):
    """One wide strand of one colour before the nose, and the same behind the head."""
    fitted = WEARER.fitted(grow(HAIR["buzz"], 0, 60))
    strands = Strands.of([Worn(fitted, np.ones(3, np.float32), 0.0)], MODEL.mean_shape, MODEL.mean_shape)
    face, drawn = batch(portrait(MODEL)), []
    for depth in (120.0, -200.0):
        points = np.float32([[0, -60, depth], [0, 40, depth]])
        one = strands._replace(
            points=points, home=strands.home[:1], roots=strands.roots[:1], shares=strands.shares[:1],
            strand=np.zeros(2, np.int32), half=np.full(2, 20, np.float32), out=np.float32([[0, 0, 1]] * 2),
            colour=np.float32([[0, 1, 0]] * 2), gloss=np.zeros(2, np.float32), thin=np.zeros(2, np.uint8),
            triangles=np.int32([[0, 1, 3], [0, 3, 2]]),
        )  # fmt: skip
        drawn.append(renderer.render(face, CAMERA, hair=[one]))
    before, behind = drawn
    column, row = (
        int(v) for v in CAMERA.project(portrait(MODEL).pose.apply(MODEL.mean_shape[MODEL.landmarks[30:31]]))[0, :2]
    )
    assert before.hair[0, row, column] == pytest.approx(1.0, abs=1e-5) and before.skin[0, row, column] == 0.0
    assert before.image[0, row, column, 1] > 150 and before.image[0, row, column, 0] < 20
    assert behind.hair.max() == 0.0
    # Of the area that two rectangles of 40 by 100 mm have on the picture, one is seen.
    scale = CAMERA.focal / -(portrait(MODEL).translation[2] + 120.0)
    assert before.hair.sum() == pytest.approx(40 * 100 * scale**2, rel=0.03)


def test_glasses_keep_their_size_and_sit_before_the_eyes():
    """On people as different as they are: made of metal, they are not stretched."""
    fitted = WEARER.fitted(grow(GLASSES["round"]))
    rng, rims = np.random.default_rng(0), fitted.groom.strand == 0
    for _ in range(5):
        identity = rng.standard_normal(len(MODEL.identity_basis)).astype(np.float32)
        shape = MODEL.shape(identity, np.zeros(len(MODEL.expression_basis), np.float32))
        rim = fitted.worn(MODEL.mean_shape, shape)[0][rims]
        assert np.ptp(rim[:, 0]) == pytest.approx(GLASSES["round"].length, rel=0.02)
        eye = shape[MODEL.landmarks[42:48]].mean(0)
        assert np.linalg.norm(rim[:, :2].mean(0) - eye[:2]) < 14.0
        assert rim[:, 2].min() > eye[2]


def test_a_cap_covers_the_crown_and_leaves_the_face(renderer, hairdresser):
    people = renderer.people(neutral(MODEL).identity, neutral(MODEL).albedo)
    cap = replace(look(), worn=((CAP, np.full(3, 0.2, np.float32)),))
    shown = renderer.render(batch(portrait(MODEL)), CAMERA, people=people, hair=hairdresser.dress(people, [cap])).hair[
        0
    ]
    bare = renderer.render(batch(portrait(MODEL)), CAMERA).coverage[0]
    rows = np.flatnonzero(bare.max(1) > 0.5)
    assert shown[rows[3] : rows[3] + 12][bare[rows[3] : rows[3] + 12] > 0.9].min() > 0.9
    assert shown[CAMERA.height // 2 :, 60:100].max() < 0.05


def test_beards_follow_the_jaw(renderer, hairdresser):
    """Where the chin goes when the jaw drops, the beard's pixels go."""
    centre = []
    for strength in (0.0, 1.0):
        people = renderer.people(neutral(MODEL).identity, neutral(MODEL).albedo)
        hair = hairdresser.dress(people, [replace(look(None, "full"), seed=0)])
        face = portrait(MODEL).with_expression(strength * MODEL.actions[_actions("AU26")].sum(0))
        shown = renderer.render(batch(face), CAMERA, people=people, hair=hair).hair[0]
        rows = np.arange(160)[:, None] * np.ones_like(shown)
        lower = shown * (rows > 90)
        centre.append((lower * rows).sum() / lower.sum())
    assert centre[1] - centre[0] > 2.0


def _actions(name):
    return [k for k, action in enumerate(ACTIONS) if action.startswith(name)]


def test_looks_are_as_various_as_people():
    rng = np.random.default_rng(0)
    light, dark = ([draw_look(rng, tone) for _ in range(300)] for tone in (0.4, 0.08))
    assert 0.05 < np.mean([not each.styles for each in light]) < 0.25
    assert np.median([each.colour.mean() for each in dark]) < 0.5 * np.median([each.colour.mean() for each in light])
    assert len({each.styles for each in light}) > 20


def test_a_covered_scalp_takes_the_hairs_colour(renderer, hairdresser):
    people = renderer.people(neutral(MODEL).identity, neutral(MODEL).albedo)
    before = people.albedo.copy().reshape(3, -1)
    hairdresser.dress(people, [look("short", colour="blond")])
    changed = np.abs(people.albedo.reshape(3, -1) - before).max(0)[: len(MODEL.mean_shape)]
    top = (MODEL.parts == Part.SKIN) & (MODEL.mean_shape[:, 1] > 85.0)
    assert changed[top].mean() > 0.01
    assert changed[MODEL.landmarks[28:36]].max() < 0.02
