"""The coefficients of the faces in photos, folders and videos, and what is written of them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from au_tf.arrays import Arrays
from au_tf.errors import Argument, InputError
from au_tf.faces.archive import write_face
from au_tf.faces.face_models import ModelSource, face_model_of
from au_tf.faces.notebook import table_card
from au_tf.faces.pairing import FitterSource, ReaderSource, as_reader, as_regressor, fitted
from au_tf.fitting.detect.detection import LandmarkReader
from au_tf.fitting.fit import Fit
from au_tf.fitting.regress.regressor import Regressor
from au_tf.fitting.video import extraction
from au_tf.fitting.video.frame_rows import joined, row_of, stacked, write_csv, write_rows
from au_tf.fitting.video.overlays import draw_overlays
from au_tf.labelled import DEVIATIONS, of_rows, pd, to_xarray
from au_tf.morphable import MorphableModel
from au_tf.morphable.coefficients import HARMONICS, UNITS
from au_tf.pictures.clips import Clip, Frame, Sources, clips_of
from au_tf.pictures.images import read_image

if TYPE_CHECKING:
    import xarray as xr

Source = str | os.PathLike[str]
TABLES = (".npz", ".csv")
"""Suffixes of what an extraction is written to."""


@dataclass(frozen=True, eq=False, repr=False)
class Extraction:
    """Faces found in pictures, a row for each face in each picture."""

    rows: Arrays
    """Arrays by name, as `docs/extraction.md` tells them: `source`, `frame`, `time` and `face` of each row, `success`
    and `reason`, the landmarks, the camera and the coefficients."""
    model: MorphableModel
    """The face model."""
    clips: tuple[Clip, ...]
    """The pictures and films."""
    regressor: Regressor | None
    """From whose answers fits started."""
    asked: int | None
    """The face of each photo that was asked for."""
    reader: LandmarkReader
    """Who found faces and landmarks."""
    fit: Fit | None = None
    """Of the face of a single photo."""

    @classmethod
    def of_live(cls, parts: Iterable[Arrays], model: ModelSource = "builtin") -> Self:
        """All that `extract_live` gave with a face model.

        Raises:
          InputError: if it gave nothing.
        """
        several = list(parts)
        if not several:
            raise InputError("camera", "pictures", "none", "at least one")
        return cls(joined(several), face_model_of(model), (), None, None, as_reader())

    def __len__(self) -> int:
        return len(self.rows["success"])

    @property
    def failed(self) -> int:
        """Rows without a reliable fit; `reason` tells why."""
        return int((~self.rows["success"]).sum())

    def save(self, path: Source) -> Path:
        """Writes the rows: to an `.npz` all of them, a single photo's without batch axes; to a `.csv` pose and
        landmarks, with the columns of OpenFace where it has them.

        Raises:
          InputError: for another suffix, or if the place cannot be written.
        """
        place = Path(path)
        kind = place.suffix.lower()
        if kind not in TABLES:
            raise InputError(place, "suffix", kind or "none", " or ".join(TABLES))
        if kind == ".csv":
            write_csv(place, self.rows)
        elif self.fit is not None:
            write_face(place, self.model, self.fit.coefficients, self.fit.camera, self.fit)
        else:
            write_rows(place, self.rows, self.model)
        return place

    def to_pandas(self) -> "pd.DataFrame":
        """A row for each face with what is one number or text; `to_xarray` has the arrays as well."""
        return pd.DataFrame({name: values for name, values in self.rows.items() if values.ndim == 1})

    def to_xarray(self) -> "xr.Dataset":
        """The rows with the names of their axes and with units.

        Raises:
          InputError: if xarray is not installed.
        """
        variables = {
            name: of_rows(name, values, _UNITS.get(name, ""), _AXES.get(name, ())) for name, values in self.rows.items()
        }
        coords = {name: variables.pop(name) for name in ("source", "frame", "time", "face")}
        return to_xarray(variables, coords)

    def draw(self, folder: Source) -> list[Path]:
        """Writes pictures and films of the mesh over the faces to a folder, which is made if need be.

        Raises:
          InputError: if a place cannot be written.
        """
        return draw_overlays(Path(folder), self.clips, self.rows, self.model)

    def forget(self) -> None:
        """Removes from the cache what was kept to go on after an interruption."""
        extraction.forget(self.clips, self.model, self.asked, self.regressor, self.reader)

    def _repr_html_(self) -> str:
        return table_card(repr(self), self.to_pandas())

    def __repr__(self) -> str:
        return f"Extraction({len(self)} rows, {self.failed} without a reliable fit, face model {self.model.name})"


_UNITS = {
    **UNITS,
    "uncertainty": DEVIATIONS,
    **dict.fromkeys(("landmarks", "box", "camera_focal", "camera_centre", "image_size", "landmark_error"), "pixel"),
    "time": "s",
}
_AXES = {"landmarks": ("landmark", "place"), "lighting": HARMONICS, "uncertainty": ("expression_axis",)}
"""Names of axes after that of rows; of other arrays their own name."""


def extract(
    sources: Sources,
    *,
    model: ModelSource = "builtin",
    fitter: FitterSource = None,
    face: int | None = None,
    rate: float = 0.0,
    album: bool = False,
    smooth: bool = True,
    landmarks: ReaderSource = None,
) -> Extraction:
    """Finds all faces in photos and videos and fits the face model to them.

    In a video each person has one identity and albedo. What is found is kept in au_tf's cache as it comes, until
    `Extraction.forget`: interrupted and called again, it goes on where it was.

    Args:
      sources: photos, videos, folders of them, or patterns such as "frames/*.png"; or pictures uint8[H, W, 3], sRGB, of
        NumPy, Pillow, PyTorch or JAX.
      model: as for `Face.from_photo`.
      fitter: as for `Face.from_photo`.
      face: of photos only this face, 0 being the largest; None is all, of a single photo the largest.
      rate: frames a second, if the pictures are the frames of one recording; 0 if they are photos.
      album: photos show the same people again: one identity and albedo each, numbered as they first appear.
      smooth: whether pose, expression and light of recordings are smoothed over time.
      landmarks: as for `Face.from_photo`.

    Raises:
      InputError: if a source is missing or holds neither pictures nor videos, a single photo has no such face, or a
        face is asked for of a recording or an album.
    """
    clips = clips_of(sources, rate, album)
    if face is not None and (album or any(clip.recording for clip in clips)):
        found = "an album" if album else "a recording"
        raise InputError(Argument("face", face), "source", found, f"photos: of {found} all faces are taken")
    if _is_one(sources, clips) and not (clips[0].recording or album):
        return _photo(clips, face or 0, model, fitter, landmarks)
    plain, regressor, reader = face_model_of(model), as_regressor(fitter), as_reader(landmarks)
    rows = extraction.extract(clips, plain, face, smooth, regressor, reader)
    return Extraction(rows, plain, clips, regressor, face, reader)


def _is_one(sources: Sources, clips: tuple[Clip, ...]) -> bool:
    """Whether one photo was given, and not a folder or a pattern in which there happens to be one."""
    if len(clips) > 1 or len(clips[0].files) > 1:
        return False
    given = [sources] if isinstance(sources, str | os.PathLike) else sources
    return bool(clips[0].pictures) or all(Path(each).is_file() for each in given)  # type: ignore[arg-type, union-attr]


def _photo(
    clips: tuple[Clip, ...],
    number: int,
    model: ModelSource,
    fitter: FitterSource,
    landmarks: ReaderSource,
) -> Extraction:
    """One face of one photo."""
    source = os.fspath(clips[0].files[0])
    image = clips[0].pictures[0] if clips[0].pictures else read_image(source)
    plain, regressor, reader = face_model_of(model), as_regressor(fitter), as_reader(landmarks)
    fit = fitted(image, source, plain, number, regressor, reader)
    rows = stacked([row_of(Frame(1, 0.0, image, source), number, fit, plain)])
    return Extraction(rows, plain, clips, regressor, number, reader, fit)
