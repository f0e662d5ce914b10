"""Tables of Action Units as programs and people write them: OpenFace, py-feat, LibreFace, Live Link Face, FACS coders.

What is meant is read, whatever the separator, decimal point, encoding and names of columns, and what had to be assumed
is told. What could mean two things is refused.
"""

import copy
import csv
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import lazy_loader
import numpy as np

from au_tf.arrays import Bool, Float32, Float64, Int64
from au_tf.errors import Argument, InputError
from au_tf.facs import ACTION_UNITS, AU_NAMES, AU_NUMBERS, LETTERS, MAX_INTENSITY, parse

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_loader.load("pandas")

LEAST_CONFIDENCE = 0.5
"""Rows of which a detector is less sure show no face."""
_PRESENT = 3.0
"""The intensity of what a table says is there and no more: C, the middle of A to E."""
_ROUNDING = 0.01
"""How far beyond the ends of its scale a value may lie, as a share of the scale."""
_VAST = 1e15
"""More than any time or number of a frame."""
_WHAT = "a table of Action Units, CSV"
_MISSING = ("", "na", "nan", "n/a", "#n/a", "null", "none", "-")

# Names of columns, without capitals, spaces and punctuation.
_UNIT = re.compile(r"(l|r|left|right)?(au)?0*(\d+)(l|r|c|left|right|intensity)?")
_FACES = re.compile("faceid|face|identity|person")
_CODES = re.compile("facs|aus|codes")
_SUCCESS = re.compile("success")
_SURE = re.compile("confidence|facescore|facedetectionscore")
_FRAME = re.compile("frames?(idx|index|no|nr|number|num)?")
_SECONDS = re.compile("(frame)?time(stamp)?(in)?(s|sec|seconds)?|t|sec|seconds|timecode")
_MILLISECONDS = re.compile("((frame)?time(stamp)?)?(in)?(ms|msec|millis|milliseconds)")
_OTHER_COLUMNS = (_FACES, _CODES, _SUCCESS, _SURE, _FRAME, _SECONDS, _MILLISECONDS)
# ARKit's shapes, as Live Link Face writes them; most have a left and a right.
_SHAPES = {1: "browinnerup", 2: "browouterup", 4: "browdown", 5: "eyewide", 6: "cheeksquint", 9: "nosesneer"}
_SHAPES |= {12: "mouthsmile", 15: "mouthfrown", 17: "mouthshruglower", 20: "mouthstretch", 26: "jawopen"}
# Lips part by so much as the jaw drops and they do not stay closed.
_OPEN, _CLOSED = "jawopen", "mouthclose"
_RATES = (24, 25, 30, 50, 60, 120)


@dataclass(frozen=True, eq=False)
class AuTable:
    """What a table says, a row each."""

    intensities: Float32
    """float32[N, 12] in [0, 5]; NaN where nothing is known, 0 for Action Units that the table lacks."""
    lines: Int64
    """int64[N], where the rows stand in the file."""
    seconds: Float64 | None
    """float64[N]; None if the table tells no time."""
    frames: Int64 | None
    """int64[N], numbers of frames or pictures; None if it does not count them."""
    clock: str
    """The column of the time, else of the frames, else "row"."""
    numbers: tuple[int, ...]
    """The Action Units in it, those that DISFA does not code as well."""
    notices: tuple[str, ...]
    """What was assumed, a line each."""


@dataclass(frozen=True)
class _ColumnKind:
    """Where the Action Units stand, and how."""

    columns: Mapping[int, list[str]]
    """Of each Action Unit by number; of several columns the mean counts."""
    greatest: float = MAX_INTENSITY
    """The greatest value."""
    full: float = MAX_INTENSITY
    """The intensity that it stands for."""
    recorded: bool = True
    """Whether a program wrote it, so that an empty cell says that nothing was found."""


