from dataclasses import replace

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.estimation.svr import SVRConfig, fit_svr
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.framing import face_vertices
from au_tf.rendering.graph.cameras import project
from au_tf.simulation.action_meter import ActionMeter
from au_tf.simulation.linear_fit import linear_fit
from au_tf.simulation.measurement import TURNED, Errors, expression, project_landmarks
from au_tf.simulation.observe import observe
from au_tf.simulation.scene import VIDEO, SimulatedRecordingConfig, perform, scene
from au_tf.simulation.subjects import CAMERAS, SUBJECTS

TINY = SimulatedRecordingConfig("tiny")
SMALL = SimulatedRecordingConfig("small")
TEST = ("SN026", "SN032")


@pytest.fixture(scope="module")
def videos():
    """What both cameras record of everybody, in small."""
    face = builtin_face()
    return {(subject, camera): observe(face, subject, camera, SMALL) for subject in SUBJECTS for camera in CAMERAS}


def arrays(frames):
    return [*vars(frames.coefficients).values(), frames.number, frames.intensities, frames.registered, frames.landmarks]


def test_a_take_depends_on_nothing_but_its_arguments():
    first = observe(builtin_face(), "SN009", "right", TINY)
    perform.cache_clear()
    observe(builtin_face(), "SN001", "left", TINY)
    again = observe(builtin_face(), "SN009", "right", TINY)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(arrays(first), arrays(again), strict=True))
    other = observe(builtin_face(), "SN009", "right", SimulatedRecordingConfig("tiny", seed=1))
    assert not np.array_equal(first.coefficients.expression, other.coefficients.expression)


def test_a_take_is_shaped_as_told():
    frames, face = observe(builtin_face(), "SN032", "left", TINY), builtin_face()
    sizes = {"identity": 100, "albedo": 100, "expression": 79, "rotation": 3, "translation": 3}
    for name, size in sizes.items():
        assert getattr(frames.coefficients, name).shape == (TINY.frames, size)
    assert frames.coefficients.lighting.shape == (TINY.frames, 9, 3)
    assert frames.landmarks.shape == (TINY.frames, 68, 2)
    assert frames.intensities.dtype == np.uint8 and frames.intensities.max() <= 5
    assert all(a.dtype == np.float32 for a in vars(frames.coefficients).values())
    whole = observe(face, "SN032", "left", SimulatedRecordingConfig())
    assert np.array_equal(whole.number, np.arange(1, 4846))
    rows = frames.number - 1
    np.testing.assert_allclose(whole.coefficients.expression[rows], frames.coefficients.expression, atol=1e-4)
    assert np.array_equal(whole.intensities[rows], frames.intensities)


def test_both_cameras_see_one_performance_each_in_its_own_way(videos):
    face = builtin_face()
    for subject in SUBJECTS[:5]:
        left, right = videos[subject, "left"], videos[subject, "right"]
        assert np.array_equal(left.intensities, right.intensities) and np.array_equal(left.number, right.number)
        assert np.abs(left.coefficients.expression - right.coefficients.expression).mean() > 0.05
        true = [scene(face, subject, camera, SMALL) for camera in CAMERAS]
        assert np.array_equal(true[0].expression, true[1].expression)
        # The cameras stand 8 degrees apart.
        turns = true[0].rotation[:, 1] - true[1].rotation[:, 1]
        assert np.degrees(np.median(turns)) == pytest.approx(8, abs=1)


def test_what_is_extracted_is_never_the_truth(videos):
    for subject in SUBJECTS[::9]:
        true, found = scene(builtin_face(), subject, "left", SMALL), videos[subject, "left"].coefficients
        for name, value in vars(true).items():
            assert (getattr(found, name) != value).mean() > 0.99, name


def test_errors_hang_on_who_it_is(videos):
    # A person's mean error is several times what chance would leave of errors that come and go.
    face, meter = builtin_face(), ActionMeter.of(builtin_face())
    fit, lasting, passing = linear_fit(face), [], []
    for subject in SUBJECTS:
        true = scene(face, subject, "left", SMALL)
        kept = videos[subject, "left"].registered
        off = (videos[subject, "left"].coefficients.expression - true.expression @ fit.from_expression) * meter.motion
        lasting.append(off[kept].mean(0))
        passing.append(off[kept].var(0))
    assert np.square(lasting).sum() > 1.5 * np.sum(passing)


def test_without_errors_the_extraction_is_the_landmark_fit():
    fit, rng = linear_fit(builtin_face()), np.random.default_rng(0)
    clean, identity, noise = rng.standard_normal((5, 79)), rng.standard_normal(100), rng.standard_normal((5, 136))
    exact = expression(clean, identity, noise, fit, 0.0)
    np.testing.assert_allclose(exact, clean @ fit.from_expression)
    np.testing.assert_allclose(
        expression(clean, identity, noise, fit, 2.0) - exact,
        2 * (identity @ fit.from_identity + noise @ fit.from_noise),
    )


