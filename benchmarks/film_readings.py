"""How far readings of a film agree with a coder, in each way of reading it; prints tables.

    python benchmarks/film_readings.py FILM CODED [--estimator DIR] [--neutral FRAME]

CODED is a table with a column `frame`, counted from 0, and one for each Action Unit by its number; what is no number
was not to be seen. Told are Pearson's r, the slope of readings on the coder's intensities, and the mean error, of
readings confined to [0, 5]. --neutral judges from that frame.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import au_tf
from au_tf.arrays import Float64, Pixels
from au_tf.evaluation.reports.text_tables import markdown
from au_tf.facs import AU_NAMES, AU_NUMBERS
from au_tf.pictures.clips import find_clips


def told(readings: "au_tf.Readings", coded: pd.DataFrame) -> Float64:
    """float64[3, 12]: r, slope and error of the largest face."""
    table = readings.table[readings.table["face_id"] == 0].set_index("frame")
    found = table.loc[coded["frame"].to_numpy() + 1, [f"AU{number:02d}_r" for number in AU_NUMBERS]].to_numpy()
    true = coded[[str(number) for number in AU_NUMBERS]].to_numpy(np.float64)
    columns = []
    for k in range(true.shape[1]):
        both = ~np.isnan(true[:, k]) & ~np.isnan(found[:, k])
        here, there = found[both, k], true[both, k]
        r = np.corrcoef(here, there)[0, 1] if here.std() > 0 else 0.0
        columns.append((r, np.polyfit(there, here, 1)[0], np.abs(here - there).mean()))
    return np.array(columns).T


def frame_of(film: Path, number: int) -> Pixels:
    """One picture of a film."""
    frames = find_clips([str(film)], 0.0)[0].frames()
    image = next(frame.image for k, frame in enumerate(frames) if k == number)
    assert image is not None
    return image


def main() -> None:
    """Reads and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("coded", type=Path)
    parser.add_argument("--estimator", type=Path)
    parser.add_argument("--neutral", type=int)
    given = parser.parse_args()
    coded = pd.read_csv(given.coded, comment="#").apply(pd.to_numeric, errors="coerce")
    ways: dict[str, dict[str, object]] = {"each frame by itself": {}, "--rest": {"rest": True}}
    if given.neutral is not None:
        ways["--neutral"] = {"neutral": frame_of(given.film, given.neutral)}
    rows = []
    for name, arguments in ways.items():
        found = told(au_tf.estimate(given.film, estimator=given.estimator, **arguments), coded)
        for kind, values in zip((name, "slope", "error"), found, strict=True):
            rows.append([kind, f"{values.mean():.2f}", *(f"{value:.2f}" for value in values)])
    print(markdown(["", "mean", *AU_NAMES], rows))


if __name__ == "__main__":
    main()
