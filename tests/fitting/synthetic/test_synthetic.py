"""Synthetic pictures: what is said of them is true, and the same seed gives the same bytes."""

import json
from dataclasses import replace

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.fitting.accuracy import turn_between
from au_tf.fitting.refine.contour import Contour
from au_tf.fitting.synthetic import clutter, sensor
from au_tf.fitting.synthetic.benchmark import Benchmark, fit_errors
from au_tf.fitting.synthetic.detector import PHOTO_SIZE, found_in, taken_pictures
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline, as_aligned, as_detected, transform
from au_tf.fitting.synthetic.picture_store import BLOCK, SceneSampler, Truth, make
from au_tf.fitting.synthetic.scenes import PITCH, YAW, draw_light, draw_scenes
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera
from au_tf.geometry.alignment import alignment_matrix
from au_tf.geometry.landmarks import JAW
from au_tf.rendering.framing import face_vertices
from au_tf.rendering.graph.cameras import project, rotation_matrix
from au_tf.rendering.graph.lighting import sh_basis
from au_tf.rendering.native.batch_renderer import BatchRenderer


def expressions(count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((count, 5)).astype(np.float32)


@pytest.fixture(scope="module")
def sampler(head):
    error = replace(
        DetectorError.none(), rest=np.random.default_rng(9).normal(0, 0.5, (50, 136)), turns=np.zeros((50, 3))
    )
    return SceneSampler(head, SyntheticCamera(BatchRenderer(head)), Outline.of(head), error, expressions)


@pytest.fixture(scope="module")
def scenes(head):
    return draw_scenes(head, 40, expressions, np.random.default_rng(1))


def test_people_stand_about_the_middle_of_the_picture(scenes):
    place = scenes.place()
    assert np.abs(place.shift - (0, 12)).max() < 15
    np.testing.assert_allclose(np.exp(place.size), 1.1, atol=0.15)
    assert np.abs(place.turn).max() <= np.radians(1.05 * np.hypot(YAW, PITCH))


def test_light_on_faces_is_about_as_bright_as_an_exposure_makes_it():
    rng = np.random.default_rng(2)
    lights = np.stack([draw_light(rng) for _ in range(300)])
    forward = sh_basis(np.float32([[0, 0, 1]])).numpy()[0] @ lights
    assert 0.7 < np.median(forward) < 1.3
    # Lamps are warm and cool, not red and blue.
    assert np.abs(np.log(forward[:, 0] / forward[:, 2])).mean() < 0.4


def test_landmarks_lie_on_the_projected_mesh_and_the_jaw_on_its_outline(scenes, head):
    found = Outline.of(head).landmarks(scenes)
    contour = Contour.of(head)
    vertices = face_vertices(head, scenes.coefficients)
    for k in range(0, len(scenes), 7):
        seen = project(vertices[k], scenes.camera[k]).numpy()[:, :2]
        np.testing.assert_allclose(found[k, 17:], seen[head.landmarks[17:]], atol=0.02)
        turn = rotation_matrix(scenes.coefficients.rotation[k]).numpy().astype(np.float64)
        outline = seen[contour.vertices][contour.outermost(seen[contour.vertices].astype(np.float64), turn)]
        np.testing.assert_allclose(found[k, JAW], outline, atol=0.02)


def test_aligned_scenes_are_where_their_landmarks_were_brought(scenes, sampler):
    upright = np.tile(np.eye(2, 3), (len(scenes), 1, 1))
    for error, off in ((DetectorError.none(), 1e-6), (sampler.error, 0.5)):
        aligned, landmarks = as_aligned(scenes, sampler.outline, error, np.random.default_rng(0))
        np.testing.assert_allclose(sampler.outline.landmarks(aligned), landmarks, atol=0.02)
        shift = alignment_matrix(landmarks) - upright
        # The mean of a group of landmarks errs less than one of them.
        assert np.abs(shift @ (112, 112, 1)).mean() <= off
        found = as_detected(landmarks, error.draw(landmarks, aligned.place().turn, np.random.default_rng(1)))
        np.testing.assert_allclose(alignment_matrix(found), upright, atol=1e-9)
        assert np.abs(found - landmarks).mean() <= 2 * off + 1e-3


def test_the_detectors_error_is_found_again():
    rng = np.random.default_rng(3)
    turns = rng.normal(0, 0.3, (2000, 3))
    usual, ways = rng.uniform(50, 170, 136), rng.normal(0, 2, (5, 136))
    landmarks = usual + rng.standard_normal((2000, 5)) @ ways
    # It goes a third of the way to the usual face, is off by the same everywhere, and one coordinate errs more on
    # faces that are turned to the side.
    off, rest = rng.normal(0, 2, 136), rng.standard_normal((2000, 136))
    rest[:, 0] *= 1.0 + 5.0 * (turns[:, 1] > 0.2)
    errors = off - (landmarks - usual) / 3 + rest
    found = DetectorError.fitted(landmarks.reshape(-1, 68, 2), errors.reshape(-1, 68, 2), turns)

    def drawn(face: np.ndarray, yaw: float) -> np.ndarray:
        marks, turn = np.tile(face.reshape(68, 2), (3000, 1, 1)), np.tile([0.0, yaw, 0.0], (3000, 1))
        return found.draw(marks, turn, rng).reshape(-1, 136)

    straight, aside = drawn(usual, -0.3), drawn(usual, 0.5)
    np.testing.assert_allclose(straight.mean(0), off, atol=0.5)
    np.testing.assert_allclose(straight[:, 1:].std(0), 1.0, atol=0.25)
    assert straight[:, 0].std() < 2.5 and aside[:, 0].std() > 4.0
    other = drawn(usual + 2 * ways[0], 0.0).mean(0) - drawn(usual, 0.0).mean(0)
    np.testing.assert_allclose(other, -2 * ways[0] / 3, atol=0.4)
    np.testing.assert_array_equal(DetectorError.none().draw(landmarks[:2].reshape(2, 68, 2), turns[:2], rng), 0.0)


def test_people_are_dressed_and_the_hair_is_labelled(head, scenes):
    camera = SyntheticCamera(BatchRenderer(head))
    marks = Outline.of(head).landmarks(scenes).astype(np.float32)
    taken = camera.take(scenes, marks, 224, np.random.default_rng(0))
    assert taken.hair.shape == taken.pictures.shape[:3]
    assert taken.hair.min() >= 0.0 and taken.hair.max() < 1.0 + 1e-5
    above, nose = taken.hair[:, :90].mean((1, 2)), taken.hair[:, 120:130, 105:120].mean((1, 2))
    # Most wear hair, and hardly anybody on the nose.
    assert (above > 0.02).mean() > 0.6
    assert (nose < 0.05).mean() > 0.9


def test_a_block_is_the_same_from_the_same_seed(sampler):
    first, second, other = (sampler.block(6, 0, number) for number in (3, 3, 4))
    assert first[0].shape == (6, 112, 112, 3) and first[0].dtype == np.uint8
    np.testing.assert_array_equal(first[0], second[0])
    for one, two in zip(first[1], second[1], strict=True):
        np.testing.assert_array_equal(one, two)
    assert np.abs(first[0].astype(int) - other[0]).mean() > 5


def test_the_picture_shows_the_face_where_the_truth_says(head):
    class Plain(SyntheticCamera):
        """Takes the face and nothing else."""

        def take(self, scenes, landmarks, size, rng):
            camera = replace(scenes.camera, height=size, width=size)
            drawn = self.renderer.render(scenes.coefficients, camera, 1, np.zeros(3))
            taken = super().take(scenes, landmarks, size, rng)
            return taken._replace(pictures=drawn.image)

    plain = SceneSampler(head, Plain(BatchRenderer(head)), Outline.of(head), DetectorError.none(), expressions)
    pictures, truth = plain.block(8, 1, 0)
    marks = truth.landmarks.reshape(-1, 68, 2)
    for picture, points in zip(pictures, marks, strict=True):
        lit = picture.max(-1) > 0
        columns, rows = (np.rint((points[17:] + 0.5) / 2 - 0.5).astype(int).clip(0, 111)).T
        assert lit[rows, columns].mean() > 0.95
        # Just beyond the outline there is nothing.
        middle = points[27:36].mean(0)
        outside = middle + 1.25 * (points[[0, 16]] - middle)
        columns, rows = ((outside + 0.5) / 2 - 0.5).T
        inside = (columns >= 0) & (columns <= 111)
        assert np.mean(lit[rows[inside].astype(int).clip(0, 111), columns[inside].astype(int)]) <= 0.5


def test_pictures_are_made_once_and_go_on_where_they_were_left(sampler, tmp_path, monkeypatch):
    whole = make(sampler, tmp_path / "whole", BLOCK + 5, 0)
    assert whole.pictures.shape == (BLOCK + 5, 112, 112, 3)
    blocks = []

    def block(self, count, seed, number, own=SceneSampler.block):
        blocks.append(number)
        if len(blocks) == 2:
            raise KeyboardInterrupt
        return own(self, count, seed, number)

    monkeypatch.setattr(SceneSampler, "block", block)
    with pytest.raises(KeyboardInterrupt):
        make(sampler, tmp_path / "parts", BLOCK + 5, 0)
    parts = make(sampler, tmp_path / "parts", BLOCK + 5, 0)
    assert blocks == [0, 1, 1]
    np.testing.assert_array_equal(parts.pictures, whole.pictures)
    np.testing.assert_array_equal(parts.rows, whole.rows)
    assert sum(Truth.sizes(sampler.model)) == whole.rows.shape[1]
    with pytest.raises(InputError, match=r"pictures: found .*another folder"):
        make(sampler, tmp_path / "parts", BLOCK + 5, 1)
    (tmp_path / "parts" / "state.json").write_text(json.dumps([1]))
    with pytest.raises(InputError, match=r"state\.json: state: found"):
        make(sampler, tmp_path / "parts", BLOCK + 5, 0)


def test_clutter_and_camera_keep_the_size_and_the_seed():
    picture, marks = clutter.background(112, np.random.default_rng(0)), np.full((68, 2), 56.0, np.float32)
    marks[36:42, 0], marks[42:48, 0] = 40.0, 72.0
    covered = 0
    for seed in range(40):
        outcomes = []
        for _ in range(2):
            rng = np.random.default_rng(seed)
            hidden, mask = clutter.cover(picture, marks, rng)
            outcomes.append(sensor.develop(hidden, rng))
        np.testing.assert_array_equal(*outcomes)
        assert outcomes[0].shape == picture.shape and outcomes[0].dtype == np.uint8
        covered += mask.any()
    assert 5 < covered < 20


def test_the_truth_passes_the_exam_and_the_mean_face_has_its_own_error(sampler, scenes):
    rng = np.random.default_rng(7)
    aligned, marks = as_aligned(scenes.rows(slice(0, 4)), sampler.outline, DetectorError.none(), rng)
    photo, places, taken = taken_pictures(aligned, marks, sampler.camera, rng)
    assert taken.pictures.shape == (4, PHOTO_SIZE, PHOTO_SIZE, 3)
    np.testing.assert_allclose(places, sampler.outline.landmarks(photo), atol=0.05)
    benchmark = Benchmark(taken.pictures, [], photo, np.zeros(4), taken.covered, 5)
    best = fit_errors(benchmark, photo.coefficients, sampler)
    np.testing.assert_allclose(best.shape, 0.0, atol=1e-3)
    np.testing.assert_allclose(best.turn, 0.0, atol=0.1)
    assert best.expression == pytest.approx(1.0)
    face = photo.coefficients
    nobody = replace(face, identity=0 * face.identity, expression=0 * face.expression)
    worst = fit_errors(benchmark, replace(nobody, rotation=0 * face.rotation), sampler)
    np.testing.assert_allclose(worst.shape, worst.mean_face, rtol=1e-4)
    np.testing.assert_allclose(worst.turn, turn_between(face.rotation, 0 * face.rotation), rtol=1e-4)
    assert worst.expression == 0.0


def test_no_face_is_found_in_a_pattern():
    picture = clutter.background(200, np.random.default_rng(1))
    assert found_in(picture, transform(np.eye(2, 3)[None], np.zeros((1, 68, 2)))[0]) is None
