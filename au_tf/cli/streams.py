"""Pipes: - among the words of a command is standard input, and as `--out` standard output."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from pathlib import Path

from au_tf.errors import AuTfError, InputError

PIPE = "-"
WRITTEN = {"synthesize": ".png", "animate": ".mp4", "estimate": ".csv", "extract": ".npz"}
"""Commands that read from and write to pipes, and the form of what they write."""
_OUT, _STDIN = ("--out", "-o"), "/dev/stdin"


@contextmanager
def piped(words: Sequence[str]) -> Iterator[tuple[list[str], bool]]:
    """The words of a command with files in the place of pipes, and whether what is made goes to standard output.

    Formats of pictures and films are told by reading to and fro, which pipes cannot; and so what is made is whole.

    Raises:
      AuTfError: as the command does, with - in the place of the file that is made.
    """
    piping = bool(words) and words[0] in WRITTEN
    to_out = piping and writes_out(words)
    with tempfile.TemporaryDirectory(prefix="au_tf-") if to_out else nullcontext("") as folder:
        made = Path(folder, f"made{WRITTEN[words[0]]}") if to_out else Path(PIPE)
        replaced = [_file(word, before, made) if piping else word for before, word in pairwise(["", *words])]
        with _readable_input() if _STDIN in replaced else nullcontext():
            try:
                yield replaced, to_out
            except AuTfError as error:
                raise AuTfError(str(error).replace(str(made), PIPE)) from error
        if to_out:
            with made.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.flush()


@contextmanager
def _readable_input() -> Iterator[None]:
    """Lets `/dev/stdin` be opened as often as need be, each time at its beginning."""
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        before = os.dup(0)
        os.dup2(file.fileno(), 0)
        try:
            yield
        finally:
            os.dup2(before, 0)
            os.close(before)


def writes_out(words: Sequence[str]) -> bool:
    """Whether standard output is to hold what is made."""
    return f"--out={PIPE}" in words or any(first in _OUT and second == PIPE for first, second in pairwise(words))


def check_report(words: Sequence[str], as_json: bool) -> None:
    """Makes sure that standard output is not asked to hold two things.

    Raises:
      InputError: if it is.
    """
    if as_json and writes_out(words):
        raise InputError("--out -", "use", "--json, which writes there as well", "one of the two")


def _file(word: str, before: str, made: Path) -> str:
    if word == f"--out={PIPE}":
        return f"--out={made}"
    if word != PIPE:
        return word
    return str(made) if before in _OUT else _STDIN
