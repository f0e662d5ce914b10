"""Exported models: what TF Serving's loader answers is what Python computes, row by row."""

import re

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from au_tf.errors import InputError
from au_tf.morphable import Coefficients
from au_tf.rendering.framing import face_vertices, frontal_camera, portrait
from au_tf.rendering.native.normals import vertex_normals
from au_tf.rendering.native.renderer import render_face
from au_tf.serving import export as exporting
from au_tf.serving.expression import expression_servable

RNG = np.random.default_rng(4)


def requests(generator, count, given="source_expression", spread=0.9):
    size = generator.given_size
    return {
        "intensities": RNG.uniform(0, 5, (count, 12)).astype(np.float32),
        given: RNG.uniform(-spread, spread, (count, size)).astype(np.float32),
    }


@pytest.mark.parametrize("count", [0, 1, 5])
def test_expressions_are_those_of_the_generator(native, generator, count):
    asked = requests(generator, count, spread=4.0)
    found = native("expression/1", asked)
    expected = generator.generate(asked["source_expression"], asked["intensities"])
    np.testing.assert_allclose(found["expression"], expected, atol=1e-4)
    assert found["status"].tolist() == [b"ok"] * count


def test_noise_gives_expressions(native, noise_generator):
    asked = requests(noise_generator, 3, "noise")
    network = noise_generator.parts["generator"]
    row = np.concatenate([asked["noise"], asked["intensities"] / 2.5 - 1.0], -1)
    expected = 2.0 * network(row).numpy()
    np.testing.assert_allclose(native("expression/2", asked)["expression"], expected, atol=1e-4)


def test_a_bad_row_says_why_and_leaves_the_others_alone(native, generator):
    asked = requests(generator, 4)
    alone = native("expression/1", {name: value[:1] for name, value in asked.items()})
    asked["intensities"][1, 3] = np.nan
    asked["intensities"][2, 0] = 5.1
    asked["source_expression"][3, 2] = -np.inf
    found = native("expression/1", asked)
    assert [text.decode().split(":")[0] for text in found["status"]] == [
        "ok",
        *["intensities"] * 2,
        "source_expression",
    ]
    np.testing.assert_allclose(found["expression"][:1], alone["expression"], atol=1e-6)
    assert not found["expression"][1:].any()


def faces(model, count):
    """Portraits of chance faces, looking about."""
    looks = [portrait(model, yaw=float(RNG.uniform(-40, 40))) for _ in range(count)]
    rows = {
        "identity": RNG.normal(size=(count, len(model.identity_basis))),
        "albedo": RNG.normal(size=(count, len(model.albedo_basis))),
        "expression": RNG.normal(size=(count, len(model.expression_basis))),
    } | {
        name: np.reshape([getattr(look, name) for look in looks], (count, *shape))
        for name, shape in {"rotation": (3,), "translation": (3,), "lighting": (9, 3)}.items()
    }
    return {name: value.astype(np.float32) for name, value in rows.items()}


def test_faces_are_those_of_the_renderer(native, face):
    asked = faces(face, 2)
    found, mesh = native("face/1", asked), native("face/1", asked, "mesh")
    coefficients = Coefficients(**asked)
    vertices = face_vertices(face, coefficients)
    np.testing.assert_allclose(found["vertices"], vertices, atol=1e-3)
    np.testing.assert_allclose(found["normals"], vertex_normals(found["vertices"], face.triangles), atol=1e-4)
    for name in ("vertices", "normals"):
        np.testing.assert_array_equal(found[name], mesh[name])
    for row, picture in enumerate(found["picture"]):
        one = coefficients[row]
        expected = render_face(face, one, frontal_camera(224), lashes=False)
        # A sample on an edge may fall to either side of it.
        assert (np.abs(picture.astype(int) - expected) > 1).any(-1).mean() < 1e-3
    assert set(mesh) == {"vertices", "normals", "status"}


def test_faces_that_cannot_be_drawn_say_why(native, face):
    asked = faces(face, 4)
    whole = {name: value[3:] for name, value in asked.items()}
    asked["identity"][0, 1] = 1e30
    asked["lighting"][1, 0, 0] = np.nan
    asked["translation"][2, 2] = -60.0
    found = native("face/1", asked)
    fields = [text.decode().split(":")[0] for text in found["status"]]
    assert fields == ["identity", "lighting", "translation", "ok"]
    assert not found["picture"][:3].any() and not found["vertices"][:3].any()
    np.testing.assert_array_equal(found["picture"][3:], native("face/1", whole)["picture"])


def test_no_faces_give_no_pictures(native, face):
    found = native("face/1", faces(face, 0))
    assert found["picture"].shape == (0, 224, 224, 3) and found["normals"].shape == (0, len(face.mean_shape), 3)


def test_a_request_of_a_wrong_type_is_refused_with_the_field(native, generator):
    asked = requests(generator, 2)
    assert native("expression/1", asked | {"intensities": asked["intensities"].astype(int)})[0] == "intensities"
    assert native("expression/1", asked | {"intensities": asked["intensities"][:, :11]})[0] == "intensities"
    assert native("expression/1", {"intensities": asked["intensities"]})[0] == "inputs"
    assert native("expression/1", asked, "other")[0] == "signature"
    field, reason = native("expression/1", {name: value[: k + 1] for k, (name, value) in enumerate(asked.items())})
    assert field == "request" and "expected one that TensorFlow can run" in reason
    assert native("nothing", asked)[0] == "model"


def test_the_servers_configuration_names_every_model(models):
    listed = text_format.Parse((models / "models.config").read_text(), model_server_config_pb2.ModelServerConfig())
    found = {each.name: each.base_path for each in listed.model_config_list.config}
    folders = {path.parents[1].name for path in models.glob("*/*/saved_model.pb")}
    assert found == {name: f"/models/au_tf/{name}" for name in folders}
    for path in models.glob("*/*/batching_params.pbtxt"):
        assert re.fullmatch(r"(\w+ \{ value: \d+ \}\n)+", path.read_text())
    command = exporting.serve_command(models)
    assert f"-v {models}:/models/au_tf:ro" in command and re.search(r"--model_config_file=\S+/models\.config", command)


def test_versions_are_never_overwritten_nor_half_written(models, generator, monkeypatch, tmp_path):
    folder = tmp_path / "expression"
    (folder / "7").mkdir(parents=True)
    (folder / "7" / "mine").touch()
    (path,) = exporting.write_models([expression_servable(generator)], tmp_path)
    assert path == folder / "8" and (folder / "7" / "mine").exists()

    def fail(module, place, signatures):
        (exporting.Path(place)).mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", fail)
    with pytest.raises(InputError, match="expression: folder: found No space left on device"):
        exporting.write_models([expression_servable(generator)], tmp_path)
    assert sorted(each.name for each in folder.iterdir()) == ["7", "8"]
