"""From clips to rows of coefficients: photos one by one, recordings with one identity and albedo a person."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from joblib import cpu_count
from scipy.spatial.transform import Rotation

from au_tf.arrays import Arrays, Pixels
from au_tf.errors import InputError
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.detect.detection import LandmarkReader, detect_faces, landmark_reader, select_face
from au_tf.fitting.fit import Fit, fit_face, summary
from au_tf.fitting.refine.appearance import Lit
from au_tf.fitting.refine.face_surface import FaceSurface
from au_tf.fitting.refine.landmark_fit import place_by_landmarks
from au_tf.fitting.refine.landmark_term import LandmarkTerm, Placed
from au_tf.fitting.refine.optimize import follow
from au_tf.fitting.regress.initial_pose import surface_for
from au_tf.fitting.regress.regressor import Regressor
from au_tf.fitting.video.frame_rows import FIELDS, NOBODY, failed_row, joined, row_of, stacked
from au_tf.fitting.video.people import Person, meet
from au_tf.fitting.video.sightings import CHUNK, Sightings, look
from au_tf.fitting.video.smoothing import smooth
from au_tf.fitting.video.store import Store
from au_tf.fitting.video.work import UNSOLVED, ahead, solved
from au_tf.geometry.camera import Camera
from au_tf.morphable import MorphableModel
from au_tf.pictures.clips import Clip, Frame
from au_tf.progress import progress

SMOOTHED = ("expression", "rotation", "translation", "lighting")
_PHOTOS = 20
"""Photos after which what was found is kept."""
_LOST = "face: found nowhere in this frame"
_BLOCK = 10
"""Frames that are fitted one after the other, each from the one before, while others work on other blocks."""
_STEPS, _STEPS_NEXT = 3, 2
"""Of a fit to landmarks and pixels, and of one that starts from the frame before."""


def extract(
    clips: Sequence[Clip],
    model: MorphableModel,
    face: int | None = None,
    smoothed: bool = True,
    regressor: Regressor | None = None,
    reader: LandmarkReader | None = None,
) -> Arrays:
    """Extracts landmarks and coefficients of all faces in all frames.

    What is found is kept in au_tf's cache as it comes; interrupted and called again, it goes on where it was.

    Args:
      clips: what `find_clips` found.
      model: the face model.
      face: of photos only this face, 0 being the largest; None is all.
      smoothed: whether pose, expression and light of recordings are smoothed over time.
      regressor: from whose answers fits start, as for `fit_photo`.
      reader: who finds faces and landmarks, as for `fit_photo`.

    Returns:
      arrays with a row for each face in each frame, and one that tells why for each frame without any, in order:
      `source`, `frame` and `time` of it; `face`, who it is in a recording and how large in a photo, 0 first, -1 nobody;
      `success` and `reason`; `confidence`, `landmark_error` and `photometric_error` as in `Fit`; `box`; `landmarks`;
      `image_size`, `camera_focal`, `camera_centre`; and the coefficients. What was not found is not a number.

    Raises:
      InputError: if a clip is a video of which nothing can be decoded.
    """
    surface, parts, chosen = surface_for(model, regressor), [], reader or landmark_reader()
    for clip in clips:
        store = _store(clip, model, face, surface, chosen)
        if clip.recording or clip.album:
            found = _people(clip, model, surface, store, chosen)
            parts.append(_smoothed(found) if smoothed and clip.recording else found)
        else:
            parts.append(_photos(clip, model, surface, face, store, chosen))
    return joined(parts)


def forget(
    clips: Sequence[Clip],
    model: MorphableModel,
    face: int | None = None,
    regressor: Regressor | None = None,
    reader: LandmarkReader | None = None,
) -> None:
    """Removes from the cache what `extract` kept, once its result stands elsewhere."""
    surface = surface_for(model, regressor)
    for clip in clips:
        _store(clip, model, face, surface, reader or landmark_reader()).clear()


def _store(clip: Clip, model: MorphableModel, face: int | None, surface: FaceSurface, reader: LandmarkReader) -> Store:
    regressor = None if surface.regressor is None else surface.regressor.digest
    return Store([*clip.identity(), model.digest, regressor, face, reader.name])


def _photos(
    clip: Clip, model: MorphableModel, surface: FaceSurface, face: int | None, store: Store, reader: LandmarkReader
) -> Arrays:
    parts: list[Arrays] = []
    while (kept := store.load(f"photos-{len(parts)}", FIELDS)) is not None:
        parts.append(kept)
    done = _PHOTOS * len(parts)
    rows: list[dict[str, Any]] = []
    total = clip.count()
    for frame in progress(clip.frames(done + 1), "photos", total=total, done=min(done, total), unit="photo"):
        rows += _photo_rows(frame, model, surface, face, reader)
        if frame.number % _PHOTOS == 0 or frame.number == clip.count():
            parts.append(stacked(rows))
            store.save(f"photos-{len(parts) - 1}", parts[-1])
            rows = []
    return joined(parts)


def _photo_rows(
    frame: Frame, model: MorphableModel, surface: FaceSurface, face: int | None, reader: LandmarkReader
) -> list[dict[str, Any]]:
    if frame.image is None:
        return [failed_row(frame, NOBODY, frame.reason, model, (0, 0))]
    found = detect_faces(frame.image, reader)
    numbers = range(max(len(found), 1)) if face is None else (face,)
    return [_photo_row(frame, model, surface, found, number) for number in numbers]


def _photo_row(
    frame: Frame, model: MorphableModel, surface: FaceSurface, found: list[DetectedFace], number: int
) -> dict[str, Any]:
    assert frame.image is not None
    size = frame.image.shape[:2]
    try:
        chosen = select_face(found, number, frame.source)
    except InputError as error:
        reason = f"{error.field}: found {error.found}"
        return failed_row(frame, number if found else NOBODY, reason, model, size)
    return _row(frame, number, solved(fit_face, frame.image, surface, chosen, Camera.default(*size)), model, size)


def _people(clip: Clip, model: MorphableModel, surface: FaceSurface, store: Store, reader: LandmarkReader) -> Arrays:
    seen = look(clip, store, reader)
    parts: list[Arrays] = []
    while (kept := store.load(f"fits-{len(parts)}", FIELDS)) is not None:
        parts.append(kept)
    done = CHUNK * len(parts)
    if done < len(seen.frames):
        for part in _fitted(clip, seen, model, surface, done):
            store.save(f"fits-{len(parts)}", part)
            parts.append(part)
    return joined(parts)


def _fitted(clip: Clip, seen: Sightings, model: MorphableModel, surface: FaceSurface, done: int) -> Iterator[Arrays]:
    """The rows of each chunk of frames from the `done`-th on."""
    people, shown, failed = meet(clip, seen, surface)
    spans = _presence(seen, shown) if clip.recording else {}
    rows: list[dict[str, Any]] = []
    pictures = progress(clip.frames(done + 1), f"{clip.name}: fits", total=len(seen.frames), done=done, unit="frame")
    blocks = ahead(_blocks(pictures, seen, people, shown, done), waiting=cpu_count())
    for row, (frame, found) in enumerate(chain.from_iterable(blocks), done):
        size = seen.sizes[row].tolist()
        rows += [_row(frame, person, fit, model, size) for person, fit in sorted(found.items())]
        lost = [k for k, (first, last) in spans.items() if k not in found and first <= row <= last]
        missing = [(k, frame.reason or _LOST) for k in lost]
        missing += [(NOBODY, failed[track]) for track, _ in _tracked(seen, row) if track in failed]
        if not found and not missing:
            missing = [(NOBODY, frame.reason or "face: found none")]
        rows += [failed_row(frame, person, reason, model, size) for person, reason in missing]
        if (row + 1) % CHUNK == 0 or row + 1 == len(seen.frames):
            yield stacked(rows)
            rows = []


def _row(frame: Frame, person: int, fit: Fit | None, model: MorphableModel, size: Sequence[int]) -> dict[str, Any]:
    return failed_row(frame, person, UNSOLVED, model, size) if fit is None else row_of(frame, person, fit, model)


def _tracked(seen: Sightings, row: int) -> list[tuple[int, int]]:
    """The tracks in a frame, and which of the sightings each is."""
    first, last = np.searchsorted(seen.row, (row, row + 1)).tolist()
    return list(zip(seen.track[first:last].tolist(), range(first, last), strict=True))


def _presence(seen: Sightings, shown: dict[int, int]) -> dict[int, tuple[int, int]]:
    """First and last frame of each person."""
    spans: dict[int, tuple[int, int]] = {}
    for row, track in zip(seen.row.tolist(), seen.track.tolist(), strict=True):
        if track in shown:
            person = shown[track]
            spans[person] = (spans.get(person, (row, row))[0], row)
    return spans


def _blocks(
    frames: Iterable[Frame],
    seen: Sightings,
    people: list[Person],
    shown: dict[int, int],
    done: int,
) -> Iterator[Callable[[], list[tuple[Frame, dict[int, Fit | None]]]]]:
    """Jobs that fit the people in some frames that follow each other, the same however often it was interrupted."""
    block: list[_Known] = []
    for row, frame in enumerate(frames, done):
        known = {shown[track]: seen.faces[k] for track, k in _tracked(seen, row) if track in shown}
        block.append(_Known(frame, row, {person: (people[person], face) for person, face in known.items()}))
        if len(block) == _BLOCK or (row + 1) % CHUNK == 0:
            yield partial(_fit_block, block)
            block = []
    if block:
        yield partial(_fit_block, block)


class _Known(NamedTuple):
    """A frame, and who is where in it."""

    frame: Frame
    row: int
    people: dict[int, tuple[Person, DetectedFace]]


def _fit_block(block: list[_Known]) -> list[tuple[Frame, dict[int, Fit | None]]]:
    fitted: list[tuple[Frame, dict[int, Fit | None]]] = []
    before: dict[int, Fit | None] = {}
    for frame, row, people in block:
        if frame.image is None:
            fitted.append((frame, {}))
            continue
        before = {
            k: solved(fit_person, frame.image, person, row, face, before.get(k)) for k, (person, face) in people.items()
        }
        fitted.append((frame._replace(image=None), before))
    return fitted


def fit_person(image: Pixels, person: Person, row: int, face: DetectedFace, before: Fit | None = None) -> Fit:
    """Fits pose, expression and light of somebody known to a frame.

    Args:
      image: uint8[H, W, 3], sRGB.
      person: who it is.
      row: index of the frame.
      face: where the face is in it.
      before: what came out of the frame before, from which it takes fewer steps; None starts from that of the frames in
        which the person is known that is nearest in time, and so does one that cannot be relied on.
    """
    surface = person.surface
    term = LandmarkTerm.of_face(face, surface.marks, Camera.default(*image.shape[:2]), image.shape)
    near, follows = (_lit(before), True) if before is not None and before.ok else (person.near(row), False)
    start, _ = place_by_landmarks(term, near.placed, following=follows)
    steps = _STEPS_NEXT if follows else _STEPS
    found = follow(image, surface, term, replace(near, placed=start), person.trust, steps, chord=follows)
    return summary(surface, term, found, face)


def _lit(fit: Fit) -> Lit:
    """The face of somebody known, as it was fitted."""
    found = fit.coefficients
    turn, shift = Rotation.from_rotvec(found.rotation), found.translation.astype(np.float64)
    placed = Placed(turn, shift, found.expression.astype(np.float64))
    return Lit(placed, np.zeros(0), found.lighting.astype(np.float64))


def _smoothed(arrays: Arrays) -> Arrays:
    """With pose, expression and light of each face smoothed over the frames in which it was found."""
    result = arrays | {name: arrays[name].copy() for name in SMOOTHED}
    for face in np.unique(arrays["face"][arrays["success"]]).tolist():
        rows = np.flatnonzero((arrays["face"] == face) & arrays["success"])
        gaps, confidence = np.diff(arrays["frame"][rows]), arrays["confidence"][rows]
        turns = Rotation.from_rotvec(arrays["rotation"][rows])
        middle = turns.mean()
        values = {name: arrays[name][rows].reshape(len(rows), -1) for name in SMOOTHED}
        values["rotation"] = (middle.inv() * turns).as_rotvec()
        for name, own in values.items():
            smoothed = smooth(own, confidence, gaps)
            if name == "rotation":
                smoothed = (middle * Rotation.from_rotvec(smoothed)).as_rotvec()
            result[name][rows] = smoothed.reshape(arrays[name][rows].shape)
    return result
