"""Action Units in the course of time, read from CSV as OpenFace and py-feat write it, or in a plain form.

OpenFace: `timestamp`, `success` and intensities `AU01_r` from 0 to 5; py-feat: `frame` and `AU01` from 0 to 1; plain:
`time` in seconds and `AU1` from 0 to 5.
"""

import csv
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from au_tf.arrays import Float32, Float64, Int64
from au_tf.errors import InputError
from au_tf.facs import ACTION_UNITS, AU_NAMES, AU_NUMBERS, MAX_INTENSITY

_UNIT = re.compile(r"AU0*(\d+)(_r)?", re.IGNORECASE)
_FACES = "face_id"


@dataclass(frozen=True)
class _Kind:
    """Who writes such a table, and how."""

    name: str
    clock: str
    """The column that tells the time."""
    counts: bool
    """Whether that column counts frames, rather than seconds."""
    suffix: str
    """What follows the number of an Action Unit in its column."""
    greatest: float
    """The intensity that stands for 5."""
    gaps: bool
    """Whether rows may lack a face."""


_OPENFACE = _Kind("OpenFace", "timestamp", False, "_r", MAX_INTENSITY, True)
_PYFEAT = _Kind("py-feat", "frame", True, "", 1.0, True)
_PLAIN = _Kind("plain", "time", False, "", MAX_INTENSITY, False)


@dataclass(frozen=True, eq=False)
class Timeline:
    """Intensities at moments, between which they change evenly."""

    times: Float64
    """float64[N], seconds, ascending from 0."""
    intensities: Float32
    """float32[N, 12] in [0, 5]."""
    notices: tuple[str, ...] = ()
    """What the reader of the file has to know, a line each."""

    def at(self, times: Float64) -> Float32:
        """Intensities float32[M, 12] at other moments, float64[M] in seconds; beyond the ends those of the ends."""
        columns = [np.interp(times, self.times, column) for column in self.intensities.T]
        return np.stack(columns, -1).astype(np.float32)

    def frames(self, rate: float) -> Float32:
        """Intensities float32[M, 12] of a film with `rate` pictures a second, the last at or before the end."""
        # Times that are multiples of 1/rate but for rounding count as such.
        count = 1 + math.floor(self.times[-1] * rate + 1e-6)
        return self.at(np.arange(count) / rate)


def read_timeline(path: str | os.PathLike[str], rate: float) -> Timeline:
    """Reads a time line; Action Units that the file lacks are 0, those that DISFA does not code are left out.

    Rows in which OpenFace or py-feat found no face are bridged.

    Args:
      path: the CSV.
      rate: frames a second of a recording whose frames are only counted.

    Raises:
      InputError: if there is no such file, it is none of the three kinds, several faces are in it, or a value is
        missing, out of range or out of order.
    """
    header, rows = _read(Path(path))
    kind = _kind(path, header)
    units, strange = _units(path, header, kind)
    if not units:
        expected = f"a column of intensities such as AU{'' if kind is _PLAIN else '0'}1{kind.suffix}"
        raise InputError(path, "columns", "no Action Unit that is coded", expected)
    kept = [(line, row) for line, row in rows if _shows_a_face(path, line, row, header, kind, units)]
    if not kept:
        raise InputError(path, "rows", "none with a face", "at least one")
    times = np.array([_number(path, line, kind.clock, row[header[kind.clock]], math.inf) for line, row in kept])
    late = np.flatnonzero(np.diff(times) <= 0)
    if len(late):
        line, row = kept[late[0] + 1]
        raise InputError(path, f"line {line}, {kind.clock}", row[header[kind.clock]], "more than in the row before")
    intensities = np.zeros((len(kept), len(ACTION_UNITS)), np.float32)
    for number, column in units.items():
        index, name = AU_NUMBERS.index(number), list(header)[column]
        values = [_number(path, line, name, row[column], kind.greatest) for line, row in kept]
        intensities[:, index] = np.array(values) * (MAX_INTENSITY / kind.greatest)
    seconds = (times - times[0]) / (rate if kind.counts else 1.0)
    return Timeline(seconds, intensities, tuple(_notices(kind, units, strange, len(rows) - len(kept), rate)))


