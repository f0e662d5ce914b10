"""Follows the faces of a recording from frame to frame."""

from dataclasses import dataclass, field

from au_tf.arrays import Pixels
from au_tf.fitting.detect.detected_face import DetectedFace, overlap
from au_tf.fitting.detect.detection import MAX_OUTSIDE, LandmarkReader, landmark_reader, present, traced

EVERY = 8
"""Frames between two searches for faces that have come into the picture, while some are followed."""
EAGER, EAGERLY = 2, 50
"""The same after a face was lost, and for how many frames: it may be covered and come back."""
_THOROUGH = 6
"""Of the searches of an empty picture each so-and-so-many is a thorough one."""
_SAME = 0.3
"""Least overlap of two boxes, over their union, of one face."""


@dataclass
class Tracker:
    """The faces in the picture, each with a number that it keeps as long as it is followed."""

    faces: dict[int, DetectedFace] = field(default_factory=dict)
    """As they were in the last frame."""
    next_number: int = 0
    """Number of the next face to come."""
    eager: int = 0
    """Frames for which a face that was lost is still looked for often."""
    linked: bool = True
    """Whether pictures follow each other; if not, every face in every picture has a number of its own."""
    reader: LandmarkReader = field(default_factory=landmark_reader)
    """Who finds faces and landmarks."""

    def update(self, image: Pixels, frame: int) -> dict[int, DetectedFace]:
        """Follows the faces into the next picture, and looks for others now and then, or when one was lost.

        Args:
          image: uint8[H, W, 3], sRGB.
          frame: its number.

        Returns:
          the faces by their numbers.
        """
        before = self.faces if self.linked else {}
        followed = {number: self.reader.follow(image, face) for number, face in before.items()}
        kept = _apart({number: face for number, face in followed.items() if _usable(face)})
        lost = len(kept) < len(before)
        self.eager = EAGERLY if lost else max(self.eager - 1, 0)
        if not kept or lost or frame % (EAGER if self.eager else EVERY) == 1:
            thorough = not kept and (bool(before) or frame % _THOROUGH == 1 or not self.linked)
            for face in _others(image, kept, thorough, self.reader):
                kept[self.next_number] = face
                self.next_number += 1
        self.faces = kept
        return kept


def _usable(face: DetectedFace) -> bool:
    return present(face) and int(face.outside.sum()) <= MAX_OUTSIDE


def _apart(faces: dict[int, DetectedFace]) -> dict[int, DetectedFace]:
    """Without those that have slipped onto another one, which has been followed for longer."""
    kept: dict[int, DetectedFace] = {}
    for number, face in sorted(faces.items()):
        if all(overlap(face.outline, other.outline) < 0.5 for other in kept.values()):
            kept[number] = face
    return kept


def _others(
    image: Pixels, known: dict[int, DetectedFace], thorough: bool, reader: LandmarkReader
) -> list[DetectedFace]:
    boxes = [face.box for face in known.values()]
    new = [c for c in reader.search(image, quick=not thorough) if all(overlap(c.box, box) < _SAME for box in boxes)]
    return [face for face in traced(image, new, reader) if _usable(face)]
