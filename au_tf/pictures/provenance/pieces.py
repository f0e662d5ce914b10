"""A file as pieces, of which one is a statement and the others are what it speaks of."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from au_tf.errors import AuTfError

Buffer = bytes | memoryview
_LONGEST_STATEMENT = 1 << 16


class DamagedError(AuTfError):
    """A file that is not built as its kind has to be."""


class Piece(NamedTuple):
    """A part of a file."""

    start: int
    """Its first byte."""
    stop: int
    """The byte behind its last."""
    stated: bool = False
    """Whether it is an XMP packet."""
    name: bytes = b""
    """What it counts as beside its bytes."""


class Parts(NamedTuple):
    """What a file holds."""

    statement: bytes | None
    """Its XMP packet; None if it has none."""
    content: str
    """SHA-256 of all else."""


def parted(data: Buffer, pieces: Iterable[Piece]) -> Parts:
    """Reads the statement and counts the rest together.

    Raises:
      DamagedError: if a piece reaches beyond the end.
    """
    statement, content = None, hashlib.sha256()
    for piece in pieces:
        if not piece.start <= piece.stop <= len(data):
            raise DamagedError("a part that reaches beyond the end")
        if not piece.stated:
            content.update(piece.name)
            content.update(data[piece.start : piece.stop])
        else:
            # Programs that put one of their own before it leave it behind.
            statement = bytes(data[piece.start : min(piece.stop, piece.start + _LONGEST_STATEMENT)])
    return Parts(statement, content.hexdigest())
