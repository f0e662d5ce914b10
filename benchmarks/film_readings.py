"""How far readings of a film agree with a coder, in each way of reading it; prints tables.

    python benchmarks/film_readings.py FILM CODED [--estimator DIR] [--neutral FRAME] [--blendshapes]

CODED is a table with a column `frame`, counted from 0, and one for each Action Unit by its number; what is no number
was not to be seen. Told are Pearson's r, the slope of readings on the coder's intensities, and the mean error, of
readings confined to [0, 5]. --neutral judges from that frame. MediaPipe's blendshapes,
which bear Action Units' names under others, are another judge, of all frames; how far it agrees with the coder is told
too. It does not move for AU6, and is no independent one: the estimator looks at it.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import au_tf
from au_tf.arrays import Float64, Pixels
from au_tf.estimation.landmarks.blendshapes import POINTS, logits, weights
from au_tf.evaluation.reports.text_tables import markdown
from au_tf.facs import AU_NAMES, AU_NUMBERS
from au_tf.fitting.detect.dense_landmarks import dense_reader
from au_tf.fitting.video.tracker import Tracker
from au_tf.pictures.clips import find_clips

_BLENDSHAPES = (
    (3,),
    (4, 5),
    (1, 2),
    (21, 22),
    (7, 8),
    (50, 51),
    (44, 45),
    (30, 31),
    (42,),
    (46, 47),
    (34, 35, 48, 49),
    (25,),
)
"""Of the 52 which tell of each Action Unit: browInnerUp, browOuterUp, browDown, eyeWide, cheekSquint, noseSneer,
mouthSmile, mouthFrown, mouthShrugLower, mouthStretch, mouthLowerDown and mouthUpperUp, jawOpen."""


def told(readings: pd.DataFrame, coded: pd.DataFrame) -> Float64:
    """float64[3, 12]: r, slope and error of the first face, of a table as `Readings.table`."""
    table = readings[readings["face_id"] == 0].set_index("frame")
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


def blendshapes(film: Path) -> pd.DataFrame:
    """What the blendshapes say of the first face, in [0, 1]: a row for each frame in which it is, from 1."""
    tracker = Tracker(reader=dense_reader())
    rows: dict[int, list[float]] = {}
    for frame in find_clips([str(film)], 0.0)[0].frames():
        if frame.image is not None and (face := tracker.update(frame.image, frame.number).get(0)) is not None:
            assert face.dense is not None
            shapes = 1.0 / (1.0 + np.exp(-logits(face.dense[np.newaxis, list(POINTS), :2], weights())[0]))
            rows[frame.number] = [float(shapes[list(which)].mean()) for which in _BLENDSHAPES]
    return pd.DataFrame.from_dict(rows, orient="index")


def agreement(table: pd.DataFrame, shapes: pd.DataFrame) -> Float64:
    """float64[12]: r of the first face's readings and the blendshapes, over all frames that both have."""
    own = table[(table["face_id"] == 0) & table["AU01_r"].notna()].set_index("frame")
    both = own.index.intersection(shapes.index)
    found = own.loc[both, [f"AU{number:02d}_r" for number in AU_NUMBERS]].to_numpy()
    judged = shapes.loc[both].to_numpy()
    pairs = zip(found.T, judged.T, strict=True)
    return np.array([np.corrcoef(one, other)[0, 1] if one.std() > 0 else 0.0 for one, other in pairs])


def _row(name: str, values: Float64, mean: float) -> list[str]:
    """A row of the table; means of blendshapes are without AU6."""
    return [name, f"{mean:.2f}", *(f"{value:.2f}" for value in values)]


def main() -> None:
    """Reads and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("coded", type=Path)
    parser.add_argument("--estimator", type=Path)
    parser.add_argument("--neutral", type=int)
    parser.add_argument("--blendshapes", action="store_true")
    given = parser.parse_args()
    coded = pd.read_csv(given.coded, comment="#").apply(pd.to_numeric, errors="coerce")
    ways: dict[str, dict[str, object]] = {"each frame by itself": {}, "--rest": {"rest": True}}
    if given.neutral is not None:
        ways["--neutral"] = {"neutral": frame_of(given.film, given.neutral)}
    rows, moved = [], [number != 6 for number in AU_NUMBERS]
    shapes = blendshapes(given.film) if given.blendshapes else None
    if shapes is not None:
        named = shapes.set_axis([f"AU{number:02d}_r" for number in AU_NUMBERS], axis=1).rename_axis("frame")
        with_coder = told(named.reset_index().assign(face_id=0), coded)[0]
        rows.append(_row("blendshapes", with_coder, with_coder[moved].mean()))
    for name, arguments in ways.items():
        readings = au_tf.estimate(given.film, estimator=given.estimator, **arguments)
        found = told(readings.table, coded)
        rows += [
            _row(kind, values, values.mean()) for kind, values in zip((name, "slope", "error"), found, strict=True)
        ]
        if shapes is not None:
            judged = agreement(readings.table, shapes)
            rows.append(_row("r with blendshapes", judged, judged[moved].mean()))
    print(markdown(["", "mean", *AU_NAMES], rows))


if __name__ == "__main__":
    main()
