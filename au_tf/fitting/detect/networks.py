"""Networks in TensorFlow Lite's format, run without TensorFlow, and where their files lie."""

import importlib.util
import os
import subprocess
import sys
import zipfile
import zlib
from functools import cache
from pathlib import Path
from threading import Lock, local
from typing import Any

import lazy_loader
import numpy as np

from au_tf.arrays import Array, Float32
from au_tf.errors import InputError

litert = lazy_loader.load("ai_edge_litert.interpreter", suppress_warning=True)

_SILENCE = Lock()


class Network:
    """A network that any number of threads may ask: an interpreter is for one, so each thread has its own."""

    def __init__(self, content: bytes) -> None:
        """Of a file's content."""
        self._content, self._own = content, local()

    @property
    def given(self) -> list[int]:
        """Shape of what it looks at: [1, side, side, 3] of a picture."""
        (source,) = self._interpreter.get_input_details()
        return [int(size) for size in source["shape"]]

    @property
    def side(self) -> int:
        """Side in pixels of the picture that it looks at."""
        return self.given[1]

    @property
    def sizes(self) -> list[int]:
        """How many numbers each of its outputs has."""
        return [int(np.prod(output["shape"])) for output in self._interpreter.get_output_details()]

    def __call__(self, given: Array) -> list[Float32]:
        """What it says of an array of numbers, without batch axes: all outputs in their order, flat."""
        interpreter = self._interpreter
        (source,) = interpreter.get_input_details()
        interpreter.set_tensor(source["index"], np.asarray(given, np.float32).reshape(source["shape"]))
        interpreter.invoke()
        outputs = interpreter.get_output_details()
        return [interpreter.get_tensor(output["index"]).astype(np.float32).ravel() for output in outputs]

    @property
    def _interpreter(self) -> Any:
        if not hasattr(self._own, "interpreter"):
            self._own.interpreter = _interpreter(self._content)
        return self._own.interpreter


@cache
def network(path: Path, member: str | None = None) -> Network:
    """The network in a file, or in a `member` of a zip archive such as MediaPipe's `.task` bundles.

    Bundles are the user's own: TensorFlow Lite may crash or hang with a damaged network, so another process tries it.

    Raises:
      InputError: if there is none.
    """
    expected = "a network in TensorFlow Lite's format"
    try:
        if member is None:
            return Network(path.read_bytes())
        with zipfile.ZipFile(path) as bundle:
            content = bundle.read(member)
    except (OSError, KeyError, ValueError, RuntimeError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise InputError(path, member or "file", f"{type(error).__name__}: {error}", expected) from error
    if reason := fault_of(content):
        raise InputError(path, member or "file", reason, expected)
    return Network(content)


def fault_of(content: bytes) -> str:
    """What is wrong with a network, as another process finds; empty if it computes."""
    try:
        tried = subprocess.run(
            [sys.executable, "-P", "-m", f"{__package__}.network_trial"], input=content, capture_output=True, timeout=60
        )
    except subprocess.TimeoutExpired:
        return "one that does not end"
    lines = tried.stderr.decode(errors="replace").split("\n")
    return (
        "" if tried.returncode == 0 else next(filter(None, reversed(lines)), "one with which TensorFlow Lite crashes")
    )


def package_file(package: str, inside: str) -> Path | None:
    """A file in an installed package, found without importing it; None if there is no such file."""
    spec = importlib.util.find_spec(package)
    folders = (spec and spec.submodule_search_locations) or ()
    return next((path for folder in folders if (path := Path(folder) / inside).is_file()), None)


def _interpreter(content: bytes) -> Any:
    # The first of a process writes a line to standard error, and nothing but closing that keeps it from it.
    with _SILENCE:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            made = litert.Interpreter(model_content=content, num_threads=1)
            made.allocate_tensors()
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
    return made
