"""The Action Units of the faces in photos, folders and films, and what is written of them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

import lazy_loader
import numpy as np

from au_tf.arrays import Float32, Float64, Int64, Pixels
from au_tf.errors import Argument, InputError, escaped
from au_tf.estimation.landmarks.frontal import turned
from au_tf.estimation.landmarks.gaze import gaze_of
from au_tf.estimation.landmarks.landmark_estimator import (
    LandmarkEstimator,
    intensities_of_readings,
    load_landmark_estimator,
)
from au_tf.estimation.landmarks.skin import Crop, cropped
from au_tf.estimation.landmarks.uncertainty import views
from au_tf.faces import reading_tools
from au_tf.faces.notebook import table_card
from au_tf.faces.pairing import ReaderSource, as_reader
from au_tf.faces.reading_pictures import draw_readings, plot_readings, plot_strip
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY
from au_tf.files import write_whole
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.detect.detection import LandmarkReader, detect_faces, select_face
from au_tf.fitting.reliability import reliability
from au_tf.fitting.video.sightings import Sightings, look
from au_tf.fitting.video.store import Store
from au_tf.geometry.pose import openface_angles
from au_tf.labelled import INTENSITY, Labelled, to_xarray
from au_tf.pictures.clips import Clip, Frame, Sources, clips_of
from au_tf.pictures.images import read_image
from au_tf.progress import progress

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
else:
    pd = lazy_loader.load("pandas")

Source = str | os.PathLike[str]
Format = Literal["openface", "pyfeat", "long"]
"""OpenFace's columns; py-feat's; or a row for each Action Unit of each face."""
PRESENT = 1.0
"""Intensity from which an Action Unit counts as there."""
_TOGETHER = 64
"""Faces that are read at a time."""
_NAMES = tuple(f"AU{number:02d}" for number in AU_NUMBERS)


@dataclass(frozen=True, eq=False, repr=False)
class Readings:
    """Action Units read off faces, a row for each face in each picture."""

    table: "pd.DataFrame"
    """`source`, `frame` (from 1), `face_id`, `timestamp` (seconds); `confidence`, `success`, `reason` and `covered` as
    `fitting.reliability` tells them; `box_left` to `box_bottom` in pixels; `pose_Rx` to `pose_Rz` and `gaze_angle_x`,
    `gaze_angle_y` in radians, as OpenFace has them; `AU01_r` to `AU26_r`, intensities in [0, 5], `AU01_c` to `AU26_c`,
    whether they are there, and `AU01_e` to `AU26_e`, how far the intensities err, root mean square, by how the face
    is seen. What was not found is not a number."""
    clips: tuple[Clip, ...]
    """The pictures and films."""

    def __len__(self) -> int:
        return len(self.table)

    @property
    def intensities(self) -> Float32:
        """float32[N, 12] in [0, 5]; not a number where no face was found."""
        return self.table[[f"{name}_r" for name in _NAMES]].to_numpy(np.float32)

    def to_pandas(self) -> "pd.DataFrame":
        """A copy of `table`."""
        return self.table.copy()

    def to_xarray(self) -> "xr.Dataset":
        """`intensity` and its `error` along `row` and `action_unit`, with units, and whose they are.

        Raises:
          InputError: if xarray is not installed.
        """
        table, axes, units = self.table, ("row", "action_unit"), [f"AU{number}" for number in AU_NUMBERS]
        errors = table[[f"{name}_e" for name in _NAMES]].to_numpy(np.float32)
        variables = {
            "intensity": Labelled(axes, self.intensities, INTENSITY, "intensity of Action Units"),
            "error": Labelled(axes, errors, INTENSITY, "how far the intensities err on average"),
            "confidence": Labelled(("row",), table["confidence"].to_numpy(), "", "from 0 to 1"),
            "pose": Labelled(("row", "axis"), table[[f"pose_R{axis}" for axis in "xyz"]].to_numpy(), "rad"),
            "gaze": Labelled(("row", "gaze_axis"), table[[f"gaze_angle_{axis}" for axis in "xy"]].to_numpy(), "rad"),
        }
        coords = {
            name: Labelled(("row",), table[name].to_numpy(), unit)
            for name, unit in (("source", ""), ("frame", ""), ("face_id", ""), ("timestamp", "s"))
        }
        return to_xarray(variables, coords | {"action_unit": Labelled(("action_unit",), units)})

    def save(self, path: Source, form: Format = "openface") -> Path:
        """Writes the table as CSV.

        Args:
          path: ends in .csv.
          form: the columns.

        Raises:
          InputError: for another suffix, or if the place cannot be written.
        """
        place = Path(path)
        if place.suffix.lower() != ".csv":
            raise InputError(place, "suffix", place.suffix or "none", ".csv")
        write_whole(place, as_csv(self.table, form))
        return place

    def plot(self, ax: "Axes | None" = None, face: int = 0) -> "Figure":
        """The intensities of one face in the course of time, as a figure.

        Args:
          ax: where it is drawn; a figure of its own by default.
          face: `face_id`.
        """
        return plot_readings(self.table, ax, face)

    def strip(self, face: int = 0, count: int = 8) -> "Figure":
        """Pictures of one face of the first film above the time lines of its Action Units.

        Args:
          face: `face_id`.
          count: how many pictures.
        """
        own = self.table[self.table["source"].isin([escaped(os.fspath(path)) for path in self.clips[0].files])]
        return plot_strip(own, self.clips[0], face, count)

    def draw(self, path: Source) -> Path:
        """Writes the first film with bars of the intensities beside the faces, or the first photo.

        Raises:
          InputError: if the place cannot be written.
        """
        return draw_readings(Path(path), self.clips[0], self.table)

    def emotions(self) -> "pd.DataFrame":
        """How like the poses of six emotions faces move, not what they feel, as `reading_tools.emotions`."""
        return reading_tools.emotions(self.table)

    def peaks(self, least: float = 1.0, apart: float = 0.3) -> "pd.DataFrame":
        """When each Action Unit comes, is strongest, and goes, as `reading_tools.peaks`."""
        return reading_tools.peaks(self.table, least, apart)

    def resampled(self, rate: float) -> "pd.DataFrame":
        """Intensities at another rate, as `reading_tools.resampled`."""
        return reading_tools.resampled(self.table, rate)

    def above_baseline(self, share: float = 0.15) -> "Readings":
        """Readings less what each face shows in its calmest frames, as `reading_tools.above_baseline`."""
        return replace(self, table=reading_tools.above_baseline(self.table, share))

    def _repr_html_(self) -> str:
        return table_card(repr(self), self.table)

    def __repr__(self) -> str:
        faces = self.table.loc[self.table["success"] == 1, ["source", "face_id"]].drop_duplicates()
        return f"Readings({len(self)} rows, {len(faces)} faces)"


def estimate(
    sources: Sources,
    *,
    neutral: Source | Pixels | None = None,
    rest: bool = False,
    rate: float = 0.0,
    landmarks: ReaderSource = None,
    estimator: str | Path | None = None,
) -> Readings:
    """Reads Action Units off all faces in photos and films.

    What is found in a film is kept in au_tf's cache as it comes: interrupted and called again, it goes on where it was.

    Args:
      sources: photos, films, folders of them, or patterns such as "frames/*.png"; or pictures uint8[H, W, 3], sRGB, of
        NumPy, Pillow, PyTorch or JAX.
      neutral: a photo of the person with a neutral face, from which all faces are judged.
      rest: judge each face of a film from what it looks like when it does least.
      rate: frames a second, if the pictures are the frames of one recording; 0 if they are photos.
      landmarks: who finds faces and landmarks, as for `Face.from_photo`; it has to know dense ones.
      estimator: folder of an estimator of `au-tf train landmark-estimator`; None is the one that ships with au_tf.

    Raises:
      InputError: if a source is missing or holds neither pictures nor films, or the neutral photo shows no face.
    """
    clips, reader = clips_of(sources, rate), as_reader(landmarks)
    reads = load_landmark_estimator(estimator)
    known = None if neutral is None else neutral_face(neutral, reader, reads)
    if rest and not any(clip.recording for clip in clips):
        raise InputError(Argument("rest", rest), "sources", "photos", "a film, in which the face rests now and then")
    parts = [_clip(clip, reads, reader, known, rest) for clip in clips]
    return Readings(pd.concat(parts, ignore_index=True), clips)


def neutral_face(neutral: Source | Pixels, reader: LandmarkReader, reads: LandmarkEstimator) -> Float64:
    """What is seen of the largest face of a photo, float64[1, F]."""
    image = neutral if isinstance(neutral, np.ndarray) else read_image(neutral)
    source = "neutral" if isinstance(neutral, np.ndarray) else os.fspath(neutral)
    return reads.describe_one(image, _dense(select_face(detect_faces(image, reader), 0, source), reader))


def _dense(face: DetectedFace, reader: LandmarkReader) -> Float64:
    if face.dense is None:
        raise InputError(Argument("landmarks", reader.name), "points", "68", "a reader with dense landmarks")
    return face.dense.astype(np.float64)


class Look(NamedTuple):
    """What is read off faces."""

    readings: Float64
    """float64[N, 12], not confined to [0, 5]."""
    turn: Float64
    """float64[N, 3, 3], as `Frontal.turn`."""
    gaze: Float64
    """float64[N, 2], as `gaze_of`."""
    errors: Float64
    """float64[N, 12], root mean square errors that are to be expected."""

    @classmethod
    def of(
        cls,
        faces: Sequence[DetectedFace],
        crops: Sequence[Crop],
        reads: LandmarkEstimator,
        reader: LandmarkReader,
        known: Float64 | None,
    ) -> Self:
        """Of faces that were found and cut out of their pictures.

        Args:
          faces: N.
          crops: N.
          reads: who estimates.
          reader: who found the landmarks.
          known: float64[1, F], what is seen of the neutral face, if it is known.

        Raises:
          InputError: if the reader has no dense landmarks.
        """
        if not faces:
            none = np.empty((0, len(_NAMES)))
            return cls(none, np.empty((0, 3, 3)), np.empty((0, 2)), none)
        points = np.array([_dense(face, reader) for face in faces])
        frontal = turned(points, reads.reference)
        readings = reads.read(reads.describe(points, crops, frontal), known)
        seen = views(frontal, crops, [face.scatter for face in faces])
        return cls(readings, frontal.turn, gaze_of(frontal), reads.errors(seen, readings, known is not None))


def read_frame(
    frame: Frame,
    found: Mapping[int, DetectedFace],
    reads: LandmarkEstimator,
    reader: LandmarkReader,
    known: Float64 | None,
) -> "pd.DataFrame":
    """The rows of `Readings.table` of one frame, with the faces found in it by their `face_id`; else as `Look.of`."""
    faces = [*found.values()]
    crops = [cropped(frame.image, _dense(face, reader)) for face in faces if frame.image is not None]
    seen = Sightings.of_frame(frame, dict(found))
    return _table(seen, seen.track.astype(np.int64), Look.of(faces, crops, reads, reader, known))


def _clip(
    clip: Clip, reads: LandmarkEstimator, reader: LandmarkReader, known: Float64 | None, rest: bool
) -> "pd.DataFrame":
    store = Store([*clip.identity(), reader.name], "estimating")
    seen = look(clip, store, reader)
    face = seen.track.astype(np.int64) if clip.recording else _by_size(seen)
    resting = known is None and rest and clip.recording
    parts = [*_looks(clip, seen, reads, reader, reads.mean[np.newaxis] if resting else known)]
    found = Look(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    if resting:
        for each in np.unique(face):
            found.readings[face == each] = reads.rested(found.readings[face == each])
    table = _table(seen, face, found)
    store.clear()
    return table


def _looks(
    clip: Clip, seen: Sightings, reads: LandmarkEstimator, reader: LandmarkReader, known: Float64 | None
) -> Iterator[Look]:
    """What is read off the faces, some frames at a time: a film may be long."""
    starts = np.searchsorted(seen.row, np.arange(len(seen.frames) + 1)).tolist()
    faces: list[DetectedFace] = []
    crops: list[Crop] = []
    frames = progress(clip.frames(), f"{clip.name}: Action Units", total=len(seen.frames), unit="frame")
    for frame, first, last in zip(frames, starts[:-1], starts[1:], strict=True):
        own = seen.faces[first:last]
        faces += own
        crops += [cropped(frame.image, _dense(face, reader)) for face in own if frame.image is not None]
        if len(faces) >= _TOGETHER:
            yield Look.of(faces, crops, reads, reader, known)
            faces, crops = [], []
    yield Look.of(faces, crops, reads, reader, known)


def _by_size(seen: Sightings) -> Int64:
    """int64[N], the faces of each photo counted from the largest."""
    size = np.array([found.eye_distance for found in seen.faces])
    order = np.lexsort((-size, seen.row))
    rank = np.empty(len(order), np.int64)
    starts = np.searchsorted(seen.row[order], seen.row[order])
    rank[order] = np.arange(len(order)) - starts
    return rank


def _table(seen: Sightings, face: Int64, found: Look) -> "pd.DataFrame":
    """A row for each face, and one that tells why for each frame without any."""
    frames = [seen.frames[row] for row in seen.row.tolist()]
    pose, gaze, intensities = openface_angles(found.turn), found.gaze, intensities_of_readings(found.readings)
    judged = [reliability(each) for each in seen.faces]
    reason = np.array([each.reason for each in judged], np.str_)
    columns = {
        "source": [escaped(frame.source) for frame in frames],
        "frame": [frame.number for frame in frames],
        "face_id": face,
        "timestamp": np.round([frame.time for frame in frames], 4),
        "confidence": np.round([each.confidence for each in judged], 3),
        "success": (reason == "").astype(int),
        "reason": reason,
        "covered": ["; ".join(each.covered) for each in judged],
    }
    box = np.array([each.box for each in seen.faces], np.float64).reshape(-1, 4)
    columns |= {f"box_{side}": box[:, k].round(1) for k, side in enumerate(("left", "top", "right", "bottom"))}
    columns |= {f"gaze_angle_{axis}": gaze[:, k] for k, axis in enumerate("xy")}
    columns |= {f"pose_R{axis}": pose[:, k] for k, axis in enumerate("xyz")}
    columns |= {f"{name}_r": intensities[:, k] for k, name in enumerate(_NAMES)}
    columns |= {f"{name}_c": (intensities[:, k] >= PRESENT).astype(int) for k, name in enumerate(_NAMES)}
    columns |= {f"{name}_e": found.errors[:, k] for k, name in enumerate(_NAMES)}
    table = pd.DataFrame(columns)
    lost = [seen.frames[row] for row in sorted({*range(len(seen.frames))} - {*seen.row.tolist()})]
    if lost:
        rows = pd.DataFrame([_lost(frame.source, frame.number, frame.time, frame.reason) for frame in lost])
        table = pd.concat([table, rows], ignore_index=True) if len(table) else rows.reindex(columns=table.columns)
    return table.sort_values(["frame", "face_id"], kind="stable", ignore_index=True)


def _lost(source: str, frame: int, time: float, reason: str) -> dict[str, object]:
    found = {"source": escaped(source), "frame": frame, "face_id": -1, "timestamp": round(time, 4)}
    return found | {"confidence": 0.0, "success": 0, "reason": reason or "face: found none", "covered": ""}


def as_csv(table: "pd.DataFrame", form: Format = "openface", header: bool = True) -> str:
    """Rows of `Readings.table` as lines of CSV with the columns of a form, and their names before them."""
    made = _FORMS[form](table)
    return str(made.to_csv(index=False, header=header, float_format="%.4g", lineterminator="\n"))


def _openface(table: "pd.DataFrame") -> "pd.DataFrame":
    return table


def _pyfeat(table: "pd.DataFrame") -> "pd.DataFrame":
    """py-feat's names: intensities as shares of the greatest, angles in degrees."""
    made = pd.DataFrame({"frame": table["frame"] - 1, "approx_time": table["timestamp"], "input": table["source"]})
    made["FaceRectX"], made["FaceRectY"] = table["box_left"], table["box_top"]
    made["FaceRectWidth"] = table["box_right"] - table["box_left"]
    made["FaceRectHeight"] = table["box_bottom"] - table["box_top"]
    made["FaceScore"] = table["confidence"]
    for name, axis in (("Pitch", "x"), ("Yaw", "y"), ("Roll", "z")):
        made[name] = np.degrees(table[f"pose_R{axis}"])
    for name in _NAMES:
        made[name] = table[f"{name}_r"] / MAX_INTENSITY
    return made.assign(Identity=table["face_id"])


def _long(table: "pd.DataFrame") -> "pd.DataFrame":
    """A row for each Action Unit of each face."""
    keys = ["source", "frame", "face_id", "timestamp", "confidence", "success"]
    parts = [
        table[keys].assign(au=int(name[2:]), intensity=table[f"{name}_r"], error=table[f"{name}_e"]) for name in _NAMES
    ]
    return pd.concat(parts).sort_index(kind="stable")


_FORMS = {"openface": _openface, "pyfeat": _pyfeat, "long": _long}
