"""Any face model from end to end: looked at, stored, drawn, trained for, and put into a photo."""

import shlex
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from PIL import Image
from skimage import data

import au_tf
from au_tf.cli import main
from au_tf.faces import gallery, model_sheets
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.builtin import builtin_face
from au_tf.pictures.images import read_image, write_image
from au_tf.rendering.framing import close_up
from au_tf.synthesis.generators import load_generator, shipped_generator


def run(*words):
    assert main.main([str(word) for word in words]) == 0


def refused(capsys, *words):
    assert main.main([*map(str, words), "--quiet"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("au-tf: ") and err.count("\n") == 1
    return err


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photo") / "astronaut.png"
    write_image(path, data.astronaut())
    return path


@pytest.fixture(scope="module")
def generator(other_file, tmp_path_factory):
    """A generator for the other face model, hardly trained."""
    folder = tmp_path_factory.mktemp("trained") / "generator"
    small = ("--iterations", 40, "--people", 12, "--frames", 30, "--steps-per-call", 40)
    run("train", "caae", "--face-model", other_file, "--out", folder, *small)
    return folder


def test_a_generator_is_trained_for_another_face_model(generator, other, other_file):
    trained = load_generator(generator)
    trained.check(other)
    assert trained.config.expression_size == 53 and trained.config.adversarial == "non-saturating"
    card = (generator / "README.md").read_text()
    assert '# CAAE for the face model "other"' in card
    assert f"au-tf train caae --face-model {shlex.quote(str(other_file))} --iterations 40" in card
    assert "the Action Units are mixtures of its expression components, carried over" in " ".join(card.split())


def test_training_ends_with_the_command_that_uses_the_result(other_file, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(au_tf, "train_generator", lambda *given, **more: None)
    run("train", "caae", "--face-model", other_file, "--out", tmp_path / "new")
    words = shlex.split(capsys.readouterr().err.splitlines()[-1])
    given = main.build_app().parse_args(words[1:], exit_on_error=False, print_error=False)[1].arguments["fitting"]
    assert (given.model, given.generator) == (str(other_file), tmp_path / "new")


def test_the_main_job_works_with_it(photo, other_file, generator, tmp_path):
    paths = [tmp_path / name for name in ("smile.png", "render.png", "face.glb", "face.npz")]
    model = ("--face-model", other_file)
    out = ("--out", paths[0], "--render", paths[1], "--mesh", paths[2])
    run("synthesize", photo, "--au", "AU26=5", *model, "--generator", generator, *out)
    changed = (read_image(paths[0]) != data.astronaut()).any(-1)
    assert 0.02 < changed.mean() < 0.3
    assert read_image(paths[1]).shape == data.astronaut().shape
    assert len(trimesh.load(paths[2]).geometry["face"].faces) == len(builtin_face().triangles)
    run("extract", photo, *model, "--out", paths[3])
    found = Coefficients.load(paths[3])
    assert [len(v) for v in (found.identity, found.albedo, found.expression)] == [40, 0, 53]
    with np.load(paths[3]) as arrays:
        assert arrays["landmark_error"] < 0.03
        assert str(arrays["face_model"]) == "other"


@pytest.fixture
def no_fit(monkeypatch):
    def fit(*given):
        raise AssertionError("fitted before what the user gave was checked")

    monkeypatch.setattr("au_tf.faces.pairing.fit_photo", fit)


@pytest.mark.parametrize("command", [["synthesize", "--au", "AU12=5"], ["demo"]])
def test_a_face_model_without_a_generator_is_answered_with_the_option(
    command, photo, other_file, tmp_path, capsys, no_fit
):
    words = [command[0], "--photo", photo] if command == ["demo"] else [command[0], photo, *command[1:]]
    told = refused(capsys, *words, "--face-model", other_file, "--out", tmp_path / "a.png")
    assert "other: generator: found only those for builtin, ICT-FaceKit, anny, expected --generator, one" in told
    assert list(tmp_path.iterdir()) == []


def test_a_generator_for_another_face_model_is_refused(photo, other_file, generator, tmp_path, capsys, no_fit):
    words = ("synthesize", photo, "--au", "AU12=5", "--out", tmp_path / "a.png")
    told = refused(capsys, *words, "--face-model", other_file, "--generator", shipped_generator())
    assert "generator: face model: found one trained on builtin" in told and "expected one trained on other" in told
    told = refused(capsys, *words, "--generator", generator)
    assert "found one trained on other" in told and "expected one trained on builtin" in told


def test_an_action_unit_that_the_face_model_cannot_do_is_refused(photo, other, generator, tmp_path, capsys, no_fit):
    # Without the brows' actions; the signature of expressions is the same, so the generator fits.
    still = other.actions.copy()
    still[:4] = 0.0
    replace(other, actions=still).save(tmp_path / "still.npz")
    model = ("--face-model", tmp_path / "still.npz", "--generator", generator)
    told = refused(capsys, "synthesize", photo, "--au", "AU2=1,AU12=3", *model, "--out", tmp_path / "a.png")
    assert "--au AU2=1,AU12=3: AU2: found one that face model" in told and "one of AU4, AU5, AU6," in told


def test_info_tells_what_it_is_without_tensorflow(other_file):
    code = f"""
import sys
from au_tf.cli.main import main
status = main(["face-model", "info", {str(other_file)!r}])
print("tensorflow" in sys.modules, status)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    lines = result.stdout.splitlines()
    assert lines[-1] == "False 0", result.stderr
    told = dict(line.split(None, 1) for line in lines if " " in line)
    size = np.ptp(builtin_face().mean_shape, axis=0)
    assert told["name"] == "other"
    assert told["identity"] == "40 coefficients" and told["albedo"] == "0 coefficients"
    assert told["extent"].startswith(f"{size[0]:.0f} x {size[1]:.0f} x {size[2]:.0f} mm")
    assert any("AU26 jaw drop" in line and "moves it by up to 2" in line for line in lines)


def test_convert_stores_the_model_and_a_picture(other, other_file, tmp_path, capsys):
    run("face-model", "convert", other_file, "--out", tmp_path / "face.npz")
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / "face.npz"), str(tmp_path / "face.png")]
    assert MorphableModel.load(tmp_path / "face.npz").digest == other.digest
    assert Image.open(tmp_path / "face.png").size[0] > 4 * 512


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["info", "none.npz"], "none.npz: "),
        (["info", "text.npz"], "text.npz: "),
        (["info", "builtin", "--preview", "a.gif"], "suffix: found .gif"),
        (["convert", "builtin", "--out", "a.pkl"], "suffix: found .pkl, expected .npz"),
        (["convert", "builtin", "--out", "none/a.npz"], "expected a folder that exists"),
        (["convert", "text.npz", "--out", "text.npz"], "found that of MODEL, expected another file"),
        (["convert", "text.npz", "--out", "a.npz"], "text.npz: "),
        (["convert", "builtin", "--jaw", "--out", "a.npz"], "jaw"),
        (["convert", "builtin", "--out", "a.npz", "--preview", "none/a.png"], "expected a folder that exists"),
        (["sheets", "builtin", "--out", "none/a"], "expected a folder that exists"),
        (["sheets", "text.npz", "--out", "."], "text.npz: "),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(words, told, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.npz").write_text("not a face model")
    assert told in refused(capsys, "face-model", *words)
    assert [path.name for path in tmp_path.iterdir()] == ["text.npz"]


def test_sheets_show_what_they_say(other, monkeypatch):
    drawn = []

    def draw(model, faces, camera):
        drawn.append(faces)
        return [np.full((camera.height, camera.width, 3), 200, np.uint8) for _ in faces]

    def dressed(renderer, hairdresser, seed):
        people.append(model_sheets._person(renderer.model, seed))
        return np.full((200, 400, 3), 200, np.uint8)

    people = []
    monkeypatch.setattr(model_sheets, "_draw", draw)
    monkeypatch.setattr(model_sheets, "_dressed", dressed)
    drawings = model_sheets.face_model_sheets(other)
    assert list(drawings) == ["views", "identities", "action-units", "combinations", "wrinkles"]
    assert min(min(picture.shape[:2]) for picture in drawings.values()) > 512
    *views, units, pairs, gentle, strong = drawn
    assert len(pairs) == 14
    views = [face for (face,) in views]
    assert len(views) == 3 and len({face.rotation.tobytes() for face in views}) == 3
    assert len(people) == 20 and len({face.identity.tobytes() for face in people}) == 20
    assert len(gentle) == len(strong) == len(model_sheets.WRINKLED)
    # Neutral, 12 Action Units and 3 combinations; AU1 at 5 is the sum of its sides.
    assert len(units) == 16 and not units[0].expression.any()
    np.testing.assert_allclose(units[1].expression, other.actions[0] + other.actions[1], rtol=1e-5)


def test_the_built_in_face_is_shown_at_every_intensity(monkeypatch):
    asked = []

    def expressive(model, intensities):
        asked.append(intensities)
        return [np.zeros((8, 60, 3), np.uint8)] * len(intensities)

    monkeypatch.setattr(model_sheets, "_expressive", expressive)
    model_sheets.action_units(builtin_face())
    np.testing.assert_array_equal(asked[0], gallery.single_units())


def test_the_close_up_holds_what_is_shown(other):
    from au_tf.rendering.framing import face_vertices, portrait
    from au_tf.rendering.graph.cameras import project

    camera = close_up(other, other.mask > 0.5, 200, margin=1.25, yaw=40.0)
    seen = project(face_vertices(other, portrait(other, yaw=40.0)), camera).numpy()[other.mask > 0.5, :2]
    np.testing.assert_allclose(np.ptp(seen, axis=0).max(), 200 / 1.25, rtol=1e-4)
    # Pixels have their centres at whole numbers: the picture reaches from -0.5 to 199.5.
    np.testing.assert_allclose((seen.min(0) + seen.max(0)) / 2, 99.5, atol=1e-2)