def read_au_table(path: str | os.PathLike[str], face_id: int | str | None = None) -> AuTable:
    """Reads a table of Action Units.

    Args:
      path: text whose first line names columns, its values separated by commas, semicolons or tabs.
      face_id: whose rows are read, if several faces are in it.

    Raises:
      InputError: if there is no such file, no Action Unit that is coded is in it, several faces are and none is chosen,
        or a value is no number or out of range.
    """
    sheet = _Sheet(Path(path))
    sheet.choose(face_id)
    codes = sheet.find(_CODES)
    kind = _kind(sheet) if codes is None else _ColumnKind({number: [codes] for number in AU_NUMBERS})
    shown = sheet.shown()
    values = np.full((len(sheet.cells), len(ACTION_UNITS)), np.nan)
    values[shown] = _measured(sheet.part(shown), kind) if codes is None else _coded(sheet.part(shown), codes)
    lacking = [name for name, number in zip(AU_NAMES, AU_NUMBERS, strict=True) if number not in kind.columns]
    others = [f"AU{number}" for number in kind.columns if number not in AU_NUMBERS]
    gaps = int(np.isnan(values).all(1).sum())
    sheet.tell(bool(others), f"left out, since they are not coded: {', '.join(others)}")
    sheet.tell(bool(lacking), f"0 throughout, since the file lacks them: {', '.join(lacking)}")
    sheet.tell(gaps > 0, f"bridged, since no face was found: {gaps} rows")
    clock, seconds = sheet.seconds()
    counter = sheet.find(_FRAME)
    frames = None if counter is None else sheet.numbers(counter).astype(np.int64)
    name = clock or counter or "row"
    return AuTable(
        values.astype(np.float32), sheet.lines, seconds, frames, name, tuple(kind.columns), tuple(sheet.notices)
    )


