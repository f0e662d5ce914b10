"""Action Units in the course of time."""

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from au_tf.arrays import Float32, Float64, Int64
from au_tf.au_table import read_au_table
from au_tf.errors import InputError
from au_tf.facs import AU_NAMES, AU_NUMBERS, MAX_INTENSITY
from au_tf.labelled import INTENSITY, Labelled, pd, to_xarray

if TYPE_CHECKING:
    import xarray as xr


RATE = 25.0
"""Pictures a second of a film, and of a recording that does not tell."""


@dataclass(frozen=True, eq=False, repr=False)
class Timeline:
    """Intensities at moments, between which they change evenly."""

    times: Float64
    """float64[N], seconds, ascending from 0."""
    intensities: Float32
    """float32[N, 12] in [0, 5]."""
    notices: tuple[str, ...] = ()
    """What the reader of the file has to know, a line each."""

    def __repr__(self) -> str:
        shown = [name for name, column in zip(AU_NAMES, self.intensities.T, strict=True) if column.any()]
        return f"Timeline({len(self.times)} moments, {self.times[-1]:g} s, {', '.join(shown) or 'nothing moves'})"

    def to_pandas(self) -> "pd.DataFrame":
        """A row for each moment: `time` in seconds, and a column for each Action Unit."""
        return pd.DataFrame({"time": self.times, **dict(zip(AU_NAMES, self.intensities.T, strict=True))})

    def to_xarray(self) -> "xr.Dataset":
        """`intensity` along `time` and `action_unit`, with units.

        Raises:
          InputError: if xarray is not installed.
        """
        axes = ("time", "action_unit")
        coords = {"time": Labelled(("time",), self.times, "s"), "action_unit": Labelled(("action_unit",), [*AU_NAMES])}
        about = "intensity of Action Units"
        return to_xarray({"intensity": Labelled(axes, self.intensities, INTENSITY, about)}, coords)

    def at(self, times: Float64) -> Float32:
        """Intensities float32[M, 12] at other moments, float64[M] in seconds; beyond the ends those of the ends."""
        columns = [np.interp(times, self.times, column) for column in self.intensities.T]
        return np.stack(columns, -1).astype(np.float32)

    def frames(self, rate: float) -> Float32:
        """Intensities float32[M, 12] of a film with `rate` pictures a second, the last at or before the end."""
        # Times that are multiples of 1/rate but for rounding count as such.
        count = 1 + math.floor(self.times[-1] * rate + 1e-6)
        return self.at(np.arange(count) / rate)


Keys = dict[str, list[tuple[float, float]]]
"""Of Action Units by name: moments in seconds and intensities, between which they change evenly."""


def timeline_of(keys: Keys) -> Timeline:
    """A time line from keys.

    Before its first and after its last key an Action Unit rests there, without keys at 0.

    Raises:
      InputError: if there is no key, or one with an unknown Action Unit, a negative time, or an intensity outside
        [0, 5].
    """
    for name, found in keys.items():
        if name not in AU_NAMES:
            raise InputError("the time line", name, "an Action Unit that is not coded", f"one of {', '.join(AU_NAMES)}")
        for time, value in found:
            if not (0.0 <= time < math.inf and 0.0 <= value <= MAX_INTENSITY):
                expected = f"a time from 0 and an intensity from 0 to {MAX_INTENSITY:g}"
                raise InputError("the time line", name, f"{value:g} at {time:g} s", expected)
    times = np.unique([0.0, *(time for found in keys.values() for time, _ in found)])
    if not any(keys.values()):
        raise InputError("the time line", "keys", "none", "at least one")
    columns = [np.zeros(len(times)) for _ in AU_NAMES]
    for name, found in keys.items():
        if found:
            moments, values = np.array(sorted(found)).T
            columns[AU_NAMES.index(name)] = np.interp(times, moments, values)
    return Timeline(times, np.stack(columns, -1).astype(np.float32))


def keys_of(timeline: Timeline, tolerance: float = 0.1) -> Keys:
    """As few keys as keep each Action Unit within a tolerance (Ramer 1972, Douglas & Peucker 1973).

    Args:
      timeline: what the keys are to follow.
      tolerance: intensity by which they may miss it.

    Returns:
      the keys of those that are not 0 throughout.
    """
    keys: Keys = {}
    for name, column in zip(AU_NAMES, timeline.intensities.astype(np.float64).T, strict=True):
        if column.any():
            kept = _corners(timeline.times, column, tolerance)
            keys[name] = [(round(float(timeline.times[k]), 4), round(float(column[k]), 3)) for k in kept]
    return keys


def _corners(times: Float64, values: Float64, tolerance: float) -> list[int]:
    kept, open_spans = {0, len(values) - 1}, [(0, len(values) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        if last - first < 2:
            continue
        inner = np.arange(first + 1, last)
        off = np.abs(np.interp(times[inner], times[[first, last]], values[[first, last]]) - values[inner])
        if off.max() > tolerance:
            middle = int(inner[off.argmax()])
            kept.add(middle)
            open_spans += [(first, middle), (middle, last)]
    return sorted(kept)


def read_timeline(path: str | os.PathLike[str], rate: float = RATE, face_id: int | str | None = None) -> Timeline:
    """Reads a time line; Action Units that the file lacks are 0, those that DISFA does not code are left out.

    Rows in which no face was found, and values that are missing, are bridged.

    Args:
      path: a table of Action Units, as `read_au_table` takes it.
      rate: frames a second of a recording whose frames are only counted, or not even that.
      face_id: whose rows are read, if several faces are in it.

    Raises:
      InputError: if the table cannot be read, no row shows a face, or the rows are out of order.
    """
    table = read_au_table(path, face_id)
    known = ~np.isnan(table.intensities)
    shown = np.any(known, 1)
    if not shown.any():
        raise InputError(path, "rows", "none with a face", "at least one")
    counted, notices = table.seconds is None, table.notices
    if table.seconds is not None:
        clock = table.seconds
    else:
        clock = (np.arange(len(shown)) if table.frames is None else table.frames) / rate
    times = clock[shown] - clock[shown][0]
    late = np.flatnonzero(np.diff(times) <= 0)
    if len(late):
        row = np.flatnonzero(shown)[late[0] + 1]
        found = f"{clock[row] * (rate if counted else 1):g}"
        raise InputError(path, f"line {table.lines[row]}, {table.clock}", found, "more than in the row before")
    columns = [
        np.interp(times, clock[there] - clock[shown][0], values[there]) if there.any() else np.zeros(len(times))
        for values, there in zip(table.intensities.T, known.T, strict=True)
    ]
    if counted:
        what = "tells no time, so its rows are" if table.frames is None else "counts frames:"
        notices += (f"the file {what} taken at {rate:g} a second",)
    return Timeline(times, np.stack(columns, -1).astype(np.float32), notices)


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
    table = read_au_table(path)
    missing = [name for name, number in zip(AU_NAMES, AU_NUMBERS, strict=True) if number not in table.numbers]
    if table.frames is None:
        missing.append("frame")
    if missing or table.frames is None:
        raise InputError(path, "columns", f"no {', '.join(missing)}", "those of OpenFace")
    return table.frames, table.intensities
