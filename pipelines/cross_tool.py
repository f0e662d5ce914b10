"""Tables of several programs' readings and of coders' labels, found in folders and compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from au_tf.au_table import read_au_table
from au_tf.errors import InputError
from au_tf.evaluation.cross_tool import (
    PRESENT,
    Coded,
    ToolScores,
    matched,
    score_tool,
    scores_csv,
    scores_markdown,
)
from au_tf.facs import AU_NUMBERS
from au_tf.files import write_whole
from au_tf.places import check_folder


@dataclass(frozen=True, eq=False)
class CrossTool:
    """How well programs agree with coders, and where that is written."""

    scores: list[ToolScores]
    """Of each program."""
    paths: tuple[Path, ...]
    """cross_tool.md and cross_tool.csv."""


def evaluate_cross_tool(
    out: Path | str, predictions: Path | str, labels: Path | str, *, threshold: float = PRESENT
) -> CrossTool:
    """Compares what programs read with what coders say.

    A recording's table has the same path in the folder of labels and in that of each program, whatever their suffixes:
    labels/SN001/smile.csv and predictions/OpenFace/SN001/smile.csv. Labels may also be DISFA's or DISFA+'s own, whose
    recordings are called SN001, or SN001/A3_AU1_2_TrailNo_2. Pictures are matched by their numbers, or by their order
    where a table has none; a table whose first number is 0 counts from 0, any other from 1.

    Args:
      out: folder for cross_tool.md and cross_tool.csv.
      predictions: folder with a folder of tables of each program, as `read_au_table` takes them.
      labels: folder of tables, ActionUnit_Labels of DISFA, or Labels of DISFA+.
      threshold: intensity from which a reading says that an Action Unit is there.

    Raises:
      InputError: if a folder or table is missing or wrong.
    """
    out, predictions = Path(out), Path(predictions)
    check_folder("out", out)
    coded = read_labels(Path(labels))
    tools = sorted(path for path in predictions.iterdir() if path.is_dir()) if predictions.is_dir() else []
    if not tools:
        raise InputError(predictions, "predictions", "no folder", "a folder of tables for each program")
    scores = [_scores(tool, coded, threshold) for tool in tools]
    paths = out / "cross_tool.md", out / "cross_tool.csv"
    write_whole(paths[0], scores_markdown(scores, threshold))
    write_whole(paths[1], scores_csv(scores))
    return CrossTool(scores, paths)


def _scores(tool: Path, coded: dict[str, Coded], threshold: float) -> ToolScores:
    pairs = [matched(labels, read_coded(_table(tool, name))) for name, labels in coded.items()]
    return score_tool(tool.name, pairs, threshold)


def _table(tool: Path, recording: str) -> Path:
    path = tool / recording
    found = sorted(each for each in path.parent.glob(f"{path.name}.*") if each.suffix in (".csv", ".tsv", ".txt"))
    if not found:
        raise InputError(tool, "recording", f"no table of {recording}", f"{recording}.csv")
    return found[0]


def read_labels(folder: Path) -> dict[str, Coded]:
    """The labels in a folder, by the name of the recording.

    Raises:
      InputError: if there are none, or a file is wrong.
    """
    tables = sorted(path for path in folder.rglob("*.csv"))
    if tables:
        return {path.relative_to(folder).with_suffix("").as_posix(): read_coded(path) for path in tables}
    own = sorted(folder.glob("SN*/SN*_au1.txt"))
    if own:
        return {path.parent.name: _disfa(folder, path.parent.name) for path in own}
    trials = sorted(path.parent for path in folder.glob("SN*/*/AU1.txt"))
    if trials:
        return {path.relative_to(folder).as_posix(): _disfa_plus(path) for path in trials}
    raise InputError(folder, "labels", "none", "tables (.csv), or the label files of DISFA or DISFA+")


def read_coded(path: Path) -> Coded:
    """A table of readings or labels; Action Units that it lacks are NaN.

    Raises:
      InputError: as `read_au_table`.
    """
    table = read_au_table(path)
    intensities = table.intensities.copy()
    intensities[:, [k for k, number in enumerate(AU_NUMBERS) if number not in table.numbers]] = np.nan
    frames = np.arange(len(intensities)) if table.frames is None else table.frames
    return Coded(np.asarray(frames - int(len(frames) > 0 and frames.min() > 0), np.int64), intensities)


def _disfa(folder: Path, subject: str) -> Coded:
    # TensorFlow Datasets, an extra, comes with it.
    from au_tf.datasets.disfa.labels import read_labels as read_unit

    columns = [read_unit(folder / subject / f"{subject}_au{unit}.txt") for unit in AU_NUMBERS]
    return _coded(folder / subject, np.arange(len(columns[0])), columns)


def _disfa_plus(trial: Path) -> Coded:
    from au_tf.datasets.disfa_plus.trials import read_trial_labels

    columns = [read_trial_labels(trial / f"AU{unit}.txt") for unit in AU_NUMBERS]
    frames = np.array([int(Path(name).stem) for name in columns[0]])
    return _coded(trial, frames, [np.array(list(column.values())) for column in columns])


def _coded(place: Path, frames: np.ndarray, columns: Sequence[np.ndarray]) -> Coded:
    if len({len(column) for column in columns}) > 1:
        raise InputError(place, "labels", "files of different length", "as many lines for each Action Unit")
    return Coded(frames.astype(np.int64), np.stack(columns, -1).astype(np.float32))
