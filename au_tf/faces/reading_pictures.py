"""What readings of Action Units look like: time lines, and bars beside the faces."""

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import lazy_loader
import numpy as np

from au_tf.arrays import Float32, Pixels
from au_tf.errors import InputError
from au_tf.facs import ACTION_UNITS, AU_NUMBERS, MAX_INTENSITY
from au_tf.pictures.clips import Clip
from au_tf.pictures.film import SUFFIXES as FILMS, alike, rate_of, write_film
from au_tf.pictures.images import write_image
from au_tf.progress import progress

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib import figure as figures
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
else:
    figures = lazy_loader.load("matplotlib.figure", suppress_warning=True)

_COLUMNS = [f"AU{number:02d}_r" for number in AU_NUMBERS]
_PANEL, _LEAST_HEIGHT, _MOST_HEIGHT = 250, 360, 720
_SIDES = ["box_left", "box_top", "box_right", "box_bottom"]
_STRIP, _ROOM = 240, 1.5
"""Pixels a side of the faces of a strip, and how much of the picture about a face's box they show."""
_INK, _BAR, _BOX = (40, 40, 40), (72, 120, 168), (90, 200, 120)


def plot_readings(table: "pd.DataFrame", ax: "Axes | None", face: int) -> "Figure":
    """Time lines of the twelve Action Units of one face, one above the other.

    Args:
      table: as in `Readings`.
      ax: where they are drawn; a figure of its own by default.
      face: `face_id`.

    Raises:
      InputError: if there is no such face.
    """
    own = table[(table["face_id"] == face) & (table["success"] == 1)]
    if not len(own):
        raise InputError("readings", "face", face, f"one of {sorted(set(table['face_id']) - {-1})}")
    if ax is None:
        ax = figures.Figure(figsize=(9, 7), layout="constrained").add_subplot()
    still = own["timestamp"].max() == own["timestamp"].min()
    along = np.arange(len(own)) if still else own["timestamp"].to_numpy()
    for k, column in enumerate(_COLUMNS):
        floor = len(_COLUMNS) - 1 - k
        height = own[column].to_numpy() / MAX_INTENSITY * 0.9
        ax.fill_between(along, floor, floor + height, color="#4878a8", linewidth=0, step="mid" if still else None)
        ax.axhline(floor, color="#cccccc", linewidth=0.6)
    ax.set_yticks(np.arange(len(_COLUMNS))[::-1], [f"{unit}  {unit.name}" for unit in ACTION_UNITS], va="bottom")
    ax.tick_params("y", length=0)
    ax.set_ylim(-0.05, len(_COLUMNS))
    ax.set_xlabel("picture" if still else "seconds")
    ax.spines[["top", "right", "left"]].set_visible(False)
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def plot_strip(table: "pd.DataFrame", clip: Clip, face: int, count: int) -> "Figure":
    """Faces out of a film, evenly spaced, above the time lines of their Action Units.

    Args:
      table: as in `Readings`.
      clip: the film.
      face: `face_id`.
      count: how many pictures.

    Raises:
      InputError: if there is no such face.
    """
    figure = figures.Figure(figsize=(9, 7 + 7 / count), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=[7 / count, 7])
    plot_readings(table, below, face)
    own = table[(table["face_id"] == face) & (table["success"] == 1)].drop_duplicates("frame").set_index("frame")
    wanted = own.index[np.linspace(0, len(own) - 1, min(count, len(own)), dtype=int)]
    cut = [
        _face_of(frame.image, *own.loc[frame.number, _SIDES].to_numpy(np.float64).tolist())
        for frame in clip.frames()
        if frame.number in wanted and frame.image is not None
    ]
    above.imshow(np.concatenate(cut, 1))
    above.set_axis_off()
    times = own["timestamp"].to_numpy()
    below.set_xlim(times[0], max(times[-1], times[0] + 1e-3))
    return figure


def _face_of(image: Pixels, left: float, top: float, right: float, bottom: float) -> Pixels:
    """The square about a face's box, uint8[S, S, 3]."""
    half = _ROOM * max(right - left, bottom - top) / 2
    scale = _STRIP / (2 * half)
    matrix = np.array(
        [[scale, 0.0, scale * (half - (left + right) / 2)], [0.0, scale, scale * (half - (top + bottom) / 2)]]
    )
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.warpAffine(image, matrix, (_STRIP, _STRIP), flags=way), np.uint8)


def draw_readings(path: Path, clip: Clip, table: "pd.DataFrame") -> Path:
    """Writes a film, or the first photo, with boxes about the faces and bars of the largest one's intensities.

    Raises:
      InputError: if the place cannot be written.
    """
    pictures = (
        _drawn(frame.image, table, frame.source, frame.number) for frame in clip.frames() if frame.image is not None
    )
    if path.suffix.lower() not in FILMS or not clip.recording:
        write_image(path, next(pictures))
        return path
    drawn = progress(alike(pictures), f"{clip.name}: overlay", total=clip.count() or None, unit="frame")
    write_film(path, drawn, rate_of(table["timestamp"]))
    return path


def _drawn(image: Pixels, table: "pd.DataFrame", source: str, number: int) -> Pixels:
    scale = np.clip(image.shape[0], _LEAST_HEIGHT, _MOST_HEIGHT) / image.shape[0]
    picture = cv2.resize(
        image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    picture = np.ascontiguousarray(picture)
    rows = table[(table["frame"] == number) & (table["source"] == source) & (table["success"] == 1)]
    for row in rows.itertuples():
        corners = np.rint(np.array([row.box_left, row.box_top, row.box_right, row.box_bottom]) * scale).astype(int)
        cv2.rectangle(picture, corners[:2].tolist(), corners[2:].tolist(), _BOX, 1, cv2.LINE_AA)
    largest = (rows["box_right"] - rows["box_left"]).to_numpy().argmax() if len(rows) else 0
    shown = rows[_COLUMNS].to_numpy(np.float32)[largest] if len(rows) else np.full(12, np.nan, np.float32)
    return np.concatenate([picture, _bars(shown, picture.shape[0])], 1)


def _bars(shown: Float32, height: int) -> Pixels:
    panel = np.full((height, _PANEL, 3), 250, np.uint8)
    step = height / (len(shown) + 0.5)
    for k, (unit, value) in enumerate(zip(ACTION_UNITS, shown.tolist(), strict=True)):
        line = round((k + 0.9) * step)
        cv2.putText(panel, str(unit), (8, line), cv2.FONT_HERSHEY_SIMPLEX, 0.45, _INK, 1, cv2.LINE_AA)
        left, right = 62, _PANEL - 46
        cv2.rectangle(panel, (left, line - 10), (right, line), (225, 225, 225), -1)
        if np.isfinite(value):
            end = left + round((right - left) * value / MAX_INTENSITY)
            cv2.rectangle(panel, (left, line - 10), (end, line), _BAR, -1)
            place = (_PANEL - 40, line)
            cv2.putText(panel, f"{value:.1f}", place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
    return panel
