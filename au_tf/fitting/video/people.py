"""Who is in a recording: which tracks show one person, and that person's identity, albedo and light."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, NamedTuple, Self

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Arrays, Float64, Int64, Pixels
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.detect.recognition import SAME, describe
from au_tf.fitting.fit import begin, summary
from au_tf.fitting.refine.appearance import Lit
from au_tf.fitting.refine.face_surface import FaceSurface
from au_tf.fitting.refine.landmark_term import LandmarkTerm, Placed
from au_tf.fitting.refine.optimize import CAUTIOUS, TRIAL, Refinement, Trust
from au_tf.fitting.video.person import Evidence, evidence_of, log_odds
from au_tf.fitting.video.sightings import Sightings
from au_tf.fitting.video.work import UNSOLVED, ahead, solved
from au_tf.geometry.camera import Camera
from au_tf.geometry.landmarks import CHEEKS, NOSE_TIP
from au_tf.pictures.clips import Clip
from au_tf.progress import progress

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
    looks: Float64 | None
    """float64[128], as `recognition.describe` tells."""


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody in a recording."""

    surface: FaceSurface
    """With their identity and albedo."""
    trust: Trust
    """How far pixels of their frames are believed."""
    rows: tuple[int, ...]
    """Indices of frames in which they are known."""
    faces: tuple[Lit, ...]
    """Their face in these."""

    @classmethod
    def of(cls, references: Sequence[Reference], surface: FaceSurface, here: Sequence[Reference] | None = None) -> Self:
        """Who some frames show.

        Args:
          references: frames of one person, fitted on the surface.
          surface: of the face model.
          here: those of them that are of the recording in question; None is all.
        """
        found = evidence_of([r.fit for r in references], surface).estimate()
        identity, albedo = np.split(found, [surface.identities])
        known = references if here is None else here
        faces = tuple(_expressive(r.fit.lit, surface) for r in known)
        return cls(surface.coarser.of_person(identity, albedo), _trust(references), tuple(r.row for r in known), faces)

    def near(self, row: int) -> Lit:
        """The face in that of the known frames that is nearest in time."""
        return self.faces[min(range(len(self.rows)), key=lambda k: abs(self.rows[k] - row))]

    FIELDS: ClassVar = ("identity", "albedo", "trust", "rows", "turn", "shift", "expression", "lighting")
    """Of `arrays`."""

    def arrays(self) -> Arrays:
        """What `from_arrays` makes the same person of."""
        assert self.surface.person is not None
        identity, albedo = self.surface.person
        placed = [face.placed for face in self.faces]
        return {
            "identity": identity,
            "albedo": albedo,
            "trust": np.array(self.trust, np.float64),
            "rows": np.array(self.rows, np.int64),
            "turn": np.array([p.turn.as_rotvec() for p in placed]),
            "shift": np.array([p.shift for p in placed]),
            "expression": np.array([p.shape for p in placed]),
            "lighting": np.array([face.lighting for face in self.faces]),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, Float64], surface: FaceSurface) -> Self:
        """Of what `arrays` gives, on the surface of the face model."""
        parts = zip(*(arrays[name] for name in ("turn", "shift", "expression", "lighting")), strict=True)
        faces = tuple(Lit(Placed(Rotation.from_rotvec(t), s, e), np.zeros(0), light) for t, s, e, light in parts)
        person = surface.coarser.of_person(arrays["identity"], arrays["albedo"])
        return cls(person, Trust(*arrays["trust"].tolist()), tuple(arrays["rows"].tolist()), faces)


def _expressive(lit: Lit, surface: FaceSurface) -> Lit:
    """The same face for the surface of the person."""
    return Lit(replace(lit.placed, shape=lit.placed.shape[surface.identities :]), np.zeros(0), lit.lighting)


def _trust(references: Sequence[Reference]) -> Trust:
    explained = [r.fit.trust.noise for r in references if r.fit.trust != CAUTIOUS]
    if 2 * len(explained) <= len(references):
        return CAUTIOUS
    # Identity and albedo are no longer free to explain what is left.
    return TRIAL._replace(noise=2.0 * float(np.median(explained)))


def meet(clip: Clip, seen: Sightings, surface: FaceSurface) -> tuple[list[Person], dict[int, int], dict[int, str]]:
    """Learns who is in a recording.

    Returns:
      the people, in the order in which they come into the picture; which of them each track shows; and of the tracks
      that show nobody who can be fitted, why.
    """
    good: dict[int, list[Reference]] = {}
    failed: dict[int, str] = {}
    for track, references in _references(clip, seen, surface).items():
        usable = [r for r in references if not r.reason]
        if usable:
            good[track] = usable
        else:
            failed[track] = references[0].reason if references else UNSOLVED
    groups = _groups(good, _spans(seen), surface)
    people = [Person.of([r for track in group for r in good[track]], surface) for group in groups]
    return people, {track: k for k, group in enumerate(groups) for track in group}, failed


