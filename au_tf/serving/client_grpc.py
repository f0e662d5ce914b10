"""TF Serving's gRPC interface."""

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from au_tf.arrays import Arrays
from au_tf.serving.transport import ServerError

_LATER = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
)
"""Answers after which the same request may succeed."""
_LARGEST = 256 << 20
"""Bytes of the largest message either way; gRPC's own limit, 4 MB, is less than a few meshes."""


class GrpcTransport:
    """A server that speaks gRPC, at e.g. "host:8500"."""

    def __init__(self, address: str) -> None:
        self._address = address
        limits = [("grpc.max_send_message_length", _LARGEST), ("grpc.max_receive_message_length", _LARGEST)]
        self._channel = grpc.insecure_channel(address, options=limits)
        self._service = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)

    def predict(self, model: str, version: int | None, signature: str, inputs: Arrays, timeout: float) -> Arrays:
        """Sends one request; see `Client.predict`."""
        request = predict_pb2.PredictRequest()
        request.model_spec.name, request.model_spec.signature_name = model, signature
        if version is not None:
            request.model_spec.version.value = version
        for name, value in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
        try:
            answer = self._service.Predict(request, timeout=timeout)
        except grpc.RpcError as error:
            raise ServerError(self._address, self._reason(error, timeout), error.code() in _LATER) from error
        return {name: np.asarray(tf.make_ndarray(value)) for name, value in answer.outputs.items()}

    def _reason(self, error: grpc.RpcError, timeout: float) -> str:
        code = error.code()
        if code == grpc.StatusCode.DEADLINE_EXCEEDED:
            return f"no answer within {timeout:g} s"
        if code == grpc.StatusCode.UNAVAILABLE:
            return f"cannot be reached ({' '.join(error.details().split())})"
        return f"{code.name}: {' '.join(error.details().split())}"

    def close(self) -> None:
        """Closes the channel."""
        self._channel.close()