def test_errors_are_standard_normal_and_shared_in_part_by_the_cameras():
    rows = np.arange(0, 4845, 10)
    left, right = (Errors(0, "SN003", camera, 1.0).draw("landmarks", 2000, rows) for camera in CAMERAS)
    assert left.std() == pytest.approx(1.0, abs=0.02)
    # 0.4 of the variance stays with the person, 0.2 with person and camera.
    assert (left * right).mean() == pytest.approx(0.4, abs=0.05)
    assert (left[:-100] * left[100:]).mean() == pytest.approx(0.6, abs=0.05)


def test_landmarks_are_where_the_renderer_puts_them(videos):
    face = builtin_face()
    true = scene(face, "SN004", "left", SMALL)
    told = project_landmarks(face, true, VIDEO)
    for k in (0, 20, 47):
        one = true[k]
        seen = project(face_vertices(face, one), VIDEO).numpy()[face.landmarks, :2]
        np.testing.assert_allclose(told[k], seen, atol=0.05)
    assert told.min() > 100 and (told < [924, 668]).all()
    off = videos["SN004", "left"].landmarks - told
    eyes = np.linalg.norm(told[:, 45] - told[:, 36], axis=-1).mean()
    assert 0.5 * 0.015 < off.std() / eyes < 3 * 0.015


def test_as_few_frames_as_in_disfa_fail_to_register(videos):
    # The paper registers 233,648 of 25 x 2 x 4,845 frames.
    failed = 1 - np.mean([video.registered.mean() for video in videos.values()])
    assert failed == pytest.approx(1 - 233_648 / (25 * 2 * 4845), abs=0.02)
    for (subject, camera), video in videos.items():
        turned = np.linalg.norm(scene(builtin_face(), subject, camera, SMALL).rotation, axis=1) >= TURNED
        assert np.array_equal(video.registered, ~turned)


def test_people_do_an_action_unit_each_in_their_own_way():
    # Directions of AU12 in the mesh: alike, but not the same.
    face, meter, ways = builtin_face(), ActionMeter.of(builtin_face()), []
    for subject in SUBJECTS[:6]:
        true = perform(face, subject, SimulatedRecordingConfig())
        design = np.c_[true.coded, np.ones(len(true.coded))].astype(float)
        slope = np.linalg.lstsq(design, true.expression * meter.motion, rcond=None)[0][6]
        ways.append(slope / np.linalg.norm(slope))
    cosines = (np.array(ways) @ np.array(ways).T)[np.triu_indices(6, 1)]
    assert cosines.min() > 0.5 and cosines.max() < 0.99


def test_support_vector_regression_errs_about_as_the_paper_s(videos):
    # On a hundredth of the frames; the paper, on all of DISFA's: 0.489 and 0.549. One size of error cannot meet both.
    def gather(subjects):
        rows = [
            (videos[s, c], videos[s, c].registered & videos[s, c].intensities.any(1)) for s in subjects for c in CAMERAS
        ]
        return [
            np.concatenate([video.coefficients.expression[kept] for video, kept in rows]),
            np.concatenate([video.intensities[kept] for video, kept in rows]),
        ]

    asked, intensities = gather(TEST)
    machine = fit_svr(*gather([s for s in SUBJECTS if s not in TEST]), SVRConfig(loss="squared", cost=1e-2))
    off = machine.predict(asked) - intensities.astype(float)
    assert np.abs(off).mean() == pytest.approx(0.46, abs=0.03)
    assert np.square(off).mean() == pytest.approx(0.56, abs=0.04)


def test_any_face_model_with_actions_will_do():
    face = builtin_face()
    other = replace(
        face,
        name="smaller",
        identity_basis=face.identity_basis[:30],
        albedo_basis=face.albedo_basis[:0],
        expression_basis=face.expression_basis[:40],
        actions=face.actions[:, :40].copy(),
        styles=face.styles[:, :, :40].copy(),
    )
    other.check("smaller")
    frames = observe(other, "SN007", "left", TINY)
    assert np.array_equal(frames.intensities, observe(face, "SN007", "left", TINY).intensities)
    found = frames.coefficients
    assert (found.identity.shape[1], found.albedo.shape[1], found.expression.shape[1]) == (30, 0, 40)
    assert np.isfinite(found.expression).all()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: SimulatedRecordingConfig("huge"), "size: found huge, expected one of tiny, small, paper"),
        (lambda: SimulatedRecordingConfig(seed=-1), "seed: found -1"),
        (lambda: SimulatedRecordingConfig(error=float("nan")), "error: found nan"),
        (lambda: observe(builtin_face(), "SN014", "left", TINY), "subject: found SN014, expected one of SN001"),
        (lambda: scene(builtin_face(), "SN001", "top", TINY), "camera: found top, expected one of left, right"),
    ],
)
def test_recordings_that_cannot_be_are_refused(ask, message):
    with pytest.raises(InputError, match=message):
        ask()
