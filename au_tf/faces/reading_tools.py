"""What people do next with a table of Action Units: prototypes of emotions, peaks, other rates, baselines."""

from typing import TYPE_CHECKING

import lazy_loader
import numpy as np

from au_tf.arrays import Float64
from au_tf.errors import Argument, InputError
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY

if TYPE_CHECKING:
    import pandas as pd
    from scipy import signal
else:
    pd = lazy_loader.load("pandas")
    signal = lazy_loader.load("scipy.signal", suppress_warning=True)

PROTOTYPES = {
    "happiness": (6, 12),
    "sadness": (1, 4, 15),
    "surprise": (1, 2, 5, 26),
    "fear": (1, 2, 4, 5, 20, 26),
    "anger": (4, 5, 17),
    "disgust": (9, 15, 17),
}
"""Action Units of the twelve that go together in posed emotions (Ekman and Friesen 1978, 1983)."""
_COLUMNS = [f"AU{number:02d}_r" for number in AU_NUMBERS]
_KEYS = ["source", "face_id"]


def emotions(table: "pd.DataFrame") -> "pd.DataFrame":
    """How far each picture of a table shows the Action Units of `PROTOTYPES`.

    Prototypes are how emotions are posed, by some and in some cultures; people smile without joy and are sad without
    showing it (Barrett et al. 2019). What is told is how like a pose a face moves, not what anybody feels.

    Returns:
      `source`, `frame`, `face_id`, `timestamp`, and for each emotion the mean intensity of its Action Units over the
      greatest, in [0, 1]; not a number where no face was read.
    """
    found = table[["source", "frame", "face_id", "timestamp"]].copy()
    for name, units in PROTOTYPES.items():
        found[name] = table[[f"AU{unit:02d}_r" for unit in units]].mean(axis=1, skipna=False) / MAX_INTENSITY
    return found


def peaks(table: "pd.DataFrame", least: float = 1.0, apart: float = 0.3) -> "pd.DataFrame":
    """When each Action Unit of each face in a film comes, is strongest, and goes.

    Args:
      table: as in `Readings`.
      least: intensity by which a peak rises above what is about it.
      apart: seconds between two peaks of one Action Unit.

    Returns:
      A row a peak: `source`, `face_id`, `au`, `apex`, `intensity` there, and `onset` and `offset`, where it is half as
      far above what is about it; times in seconds.
    """
    rows = []
    for (source, face), own in _faces(table):
        times = own["timestamp"].to_numpy(np.float64)
        if len(times) < 3:
            continue
        step = float(np.median(np.diff(times)))
        for number, column in zip(AU_NUMBERS, _COLUMNS, strict=True):
            # A peak may begin or end with the film.
            line = np.concatenate([[0.0], own[column].to_numpy(np.float64), [0.0]])
            distance = max(apart / step, 1.0) if step > 0 else 1.0
            found, about = signal.find_peaks(line, prominence=least, distance=distance)
            _, _, left, right = signal.peak_widths(line, found, 0.5, _prominences(about))
            count = np.arange(len(times))
            for apex, start, end in zip(found, left, right, strict=True):
                onset, offset = np.interp([start - 1, end - 1], count, times)
                rows.append((source, face, number, times[apex - 1], line[apex], onset, offset))
    names = ["source", "face_id", "au", "apex", "intensity", "onset", "offset"]
    return pd.DataFrame(rows, columns=names).sort_values(["source", "apex", "au"], kind="stable", ignore_index=True)


def _prominences(about: dict[str, Float64]) -> tuple[Float64, Float64, Float64]:
    return about["prominences"], about["left_bases"], about["right_bases"]


def resampled(table: "pd.DataFrame", rate: float) -> "pd.DataFrame":
    """Intensities of each face of a film at another rate, in between read off a straight line.

    Args:
      table: as in `Readings`.
      rate: rows a second.

    Returns:
      `source`, `face_id`, `timestamp` and `AU01_r` to `AU26_r`.

    Raises:
      InputError: for a rate that is not above 0.
    """
    if not 0 < rate < np.inf:
        raise InputError(Argument("rate", rate), "rate", rate, "a number of rows a second, above 0")
    parts = []
    for (source, face), own in _faces(table):
        times = own["timestamp"].to_numpy(np.float64)
        moments = times[0] + np.arange(1 + int((times[-1] - times[0]) * rate + 1e-6)) / rate
        columns = {name: np.interp(moments, times, own[name].to_numpy(np.float64)) for name in _COLUMNS}
        parts.append(pd.DataFrame({"source": source, "face_id": face, "timestamp": moments} | columns))
    return pd.concat(parts, ignore_index=True) if parts else table.iloc[:0][[*_KEYS, "timestamp", *_COLUMNS]]


def above_baseline(table: "pd.DataFrame", share: float = 0.15) -> "pd.DataFrame":
    """A table whose intensities are less what each face of each source shows in its calmest frames.

    Args:
      table: as in `Readings`.
      share: of the frames that an Action Unit is taken to rest in.

    Raises:
      InputError: for a share beyond 0 to 1.
    """
    if not 0 <= share <= 1:
        raise InputError(Argument("share", share), "share", share, "a share from 0 to 1")
    made = table.copy()
    rest = table.groupby(_KEYS)[_COLUMNS].transform(lambda column: column.quantile(share))
    made[_COLUMNS] = (table[_COLUMNS] - rest).clip(lower=0.0)
    return made


def _faces(table: "pd.DataFrame") -> list[tuple[tuple[str, int], "pd.DataFrame"]]:
    """The rows of each face of each source that were read."""
    groups = table[table["success"] == 1].groupby(_KEYS, sort=True)
    return [((str(own["source"].iloc[0]), int(own["face_id"].iloc[0])), own) for _, own in groups]
