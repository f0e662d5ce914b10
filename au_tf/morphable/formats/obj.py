"""Wavefront OBJ files as face models use them: vertices, texture coordinates, polygons by material."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from au_tf.arrays import Array, Bool, Float64, Int64
from au_tf.errors import InputError


@dataclass(frozen=True, eq=False)
class ObjMesh:
    """What an OBJ file holds, polygons cut into triangles."""

    vertices: Float64
    """float64[V, 3], in the file's unit."""
    uv: Float64
    """float64[U, 2]."""
    triangles: Int64
    """int64[T, 3] into the vertices, 0-based."""
    uv_triangles: Int64
    """int64[T, 3] into `uv`, 0-based, -1 where a corner has none."""
    materials: tuple[str, ...]
    """Names in the order of their first use; "" for polygons before the first."""
    material: Int64
    """int64[T], into `materials`."""

    def of(self, *names: str) -> Bool:
        """bool[T], which triangles are of any of these materials."""
        wanted = [i for i, name in enumerate(self.materials) if name in names]
        return np.isin(self.material, wanted)


def read_vertices(path: str | os.PathLike[str]) -> Float64:
    """Reads only the vertices of an OBJ file, float64[V, 3].

    Raises:
      InputError: if the file cannot be read, or a vertex is not three finite numbers.
    """
    return _numbers(path, _content(path), b"v", 3)


def read_obj(path: str | os.PathLike[str]) -> ObjMesh:
    """Reads vertices, texture coordinates and polygons; relative (negative) indices are refused.

    Raises:
      InputError: if the file cannot be read, has no polygon, or a line of it makes no sense.
    """
    return parse_obj(path, _content(path))


def parse_obj(path: str | os.PathLike[str], content: bytes, naming: bytes = b"usemtl ") -> ObjMesh:
    """As `read_obj`, of what a file holds; with `naming` b"g " the polygons' groups take the place of materials."""
    vertices, uv = _numbers(path, content, b"v", 3), _numbers(path, content, b"vt", 2)
    corners, counts, material, names = _polygons(path, content, naming)
    if not counts:
        raise InputError(path, "polygons", "none", 'lines such as "f 1/1 2/2 3/3"')
    fan = _fan(np.asarray(counts))
    indices = np.asarray(corners, np.int64) - 1
    for column, name, last in ((0, "vertex", len(vertices)), (1, "texture coordinate", len(uv))):
        wrong = (indices[:, column] >= last) | (indices[:, column] < (0 if column == 0 else -1))
        if wrong.any():
            found = indices[wrong][0, column] + 1
            raise InputError(path, f"{name} of a polygon", found, f"numbers from 1 to {last}")
    return ObjMesh(
        vertices,
        uv,
        indices[fan, 0],
        indices[fan, 1],
        tuple(names),
        np.repeat(np.asarray(material), np.asarray(counts) - 2),
    )


def _content(path: str | os.PathLike[str]) -> bytes:
    # A pipe or a device would keep the program waiting.
    if not Path(path).is_file():
        raise InputError(path, "file", "nothing", "an OBJ file")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(path, "file", error.strerror or error, "an OBJ file that can be read") from error


def _numbers(path: str | os.PathLike[str], content: bytes, key: bytes, count: int) -> Float64:
    """The first `count` numbers of each line that starts with `key`."""
    start = key + b" "
    first = 0 if content.startswith(start) else content.find(b"\n" + start) + 1
    last = content.rfind(b"\n" + start) + 1
    if first == 0 and not content.startswith(start):
        return np.zeros((0, count))
    end = content.find(b"\n", last)
    block = content[first : end if end >= 0 else None]
    lines = block.split(b"\n")
    if block.count(b"\n" + start) + 1 < len(lines):
        lines = [line for line in lines if line.startswith(start)]
    try:
        values = np.loadtxt(lines, np.float64, usecols=range(1, count + 1), ndmin=2, comments=None)
    except ValueError:
        raise InputError(path, f'"{key.decode()}" lines', _bad_line(lines, count), f"{count} numbers each") from None
    if not np.isfinite(values).all():
        raise InputError(path, f'"{key.decode()}" lines', "a number that is not finite", "finite numbers")
    return values


def _bad_line(lines: list[bytes], count: int) -> str:
    for line in lines:
        try:
            if len([float(word) for word in line.split()[1 : count + 1]]) == count:
                continue
        except ValueError:
            pass
        return _shown(line)
    return "a line that is not understood"


def _shown(line: bytes) -> str:
    return ascii(line[:40].decode("latin1"))


def _polygons(
    path: str | os.PathLike[str], content: bytes, naming: bytes
) -> tuple[list[tuple[int, int]], list[int], list[int], dict[str, int]]:
    """Corners (vertex, texture coordinate or 0), corners a polygon, material a polygon, materials by name."""
    corners: list[tuple[int, int]] = []
    counts: list[int] = []
    material: list[int] = []
    names: dict[str, int] = {}
    current = ""
    for line in content.split(b"\n"):
        if line.startswith(b"f "):
            words = line.split()[1:]
            try:
                corners.extend(map(_corner, words))
            except ValueError:
                raise InputError(path, "polygon", _shown(line), 'one such as "f 1/1 2/2 3/3"') from None
            if len(words) < 3:
                raise InputError(path, "polygon", _shown(line), "three corners or more")
            counts.append(len(words))
            material.append(names.setdefault(current, len(names)))
        elif line.startswith(naming):
            current = line[len(naming) :].strip().decode("latin1")
    return corners, counts, material, names


def _corner(word: bytes) -> tuple[int, int]:
    vertex, _, rest = word.partition(b"/")
    uv = rest.partition(b"/")[0]
    # Beyond this no index can be right, and arrays of integers stay arrays of integers.
    return _clipped(int(vertex)), _clipped(int(uv)) if uv else 0


def _clipped(index: int) -> int:
    return max(min(index, 1 << 31), -(1 << 31))


def _fan(counts: Array) -> Int64:
    """Triangles int64[T, 3] into the row of corners: each polygon's first corner with every further edge."""
    start = np.cumsum(counts) - counts
    polygon = np.repeat(np.arange(len(counts)), counts - 2)
    step = np.arange(len(polygon)) - np.repeat(np.cumsum(counts - 2) - (counts - 2), counts - 2)
    return np.stack([start[polygon], start[polygon] + step + 1, start[polygon] + step + 2], -1)
