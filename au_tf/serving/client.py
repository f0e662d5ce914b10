"""Asks a TF Serving server for what au_tf exports, by REST or by gRPC."""

import random
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import numpy as np

from au_tf.arrays import Array, ArrayLike, Arrays
from au_tf.errors import InputError
from au_tf.serving.client_rest import RestTransport
from au_tf.serving.transport import ServerError, Transport


class Client:
    """A server, asked again if it is busy or away for a moment.

    Args:
      address: "http://host:8501" or "https://..." for REST, "host:8500" or "grpc://host:8500" for gRPC.
      timeout: seconds that one attempt may take.
      attempts: how often a request is made at most.
      backoff: seconds before the second attempt; each further pause is twice as long, and up to half of it by chance
        shorter, so that many clients do not come back all at once.

    Raises:
      InputError: for an address of another kind.
    """

    def __init__(self, address: str, timeout: float = 10.0, attempts: int = 4, backoff: float = 0.2) -> None:
        if not timeout > 0 or attempts < 1 or backoff < 0:
            raise InputError(
                "client", "settings", (timeout, attempts, backoff), "a time-out above 0, attempts, a pause"
            )
        self._timeout, self._attempts, self._backoff = timeout, attempts, backoff
        self._transport = _transport(address)

    def predict(
        self,
        model: str,
        inputs: Mapping[str, ArrayLike],
        signature: str = "serving_default",
        version: int | None = None,
    ) -> Arrays:
        """Has a model answer a request.

        Args:
          model: its name, e.g. "synthesis".
          inputs: an array for each input, with a batch axis first; files as bytes.
          signature: which of the model's.
          version: which of the model's; None is the newest.

        Returns:
          An array for each output. `status` tells of each row whether it was answered, "ok", or why not.

        Raises:
          ServerError: if the server cannot be reached, does not answer in time, or refuses the request.
        """
        arrays = {name: _array(value) for name, value in inputs.items()}
        return self._patiently(lambda: self._transport.predict(model, version, signature, arrays, self._timeout))

    def synthesize(self, photo: bytes, landmarks: ArrayLike, intensities: ArrayLike) -> bytes:
        """The JPEG file of a photo with Action Units, by the model `synthesis`.

        Args:
          photo: a JPEG file.
          landmarks: float[68, 2], (column, row) in pixels of the photo as stored.
          intensities: float[12] in [0, 5], e.g. `facs.parse("AU12=5")`.

        Raises:
          InputError: if the server tells that the row is wrong.
          ServerError: as `predict`.
        """
        rows = np.asarray(landmarks, np.float32)[np.newaxis], np.asarray(intensities, np.float32)[np.newaxis]
        asked = {"photo_bytes": np.array([photo], object), "landmarks": rows[0], "intensities": rows[1]}
        found = require_ok(self.predict("synthesis", asked))
        return bytes(found["picture_bytes"][0])

    def _patiently(self, ask: Callable[[], Arrays]) -> Arrays:
        for attempt in range(self._attempts):
            try:
                return ask()
            except ServerError as error:
                if not error.again or attempt + 1 == self._attempts:
                    raise
                time.sleep(self._backoff * 2**attempt * random.uniform(0.5, 1.0))
        raise AssertionError("there is at least one attempt")

    def close(self) -> None:
        """Lets go of connections; leaving a `with` does the same."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def require_ok(found: Arrays) -> Arrays:
    """The same answer if all its rows are "ok".

    Raises:
      InputError: for the first row that is not, with the reason the server gave.
    """
    for row, status in enumerate(found["status"]):
        text = status.decode() if isinstance(status, bytes) else str(status)
        if text != "ok":
            field, _, reason = text.partition(": found ")
            raise InputError(f"row {row}", field, reason or text, "what docs/serving.md tells")
    return found


def _array(value: ArrayLike) -> Array:
    array = np.asarray(value)
    if array.dtype.kind in "SU":
        array = array.astype(object)
    if array.dtype.kind == "O":
        return np.frompyfunc(lambda each: each.encode() if isinstance(each, str) else bytes(each), 1, 1)(array)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _transport(address: str) -> Transport:
    scheme, separator, host = address.partition("://")
    if not separator or scheme == "grpc":
        # Imported here: messages of gRPC load TensorFlow, those of REST nothing.
        from au_tf.serving.client_grpc import GrpcTransport

        return GrpcTransport(host if separator else address)
    if scheme in ("http", "https"):
        return RestTransport(address.rstrip("/"))
    raise InputError("client", "address", address, "http://host:port, https://host:port, grpc://host:port or host:port")
