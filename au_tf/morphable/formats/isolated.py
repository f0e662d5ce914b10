"""Reads files of which a parser may crash, hang or eat all memory, in a child process that can be lost.

`scipy.io.loadmat` and HDF5 are well kept, yet damaged files make them write outside their memory. So a child process
parses, under a limit of memory and time, and hands plain arrays of numbers back; whatever becomes of it, the caller
gets arrays or one `InputError`. The child lives on for the next file, since starting it takes longer than a file.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from au_tf.arrays import Array
from au_tf.errors import InputError
from au_tf.morphable.formats.checks import file_size

FORMATS = {"mat": "a MATLAB file", "hdf": "an HDF5 file", "pickle": "a pickle of arrays"}
"""Kinds of file that the child parses."""
MEMORY = 1 << 30
"""Bytes that the child may use for the smallest file, its libraries' code included."""
MEMORY_FACTOR = 8
"""Further bytes for each byte of the file: what is compressed grows, and parsers keep copies."""
SECONDS = 60.0
"""Time that the smallest file may take."""
BYTES_A_SECOND = 2 << 20
"""The larger the file, the more time."""
_CHILD = "au_tf.morphable.formats.isolated_child"
_LONGEST_REPLY = 1 << 20


def read_arrays(
    path: str | os.PathLike[str], kind: str, names: Iterable[str], optional: Iterable[str] = ()
) -> dict[str, Array]:
    """Reads named arrays of numbers from a file that nobody vouches for.

    Args:
      path: the file.
      kind: a key of `FORMATS`.
      names: variables, data sets ("shape/model/mean") or keys that have to be there.
      optional: others that are read where they are there.

    Returns:
      Integer, boolean or floating arrays by name, in the shapes and precisions of the file.

    Raises:
      InputError: if the file is missing or damaged, lacks a name, holds something else than real numbers under it, or
        takes more memory or time than such a file honestly can.
    """
    names = list(names)
    wanted = names + list(optional)
    with tempfile.TemporaryDirectory(prefix="au_tf-") as folder:
        found = _ask(Path(path), kind, {"do": "read", "names": wanted, "folder": folder})
        for name in names:
            if name not in found:
                raise InputError(path, name, "nothing", "an array of numbers")
        files = {name: Path(folder, f"{k}.npy") for k, name in enumerate(wanted) if name in found}
        return {name: np.load(file, allow_pickle=False) for name, file in files.items()}


def variable_names(path: str | os.PathLike[str], kind: str) -> tuple[str, ...]:
    """Names of what lies at the top of a file, without reading it.

    Args:
      path: the file.
      kind: "mat" or "hdf".

    Raises:
      InputError: if the file is missing or damaged.
    """
    return tuple(str(name) for name in _ask(Path(path), kind, {"do": "list"}))


class _Child:
    """One process that parses, spoken to in lines of JSON."""

    def __init__(self) -> None:
        # The caller's packages and nothing from the folder it happens to stand in (-P); threads would only cost memory.
        packages = os.pathsep.join(os.path.abspath(p) for p in sys.path if p)
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=os.environ | {"PYTHONPATH": packages} | threads,
            start_new_session=True,  # an interrupt from the keyboard is the caller's alone
        )
        self.fresh = True

    def ask(self, request: dict[str, object]) -> bytes:
        """Sends one request and waits for the line that answers it; what comes of a child that dies is shorter."""
        self.fresh = False
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            return self.process.stdout.readline(_LONGEST_REPLY)
        except BrokenPipeError:
            return b""

    def forget(self) -> None:
        """Closes this side of the pipes, at which an idle child ends."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()

    def end(self) -> int:
        """Ends the process, gently if it is idle, and returns how it ended: minus the signal, if by one."""
        self.forget()
        try:
            self.process.wait(1.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return self.process.wait()


class _Keeper:
    """Keeps one child alive between reads; one thread at a time talks to it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.child: _Child | None = None

    def ask(self, request: dict[str, object]) -> dict[str, Any]:
        """The child's answer, or how it "died"."""
        with self.lock:
            fresh = self.ready().fresh
            answer = self.attempt(request)
            if "died" in answer and answer["died"] != signal.SIGALRM and not fresh:
                # What broke the child may have been a file before this one.
                self.ready()
                answer = self.attempt(request)
            return answer

    def ready(self) -> _Child:
        """A child that lives."""
        if self.child is not None and self.child.process.poll() is not None:
            self.stop()
        self.child = self.child or _Child()
        return self.child

    def attempt(self, request: dict[str, object]) -> dict[str, Any]:
        """Asks the child once; if it dies, tells by which signal, or 0."""
        assert self.child
        try:
            reply = self.child.ask(request)
        except BaseException:
            # Interrupted between question and answer: the next question must not get this one's answer.
            self.child.process.kill()
            self.stop()
            raise
        return json.loads(reply) if reply.endswith(b"\n") else {"died": max(0, -self.stop())}

    def stop(self) -> int:
        """Ends the child, if there is one, and returns how it ended."""
        child, self.child = self.child, None
        return child.end() if child else 0


_keeper = _Keeper()


def _after_fork() -> None:
    """In a forked process: leaves the child to the process that started it."""
    global _keeper
    if _keeper.child:
        _keeper.child.forget()
        _keeper.child.process.returncode = 0  # not this process's to wait for
    _keeper = _Keeper()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
atexit.register(lambda: _keeper.stop())


def _ask(path: Path, kind: str, request: dict[str, object]) -> list[str]:
    size = file_size(path, FORMATS[kind])
    limits = {"memory": MEMORY + MEMORY_FACTOR * size, "seconds": SECONDS + size / BYTES_A_SECOND}
    answer = _keeper.ask(request | limits | {"kind": kind, "path": os.path.abspath(path)})
    if answer.get("died") == signal.SIGALRM:
        raise InputError(path, "file", f"something that takes over {limits['seconds']:.0f} s to read", FORMATS[kind])
    if "died" in answer:
        raise InputError(path, "file", "a damaged file (its parser crashed)", f"an undamaged one, {FORMATS[kind]}")
    if "error" in answer:
        field, found, expected = (_one_line(text) for text in answer["error"])
        raise InputError(path, field, found, expected)
    return answer["names"]


def _one_line(text: object) -> str:
    """What a file made a parser say, fit for a terminal."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= 200 else line[:199] + "…"