def _references(clip: Clip, seen: Sightings, surface: FaceSurface) -> dict[int, list[Reference]]:
    """Some frames of each track, fitted."""
    wanted: dict[int, list[tuple[int, DetectedFace]]] = {}
    for track in np.unique(seen.track).tolist():
        for k in _chosen(seen, np.flatnonzero(seen.track == track)):
            wanted.setdefault(int(seen.row[k]), []).append((track, seen.faces[k]))
    found: dict[int, list[Reference]] = {track: [] for chosen in wanted.values() for track, _ in chosen}
    with progress(about=f"{clip.name}: people", total=sum(map(len, wanted.values())), unit="face") as bar:
        for track, reference in ahead(_reference_fits(clip, wanted, surface)):
            if reference is not None:
                found[track].append(reference)
            bar.update()
    return found


def _reference_fits(
    clip: Clip, wanted: dict[int, list[tuple[int, DetectedFace]]], surface: FaceSurface
) -> Iterator[Callable[[], tuple[int, Reference | None]]]:
    """Jobs that fit the faces that are wanted of some frames."""
    for row, frame in zip(range(max(wanted, default=-1) + 1), clip.frames(), strict=False):
        for track, face in wanted.get(row, ()):
            if frame.image is not None:
                yield partial(_tracked, track, frame.image, row, face, surface)


def _tracked(
    track: int, image: Pixels, row: int, face: DetectedFace, surface: FaceSurface
) -> tuple[int, Reference | None]:
    return track, solved(fit_reference, image, row, face, surface)


def _chosen(seen: Sightings, track: Int64) -> list[int]:
    """Of the sightings of a track the steadiest and most frontal of each part."""
    parts = np.array_split(track, min(REFERENCES, 1 + len(track) // _FRAMES_EACH))
    return [min(part.tolist(), key=lambda k: _doubt(seen.faces[k])) for part in parts]


def _doubt(face: DetectedFace) -> float:
    sides = np.linalg.norm(face.landmarks[CHEEKS] - face.landmarks[NOSE_TIP], axis=1)
    turned = abs(float(np.log(np.maximum(sides[0], 1.0) / np.maximum(sides[1], 1.0))))
    return 1.0 - face.presence + turned


def fit_reference(image: Pixels, row: int, face: DetectedFace, surface: FaceSurface) -> Reference:
    """Fits a face in a picture uint8[H, W, 3], sRGB, with nothing known of the person."""
    term = LandmarkTerm.of_face(face, surface.marks, Camera.default(*image.shape[:2]), image.shape)
    fit = begin(image, surface, term, face)
    return Reference(row, fit, summary(surface, term, fit, face).reason, describe(image, face))


def _spans(seen: Sightings) -> dict[int, set[int]]:
    """The frames of each track."""
    return {track: set(seen.row[seen.track == track].tolist()) for track in np.unique(seen.track).tolist()}


@dataclass
class Known:
    """What is known of one person so far."""

    tracks: list[int]
    frames: set[int]
    evidence: Evidence
    looks: list[Float64 | None]

    def distance(self, other: Self) -> float:
        """From other tracks, infinite if they cannot show the same person.

        Nobody is twice in a frame; neither the face model nor face recognition may object. The former tells rendered
        people apart and hardly real ones, with the latter it is the other way round: without it everybody who comes
        into the picture is someone else.
        """
        looks = [[look for look in known.looks if look is not None] for known in (self, other)]
        apart = float(np.linalg.norm(np.mean(looks[0], 0) - np.mean(looks[1], 0))) if all(looks) else np.inf
        same = apart < SAME and self.frames.isdisjoint(other.frames) and log_odds(self.evidence, other.evidence) > 0.0
        return apart if same else np.inf

    def add(self, other: Self) -> None:
        """Other tracks of the same person."""
        self.tracks += other.tracks
        self.frames |= other.frames
        self.evidence = self.evidence + other.evidence
        self.looks += other.looks


def known_again(new: Known, people: Sequence[Known]) -> int | None:
    """Which of some people somebody is, None if nobody of them."""
    distances = [person.distance(new) for person in people]
    return int(np.argmin(distances)) if distances and np.isfinite(min(distances)) else None


def _groups(good: dict[int, list[Reference]], spans: dict[int, set[int]], surface: FaceSurface) -> list[list[int]]:
    """Which tracks show one person; those who come into the picture first come first."""
    people: list[Known] = []
    for track in sorted(good, key=lambda t: (-len(spans[t]), t)):
        evidence = evidence_of([r.fit for r in good[track]], surface)
        new = Known([track], set(spans[track]), evidence, [r.looks for r in good[track]])
        again = known_again(new, people)
        if again is None:
            people.append(new)
        else:
            people[again].add(new)
    return [sorted(person.tracks) for person in sorted(people, key=lambda person: min(person.frames))]
