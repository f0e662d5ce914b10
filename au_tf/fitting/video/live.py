"""People in frames as they come: what is said of a frame follows from it and from those before it, none after it.

Who somebody is, is learnt from the first frame that shows the face, and better from a few later ones: these are fitted
aside, and what they tell is used a set number of frames later, so that nothing waits, nor hangs on how fast it goes.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Arrays, Pixels
from au_tf.blas import one_blas_thread
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.detect.detection import LandmarkReader
from au_tf.fitting.fit import Fit
from au_tf.fitting.refine.face_surface import FaceSurface
from au_tf.fitting.video.extraction import SMOOTHED, fit_person
from au_tf.fitting.video.frame_rows import NOBODY, failed_row, row_of, stacked
from au_tf.fitting.video.people import Known, Person, Reference, fit_reference, known_again
from au_tf.fitting.video.person import evidence_of
from au_tf.fitting.video.smoothing import CausalFilter
from au_tf.fitting.video.tracker import Tracker
from au_tf.fitting.video.work import UNSOLVED, solved
from au_tf.morphable import MorphableModel
from au_tf.pictures.clips import Frame

_LEARNT = (15, 60, 150, 300)
"""Frames after the first sight of somebody that tell more of them."""
_LATER = 30
"""Frames after which that is used."""
_AGAIN = 10
"""Frames until a face that could not be fitted is tried again."""


class FaceFilter:
    """Smooths pose, expression and light of one face."""

    def __init__(self) -> None:
        self._filters = {name: CausalFilter() for name in SMOOTHED}
        self._first: Rotation | None = None
        self._last = 0

    def update(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row of the next frame in which the face was fitted, smoothed."""
        gap = max(row["frame"] - self._last, 1) if self._last else 1
        self._last = row["frame"]
        turn = Rotation.from_rotvec(row["rotation"])
        self._first = self._first or turn
        values = {name: np.ravel(row[name]) for name in SMOOTHED} | {"rotation": (self._first.inv() * turn).as_rotvec()}
        found = {name: self._filters[name].update(own, row["confidence"], gap) for name, own in values.items()}
        found["rotation"] = (self._first * Rotation.from_rotvec(found["rotation"])).as_rotvec()
        return row | {name: own.reshape(np.shape(row[name])) for name, own in found.items()}


@dataclass
class _Met:
    """Somebody who has been seen."""

    known: Known
    references: list[Reference]
    person: Person
    begin: int
    """Number of the first frame."""
    before: Fit | None = None
    filter: FaceFilter = field(default_factory=FaceFilter)

    def learn(self, reference: Reference | None, surface: FaceSurface) -> None:
        """Who it is, by one more frame."""
        if reference is not None and not reference.reason:
            self.references.append(reference)
            self.person, self.before = Person.of(self.references, surface), None
            self.known.evidence = evidence_of([r.fit for r in self.references], surface)
            self.known.looks.append(reference.looks)


@dataclass
class _Company:
    """Who is in the pictures."""

    surface: FaceSurface
    people: list[_Met] = field(default_factory=list)
    shown: dict[int, int] = field(default_factory=dict)
    """Which of the people each track shows."""
    failed: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Of tracks that show nobody who could be fitted, when they were tried last and why not."""
    pending: list[tuple[int, int, "Future[Reference | None]"]] = field(default_factory=list)
    """When what of whom is used."""

    def meet(self, track: int, image: Pixels, number: int, face: DetectedFace) -> None:
        """Finds out whom a new track shows."""
        if track in self.failed and number < self.failed[track][0] + _AGAIN:
            return
        reference = solved(fit_reference, image, number, face, self.surface)
        if reference is None or reference.reason:
            self.failed[track] = number, UNSOLVED if reference is None else reference.reason
            return
        self.failed.pop(track, None)
        new = Known([track], {number}, evidence_of([reference.fit], self.surface), [reference.looks])
        again = known_again(new, [met.known for met in self.people])
        if again is None:
            again = len(self.people)
            self.people.append(_Met(new, [reference], Person.of([reference], self.surface), number))
        else:
            self.people[again].learn(reference, self.surface)
        self.shown[track] = again

    def recall(self, number: int) -> None:
        """Uses what is due."""
        for _, who, reference in [p for p in self.pending if p[0] <= number]:
            self.people[who].learn(reference.result(), self.surface)
        self.pending = [p for p in self.pending if p[0] > number]

    def study(self, who: int, image: Pixels, number: int, face: DetectedFace, aside: ThreadPoolExecutor) -> None:
        """Begins to learn more of somebody, if it is time."""
        if number - self.people[who].begin in _LEARNT:
            work = aside.submit(solved, fit_reference, image.copy(), number, face, self.surface)
            self.pending.append((number + _LATER, who, work))


def extract_frames(
    frames: Iterable[Frame], model: MorphableModel, surface: FaceSurface, reader: LandmarkReader, smoothed: bool = True
) -> Iterator[Arrays]:
    """Fits the faces of frames as they come.

    Args:
      frames: in their order; numbers may be left out.
      model: the face model.
      surface: of the face model, on which people are fitted.
      reader: who finds faces and landmarks.
      smoothed: whether pose, expression and light are smoothed over the frames so far.

    Yields:
      for each frame its rows as `extraction.extract` gives them: one for each face, or one that tells why there is
      none.
    """
    tracker, company, looked = Tracker(reader=reader), _Company(surface), 0
    with one_blas_thread(), ThreadPoolExecutor(1, "people") as aside:
        for looked, frame in enumerate(frames, 1):
            size = (0, 0) if frame.image is None else frame.image.shape[:2]
            found = {} if frame.image is None else tracker.update(frame.image, looked)
            # Steps count frames that were looked at: numbers of a camera leave some out.
            rows = _rows(frame, looked, found, company, aside, smoothed, model)
            if not rows:
                rows = [failed_row(frame, NOBODY, frame.reason or "face: found none", model, size)]
            yield stacked(rows)


def _rows(
    frame: Frame,
    looked: int,
    found: dict[int, DetectedFace],
    company: _Company,
    aside: ThreadPoolExecutor,
    smoothed: bool,
    model: MorphableModel,
) -> list[dict[str, Any]]:
    image = frame.image
    if image is None:
        return []
    company.recall(looked)
    for track in found:
        if track in company.shown:
            company.people[company.shown[track]].known.frames = {looked}
    rows: dict[int, dict[str, Any]] = {}
    failed = []
    for track, face in found.items():
        if track not in company.shown:
            company.meet(track, image, looked, face)
        if track not in company.shown:
            failed.append(failed_row(frame, NOBODY, company.failed[track][1], model, image.shape[:2]))
            continue
        who = company.shown[track]
        met = company.people[who]
        met.known.frames = {looked}
        company.study(who, image, looked, face, aside)
        met.before = solved(fit_person, image, met.person, looked, face, met.before)
        if met.before is None:
            rows[who] = failed_row(frame, who, UNSOLVED, model, image.shape[:2])
        else:
            row = row_of(frame, who, met.before, model)
            rows[who] = met.filter.update(row) if smoothed and met.before.ok else row
    return [rows[who] for who in sorted(rows)] + failed
