"""The client against the wire: servers in this process that read requests by the official messages and JSON."""

import base64
import json
import threading
from concurrent import futures
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from au_tf.errors import InputError
from au_tf.serving import Client
from au_tf.serving.client import require_ok
from au_tf.serving.transport import ServerError

INPUTS = {
    "photo_bytes": [b"\xff\xd8\x00 no text", b""],
    "landmarks": np.arange(2 * 68 * 2).reshape(2, 68, 2) / 3.0,
    "intensities": np.eye(2, 12, dtype=np.float32),
}


def answer(request):
    """What a model would say: a file a row, an expression, and a status."""
    count = len(request["intensities"])
    return {
        "picture_bytes": np.array([data[::-1] for data in request["photo_bytes"]], object),
        "expression": np.float32(request["intensities"] @ np.ones((12, 3))) / 3,
        "status": np.array([b"ok"] + [b"photo_bytes: found an empty file"] * (count - 1), object),
    }


class Servers:
    """Both servers; `faults` are given out, one a request, before any answer."""

    def __init__(self):
        self.faults, self.seen = [], []

    def predict(self, request):
        self.seen.append(request)
        return answer(request["inputs"])


@pytest.fixture(scope="module")
def servers():
    return Servers()


class Rest(BaseHTTPRequestHandler):
    servers: Servers

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.servers.faults:
            fault = self.servers.faults.pop(0)
            if fault == "slow":
                threading.Event().wait(0.6)
            return self._say(*(fault if isinstance(fault, tuple) else (500, b"")))
        columns = body["inputs"]
        files = [base64.b64decode(each["b64"]) for each in columns["photo_bytes"]]
        rest = {name: np.array(columns[name], np.float32) for name in ("landmarks", "intensities")}
        found = self.servers.predict(
            {"path": self.path, "signature": body["signature_name"], "inputs": {"photo_bytes": files} | rest}
        )
        outputs = {
            "picture_bytes": [{"b64": base64.b64encode(data).decode()} for data in found["picture_bytes"]],
            "expression": found["expression"].tolist(),
            "status": [text.decode() for text in found["status"]],
        }
        return self._say(200, json.dumps({"outputs": outputs}).encode())

    def _say(self, code, body):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class Rpc(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, servers):
        self.servers = servers

    def Predict(self, request, context):  # noqa: N802
        if self.servers.faults:
            fault = self.servers.faults.pop(0)
            if fault == "slow":
                threading.Event().wait(0.6)
                fault = (503, b"")
            later = fault[0] == 503
            context.abort(grpc.StatusCode.UNAVAILABLE if later else grpc.StatusCode.INVALID_ARGUMENT, fault[1].decode())
        spec = request.model_spec
        version = f"/versions/{spec.version.value}" if spec.HasField("version") else ""
        inputs = {name: tf.make_ndarray(value) for name, value in request.inputs.items()}
        found = self.servers.predict(
            {"path": f"/v1/models/{spec.name}{version}:predict", "signature": spec.signature_name, "inputs": inputs}
        )
        reply = predict_pb2.PredictResponse()
        for name, value in found.items():
            reply.outputs[name].CopyFrom(tf.make_tensor_proto(value))
        return reply


@pytest.fixture(scope="module", params=["rest", "grpc"])
def address(request, servers):
    if request.param == "rest":
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Rest,), {"servers": servers}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        return
    server = grpc.server(futures.ThreadPoolExecutor(2))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Rpc(servers), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.fixture
def client(address, servers):
    servers.faults.clear()
    servers.seen.clear()
    with Client(address, timeout=5.0, backoff=0.01) as made:
        yield made


def test_requests_and_answers_arrive_as_they_were_sent(client, servers):
    found = client.predict("synthesis", INPUTS, "pixels", version=3)
    (seen,) = servers.seen
    assert seen["path"] == "/v1/models/synthesis/versions/3:predict" and seen["signature"] == "pixels"
    assert list(seen["inputs"]["photo_bytes"]) == INPUTS["photo_bytes"]
    np.testing.assert_array_equal(seen["inputs"]["landmarks"], np.float32(INPUTS["landmarks"]))
    expected = answer(seen["inputs"])
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
        assert found[name].dtype == value.dtype


def test_eight_threads_share_a_client(client):
    asked = [INPUTS | {"intensities": np.full((2, 12), k / 16, np.float32)} for k in range(48)]
    with futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda each: client.predict("synthesis", each), asked))
    for each, one in zip(asked, found, strict=True):
        np.testing.assert_allclose(one["expression"], answer(each)["expression"], rtol=1e-6)


def test_a_busy_server_is_asked_again(client, servers):
    servers.faults[:] = [(503, b"full"), (503, b"full")]
    assert client.predict("synthesis", INPUTS)["expression"].shape == (2, 3)
    assert servers.seen[0]["path"] == "/v1/models/synthesis:predict"
    servers.faults[:] = [(503, b"queue is full")] * 9
    with pytest.raises(ServerError, match=r"127\.0\.0\.1.*queue is full"):
        client.predict("synthesis", INPUTS)
    assert len(servers.faults) == 5


def test_a_request_that_is_wrong_is_not_sent_again(client, servers):
    servers.faults[:] = [(400, b"inputs: no such"), (503, b"")]
    with pytest.raises(ServerError, match="no such"):
        client.predict("synthesis", INPUTS)
    assert len(servers.faults) == 1


def test_a_server_that_takes_too_long_is_left(address, servers):
    servers.faults[:] = ["slow"]
    with (
        Client(address, timeout=0.2, attempts=1) as client,
        pytest.raises(ServerError, match=r"no answer within 0\.2 s"),
    ):
        client.predict("synthesis", INPUTS)


def test_a_row_that_was_refused_is_an_error_with_its_field(client):
    rows = INPUTS["landmarks"][0], INPUTS["intensities"][0]
    assert client.synthesize(b"photo", *rows) == b"otohp"
    with pytest.raises(InputError, match="row 1: photo_bytes: found an empty file, expected"):
        require_ok(client.predict("synthesis", INPUTS))


@pytest.mark.parametrize("nowhere", ["http://127.0.0.1:9", "127.0.0.1:9"])
def test_nobody_there(nowhere):
    with (
        Client(nowhere, timeout=2.0, attempts=2, backoff=0.0) as client,
        pytest.raises(ServerError, match=r"127\.0\.0\.1:9: cannot be reached"),
    ):
        client.predict("synthesis", INPUTS)


def test_what_is_no_address():
    with pytest.raises(InputError, match="address: found ftp://x"):
        Client("ftp://x")
