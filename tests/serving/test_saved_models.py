"""The files of exported models: what they hold, what they take and return, and how they warm up."""

import json
from pathlib import Path

import pytest
import tensorflow as tf
from c_loader import read_signatures
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2


@pytest.fixture(params=["models", pytest.param("photo_models", marks=pytest.mark.slow)])
def written(request):
    """The folder of the models."""
    return request.getfixturevalue(request.param)


def operations(folder):
    """Every node of a SavedModel, in functions too."""
    saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    graph = saved.meta_graphs[0].graph_def
    return [*graph.node, *(node for function in graph.library.function for node in function.node_def)]


def test_models_hold_only_what_a_stock_server_runs(written):
    for path in sorted(written.glob("*/*/saved_model.pb")):
        nodes = operations(path.parent)
        assert len(nodes) > 10
        kinds = {node.op for node in nodes}
        assert not {kind for kind in kinds if "PyFunc" in kind or kind.startswith("Xla")}, path
        assert not [node.name for node in nodes if node.attr["_XlaMustCompile"].b], path


def interface(folder):
    """What a model takes and returns, by signature: TensorFlow's number of the type, then the shape."""
    saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    found = read_signatures(saved.meta_graphs[0].SerializeToString())
    return {
        name: {
            side: {key: [port.type, *port.shape] for key, port in sorted(getattr(signature, side).items())}
            for side in ("inputs", "outputs")
        }
        for name, signature in sorted(found.items())
    }


def test_what_models_take_and_return_has_not_changed(written):
    """Clients out there rely on it; the face model is the small one of these tests."""
    found = {path.parent.name: {} for path in sorted(written.glob("*/1"))}
    for name in found:
        found[name] = interface(written / name / "1")
    golden = Path(__file__).with_name("interfaces.json")
    expected = json.loads(golden.read_text())
    assert found == {name: expected[name] for name in found}


def test_warm_up_asks_every_signature(written, native):
    for path in sorted(written.glob("*/*/assets.extra/tf_serving_warmup_requests")):
        version = path.parents[1]
        logs = [
            prediction_log_pb2.PredictionLog.FromString(record.numpy()) for record in tf.data.TFRecordDataset([path])
        ]
        asked = [log.predict_log.request for log in logs]
        saved = saved_model_pb2.SavedModel.FromString((version / "saved_model.pb").read_bytes())
        signatures = {name for name in saved.meta_graphs[0].signature_def if not name.startswith("__")}
        assert {request.model_spec.signature_name for request in asked} == signatures
        for request in asked:
            assert request.model_spec.name == version.parent.name
            inputs = {name: tf.make_ndarray(value) for name, value in request.inputs.items()}
            answer = native(version.relative_to(written), inputs, request.model_spec.signature_name)
            assert answer["status"].tolist() == [b"ok"], version
