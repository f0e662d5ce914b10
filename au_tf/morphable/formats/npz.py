"""Files of named arrays (`.npz`) that nobody vouches for."""

import os
import zipfile
from collections.abc import Iterable

from au_tf.arrays import Array
from au_tf.errors import InputError
from au_tf.files import read_npz

LARGEST = 1 << 31
"""Bytes that the arrays of one file may take."""


def npz_names(path: str | os.PathLike[str]) -> set[str]:
    """Names of the arrays in an npz.

    Raises:
      InputError: if the file is damaged, or would fill the memory when unpacked.
    """
    try:
        with zipfile.ZipFile(path) as file:
            entries = file.infolist()
    except Exception as error:
        raise InputError(path, "file", "a damaged zip file", "an .npz file") from error
    size = sum(entry.file_size for entry in entries)
    if size > LARGEST:
        raise InputError(path, "size unpacked", f"{size} bytes", f"at most {LARGEST}")
    return {entry.filename.removesuffix(".npy") for entry in entries}


def read_safe_npz(path: str | os.PathLike[str], names: Iterable[str]) -> dict[str, Array]:
    """Reads named arrays without unpickling, and only as much as `npz_names` allows.

    Raises:
      InputError: if the file is damaged, lacks a name, holds an object under it, or would fill the memory.
    """
    npz_names(path)
    return read_npz(path, list(names))
