"""A video's frames as landmarks and coefficients, and what was extracted kept for the next build."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from au_tf.arrays import Pixels
from au_tf.datasets.disfa.disfa_videos import read_frames
from au_tf.datasets.recordings.schema import LANDMARKS
from au_tf.fitting.detect.dense_landmarks import dense_reader
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.detect.detection import MAX_OUTSIDE, detect_faces
from au_tf.fitting.refine.face_surface import FaceSurface, surface_of
from au_tf.fitting.regress.initial_pose import surface_for
from au_tf.fitting.video.extraction import fit_person
from au_tf.fitting.video.people import Person, Reference, fit_reference
from au_tf.fitting.video.store import Store
from au_tf.fitting.video.tracker import Tracker
from au_tf.fitting.video.work import solved
from au_tf.morphable import MorphableModel

METHOD = (
    "MediaPipe's detectors and 478 landmarks, followed from frame to frame; identity and albedo of each person from "
    "frames of both cameras, then pose, expression and light of each frame, maximum a posteriori from landmarks and "
    "pixels; not smoothed over time"
)
FOUND = "found"
Extracted = dict[str, Any]

REFERENCES = 8
"""Frames of each camera from which a person is learnt."""


def nothing_found(model: MorphableModel) -> Extracted:
    """What stands for a frame without a face: zeros."""
    sizes: dict[str, tuple[int, ...]] = {
        "landmarks": (LANDMARKS, 2),
        "identity": (len(model.identity_basis),),
        "albedo": (len(model.albedo_basis),),
        "expression": (len(model.expression_basis),),
        "rotation": (3,),
        "translation": (3,),
        "lighting": (9, 3),
    }
    return {FOUND: np.bool_(False)} | {name: np.zeros(size, np.float32) for name, size in sizes.items()}


def extract(
    pictures: Iterable[Pixels], first: int, person: Person | None, model: MorphableModel
) -> Iterator[Extracted]:
    """Landmarks and coefficients of the largest face in consecutive frames.

    Args:
      pictures: uint8[height, width, 3] each, sRGB.
      first: number of the first, the video's first being 1.
      person: who it is; None if nobody is to be seen in the video.
      model: the face model.

    Yields:
      `found`, and float32 arrays as in `schema.frame_features`: all 0 if there is no face, or it is cut by the border,
      or the fit cannot be relied on.

    Raises:
      InputError: if the landmark model is not installed.
    """
    tracker, empty = Tracker(), nothing_found(model)
    for offset, picture in enumerate(pictures):
        faces = tracker.update(picture, offset + 1) if person is not None else {}
        face = max(faces.values(), key=lambda f: f.eye_distance, default=None)
        if person is None or face is None:
            yield empty
            continue
        with threadpool_limits(1, "blas"):
            yield _fitted(picture, first + offset, person, face, empty)


def _fitted(picture: Pixels, number: int, person: Person, face: DetectedFace, empty: Extracted) -> Extracted:
    fit = solved(fit_person, picture, person, number, face)
    if fit is None or not fit.ok:
        return empty
    arrays = {"landmarks": fit.landmarks} | vars(fit.coefficients)
    return {FOUND: np.bool_(True)} | {name: np.asarray(arrays[name], np.float32) for name in empty if name != FOUND}


def meet(videos: tuple[Path, ...], frames: int, model: MorphableModel) -> tuple[Person | None, ...]:
    """Learns a person from all videos of them; what was learnt is kept for the next build.

    Args:
      videos: of one person, at the same time.
      frames: how many each has.
      model: the face model.

    Returns:
      the person as seen in each video, with one identity and albedo; None where no face is found.

    Raises:
      InputError: if a video cannot be decoded, or the landmark model is not installed.
    """
    dense_reader()  # if it is not installed, that must not pass for a video without a face
    return _meet(_files(videos), videos, frames, model)


@lru_cache(maxsize=4)
def _meet(
    files: tuple[tuple[str, int, int], ...], videos: tuple[Path, ...], frames: int, model: MorphableModel
) -> tuple[Person | None, ...]:
    store = _store(files, [frames], model)
    kept = _kept_people(store, model)
    if kept is not None:
        return kept
    surface = surface_for(model)
    references = [_references(video, frames, surface) for video in videos]
    everywhere = [reference for found in references for reference in found]
    people = tuple(Person.of(everywhere, surface, found) if found else None for found in references)
    known = {f"{k}/{name}": array for k, p in enumerate(people) if p for name, array in p.arrays().items()}
    store.save("people", {"known": np.array([p is not None for p in people])} | known)
    return people


def _references(video: Path, frames: int, surface: FaceSurface) -> list[Reference]:
    """The largest face in frames that are spread over a video, where a fit can be relied on."""
    numbers = set(np.linspace(1, frames, min(REFERENCES, frames), dtype=int).tolist())
    found = []
    # Some videos hold a frame more or fewer than there are labels.
    for number, picture in enumerate(read_frames(video, 1, frames, spare=1), 1):
        faces = detect_faces(picture) if number in numbers else []
        if faces and int(faces[0].outside.sum()) <= MAX_OUTSIDE:
            found.append(fit_reference(picture, number, faces[0], surface))
    return [reference for reference in found if not reference.reason]


def _kept_people(store: Store, model: MorphableModel) -> tuple[Person | None, ...] | None:
    header = store.load("people", ["known"])
    if header is None:
        return None
    known = header["known"].tolist()
    arrays = store.load("people", [f"{k}/{name}" for k, there in enumerate(known) if there for name in Person.FIELDS])
    if arrays is None:
        return None
    surface = surface_of(model)
    parts = [
        {name: arrays[f"{k}/{name}"] for name in Person.FIELDS} if there else None for k, there in enumerate(known)
    ]
    return tuple(Person.from_arrays(part, surface) if part else None for part in parts)


class KeptFrames:
    """Keeps what was extracted from part of a video, so that other folds and a build begun anew find it."""

    def __init__(self, videos: tuple[Path, ...], first: int, last: int, model: MorphableModel) -> None:
        # Who it is is learnt from the other camera's video as well.
        self.store = _store(_files(videos), [first, last], model)
        self.names = list(nothing_found(model))

    def load(self) -> list[Extracted] | None:
        """The frames in order, or None if they are not kept."""
        arrays = self.store.load("frames", self.names)
        if arrays is None:
            return None
        return [dict(zip(self.names, row, strict=True)) for row in zip(*arrays.values(), strict=True)]

    def save(self, frames: list[Extracted]) -> None:
        """Keeps the frames; where that is not possible they are merely extracted again next time."""
        self.store.save("frames", {name: np.stack([frame[name] for frame in frames]) for name in self.names})


def _files(videos: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """What changes when a video does."""
    return tuple((str(video.resolve()), video.stat().st_size, video.stat().st_mtime_ns) for video in videos)


def _store(files: Sequence[object], frames: Sequence[int], model: MorphableModel) -> Store:
    """Where is kept what follows from videos, some frames, a face model, its regressor and the code."""
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    regressor = surface_for(model).regressor
    return Store([files, frames, model.digest, regressor and regressor.digest, version], "extracted")