def read_openface_rows(path: str | os.PathLike[str]) -> tuple[Int64, Float32]:
    """Reads what OpenFace's `FeatureExtraction` says of pictures, one row each, rather than of a film.

    Args:
      path: the CSV.

    Returns:
      int64[N], numbers of the pictures as OpenFace counts them, the first being 1; and float32[N, 12], intensities,
      NaN where no face was found.

    Raises:
      InputError: if there is no such file, a column is missing, or a value is missing or out of range.
    """
    header, rows = _read(Path(path))
    units, _ = _units(path, header, _OPENFACE)
    wanted = ["frame", "success", *(f"AU{number:02d}_r" for number in AU_NUMBERS)]
    missing = [name for name in wanted if name not in header]
    if missing:
        raise InputError(path, "columns", f"no {', '.join(missing)}", "those of OpenFace")
    intensities = np.full((len(rows), len(ACTION_UNITS)), np.nan, np.float32)
    for k, (line, row) in enumerate(rows):
        if _shows_a_face(path, line, row, header, _OPENFACE, units):
            values = ((f"AU{number:02d}_r", units[number]) for number in AU_NUMBERS)
            intensities[k] = [_number(path, line, name, row[column], MAX_INTENSITY) for name, column in values]
    frames = [_number(path, line, "frame", row[header["frame"]], math.inf) for line, row in rows]
    return np.array(frames).astype(np.int64), intensities


def _read(path: Path) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    """Columns by name, and the rows with the numbers of their lines; OpenFace puts a space before each name."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file, strict=True)
            names = [name.strip() for name in next(lines, [])]
            rows = [(lines.line_num, [cell.strip() for cell in row]) for row in lines if any(row)]
    except FileNotFoundError:
        raise InputError(path, "file", "nothing", "a time line, CSV") from None
    except OSError as error:
        raise InputError(path, "file", error.strerror or error, "a time line, CSV") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(path, "file", f"no CSV ({error})", "a time line, CSV") from error
    # Pandas leaves the name of the column with the rows' numbers empty.
    twice = [name for k, name in enumerate(names) if name and name in names[:k]]
    if twice:
        raise InputError(path, f"column {twice[0]}", "two of them", "each once")
    for line, row in rows:
        if len(row) != len(names):
            raise InputError(path, f"line {line}", f"{len(row)} values", f"{len(names)}, as in the first line")
    if not rows:
        raise InputError(path, "rows", "none", "a first line with names, and at least one row")
    return {name: column for column, name in enumerate(names)}, rows


def _kind(path: str | os.PathLike[str], header: dict[str, int]) -> _Kind:
    if any(name.lower().endswith("_r") and _UNIT.fullmatch(name) for name in header):
        kind = _OPENFACE
    else:
        kind = _PLAIN if _PLAIN.clock in header else _PYFEAT
    if kind.clock not in header:
        expected = "timestamp (OpenFace), frame (py-feat) or time in seconds"
        raise InputError(path, "columns", f"no {kind.clock if kind is _OPENFACE else 'time'}", expected)
    return kind


def _units(path: str | os.PathLike[str], header: dict[str, int], kind: _Kind) -> tuple[dict[int, int], list[str]]:
    """Columns of the Action Units by number, and the names of those that DISFA does not code."""
    found: dict[int, int] = {}
    strange = []
    for name, column in header.items():
        match = _UNIT.fullmatch(name)
        if match is None or (match[2] or "").lower() != kind.suffix:
            continue
        number = int(match[1])
        if number in found:
            raise InputError(path, f"column {name}", f"two of AU{number}", "each once")
        if number in AU_NUMBERS:
            found[number] = column
        else:
            strange.append(f"AU{number}")
    return found, strange


def _shows_a_face(
    path: str | os.PathLike[str],
    line: int,
    row: list[str],
    header: dict[str, int],
    kind: _Kind,
    units: dict[int, int],
) -> bool:
    if _FACES in header and kind is _OPENFACE and row[header[_FACES]] != "0":
        raise InputError(path, f"line {line}, {_FACES}", row[header[_FACES]], "one face, number 0")
    if kind is _OPENFACE and "success" in header:
        return _number(path, line, "success", row[header["success"]], 1.0) == 1.0
    # Where py-feat finds no face it leaves every value of the row empty.
    return not (kind.gaps and all(row[column].lower() in ("", "nan") for column in units.values()))


def _number(path: str | os.PathLike[str], line: int, name: str, text: str, greatest: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= greatest or math.isinf(value):
        expected = "a number from 0" + ("" if math.isinf(greatest) else f" to {greatest:g}")
        raise InputError(path, f"line {line}, {name}", text or "nothing", expected)
    return value


def _notices(kind: _Kind, units: dict[int, int], strange: list[str], gaps: int, rate: float) -> list[str]:
    missing = [name for name, number in zip(AU_NAMES, AU_NUMBERS, strict=True) if number not in units]
    told = []
    if strange:
        told.append(f"left out, since they are not coded: {', '.join(strange)}")
    if missing:
        told.append(f"0 throughout, since the file lacks them: {', '.join(missing)}")
    if gaps:
        told.append(f"bridged, since no face was found: {gaps} rows")
    if kind.counts:
        told.append(f"the file counts frames: taken at {rate:g} a second")
    return told
