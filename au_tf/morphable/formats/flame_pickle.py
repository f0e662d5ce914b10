"""Reads pickled dictionaries of arrays, as FLAME is distributed, without running anything that they ask for.

A pickle is a program: it names functions and has them called. Here every name that FLAME's files need stands for a
passive class or function of this module, numpy's own included, so that no code of numpy, SciPy or chumpy meets data
that nobody vouches for; any other name is refused before it is looked up.
"""

import os
import pickle
import re
from collections import OrderedDict
from typing import Any, BinaryIO

import numpy as np

from au_tf.arrays import Array, Int64
from au_tf.errors import InputError

_LARGEST = 1 << 28
"""Numbers in the largest array that a sparse matrix is unpacked to."""


def load_pickle(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads a pickled dictionary of arrays, written by Python 2 or 3 in any protocol.

    Arrays of numbers, chumpy's wrappers round them and SciPy's sparse matrices become plain arrays; what else is in
    the dictionary stays as it is, or becomes an object that does nothing. A hostile file can still ask for much
    memory: read it in a process that can be lost (`isolated.read_arrays`).

    Args:
      path: the file.

    Returns:
      Values by name.

    Raises:
      InputError: if the file is damaged, is no dictionary, or names anything but what such arrays need.
    """
    try:
        with open(path, "rb") as file:
            found = _Unpickler(path, file).load()
        if not isinstance(found, dict):
            raise InputError(path, "pickle", f"a {type(found).__name__}", "a dictionary of arrays")
        return {name: _plain(value) for name, value in found.items() if isinstance(name, str)}
    except InputError:
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise InputError(path, "pickle", f"a damaged file ({reason})", "a pickled dictionary of arrays") from error


class _Bag:
    """An object of which only the pickled state is kept, as it is."""

    state: Any = None

    def __setstate__(self, state: object) -> None:
        self.state = state

    def plain(self) -> Any:
        """The array or type that this stands for; itself, if for nothing."""
        return self

    def field(self, name: str) -> Any:
        """One of the attributes that were pickled."""
        if not isinstance(self.state, dict) or name not in self.state:
            raise ValueError(f"{type(self).__name__} without {name}")
        return _plain(self.state[name])

    def array(self, name: str, kinds: str = "biuf") -> Array:
        """An attribute that is an array of numbers, by default of any real kind."""
        value = self.field(name)
        if not isinstance(value, np.ndarray) or value.dtype.kind not in kinds:
            raise ValueError(f"{type(self).__name__} whose {name} is no array of numbers")
        return value


class _Chumpy(_Bag):
    """chumpy.ch.Ch: an array in an attribute x."""

    def plain(self) -> Array:
        return self.array("x")


class _Selection(_Bag):
    """chumpy.reordering.Select: elements of an array, in a shape of their own."""

    def plain(self) -> Array:
        shape = tuple(int(n) for n in np.ravel(self.field("preferred_shape")))
        index = self.array("idxs", "iu")
        return np.ravel(self.array("a"))[index].reshape(shape)


class _Sparse(_Bag):
    """A matrix of scipy.sparse, compressed by columns."""

    def plain(self) -> Array:
        rows, columns = (int(n) for n in np.ravel(self.field("_shape")))
        data, indices = self.array("data"), self.array("indices", "iu")
        start: Int64 = self.array("indptr", "iu").astype(np.int64)
        whole = start.shape == (columns + 1,) and data.shape == indices.shape == (start[-1],) and start[0] == 0
        if not whole or (np.diff(start) < 0).any() or (indices < 0).any() or (indices >= rows).any():
            raise ValueError("a sparse matrix whose parts do not fit together")
        if rows * columns > _LARGEST:
            raise ValueError(f"a sparse matrix of {rows} x {columns}")
        dense = np.zeros((rows, columns), data.dtype)
        np.add.at(dense, (indices, np.repeat(np.arange(columns), start[1:] - start[:-1])), data)
        return dense


class _Type(_Bag):
    """numpy.dtype, of numbers only."""

    def __init__(self, code: object = "", *_: object) -> None:
        self.code = code

    def plain(self) -> np.dtype[Any]:
        order: Any = self.state[1] if isinstance(self.state, tuple) and len(self.state) > 1 else "="
        if not isinstance(self.code, str) or not re.fullmatch(r"[biuf]\d+", self.code) or order not in tuple("<>=|"):
            raise ValueError(f"an array of {ascii(self.code)[:20]} instead of numbers")
        return np.dtype(self.code).newbyteorder("=" if order == "|" else order)


class _Array(_Bag):
    """numpy.ndarray, as its state describes it: version, shape, type, whether in columns, bytes."""

    def plain(self) -> Array:
        if not isinstance(self.state, tuple) or len(self.state) != 5:
            raise ValueError("an array without content")
        _, shape, kind, columns, content = self.state
        return _array(content, kind, shape, "F" if columns else "C")


class _Buffer(_Bag):
    """numpy._core.numeric._frombuffer, which protocol 5 makes arrays by."""

    def __init__(self, content: object, kind: object, shape: object, order: object = "C", *_: object) -> None:
        self.parts = (content, kind, shape, order)

    def plain(self) -> Array:
        return _array(*self.parts)


class _Scalar(_Bag):
    """numpy._core.multiarray.scalar."""

    def __init__(self, kind: object, content: object) -> None:
        self.parts = (content, kind, (), "C")

    def plain(self) -> Array:
        return _array(*self.parts)


class _Nothing(_Bag):
    """What is named only to be handed on."""


def _array(content: object, kind: object, shape: object, order: object) -> Array:
    if isinstance(content, str):  # the byte strings of Python 2
        content = content.encode("latin1")
    if not isinstance(content, bytes | bytearray) or not isinstance(kind, _Type) or not isinstance(shape, tuple):
        raise ValueError("an array of something else than numbers")
    return np.frombuffer(content, kind.plain()).reshape(shape, order="F" if order == "F" else "C")


def _plain(value: object) -> Any:
    return value.plain() if isinstance(value, _Bag) else value


def _reconstruct(cls: object, *_: object) -> Any:
    """numpy's and copyreg's ways of making an object that is filled later."""
    return cls() if cls in (_Array, _Chumpy, _Selection, _Sparse) else _Nothing()


def _encode(text: object, *_: object) -> bytes:
    """_codecs.encode, by which Python 3 writes bytes in the protocols of Python 2."""
    return str(text).encode("latin1")


def _no_bytes() -> bytes:
    """bytes(), by which Python 3 writes b"" in the protocols of Python 2."""
    return b""


_NUMPY = ("numpy.core", "numpy._core")
_BUILTIN = {"set": set, "frozenset": frozenset, "bytes": _no_bytes, "object": _Nothing}
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    **{(f"{core}.multiarray", "_reconstruct"): _reconstruct for core in _NUMPY},
    **{(f"{core}.multiarray", "scalar"): _Scalar for core in _NUMPY},
    **{(f"{core}.numeric", "_frombuffer"): _Buffer for core in _NUMPY},
    **{("chumpy" + part, "Ch"): _Chumpy for part in (".ch", "")},
    ("chumpy.reordering", "Select"): _Selection,
    **{("scipy.sparse" + part, "csc_matrix"): _Sparse for part in (".csc", "._csc", "")},
    **{(module, name): kind for module in ("builtins", "__builtin__") for name, kind in _BUILTIN.items()},
    **{(module, "_reconstructor"): _reconstruct for module in ("copyreg", "copy_reg")},
    ("collections", "OrderedDict"): OrderedDict,
    ("_codecs", "encode"): _encode,
}


class _Unpickler(pickle.Unpickler):
    """Knows the names above and no others."""

    def __init__(self, path: str | os.PathLike[str], file: BinaryIO) -> None:
        super().__init__(file, fix_imports=False, encoding="latin1")
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            found = ascii(f"{module}.{name}"[:80])[1:-1]
            raise InputError(self._path, "pickle", f"a call of {found}", "arrays of numbers and nothing else") from None

    def persistent_load(self, pid: object) -> Any:
        raise InputError(self._path, "pickle", "a reference to something outside", "arrays of numbers and nothing else")
