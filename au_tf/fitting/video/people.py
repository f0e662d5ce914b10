"""Who is in a recording: which tracks show one person, and that person's identity, albedo and light."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

from au_tf.fitting.appearance import Lit
from au_tf.fitting.detection import MAX_SCATTER, Face
from au_tf.fitting.fit import summary
from au_tf.fitting.landmark_fit import place_by_landmarks
from au_tf.fitting.landmark_term import LandmarkTerm
from au_tf.fitting.recognition import SAME, describe
from au_tf.fitting.refine import CAUTIOUS, TRIAL, Refinement, Trust, refine
from au_tf.fitting.surface import Surface, surface_of
from au_tf.fitting.video.clips import Clip
from au_tf.fitting.video.person import Evidence, evidence_of, log_odds
from au_tf.fitting.video.sightings import Sightings
from au_tf.morphable import MorphableModel
from au_tf.rendering import Camera

Array = NDArray[np.float64]

REFERENCES, _FRAMES_EACH = 6, 8
"""From how many frames of a track the person is learnt at most, and of how many one is chosen in a shorter one."""


class Reference(NamedTuple):
    """A frame fitted with nothing known of the person."""

    row: int
    """Index of the frame."""
    fit: Refinement
    """What was found."""
    reason: str
    """Why it cannot be relied on; empty if it can."""
    looks: Array
    """float64[128], as `recognition.describe` tells."""


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody in a recording."""

    surface: Surface
    """With their identity and albedo."""
    references: tuple[Reference, ...]
    """Frames fitted before anything was known of them."""

    @classmethod
    def of(cls, references: Sequence[Reference], surface: Surface) -> Self:
        """Who some frames of one person show, which were fitted on the surface of a face model."""
        found = evidence_of([r.fit for r in references], surface).estimate()
        identity, albedo = np.split(found, [surface.identities])
        return cls(surface.of_person(identity, albedo), tuple(references))

    @property
    def trust(self) -> Trust:
        """How far pixels of their frames are believed."""
        explained = [r.fit.trust.noise for r in self.references if r.fit.trust != CAUTIOUS]
        if 2 * len(explained) <= len(self.references):
            return CAUTIOUS
        # Identity and albedo are no longer free to explain what is left.
        return TRIAL._replace(noise=2.0 * float(np.median(explained)))

    def near(self, row: int) -> Lit:
        """The face in the reference that is nearest in time."""
        lit = min(self.references, key=lambda r: abs(r.row - row)).fit.lit
        expression = lit.placed.shape[self.surface.identities :]
        return Lit(replace(lit.placed, shape=expression), np.zeros(0), lit.lighting)


def meet(clip: Clip, seen: Sightings, model: MorphableModel) -> tuple[list[Person], dict[int, int], dict[int, str]]:
    """Learns who is in a recording.

    Returns:
      the people, in the order in which they come into the picture; which of them each track shows; and of the tracks
      that show nobody who can be fitted, why.
    """
    surface = surface_of(model)
    good: dict[int, list[Reference]] = {}
    failed: dict[int, str] = {}
    for track, references in _references(clip, seen, surface).items():
        usable = [r for r in references if not r.reason]
        if usable:
            good[track] = usable
        else:
            failed[track] = references[0].reason
    groups = _groups(good, _spans(seen), surface)
    people = [Person.of([r for track in group for r in good[track]], surface) for group in groups]
    return people, {track: k for k, group in enumerate(groups) for track in group}, failed


def _references(clip: Clip, seen: Sightings, surface: Surface) -> dict[int, list[Reference]]:
    """Some frames of each track, fitted."""
    wanted: dict[int, list[tuple[int, Face]]] = {}
    for track in np.unique(seen.track).tolist():
        for k in _chosen(seen, np.flatnonzero(seen.track == track)):
            wanted.setdefault(int(seen.row[k]), []).append((track, seen.faces[k]))
    found: dict[int, list[Reference]] = {}
    last = max(wanted, default=-1)
    with tqdm(desc=f"{clip.name}: people", total=sum(map(len, wanted.values()))) as progress:
        for row, frame in enumerate(clip.frames()):
            for track, face in wanted.get(row, ()):
                if frame.image is not None:
                    found.setdefault(track, []).append(_fit(frame.image, row, face, surface))
                progress.update()
            if row >= last:
                break
    return found


def _chosen(seen: Sightings, track: NDArray[np.int64]) -> list[int]:
    """Of the sightings of a track the steadiest and most frontal of each part."""
    parts = np.array_split(track, min(REFERENCES, 1 + len(track) // _FRAMES_EACH))
    return [min(part.tolist(), key=lambda k: _doubt(seen.faces[k])) for part in parts]


def _doubt(face: Face) -> float:
    sides = np.linalg.norm(face.landmarks[[2, 14]] - face.landmarks[30], axis=1)
    turned = abs(float(np.log(np.maximum(sides[0], 1.0) / np.maximum(sides[1], 1.0))))
    return face.scatter / MAX_SCATTER + turned


def _fit(image: NDArray[np.uint8], row: int, face: Face, surface: Surface) -> Reference:
    term = LandmarkTerm.of(face.landmarks, surface.marks, Camera.default(*image.shape[:2]), ~face.outside)
    with threadpool_limits(1, "blas"):
        start, _ = place_by_landmarks(term)
        fit = refine(image, surface, term, start)
    return Reference(row, fit, summary(surface, term, fit, face).reason, describe(image, face))


def _spans(seen: Sightings) -> dict[int, set[int]]:
    """The frames of each track."""
    return {track: set(seen.row[seen.track == track].tolist()) for track in np.unique(seen.track).tolist()}


@dataclass
class _Known:
    """What is known of one person so far."""

    tracks: list[int]
    frames: set[int]
    evidence: Evidence
    looks: list[Array]

    def distance(self, other: Self) -> float:
        """From other tracks, infinite if they cannot show the same person.

        Nobody is twice in a frame; neither the face model nor face recognition may object. The former tells rendered
        people apart and hardly real ones, with the latter it is the other way round.
        """
        apart = float(np.linalg.norm(np.mean(self.looks, 0) - np.mean(other.looks, 0)))
        same = apart < SAME and self.frames.isdisjoint(other.frames) and log_odds(self.evidence, other.evidence) > 0.0
        return apart if same else np.inf

    def add(self, other: Self) -> None:
        self.tracks += other.tracks
        self.frames |= other.frames
        self.evidence = self.evidence + other.evidence
        self.looks += other.looks


def _groups(good: dict[int, list[Reference]], spans: dict[int, set[int]], surface: Surface) -> list[list[int]]:
    """Which tracks show one person; those who come into the picture first come first."""
    people: list[_Known] = []
    for track in sorted(good, key=lambda t: (-len(spans[t]), t)):
        evidence = evidence_of([r.fit for r in good[track]], surface)
        new = _Known([track], set(spans[track]), evidence, [r.looks for r in good[track]])
        distances = [person.distance(new) for person in people]
        if distances and np.isfinite(min(distances)):
            people[int(np.argmin(distances))].add(new)
        else:
            people.append(new)
    return [sorted(person.tracks) for person in sorted(people, key=lambda person: min(person.frames))]