class _Sheet:
    """The columns that matter, as text."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[str] = []
        self.cells = self._load()
        self.keys = {_key(name): name for name in self.cells.columns}

    @property
    def lines(self) -> Int64:
        """int64[N], where the rows stand in the file."""
        return self.cells.index.to_numpy(np.int64)

    def tell(self, so: bool, notice: str) -> None:
        """Notes what was assumed."""
        if so:
            self.notices.append(notice)

    def find(self, pattern: re.Pattern[str]) -> str | None:
        """The first column of such a name."""
        return next((name for key, name in self.keys.items() if pattern.fullmatch(key)), None)

    def choose(self, face_id: int | str | None) -> None:
        """Keeps the rows of one face."""
        name = self.find(_FACES)
        faces = [] if name is None else sorted(set(self.cells[name]))
        if face_id is None and len(faces) > 1:
            raise InputError(self.path, "face_id", ", ".join(faces), "one face, or which of them by `face_id`")
        if face_id is not None and str(face_id) not in faces:
            expected = f"one of {', '.join(faces)}" if faces else "none given, as it tells no faces apart"
            raise InputError(Argument("face_id", face_id), str(self.path), "no such face", expected)
        if face_id is not None:
            self.cells = self.cells[self.cells[name] == str(face_id)]

    def shown(self) -> Bool:
        """bool[N], whether the program that wrote the rows believes in their faces."""
        success, sure = self.find(_SUCCESS), self.find(_SURE)
        shown = np.ones(len(self.cells), bool) if success is None else self.numbers(success, 1.0) > 0.5
        if sure is not None:
            doubted = shown & (self.numbers(sure, missing=_MISSING) < LEAST_CONFIDENCE)
            self.tell(bool(doubted.any()), f"not believed, {sure} below {LEAST_CONFIDENCE}: {doubted.sum()} rows")
            shown &= ~doubted
        return shown

    def part(self, rows: Bool) -> "_Sheet":
        """Some of the rows; what is noted of them is noted here."""
        part = copy.copy(self)
        part.cells = self.cells[rows]
        return part

    def seconds(self) -> tuple[str | None, Float64 | None]:
        """The column of the time and float64[N]; None where every row says the same, as for pictures."""
        for pattern, unit in ((_SECONDS, 1.0), (_MILLISECONDS, 1000.0)):
            name = self.find(pattern)
            if name is None:
                continue
            read = self._clock if self.cells[name].str.contains(":").any() else self.numbers
            values = read(name) / unit
            if len(values) == 1 or np.ptp(values) > 0:
                return name, values
            self.tell(True, f"no time, since every row has the same {name}")
        return None, None

    def _clock(self, name: str) -> Float64:
        """Of minutes:seconds, hours:minutes:seconds or hours:minutes:seconds:frames."""
        rows = []
        for line, text in self.cells[name].items():
            try:
                parts = [float(part) for part in text.replace(",", ".").split(":")]
            except ValueError:
                parts = []
            if not 2 <= len(parts) <= 4 or not all(0 <= part < _VAST for part in parts):
                raise InputError(self.path, f"line {line}, {name}", text or "nothing", "a time such as 0:01:02.5")
            rows.append([0.0] * (3 - len(parts)) + parts + [0.0] * (len(parts) < 4))
        hours, minutes, seconds, frames = np.array(rows).T
        # A take of more than a second shows how many frames make one.
        long = np.ptp(seconds) > 1 or np.ptp(minutes) > 0
        rate = next((rate for rate in _RATES if long and rate > frames.max()), max(60.0, np.ceil(frames.max())))
        self.tell(bool(frames.any()), f"{name} counts frames: taken at {rate:g} a second")
        return hours * 3600 + minutes * 60 + seconds + frames / rate

    def numbers(
        self,
        name: str,
        greatest: float = _VAST,
        missing: tuple[str, ...] = (),
        letters: Mapping[str, float] | None = None,
    ) -> Float64:
        """float64[N], the values of a column from 0 to the greatest; NaN for the words that say that one is missing."""
        texts = self.cells[name].str.lower()
        lost = texts.isin(missing).to_numpy()
        values = pd.to_numeric(texts.str.replace(",", "."), errors="coerce").to_numpy(np.float64, copy=True)
        if letters:
            values = np.where(np.isnan(values), texts.map(letters).to_numpy(np.float64), values)
        spare = 0.0 if greatest == _VAST else _ROUNDING * greatest
        wrong = ~lost & ~((values >= -spare) & (values <= greatest + spare))
        if wrong.any():
            row = int(np.argmax(wrong))
            expected = "a number from 0" + ("" if greatest == _VAST else f" to {greatest:g}")
            raise InputError(
                self.path, f"line {self.lines[row]}, {name}", self.cells[name].iloc[row] or "nothing", expected
            )
        values[lost] = np.nan
        rounded = int(((values < 0) | (values > greatest)).sum())
        self.tell(rounded > 0, f"{name}: {rounded} values just outside 0 to {greatest:g} taken as its ends")
        return np.clip(values, 0.0, greatest)

    def _load(self) -> "pd.DataFrame":
        # Empty values at the end of rows are left out: some programs write a comma too many.
        lines = self._text().split("\n")
        separator = max(",;\t", key=lines[0].count)
        lines = [line.rstrip(separator + " ") for line in lines]
        names = [name.strip() for name in next(csv.reader(lines[:1], delimiter=separator), [])]
        self._check_shape(lines, names, separator)
        wanted = [k for k, name in enumerate(names) if _matters(_key(name))]
        if not wanted:
            raise InputError(
                self.path, "columns", "no Action Unit that is coded", "a column of intensities such as AU1"
            )
        try:
            cells = pd.read_csv(
                io.StringIO("\n".join(lines)),
                sep=separator,
                names=range(len(names)),
                usecols=wanted,
                header=None,
                dtype=str,
                na_filter=False,
                index_col=False,
                skip_blank_lines=False,
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise InputError(self.path, "file", f"no CSV ({error})", _WHAT) from error
        cells = cells.apply(lambda column: column.str.strip())
        cells.columns, cells.index = [names[k] for k in wanted], cells.index + 1
        cells = cells.iloc[1:]
        cells = cells[(cells != "").any(axis=1)]
        if cells.empty:
            raise InputError(self.path, "rows", "none", "a first line with names, and at least one row")
        return cells

    def _check_shape(self, lines: list[str], names: list[str], separator: str) -> None:
        keys = [_key(name) for name in names]
        twice = [name for k, name in enumerate(names) if keys[k] in keys[:k] and _matters(keys[k])]
        if twice:
            raise InputError(self.path, f"column {twice[0]}", "two of them", "each once")
        if not any(lines):
            raise InputError(self.path, "rows", "none", "a first line with names, and at least one row")
        for number, line in enumerate(lines[1:], 2):
            if line.count(separator) >= len(names):
                found = len(next(csv.reader([line], delimiter=separator)))
                if found > len(names):
                    expected = f"{len(names)}, as in the first line"
                    raise InputError(self.path, f"line {number}", f"{found} values", expected)

    def _text(self) -> str:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            raise InputError(self.path, "file", "nothing", _WHAT) from None
        except OSError as error:
            raise InputError(self.path, "file", error.strerror or error, _WHAT) from error
        try:
            text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
            self.tell(True, "read as Latin-1, since it is no UTF-8")
        if re.search(r"[\x00-\x08\x0e-\x1f]", text):
            raise InputError(self.path, "file", "no CSV (control characters)", _WHAT)
        return text.replace("\r\n", "\n").replace("\r", "\n")


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _matters(key: str) -> bool:
    shapes = (*_SHAPES.values(), _CLOSED)
    return bool(_unit(key)) or any(p.fullmatch(key) for p in _OTHER_COLUMNS) or key.startswith(shapes)


def _unit(key: str) -> tuple[int, str] | None:
    """The Action Unit that a column is of, and its form: "", "r", "c", "intensity", "left" or "right"."""
    match = _UNIT.fullmatch(key)
    if match is None or not (match[1] or match[2]):
        return None
    before, number, after = match[1], int(match[3]), match[4] or ""
    if before or after == "l":
        after = "left" if (before or after)[0] == "l" else "right"
    return number, after


def _kind(sheet: _Sheet) -> _ColumnKind:
    """Which columns count, and on which scale."""
    forms: dict[str, dict[int, list[str]]] = {}
    for key, name in sheet.keys.items():
        number, form = _unit(key) or (0, "")
        if number:
            forms.setdefault(form, {}).setdefault(number, []).append(name)
    if "left" in forms or "right" in forms:
        # "AU12_r" is OpenFace's, unless there is an "AU12_l".
        return _sides(sheet, forms.get("left", {}), forms.get("right") or forms.get("r", {}))
    for form in ("intensity", "r", "", "c"):
        columns = forms.get(form, {})
        twice = next((names for names in columns.values() if len(names) > 1), None)
        if twice:
            raise InputError(sheet.path, f"column {twice[1]}", f"two of {twice[0]}", "each Action Unit once")
        if set(columns) & set(AU_NUMBERS):
            return _scaled(sheet, columns, form)
    return _shapes(sheet)


def _sides(sheet: _Sheet, left: dict[int, list[str]], right: dict[int, list[str]]) -> _ColumnKind:
    columns = {number: left.get(number, []) + right.get(number, []) for number in left | right}
    for number, names in columns.items():
        if len(names) != 2 or number not in left or number not in right:
            raise InputError(sheet.path, f"column {names[0]}", f"one side of AU{number}", "a left and a right one")
    sheet.tell(True, "the mean of left and right is taken")
    return _ColumnKind(columns, recorded=False)


def _scaled(sheet: _Sheet, columns: dict[int, list[str]], form: str) -> _ColumnKind:
    if form == "c":
        sheet.tell(True, f"no intensities: what is there is taken as {_PRESENT:g}")
        return _ColumnKind(columns, 1.0, _PRESENT)
    if form:
        return _ColumnKind(columns)
    # py-feat goes from 0 to 1.
    if "facescore" in sheet.keys:
        return _ColumnKind(columns, 1.0)
    if sheet.find(_FRAME) is None or sheet.find(_SECONDS) or sheet.find(_MILLISECONDS):
        return _ColumnKind(columns, recorded=False)
    values = [pd.to_numeric(sheet.cells[name], errors="coerce").max() for names in columns.values() for name in names]
    share = bool(np.nanmax([0.0, *values]) <= 1.0 + _ROUNDING)
    sheet.tell(share, "no value is above 1: taken from 0 to 1, as py-feat writes them")
    return _ColumnKind(columns, 1.0 if share else MAX_INTENSITY)


def _shapes(sheet: _Sheet) -> _ColumnKind:
    columns = {
        number: [sheet.keys[key] for key in (shape, shape + "left", shape + "right") if key in sheet.keys]
        for number, shape in _SHAPES.items()
    }
    columns = {number: names for number, names in columns.items() if names}
    if not columns:
        raise InputError(sheet.path, "columns", "no Action Unit that is coded", "a column of intensities such as AU1")
    if _OPEN in sheet.keys and _CLOSED in sheet.keys:
        columns[25] = [sheet.keys[_OPEN]]
    sheet.tell(True, "shapes of ARKit are taken as Action Units, their sides as the mean of left and right")
    return _ColumnKind(columns, 1.0)


def _measured(sheet: _Sheet, kind: _ColumnKind) -> Float64:
    """float64[N, 12], intensities."""
    values = np.zeros((len(sheet.cells), len(ACTION_UNITS)))
    missing = _MISSING if kind.recorded else _MISSING[1:]
    letters = LETTERS if kind.greatest == MAX_INTENSITY else None
    found = [index for index, number in enumerate(AU_NUMBERS) if number in kind.columns]
    for index in found:
        columns = [sheet.numbers(name, kind.greatest, missing, letters) for name in kind.columns[AU_NUMBERS[index]]]
        values[:, index] = np.mean(columns, 0) * (kind.full / kind.greatest)
    if _CLOSED in sheet.keys and 25 in kind.columns and kind.greatest < MAX_INTENSITY:
        closed = sheet.numbers(sheet.keys[_CLOSED], 1.0, missing) * MAX_INTENSITY
        values[:, AU_NUMBERS.index(25)] = np.maximum(values[:, AU_NUMBERS.index(25)] - closed, 0.0)
    values[np.isnan(values[:, found]).all(1)] = np.nan
    return values


def _coded(sheet: _Sheet, column: str) -> Float64:
    """float64[N, 12], from what a coder wrote, such as "6B+12C"."""
    rows = []
    for line, text in sheet.cells[column].items():
        try:
            rows.append(parse(text))
        except InputError as error:
            raise InputError(sheet.path, f"line {line}, {error.field}", error.found, error.expected) from None
    return np.array(rows, np.float64)
