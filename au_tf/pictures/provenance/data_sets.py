"""Where a statement lies in a data set: in a file of its own beside the records, as an XMP packet."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from au_tf.errors import InputError
from au_tf.files import Place, file_digest, write_whole
from au_tf.pictures.provenance.statement import Read, Statement, read_packet

FILE = "provenance.xmp"
"""Beside the records of a data set."""
_RECORDS = "*-*-of-*"


def state_data_set(folder: Place, statement: Statement, digests: Mapping[str, str]) -> None:
    """Writes a statement beside the records of a data set, which it speaks of.

    Args:
      folder: of the data set.
      statement: about it.
      digests: SHA-256 of each of its files of records in hexadecimal digits, by their names.

    Raises:
      InputError: if the place cannot be written.
    """
    write_whole(folder / FILE, statement.packet(_digest(digests)) + b"\n")


def read_data_set(folder: Path) -> tuple[Read | None, str]:
    """What a data set says of itself, and the digest of its records.

    Raises:
      InputError: if the folder holds no records.
    """
    records = sorted(folder.glob(_RECORDS))
    if not records:
        raise InputError(folder, "records", "none", f"a data set, with files {_RECORDS}")
    place = folder / FILE
    digest = _digest({path.name: file_digest(path) for path in records})
    return read_packet(place.read_bytes()) if place.is_file() else None, digest


def _digest(digests: Mapping[str, str]) -> str:
    whole = hashlib.sha256()
    for name, digest in sorted(digests.items()):
        whole.update(name.encode() + bytes.fromhex(digest))
    return whole.hexdigest()
