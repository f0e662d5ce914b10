"""Where the corners of a mouth go in photos: no farther apart than people's, and down with the jaw.

The face model's broadest smile widens a mouth by 40 %; smiles of people by 27 % (Tarantili et al. 2005), the one film
that was measured by 26 %, lips stretched as far as they go by 25 % (ICT-FaceKit's mouthStretch). With a jaw that drops
the face model's inner corners go down by 29 % of the way of the lower lip, ICT-FaceKit's (jawOpen) by 43 %.
"""

from typing import Any, NamedTuple

import numpy as np

from au_tf.arrays import Float32, Indices, Int32
from au_tf.compositing.limits import positive, share_back
from au_tf.facs import both_sides
from au_tf.geometry.landmarks import (
    CHIN,
    INNER_MOUTH_CORNERS,
    LOWER_LIP_EDGE,
    MOUTH_CORNERS,
    UPPER_LIP_EDGE,
    eye_distance,
)
from au_tf.morphable import MorphableModel, Part

_WIDEST = 0.215
"""How far apart corners go at the very most, a share of the distance between the outer corners of the eyes."""
_REACH = 14.0
"""mm about a corner within which skin goes back with it (standard deviation)."""
_DROOP, _ABOUT = 0.2, 8.0
"""How much farther down inner corners go, a share of the chin's way, and the mm about them that go along."""


_INWARD, _INWARD_ABOUT = 0.12, 12.0
"""How much nearer to each other, and the mm about them: an opening that is high is rounder than a smile."""
_COVERS = 0.3
"""How much less the upper lip is raised than the face model's by what raises no corner, at most, a share of the chin's
way: lips that part bare less of the upper teeth than a snarl."""
_RISE, _TONGUE, _BEHIND_LIP = 0.18, 1.4, (3.0, 7.0)
"""How much less lower teeth go down, which show above the lip, a share of the chin's way; how much of that the tongue
does; and the mm behind the lip from which on the floor of the mouth goes with it."""


class MouthCorners(NamedTuple):
    """The corners of the mouth of a face model, and what is about them."""

    rows: tuple[int, int]
    """Vertices, the person's right and left corner."""
    share: Float32
    """float32[V, 2], how far each vertex goes with these."""
    widest: float
    """mm."""
    chin: int
    """Vertex."""
    lip: int
    """Vertex, the middle of the upper lip's edge."""
    bare: Float32
    """float32[V, 3], motion for each mm by which that rises."""
    droop: Float32
    """float32[V, 3], motion for each mm by which the chin drops, of the corners and of what rides on the jaw."""

    @classmethod
    def of(cls, model: MorphableModel) -> "MouthCorners":
        """Those of a face model."""
        points = model.mean_shape
        soft = model.parts != Part.TEETH

        def about(rows: Any, reach: float) -> Float32:
            away = np.stack([np.linalg.norm(points - points[row], axis=1) for row in rows], -1)
            return np.asarray(np.exp(-0.5 * np.square(away / reach)) * soft[:, np.newaxis], np.float32)

        right, left = model.landmarks[MOUTH_CORNERS].tolist()
        widest = _WIDEST * float(eye_distance(points[model.landmarks]))
        chin = int(model.landmarks[CHIN])
        inner = about(model.landmarks[list(INNER_MOUTH_CORNERS)], _ABOUT).max(1, keepdims=True)
        beside = about(model.landmarks[list(INNER_MOUTH_CORNERS)], _INWARD_ABOUT) @ np.array([[1.0], [-1.0]])
        rise = _RISE * _on_jaw(model)[:, np.newaxis] - _DROOP * inner
        droop = np.concatenate([_INWARD * beside, rise, 0.0 * rise], -1).astype(np.float32)
        lip = int(model.landmarks[UPPER_LIP_EDGE[1]])
        parted = np.tensordot(model.actions[both_sides(25)].sum(0), model.expression_basis[..., 1], 1)
        up = np.clip(parted / max(float(parted[lip]), 1e-3), 0.0, 1.0) * (model.parts != Part.TEETH)
        bare = np.asarray(up[:, np.newaxis] * np.array([0.0, 1.0, 0.0]), np.float32)
        return cls((right, left), about((right, left), _REACH), widest, chin, lip, bare, droop)

    def of_vertices(self, kept: Indices, number: Int32) -> "MouthCorners":
        """Those of some vertices, int[K], of all, whose new numbers, int32[V], are told."""
        (right, left), chin, lip = number[list(self.rows)].tolist(), int(number[self.chin]), int(number[self.lip])
        tables = self.share[kept], self.widest, chin, lip, self.bare[kept], self.droop[kept]
        return MouthCorners((right, left), *tables)

    def held(self, motion: Any) -> Any:
        """What brings corners back that go too far apart, and takes them down with the chin, [V, 3] in mm.

        Lips go with them, both alike.

        Args:
          motion: float32[V, 3], of the face from rest, in the model's axes; an array or a tensor.
        """
        right, left = (motion[row] for row in self.rows)
        apart = left[0] - right[0]
        back = share_back(positive(apart), self.widest) * (self.share[:, :1] * right + self.share[:, 1:] * left)
        drop = positive(-motion[self.chin][1])
        raised = positive(motion[self.lip][1] - positive(0.5 * (right[1] + left[1])))
        over = raised - positive(raised - _COVERS * drop)
        return back + drop * self.droop - over * self.bare


def _on_jaw(model: MorphableModel) -> Float32:
    """How far vertices are lower teeth, tongue or the floor of the mouth, float32[V]: what goes down with the jaw."""
    down = -np.tensordot(model.actions[both_sides(26)].sum(0), model.expression_basis[..., 1], 1)
    share = np.clip(2.0 * down / max(float(down.max()), 1.0) - 0.6, 0.0, 1.0) * (model.parts >= Part.MOUTH)
    behind = model.mean_shape[model.landmarks[LOWER_LIP_EDGE[1]], 2] - model.mean_shape[:, 2]
    low, high = _BEHIND_LIP
    deep = np.clip((behind - low) / (high - low), 0.0, 1.0)
    return np.asarray(np.where(model.parts == Part.TEETH, share, _TONGUE * share * deep), np.float32)
