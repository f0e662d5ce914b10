"""The first look at a recording: where which face is in which frame."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, Self, overload

import numpy as np

from au_tf.arrays import Arrays, Int32
from au_tf.errors import InputError
from au_tf.fitting.detect.covered import PARTS
from au_tf.fitting.detect.dense_landmarks import POINTS
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.detect.detection import LandmarkReader
from au_tf.fitting.video.frame_rows import joined
from au_tf.fitting.video.store import Store
from au_tf.fitting.video.tracker import Tracker
from au_tf.pictures.clips import Clip, Frame
from au_tf.progress import progress

CHUNK = 200
"""Frames after which what was found is kept."""


class Sightings(NamedTuple):
    """Frames, and the faces in them."""

    frames: list[Frame]
    """All frames in their order, without their pictures."""
    sizes: Int32
    """int32[F, 2], height and width of each frame, 0 of one that cannot be read."""
    row: Int32
    """int32[N], index of the frame of each sighting, in rising order."""
    track: Int32
    """int32[N], number under which the face is followed."""
    faces: Sequence[DetectedFace]
    """N faces."""

    @classmethod
    def of(cls, arrays: Arrays, faces: Sequence[DetectedFace]) -> Self:
        """From what `look` keeps of all frames."""
        columns = zip(*(arrays[name].tolist() for name in ("number", "time", "source", "reason")), strict=True)
        frames = [Frame(number, time, None, source, reason) for number, time, source, reason in columns]
        row = np.searchsorted(arrays["number"], arrays["seen"]).astype(np.int32)
        return cls(frames, arrays["size"], row, arrays["track"], faces)

    @classmethod
    def of_frame(cls, frame: Frame, found: dict[int, DetectedFace]) -> Self:
        """What a tracker found in one frame."""
        size = (0, 0) if frame.image is None else frame.image.shape[:2]
        rows, tracks = np.zeros(len(found), np.int32), np.array([*found], np.int32)
        return cls([frame._replace(image=None)], np.array([size], np.int32), rows, tracks, [*found.values()])


class _Kept(Sequence[DetectedFace]):
    """Faces that lie in the store, a piece of which is read when one of it is asked for: a film may be long."""

    def __init__(self) -> None:
        self._starts, self._pieces = [0], list[Callable[[], Arrays]]()
        self._open: tuple[int, Arrays] | None = None

    def add(self, count: int, piece: Callable[[], Arrays]) -> None:
        """So many more, which a piece holds."""
        self._starts.append(self._starts[-1] + count)
        self._pieces.append(piece)

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, k: int) -> DetectedFace: ...

    @overload
    def __getitem__(self, k: slice) -> list[DetectedFace]: ...

    def __getitem__(self, k: int | slice) -> DetectedFace | list[DetectedFace]:
        if isinstance(k, slice):
            return [self[each] for each in range(*k.indices(len(self)))]
        if not 0 <= k < len(self):
            raise IndexError(k)
        number = bisect_right(self._starts, k) - 1
        if self._open is None or self._open[0] != number:
            self._open = number, self._pieces[number]()
        return _face(self._open[1], k - self._starts[number])


_UNKNOWN = np.full((POINTS, 3), np.nan, np.float32)
"""Dense landmarks of a reader that has none."""
_NO_PARTS = np.full(len(PARTS), np.nan, np.float32)
"""What is covered, by such a reader."""
_FRAME = ("number", "time", "source", "reason", "size")
_SEEN = ("seen", "track", "box", "score", "landmarks", "presence", "outside", "dense", "scatter", "covered")
_ALL = (*_FRAME, *_SEEN, "next_number", "eager")


def look(clip: Clip, store: Store, reader: LandmarkReader) -> Sightings:
    """Follows all faces through a recording, or finds those of an album; what the store holds is not looked at again.

    Raises:
      InputError: if it is a video of which nothing can be decoded.
    """
    frames: list[Arrays] = []
    faces, last = _Kept(), None
    while (kept := store.load(_piece(len(frames)), _ALL)) is not None:
        faces.add(len(kept["seen"]), partial(_stored, store, len(frames)))
        frames.append(_light(kept))
        last = kept
    done = sum(len(part["number"]) for part in frames)
    if last is None or len(last["number"]) == CHUNK:
        for part in _chunks(clip, _resumed(last, clip.recording, reader), done):
            safe = store.save(_piece(len(frames)), part)
            faces.add(len(part["seen"]), partial(_stored, store, len(frames)) if safe else partial(_itself, part))
            frames.append(_light(part))
    return Sightings.of(joined(frames), faces)


def _piece(number: int) -> str:
    return f"seen-{number}"


def _light(part: Arrays) -> Arrays:
    """What of a piece is always at hand."""
    return {name: part[name] for name in (*_FRAME, "seen", "track")}


def _itself(part: Arrays) -> Arrays:
    return part


def _stored(store: Store, number: int) -> Arrays:
    """A piece that was kept.

    Raises:
      InputError: if somebody has removed it meanwhile.
    """
    part = store.load(_piece(number), _ALL)
    if part is None:
        raise InputError(store.folder, _piece(number), "nothing", "what was kept there a moment ago")
    return part


def _resumed(last: Arrays | None, linked: bool, reader: LandmarkReader) -> Tracker:
    """The tracker as it was after a piece."""
    tracker = Tracker(linked=linked, reader=reader)
    if last is not None:
        rows = np.flatnonzero(last["seen"] == last["number"][-1])
        tracker.faces = {int(last["track"][k]): _face(last, k) for k in rows.tolist()}
        tracker.next_number, tracker.eager = int(last["next_number"][0]), int(last["eager"][0])
    return tracker


def _chunks(clip: Clip, tracker: Tracker, done: int) -> Iterator[Arrays]:
    frames: list[Frame] = []
    sizes: list[tuple[int, ...]] = []
    seen: list[tuple[int, int, DetectedFace]] = []
    total = clip.count() or None
    for frame in progress(clip.frames(done + 1), f"{clip.name}: faces", total=total, done=done, unit="frame"):
        found = tracker.update(frame.image, frame.number) if frame.image is not None else {}
        seen += [(frame.number, number, face) for number, face in found.items()]
        sizes.append(frame.image.shape[:2] if frame.image is not None else (0, 0))
        frames.append(frame._replace(image=None))
        if len(frames) == CHUNK:
            yield _arrays(frames, sizes, seen, tracker)
            frames, sizes, seen = [], [], []
    if frames or not done:
        yield _arrays(frames, sizes, seen, tracker)


def _arrays(
    frames: list[Frame], sizes: list[tuple[int, ...]], seen: list[tuple[int, int, DetectedFace]], tracker: Tracker
) -> Arrays:
    faces = [face for _, _, face in seen]
    return {
        "number": np.array([frame.number for frame in frames], np.int32),
        "time": np.array([frame.time for frame in frames], np.float64),
        "source": np.array([frame.source for frame in frames], np.str_),
        "reason": np.array([frame.reason for frame in frames], np.str_),
        "size": np.array(sizes, np.int32).reshape(-1, 2),
        "seen": np.array([number for number, _, _ in seen], np.int32),
        "track": np.array([track for _, track, _ in seen], np.int32),
        "box": np.array([face.box for face in faces], np.float64).reshape(-1, 4),
        "score": np.array([face.score for face in faces], np.float64),
        "landmarks": np.array([face.landmarks for face in faces], np.float32).reshape(-1, 68, 2),
        "presence": np.array([face.presence for face in faces], np.float64),
        "outside": np.array([face.outside for face in faces], np.bool_).reshape(-1, 68),
        "dense": np.array([_UNKNOWN if face.dense is None else face.dense for face in faces]).reshape(-1, POINTS, 3),
        "scatter": np.array([face.scatter for face in faces], np.float64),
        "covered": np.array([_NO_PARTS if f.covered is None else f.covered for f in faces]).reshape(-1, len(PARTS)),
        "next_number": np.array([tracker.next_number]),
        "eager": np.array([tracker.eager]),
    }


def _face(arrays: Arrays, k: int) -> DetectedFace:
    left, top, right, bottom = arrays["box"][k].tolist()
    score, presence = float(arrays["score"][k]), float(arrays["presence"][k])
    dense = arrays["dense"][k]
    points = None if np.isnan(dense).any() else dense
    box = left, top, right, bottom
    covered = None if np.isnan(arrays["covered"][k]).any() else arrays["covered"][k]
    landmarks, outside, scatter = arrays["landmarks"][k], arrays["outside"][k], float(arrays["scatter"][k])
    return DetectedFace(box, score, landmarks, presence, outside, points, scatter, covered)
