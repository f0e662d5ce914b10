"""How far Action Units at intensity 5, a person's maximum, move named points of a face, and how that is known."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Array, ArrayLike, Int
from au_tf.geometry.landmarks import MOUTH_CORNERS, OUTER_EYE_CORNERS, eye_distance
from au_tf.morphable.model import MorphableModel, Part

CHEEKS = (68, 69)
"""Right and left cheek in the list of named points, after the 68 landmarks."""
_CHEEK = 1.1
"""How far from the middle the cheek lies, 1 being the outer corner of the eye, as MediaPipe's points 50 and 280 do."""

FILM = "one person filmed, neutral to a broad smile"
ICT = "ICT-FaceKit's {} at weight 1: {:g}"


class Excursion(NamedTuple):
    """A distance by which points move, or by which they move apart."""

    name: str
    """What it is."""
    rows: tuple[int, ...]
    """The points, landmarks of iBUG 300-W and `CHEEKS`, whose mean counts."""
    axis: int
    """0 to the person's left, 1 up, 2 out of the face."""
    size: float
    """Per cent of the distance between the outer corners of the eyes, negative for the other way."""
    source: str
    """Where it is known from."""
    against: tuple[int, ...] = ()
    """The points whose mean is subtracted."""

    def of(self, rest: ArrayLike, moved: ArrayLike) -> float:
        """Per cent by which named points float[70, 3] moved."""
        change = np.asarray(moved, np.float64)[:, self.axis] - np.asarray(rest, np.float64)[:, self.axis]
        subtracted = change[list(self.against)].mean() if self.against else 0.0
        return float(100.0 * (change[list(self.rows)].mean() - subtracted) / eye_distance(np.asarray(rest)))


_CORNERS_UP = "corners of the mouth up", (48, 54), 1
_CORNERS_APART = "corners of the mouth apart", (54,), 0
_LIPS_APART = "lips apart", (62,), 1
_UPPER_LIP = "upper lip up", (62,), 1
_RIGHT, _UPPER, _LOWER = (48,), (62,), (66,)

EXCURSIONS: dict[int, tuple[Excursion, ...]] = {
    1: (Excursion("inner ends of the brows up", (21, 22), 1, 8.7, ICT.format("browInnerUp", 6.2)),),
    2: (Excursion("outer halves of the brows up", (18, 25), 1, 9.6, ICT.format("browOuterUp", 8.4)),),
    4: (
        Excursion("brows down", (19, 20, 23, 24), 1, -5.2, ICT.format("browDown", -3.5)),
        Excursion("brows together", (22,), 0, -7.2, ICT.format("browDown", -4.8), (21,)),
    ),
    5: (Excursion("upper lids up", (37, 38, 43, 44), 1, 3.8, ICT.format("eyeWide", 3.3)),),
    6: (Excursion("lower lids up", (40, 41, 46, 47), 1, 3.4, ICT.format("cheekSquint and eyeSquint", 4.1)),),
    9: (Excursion("wings of the nose up", (31, 35), 1, 8.2, ICT.format("noseSneer", 8.4)),),
    12: (
        Excursion(*_CORNERS_UP, 13.5, f"{FILM}; {ICT.format('mouthSmile', 11.8)}"),
        Excursion(*_CORNERS_APART, 25.5, f"{FILM}; {ICT.format('mouthSmile', 16.0)}", _RIGHT),
    ),
    15: (Excursion(*_CORNERS_UP, -7.0, ICT.format("mouthFrown", -5.2)),),
    17: (Excursion("lower lip up", (57,), 1, 8.5, ICT.format("mouthShrugLower", 8.5)),),
    20: (Excursion(*_CORNERS_APART, 20.0, ICT.format("mouthStretch", 14.8), _RIGHT),),
    25: (Excursion(*_LIPS_APART, 15.0, ICT.format("mouthLowerDown and half of mouthUpperUp", 11.6), _LOWER),),
    26: (
        Excursion(*_LIPS_APART, 22.0, "half of the greatest opening between incisors, 44 to 51 mm (Agrawal)", _LOWER),
        Excursion("chin down", (8,), 1, -17.0, ICT.format("jawOpen", -31.6)),
    ),
}
"""What each of the 12 Action Units moves most on both sides at intensity 5."""

SMILE = (
    Excursion(*_CORNERS_UP, 16.4, FILM),
    Excursion(*_CORNERS_APART, 37.3, FILM, _RIGHT),
    Excursion(*_LIPS_APART, 21.5, FILM, _LOWER),
    Excursion("cheeks up", CHEEKS, 1, 7.2, FILM),
    Excursion(*_UPPER_LIP, 12.0, FILM),
)
"""What Action Units 6, 12 and 25 at intensity 5 move together."""


def named_points(model: MorphableModel) -> Int:
    """Vertices int[70] of the landmarks and of the right and left cheek."""
    at = model.mean_shape[model.landmarks]
    middle = at[OUTER_EYE_CORNERS].mean(0)
    skin = np.flatnonzero((model.parts == Part.SKIN) & (model.mean_shape[:, 2] > middle[2] - 30.0))
    cheeks = []
    for eye, mouth in zip(at[OUTER_EYE_CORNERS], at[MOUTH_CORNERS], strict=True):
        place = middle[0] + _CHEEK * (eye[0] - middle[0]), 0.5 * (eye[1] + mouth[1])
        cheeks.append(skin[np.linalg.norm(model.mean_shape[skin, :2] - place, axis=1).argmin()])
    return np.concatenate([model.landmarks, cheeks])


def measure(model: MorphableModel, wanted: tuple[Excursion, ...], expression: Array, identity: Array) -> Array:
    """What an expression moves on faces of a model, float[N, len(wanted)] in per cent of the eyes' distance.

    Args:
      model: the face model.
      wanted: what is measured.
      expression: float[E], standard deviations.
      identity: float[N, I], whose faces.
    """
    shapes = model.shapes.at(named_points(model))
    rest = shapes(identity, np.zeros((len(identity), len(expression)), np.float32))
    moved = shapes(identity, np.tile(np.float32(expression), (len(identity), 1)))
    return np.array([[e.of(a, b) for e in wanted] for a, b in zip(rest, moved, strict=True)])
