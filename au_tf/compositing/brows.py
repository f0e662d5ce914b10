"""How far brows, lids and nose go in photos: no farther than people's, where the model's skin is pulled like rubber.

Brows of the face model rise by 8.6 mm under AU2 and by 12 mm under AU1 and AU2 together; ICT-FaceKit's, whose named
shapes are the extremes of artists, by 5.4 (browInnerUp) and 7.4 mm (browOuterUp). AU9 lifts the wings of its nose by
8.2 mm and the tip by 3.8, which shortens a nose by a tenth; in life the wings go up and apart and the tip hardly rises.
AU5 lifts its lids by 3.8 mm, which bares the whole irises of eyes that are low in a photo.
"""

from typing import Any, NamedTuple

import numpy as np

from au_tf.arrays import Float32, Float64
from au_tf.compositing.limits import positive, share_back
from au_tf.facs import both_sides
from au_tf.geometry.landmarks import BROWS, NOSE_TIP, UPPER_LIDS
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.detail.regions import step

_HIGHEST = 6.0
"""mm that nothing above the lids exceeds on its way up: 8.6 become 5.4, 12 become 5.8."""
_WINGS = (35, 31)
"""Landmarks, the person's left and right."""
_SNEER = 5.5
"""The same, mm, of the wings of the nose, with which goes all that AU9 moves: 8.2 become 5.0."""
_LIDS = (44, 37)
"""Landmarks, the person's left and right upper lid."""
_RAISED = 0.75
"""How far these rise, of the face model's way, by eye: irises stay partly covered."""
_TIP, _TIP_REACH = 0.9, 11.0
"""How much more of that the tip is held, and mm about it (standard deviation)."""
_APART, _WING_REACH = 0.1, 8.0
"""How far wings go apart, a share of how far they go up: noses grow wider by some 5 %; and mm about them."""


class UpperFace(NamedTuple):
    """What of a face model goes too far."""

    above: Float32
    """float32[V, 1], 1 from the brows upward, fading to 0 at the lids."""
    wings: tuple[int, int]
    """Vertices, the person's left and right wing of the nose."""
    sneer: Float32
    """float32[2, V, 3], what AU9 moves on that side, for each mm by which it lifts the wing."""
    apart: Float32
    """float32[2, V, 3], motion sideways for each mm by which that wing rises."""
    lids: tuple[int, int]
    """Vertices, the person's left and right upper lid."""
    lift: Float32
    """float32[2, V, 3], what AU5 moves on that side, for each mm by which it lifts the lid."""

    @classmethod
    def of(cls, model: MorphableModel) -> "UpperFace":
        """That of a face model."""
        points, marks = model.mean_shape, model.landmarks
        skin = model.parts == Part.SKIN
        lids, brows = points[marks[np.ravel(UPPER_LIDS)], 1].max(), points[marks[BROWS], 1].min()
        above = step(lids, max(brows, lids + 1.0), points[:, 1]) * skin

        def about(landmark: int, reach: float) -> Float32:
            away = np.linalg.norm(points - points[marks[landmark]], axis=1)
            return np.asarray(np.exp(-0.5 * np.square(away / reach)) * skin, np.float32)[:, np.newaxis]

        def lifted(number: int, rows: tuple[int, int]) -> Float64:
            moved = np.tensordot(model.actions[both_sides(number)], model.expression_basis, 1)
            up = np.maximum([moved[0, rows[0], 1], moved[1, rows[1], 1]], 1e-3)
            return np.asarray(moved / up[:, np.newaxis, np.newaxis])

        wings, lids = ((int(marks[left]), int(marks[right])) for left, right in (_WINGS, _LIDS))
        more = 1.0 + _TIP * about(NOSE_TIP, _TIP_REACH) * np.array([0.0, 1.0, 0.0])
        sideways = [sign * about(wing, _WING_REACH) for sign, wing in zip((1.0, -1.0), _WINGS, strict=True)]
        return cls(
            above[:, np.newaxis].astype(np.float32),
            wings,
            (lifted(9, wings) * more).astype(np.float32),
            np.asarray(_APART * np.stack(sideways) * np.array([1.0, 0.0, 0.0]), np.float32),
            lids,
            lifted(5, lids).astype(np.float32),
        )

    def of_vertices(self, kept: Any) -> "UpperFace":
        """The same of a part of the vertices, int[V'], wings and lids among them."""
        wings, lids = (tuple(np.searchsorted(kept, rows).tolist()) for rows in (self.wings, self.lids))
        sneer, apart, lift = (values[:, kept] for values in (self.sneer, self.apart, self.lift))
        return UpperFace(self.above[kept], wings, sneer, apart, lids, lift)

    def held(self, motion: Any) -> Any:
        """What brings back what goes too far, [V, 3] in mm.

        Args:
          motion: float32[V, 3], of the face from rest, in the model's axes; an array or a tensor.
        """
        back = _over(motion[:, 1:2], _HIGHEST) * self.above * np.array([0.0, 1.0, 0.0], np.float32)
        for wing, sneer, apart in zip(self.wings, self.sneer, self.apart, strict=True):
            up = motion[wing][1]
            over = _over(up, _SNEER)
            back += over * sneer + (positive(up) + over) * apart
        for lid, lift in zip(self.lids, self.lift, strict=True):
            up = motion[lid][1]
            back -= (1.0 - _RAISED) * positive(up) * lift
        return back


def _over(up: Any, highest: float) -> Any:
    """What takes motion upward back, so that it approaches a limit; 0 of motion downward."""
    raised = positive(up)
    return share_back(raised, highest) * raised
