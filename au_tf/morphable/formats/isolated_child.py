"""The process in which `isolated` has files parsed: requests come in and answers go out as lines of JSON.

It imports no TensorFlow, and each parser only when a file needs it, so that it starts quickly.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from au_tf.arrays import Array
from au_tf.errors import InputError

Arrays = dict[str, Any]
_MOST = 200
"""How many names are listed, and how much of each."""
_TOO_NEW = "version 7 or older: convert it in MATLAB with save(..., '-v7')"
_NOT_NUMBERS = {
    "c": "complex numbers",
    "O": "a cell array or objects",
    "V": "a struct",
    "U": "text",
    "S": "text",
    "M": "dates",
    "m": "times",
}


def read_mat(path: str, names: list[str]) -> Arrays:
    """Named variables of a MATLAB file up to version 7."""
    from scipy.io import loadmat

    _refuse_new_mat(path)
    return loadmat(path, variable_names=names, appendmat=False)


def list_mat(path: str) -> Iterable[str]:
    """Names of the variables of a MATLAB file up to version 7."""
    from scipy.io import whosmat

    _refuse_new_mat(path)
    return [name for name, _, _ in whosmat(path, appendmat=False)]


def _refuse_new_mat(path: str) -> None:
    with open(path, "rb") as file:
        head = file.read(128)
    # Its header is text and a version; what follows is HDF5, which needs quite another reader.
    if head.startswith(b"MATLAB 7.3") or head[124:128] in (b"\0\2IM", b"\2\0MI"):
        raise InputError(path, "format", "a MATLAB file of version 7.3", _TOO_NEW)


def read_hdf(path: str, names: list[str]) -> Arrays:
    """Named data sets of an HDF5 file, "group/group/name"."""
    import h5py

    with h5py.File(path, "r", locking=False) as file:
        found = {name: _data_set(path, file, name) for name in names}
        return {name: data[()] for name, data in found.items() if data is not None}


def list_hdf(path: str) -> Iterable[str]:
    """Names of the groups and data sets at the top of an HDF5 file."""
    import h5py

    with h5py.File(path, "r", locking=False) as file:
        return list(file)


def _data_set(path: str, file: Any, name: str) -> Any:
    """A data set that lies in this very file, or None if there is none of that name."""
    import h5py

    node = file
    for part in name.split("/"):
        link = node.get(part, getlink=True) if isinstance(node, h5py.Group) else None
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise InputError(path, name, "a link", "an array of numbers in the file itself")
        node = node[part]
    if not isinstance(node, h5py.Dataset):
        raise InputError(path, name, "a group", "an array of numbers")
    if node.is_virtual or node.external:
        raise InputError(path, name, "data of another file", "an array of numbers in the file itself")
    return node


def read_pickle(path: str, names: list[str]) -> Arrays:
    """Named arrays of a pickled dictionary, by an unpickler that runs nothing."""
    from au_tf.morphable.formats.flame_pickle import load_pickle

    found = load_pickle(Path(path))
    return {name: found[name] for name in names if name in found}


_READ: dict[str, Callable[[str, list[str]], Arrays]] = {"mat": read_mat, "hdf": read_hdf, "pickle": read_pickle}
_LIST: dict[str, Callable[[str], Iterable[str]]] = {"mat": list_mat, "hdf": list_hdf}


def plain(path: str, name: str, value: object) -> Array:
    """An array that another process can load without trust: real numbers in the machine's byte order.

    Raises:
      InputError: for anything else, told by name.
    """
    if not isinstance(value, np.ndarray | np.generic):
        raise InputError(path, name, f"a {type(value).__name__}", "an array of numbers")
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise InputError(path, name, _NOT_NUMBERS.get(array.dtype.kind, str(array.dtype)), "an array of real numbers")
    kind = array.dtype.newbyteorder("=") if array.dtype.itemsize <= 8 else np.dtype(np.float64)
    return array.astype(kind, copy=False)


class Request(TypedDict):
    """What is asked of this process."""

    do: str
    """"list" or "read"."""
    kind: str
    path: str
    names: list[str]
    """To be read."""
    folder: str
    """Where their arrays go."""
    memory: int
    """Bytes."""
    seconds: float


def fulfil(request: Request) -> list[str]:
    """Does what a request asks for: lists names, or writes array k of the wanted names to "k.npy"."""
    path, kind = request["path"], request["kind"]
    if request["do"] == "list":
        return [str(name)[:_MOST] for name in islice(_LIST[kind](path), _MOST)]
    found = _READ[kind](path, request["names"])
    for k, name in enumerate(request["names"]):
        if name in found:
            np.save(os.path.join(request["folder"], f"{k}.npy"), plain(path, name, found[name]), allow_pickle=False)
    return [name for name in request["names"] if name in found]


def answer(request: Request) -> dict[str, Any]:
    """Fulfils a request within its memory and time, and tells the names found or what is wrong with the file."""
    memory = int(request["memory"])
    for limit, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, memory), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(limit)[1]  # stays, since the next file may be allowed more
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    signal.setitimer(signal.ITIMER_REAL, request["seconds"])
    try:
        return {"names": fulfil(request)}
    except InputError as error:
        return {"error": [error.field, error.found, error.expected]}
    except MemoryError:
        return {"error": ["file", f"data that {memory >> 20} MB of memory do not hold", "an undamaged file"]}
    except Exception as error:
        reason = str(error)[:_MOST] or type(error).__name__
        return {"error": ["file", f"a damaged file ({reason})", "an undamaged file"]}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def main() -> None:
    """Answers until the process that asks is gone."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which ends even a parser written in C
    # Libraries print where they like; only answers may reach the process that asks.
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    for line in sys.stdin.buffer:
        replies.write(json.dumps(answer(json.loads(line))).encode() + b"\n")


if __name__ == "__main__":
    main()
