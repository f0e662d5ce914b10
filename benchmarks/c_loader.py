"""Runs an exported model by TensorFlow's C library, as TF Serving loads it, without TensorFlow for Python."""

import ctypes
import os
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from au_tf.arrays import Array
from au_tf.errors import InputError

_STRING = 7
# Numbers of TF_DataType.
_TYPES: dict[int, Any] = {
    1: np.float32,
    2: np.float64,
    3: np.int32,
    4: np.uint8,
    5: np.int16,
    6: np.int8,
    9: np.int64,
    10: np.bool_,
    _STRING: np.object_,
}
_STRING_BYTES = 24
"""Size of a TF_TString."""


class Port(NamedTuple):
    """An input or output of a signature."""

    operation: str
    """Its operation in the graph."""
    output: int
    """Which output of that operation."""
    type: int
    """Number of its TF_DataType."""
    shape: tuple[int, ...]
    """Its shape, -1 where any size will do."""


class Signature(NamedTuple):
    """What a model can be asked."""

    inputs: dict[str, Port]
    outputs: dict[str, Port]


class NativeModel:
    """A SavedModel in memory; several threads may `run` it at once.

    Args:
      folder: a version of an exported model.

    Raises:
      InputError: if TensorFlow cannot load it.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._tf, self._folder = _library(), str(folder)
        self._graph = self._tf.TF_NewGraph()
        options, meta, status = self._tf.TF_NewSessionOptions(), self._tf.TF_NewBuffer(), self._tf.TF_NewStatus()
        tags = (ctypes.c_char_p * 1)(b"serve")
        try:
            self._session = self._tf.TF_LoadSessionFromSavedModel(
                options, None, self._folder.encode(), tags, 1, self._graph, meta, status
            )
            self._check(status, "model")
            buffer = ctypes.cast(meta, ctypes.POINTER(_Buffer)).contents
            self.signatures = read_signatures(ctypes.string_at(buffer.data, buffer.length))
        finally:
            self._tf.TF_DeleteSessionOptions(options)
            self._tf.TF_DeleteBuffer(meta)
            self._tf.TF_DeleteStatus(status)

    def run(
        self, inputs: Mapping[str, Any], signature: str = "serving_default", outputs: tuple[str, ...] = ()
    ) -> dict[str, Array]:
        """Answers one request.

        Args:
          inputs: an array for each input; text and pictures as bytes in arrays of objects.
          signature: which of the model's.
          outputs: the outputs wanted; all if none is named.

        Raises:
          InputError: if an input is missing, unknown, or of a wrong type or shape, or the model fails.
        """
        ports = self._signature(signature)
        unknown = set(inputs) ^ set(ports.inputs)
        if unknown:
            raise InputError(self._folder, "inputs", ", ".join(sorted(inputs)), ", ".join(sorted(ports.inputs)))
        wanted = {name: ports.outputs[name] for name in outputs or ports.outputs}
        given: list[Any] = []
        try:
            for name, port in ports.inputs.items():
                given.append(self._tensor(name, port, inputs[name]))
            found = self._run(list(ports.inputs.values()), given, list(wanted.values()))
        finally:
            for tensor in given:
                self._tf.TF_DeleteTensor(tensor)
        return dict(zip(wanted, found, strict=True))

    def _signature(self, name: str) -> Signature:
        if name not in self.signatures:
            raise InputError(self._folder, "signature", name, " or ".join(sorted(self.signatures)))
        return self.signatures[name]

    def _run(self, into: list[Port], given: list[Any], out: list[Port]) -> list[Array]:
        status, found = self._tf.TF_NewStatus(), (ctypes.c_void_p * len(out))()
        try:
            self._tf.TF_SessionRun(
                self._session,
                None,
                self._places(into),
                (ctypes.c_void_p * len(given))(*given),
                len(given),
                self._places(out),
                found,
                len(out),
                None,
                0,
                None,
                status,
            )
            self._check(status, "request")
            return [self._array(tensor) for tensor in found]
        finally:
            self._tf.TF_DeleteStatus(status)
            for tensor in filter(None, found):
                self._tf.TF_DeleteTensor(tensor)

    def _places(self, ports: list[Port]) -> Any:
        operations = [self._tf.TF_GraphOperationByName(self._graph, port.operation.encode()) for port in ports]
        places = [_Output(operation, port.output) for operation, port in zip(operations, ports, strict=True)]
        return (_Output * len(ports))(*places)

    def _tensor(self, name: str, port: Port, value: Any) -> Any:
        expected = f"{np.dtype(_TYPES[port.type])}{list(port.shape)}"
        array = np.asarray(value)
        fits = len(array.shape) == len(port.shape) and all(
            size in (-1, n) for n, size in zip(array.shape, port.shape, strict=True)
        )
        if not fits or array.dtype != _TYPES[port.type]:
            raise InputError(self._folder, name, f"{array.dtype}{list(array.shape)}", expected)
        sizes = (ctypes.c_int64 * array.ndim)(*array.shape)
        length = array.size * _STRING_BYTES if port.type == _STRING else array.nbytes
        tensor = self._tf.TF_AllocateTensor(port.type, sizes, array.ndim, length)
        data = self._tf.TF_TensorData(tensor)
        if port.type == _STRING:
            for k, text in enumerate(array.ravel()):
                self._tf.TF_StringInit(data + k * _STRING_BYTES)
                self._tf.TF_StringCopy(data + k * _STRING_BYTES, bytes(text), len(text))
        elif length:
            ctypes.memmove(data, np.ascontiguousarray(array).ctypes.data, length)
        return tensor

    def _array(self, tensor: Any) -> Array:
        shape = tuple(self._tf.TF_Dim(tensor, k) for k in range(self._tf.TF_NumDims(tensor)))
        kind, data = self._tf.TF_TensorType(tensor), self._tf.TF_TensorData(tensor)
        array = np.empty(shape, _TYPES[kind])
        if kind == _STRING:
            flat = array.reshape(-1)
            for k in range(array.size):
                place = data + k * _STRING_BYTES
                start, length = self._tf.TF_StringGetDataPointer(place), self._tf.TF_StringGetSize(place)
                flat[k] = ctypes.string_at(start, length)
        elif array.nbytes:
            ctypes.memmove(array.ctypes.data, data, array.nbytes)
        return array

    def _check(self, status: Any, field: str) -> None:
        if self._tf.TF_GetCode(status):
            raise InputError(self._folder, field, self._tf.TF_Message(status).decode(), "one that TensorFlow can run")


class _Buffer(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("free", ctypes.c_void_p))


class _Output(ctypes.Structure):
    _fields_ = (("operation", ctypes.c_void_p), ("index", ctypes.c_int))


@cache
def _library() -> ctypes.CDLL:
    """TensorFlow's C library out of the installed package, which is not imported."""
    spec = find_spec("tensorflow")
    if spec is None or not spec.submodule_search_locations:
        raise InputError("tensorflow", "package", "nothing", "TensorFlow, installed")
    folder = Path(spec.submodule_search_locations[0])
    library = ctypes.CDLL(str(folder / "libtensorflow_cc.so.2"))
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    for name, result, arguments in (
        ("TF_NewGraph", pointer, []),
        ("TF_NewSessionOptions", pointer, []),
        ("TF_NewBuffer", pointer, []),
        ("TF_NewStatus", pointer, []),
        ("TF_DeleteSessionOptions", None, [pointer]),
        ("TF_DeleteBuffer", None, [pointer]),
        ("TF_DeleteStatus", None, [pointer]),
        ("TF_DeleteTensor", None, [pointer]),
        ("TF_LoadSessionFromSavedModel", pointer, [pointer, *[pointer] * 3, integer, *[pointer] * 3]),
        ("TF_GetCode", integer, [pointer]),
        ("TF_Message", ctypes.c_char_p, [pointer]),
        ("TF_GraphOperationByName", pointer, [pointer, ctypes.c_char_p]),
        ("TF_AllocateTensor", pointer, [integer, pointer, integer, ctypes.c_size_t]),
        ("TF_TensorData", pointer, [pointer]),
        ("TF_TensorType", integer, [pointer]),
        ("TF_NumDims", integer, [pointer]),
        ("TF_Dim", ctypes.c_int64, [pointer, integer]),
        ("TF_StringInit", None, [pointer]),
        ("TF_StringCopy", None, [pointer, ctypes.c_char_p, ctypes.c_size_t]),
        ("TF_StringGetDataPointer", pointer, [pointer]),
        ("TF_StringGetSize", ctypes.c_size_t, [pointer]),
        (
            "TF_SessionRun",
            None,
            [pointer] * 4 + [integer] + [pointer] * 2 + [integer, pointer, integer, pointer, pointer],
        ),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def read_signatures(meta_graph: bytes) -> dict[str, Signature]:
    """The signatures in a serialized `MetaGraphDef`."""
    meta = _meta_graph_class()()
    meta.ParseFromString(meta_graph)
    return {
        name: Signature(*({key: _port(port) for key, port in side.items()} for side in (each.inputs, each.outputs)))
        for name, each in meta.signature_def.items()
        if each.outputs and not name.startswith("__")
    }


def _port(info: Any) -> Port:
    operation, _, index = info.name.partition(":")
    return Port(operation, int(index or 0), info.dtype, tuple(dim.size for dim in info.tensor_shape.dim))


@cache
def _meta_graph_class() -> Any:
    """TensorFlow's `MetaGraphDef` as far as signatures go: its own class would bring TensorFlow for Python with it."""
    file = descriptor_pb2.FileDescriptorProto(name="au_tf/signatures.proto", package="au_tf", syntax="proto3")
    text, number, message = 9, 3, 11
    for name, fields in {
        "Dim": [("size", 1, number, "")],
        "Shape": [("dim", 2, message, "Dim[]")],
        "TensorInfo": [("name", 1, text, ""), ("dtype", 2, 5, ""), ("tensor_shape", 3, message, "Shape")],
        "SignatureDef": [("inputs", 1, message, "TensorInfo{}"), ("outputs", 2, message, "TensorInfo{}")],
        "MetaGraphDef": [("signature_def", 5, message, "SignatureDef{}")],
    }.items():
        made = file.message_type.add(name=name)
        for field, tag, kind, of in fields:
            _add_field(made, field, tag, kind, of)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("au_tf.MetaGraphDef"))


def _add_field(message: descriptor_pb2.DescriptorProto, name: str, tag: int, kind: int, of: str) -> None:
    """A field of a message; "X[]" is a list of X, "X{}" a map from text to X."""
    own = of.rstrip("[]{}")
    made = message.field.add(name=name, number=tag, type=kind, label=3 if own != of else 1)
    if of.endswith("{}"):
        entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        _add_field(entry, "key", 1, 9, "")
        _add_field(entry, "value", 2, 11, own)
        made.type_name = f".au_tf.{message.name}.{entry.name}"
    elif own:
        made.type_name = f".au_tf.{own}"
