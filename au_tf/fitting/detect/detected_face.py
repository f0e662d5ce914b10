"""What detection finds in a picture."""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from au_tf.arrays import Bool, Float, Float32, Float64, Pixels
from au_tf.geometry.landmarks import eye_distance

Box = tuple[float, float, float, float]

MIN_PRESENCE = 0.6
"""Least `DetectedFace.presence` of what passes for a face: faces have nearly 1, paws and rockets up to a half."""

MAX_SCATTER = 0.25
"""Largest `DetectedFace.scatter` of such: faces have 0.01, covered or blurred ones mostly less than 0.15."""

TURNED, STEADY_SCATTER = 30.0, 0.08
"""Degrees of yaw from which on a face counts whose `presence` is too low, and its largest scatter: MediaPipe denies a
quarter of rendered faces that are turned by 45 to 60 degrees; cats, rockets and clutter scatter by 0.095 and more."""


class Candidate(NamedTuple):
    """What a detector takes for a face."""

    box: Box
    """left, top, right, bottom in pixels, about from the brows to the chin; may reach over the border."""
    score: float
    """The detector's own."""
    eyes: Float64 | None = None
    """float64[2, 2], (column, row) of the right and the left eye; None for a face that is upright."""


@dataclass(frozen=True, eq=False, repr=False)
class DetectedFace:
    """A face found in a picture."""

    box: Box
    """left, top, right, bottom in pixels, as detected; may reach over the border."""
    score: float
    """The detector's score."""
    landmarks: Float32
    """float32[68, 2], (column, row) in pixels, in the order of iBUG 300-W; may lie over the border."""
    presence: float
    """How sure the landmarks' reader is that this is a face, in [0, 1]."""
    outside: Bool
    """bool[68], which landmarks lie outside the picture."""
    dense: Float32 | None = None
    """float32[478, 3], MediaPipe's points, (column, row, depth) in pixels, the depth falling towards the camera, and
    last 5 of each iris; None if the reader has only the 68."""
    scatter: float = np.nan
    """How far the reader's answers from several starts lie apart, a share of the spread of the points; not a number if
    it has but one, infinite of a drawing."""
    covered: Float32 | None = None
    """float32[4], the probability of each of `covered.PARTS` of being covered; None if unknown."""

    def __repr__(self) -> str:
        left, top, right, bottom = self.box
        return f"DetectedFace({left:.0f} to {right:.0f}, {top:.0f} to {bottom:.0f} px, score {self.score:.2f})"

    @classmethod
    def of(
        cls,
        image: Pixels,
        candidate: Candidate,
        landmarks: Float,
        presence: float,
        dense: Float32 | None = None,
    ) -> Self:
        """In a picture uint8[height, width, 3]."""
        outside = np.any((landmarks < -0.5) | (landmarks > np.array(image.shape[1::-1]) - 0.5), -1)
        box, score = candidate.box, candidate.score
        return cls(box, score, np.asarray(landmarks, np.float32), presence, outside, dense)

    @property
    def eye_distance(self) -> float:
        """Distance between the outer corners of the eyes, in pixels."""
        return float(eye_distance(self.landmarks))

    @property
    def outline(self) -> Box:
        """The box about the landmarks."""
        (left, top), (right, bottom) = self.landmarks.min(0).tolist(), self.landmarks.max(0).tolist()
        return left, top, right, bottom

    def moved_box(self, landmarks: Float) -> Box:
        """The box, moved along and grown with the landmarks float[68, 2]."""
        spreads = [np.sqrt(np.square(points - points.mean(0)).sum()) for points in (landmarks, self.landmarks)]
        corners = (np.reshape(self.box, (2, 2)) - self.landmarks.mean(0)) * (spreads[0] / spreads[1])
        (left, top), (right, bottom) = (corners + landmarks.mean(0)).tolist()
        return left, top, right, bottom


def overlap(a: Box, b: Box) -> float:
    """Area that two boxes share over that of their union."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / max(sum(areas) - width * height, 1e-9)
