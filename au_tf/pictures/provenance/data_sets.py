"""Where a statement lies in a data set: in a file of its own beside the records, as an XMP packet."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from au_tf.errors import InputError
from au_tf.files import write_whole
from au_tf.pictures.provenance.statement import Read, Statement, read_packet

FILE = "provenance.xmp"
"""Beside the records of a data set."""
_RECORDS = "*.tfrecord-*"


def state_data_set(folder: Path, statement: Statement) -> None:
    """Writes a statement beside the records of a data set, which it speaks of.

    Raises:
      InputError: if the place cannot be written.
    """
    write_whole(folder / FILE, statement.packet(_digest(sorted(folder.glob(_RECORDS)))) + b"\n")


def read_data_set(folder: Path) -> tuple[Read | None, str]:
    """What a data set says of itself, and the digest of its records.

    Raises:
      InputError: if the folder holds no records.
    """
    records = sorted(folder.glob(_RECORDS))
    if not records:
        raise InputError(folder, "records", "none", f"a data set, with files {_RECORDS}")
    place = folder / FILE
    return read_packet(place.read_bytes()) if place.is_file() else None, _digest(records)


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
