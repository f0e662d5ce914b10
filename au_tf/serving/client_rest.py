"""TF Serving's REST interface: columns of JSON, files in base64."""

import base64
import http.client
import json
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Any

import numpy as np

from au_tf.arrays import Array, Arrays
from au_tf.serving.transport import ServerError

_LATER = (408, 429, 500, 502, 503, 504)
"""Answers after which the same request may succeed."""


class RestTransport:
    """A server that speaks HTTP, at e.g. "http://host:8501"."""

    def __init__(self, address: str) -> None:
        self._address = address

    def predict(self, model: str, version: int | None, signature: str, inputs: Arrays, timeout: float) -> Arrays:
        """Sends one request; see `Client.predict`."""
        which = "" if version is None else f"/versions/{version}"
        columns = {name: _to_json(name, value) for name, value in inputs.items()}
        body = json.dumps({"signature_name": signature, "inputs": columns}).encode()
        request = urllib.request.Request(
            f"{self._address}/v1/models/{model}{which}:predict", body, {"Content-Type": "application/json"}
        )
        return _read(self._address, self._send(request, timeout))

    def _send(self, request: urllib.request.Request, timeout: float) -> bytes:
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise ServerError(self._address, _reason(error), error.code in _LATER) from error
        except TimeoutError as error:
            raise ServerError(self._address, f"no answer within {timeout:g} s", True) from error
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError) as error:
            reason = getattr(error, "reason", error)
            late = isinstance(reason, TimeoutError)
            told = f"no answer within {timeout:g} s" if late else f"cannot be reached ({reason})"
            raise ServerError(self._address, told, True) from error

    def close(self) -> None:
        """Holds no connections."""


def _reason(error: urllib.error.HTTPError) -> str:
    text = error.read(4096).decode("utf-8", "replace")
    with suppress(ValueError, KeyError, TypeError):
        text = str(json.loads(text)["error"])
    return f"status {error.code}: {' '.join(text.split()) or error.reason}"


def _to_json(name: str, value: Array) -> Any:
    if value.dtype.kind != "O":
        return value.tolist()
    if name.endswith("_bytes"):
        return np.frompyfunc(lambda each: {"b64": base64.b64encode(each).decode()}, 1, 1)(value).tolist()
    return np.asarray(np.frompyfunc(bytes.decode, 1, 1)(value)).tolist()


def _read(address: str, body: bytes) -> Arrays:
    try:
        outputs = json.loads(body)["outputs"]
        # A model of one output returns it without its name.
        named = outputs if isinstance(outputs, dict) else {"outputs": outputs}
        return {name: _from_json(value) for name, value in named.items()}
    except (ValueError, KeyError, TypeError) as error:
        raise ServerError(address, f"an answer that is not TF Serving's ({body[:80]!r})", False) from error


def _from_json(value: Any) -> Array:
    """Numbers are float32, whole ones int64; text is bytes, as gRPC has it."""
    first = value
    while isinstance(first, list) and first:
        first = first[0]
    if isinstance(first, dict):
        return np.frompyfunc(lambda each: base64.b64decode(each["b64"]), 1, 1)(np.array(value, object))
    if isinstance(first, str):
        return np.frompyfunc(str.encode, 1, 1)(np.array(value, object))
    array = np.array(value)
    return array.astype(np.float32) if array.dtype.kind == "f" else array
