"""Networks in other frameworks' forms compute what Keras computes."""

import numpy as np
import pytest

import au_tf
from au_tf.cli.main import main
from au_tf.errors import InputError
from au_tf.estimation import backbones
from au_tf.estimation.estimator import Estimator
from au_tf.estimation.landmarks.frontal import POINTS
from au_tf.estimation.landmarks.landmark_estimator import load_landmark_estimator
from au_tf.estimation.landmarks.skin import CROP
from au_tf.serving.exchange import computed, portable_estimator, portable_generator, portable_landmark_estimator

RNG = np.random.default_rng(3)
ROWS = 5


@pytest.fixture(scope="module")
def networks():
    """The generator that ships, and an untrained estimator whose answers lie about the middle of the scale."""
    estimator = Estimator.of("small", backbones.build("small"))
    own = estimator.network
    *rest, kernel, bias = own.get_weights()
    kernel = RNG.normal(0.0, 0.05, kernel.shape).astype(np.float32)
    own.set_weights([*rest, kernel, np.full_like(bias, 2.5)])
    return {"expression": au_tf.load_generator(), "estimator": estimator}


@pytest.fixture(scope="module", params=["expression", "estimator"])
def asked(request, networks):
    network = networks[request.param]
    if request.param == "expression":
        given = {
            "source_expression": RNG.normal(size=(ROWS, network.given_size)).astype(np.float32),
            "intensities": RNG.uniform(0, 5, (ROWS, 12)).astype(np.float32),
        }
        return portable_generator(network), given
    pictures = RNG.integers(0, 256, (ROWS, network.size, network.size, 3))
    return portable_estimator(network), {"picture": pictures.astype(np.float32)}


def written(form, name, networks, folder):
    (place,) = au_tf.export(folder, [name], form=form, estimator=networks["estimator"])
    return place


def test_onnx_computes_what_keras_computes(asked, networks, tmp_path):
    pytest.importorskip("tf2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    network, given = asked
    session = onnxruntime.InferenceSession(written("onnx", network.name, networks, tmp_path))
    for name, expected in computed(network, given).items():
        assert np.ptp(expected) > 0.01
        np.testing.assert_allclose(session.run([name], given)[0], expected, atol=1e-5)


def test_litert_computes_what_keras_computes(asked, networks, tmp_path):
    from ai_edge_litert.interpreter import Interpreter

    network, given = asked
    run = Interpreter(str(written("litert", network.name, networks, tmp_path))).get_signature_runner()
    for name, expected in computed(network, given).items():
        np.testing.assert_allclose(run(**given)[name], expected, atol=1e-5)


def test_tensors_are_read_back(asked, networks, tmp_path):
    pytest.importorskip("safetensors")
    network, _ = asked
    found = au_tf.from_preset(written("safetensors", network.name, networks, tmp_path))
    arrays, own = found.arrays(), networks[network.name].arrays()
    assert arrays.keys() == own.keys()
    assert all(np.array_equal(arrays[name], own[name]) for name in own)


@pytest.fixture(scope="module")
def faces():
    """Faces that differ from the mean one, turned a little, on skin that is noise: with neutral ones beside them."""
    reference = load_landmark_estimator().reference
    shapes = reference + RNG.normal(0.0, 0.01, (2 * ROWS, POINTS, 3))
    points = (shapes * (80.0, -80.0, -80.0) + (96.0, 70.0, 0.0)).astype(np.float32)
    grey = RNG.integers(0, 256, (2 * ROWS, CROP, CROP)).astype(np.float32)
    given = {"points": points[:ROWS], "grey": grey[:ROWS]}
    return given | {"neutral_points": points[ROWS:], "neutral_grey": grey[ROWS:]}


@pytest.mark.parametrize("form", ["onnx", "litert"])
def test_the_estimator_that_ships_reads_alike_elsewhere(faces, form, tmp_path):
    if form == "onnx":
        pytest.importorskip("tf2onnx")
        runtime = pytest.importorskip("onnxruntime")
    from ai_edge_litert.interpreter import Interpreter

    estimator = load_landmark_estimator()
    places = au_tf.export(tmp_path, ["estimator"], form=form)
    assert [place.stem for place in places] == ["estimator", "estimator_neutral"]
    for neutral, place in enumerate(places):
        network = portable_landmark_estimator(estimator, bool(neutral))
        given = {spec.name: faces[spec.name] for spec in network.inputs}
        expected = computed(network, given)["intensities"]
        assert np.ptp(expected) > 0.5
        if form == "onnx":
            found = runtime.InferenceSession(place).run(["intensities"], given)[0]
        else:
            found = Interpreter(str(place)).get_signature_runner()(**given)["intensities"]
        # A thousand numbers of this noise are weighed in float32.
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_only_networks_have_other_forms(tmp_path, capsys):
    with pytest.raises(InputError, match="name: found face, expected some of expression, estimator"):
        au_tf.export(tmp_path, ["face"], form="onnx")
    assert main(["export", "--format", "onyx", "--out", str(tmp_path)]) == 2
    assert "onnx" in capsys.readouterr().err and not [*tmp_path.iterdir()]
