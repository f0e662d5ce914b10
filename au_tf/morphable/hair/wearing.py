"""Hair that grew on the built-in head, worn by people of another face model."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Bool, Float32, Int32
from au_tf.errors import InputError
from au_tf.geometry.landmarks import INNER
from au_tf.geometry.similarity import Similarity
from au_tf.morphable.builtin.assembly import NAME
from au_tf.morphable.completion.reference import reference
from au_tf.morphable.completion.registration import outline, register
from au_tf.morphable.hair.groom import Groom
from au_tf.morphable.hair.scalp import scalp
from au_tf.morphable.model import MorphableModel, Part

# Vertices that the hair far from its roots follows, and how many each point does.
_ANCHORS, _FOLLOWED = 500, 4
# mm from the root up to which a strand follows it alone, and from which on it follows what it lies upon.
_FREE = (4.0, 45.0)


@dataclass(frozen=True, eq=False)
class FittedGroom:
    """Strands on the mean face of a model."""

    groom: Groom
    """As they grew."""
    points: Float32
    """float32[N, 3], mm."""
    roots: Int32
    """int32[S, 4], vertices of the model about each root."""
    shares: Float32
    """float32[S, 4], of them, adding up to 1."""
    anchors: Int32
    """int32[N, K], vertices of the model that each point follows as well."""
    following: Float32
    """float32[N, K], how far; what is left up to 1 follows the root."""
    cover: Float32
    """float32[V], how densely the skin is covered, in [0, 1]."""
    shadow: Float32
    """float32[V], how much light the hair takes from the skin, in [0, 1]."""

    def worn(self, mean: Float32, shape: Float32) -> tuple[Float32, Float32]:
        """Strands on a person without expression.

        Args:
          mean: float32[V, 3], the model's mean shape, mm.
          shape: float32[V, 3], the person's.

        Returns:
          Points float32[N, 3] and roots float32[S, 3], mm.
        """
        moved = shape - mean
        home = np.einsum("sk,skc->sc", self.shares, moved[self.roots])
        along = np.einsum("nk,nkc->nc", self.following, moved[self.anchors])
        rest = 1.0 - self.following.sum(1)
        points = self.points + along + rest[:, None] * home[self.groom.strand]
        return points, np.einsum("sk,skc->sc", self.shares, shape[self.roots])


class Wearer:
    """A face model whose people wear hair."""

    def __init__(self, model: MorphableModel, laid: Array, own: bool = False) -> None:
        """With the head that hair grows on laid over the model's mean, float[V', 3] in mm.

        `own` says that the model's first vertices are those of that head.
        """
        self.model = model
        head, self._skin = scalp(), np.flatnonzero(_skin(model))
        self._moved = laid - head.points
        self._own = own
        self._tree = cKDTree(model.mean_shape[self._skin])
        self._laid = laid
        outer = head.surface.vertices
        self._anchors = outer[np.random.default_rng(0).permutation(len(outer))[:_ANCHORS]]
        self._anchor_tree = cKDTree(head.points[self._anchors])
        self._own_anchors = self._about(laid[self._anchors], 1)[1][:, 0]
        distance, self._beside = cKDTree(laid[outer]).query(model.mean_shape, 3, workers=-1)
        self._beside = outer[self._beside]
        share = 1.0 / (distance**2 + 0.05)
        self._besides = (share / share.sum(1, keepdims=True)).astype(np.float32)
        self._on_skin = _skin(model) & (distance[:, 0] < 8.0)
        self.fitted = lru_cache(maxsize=96)(self._fitted)

    @classmethod
    def of(cls, model: MorphableModel) -> Self:
        """Lays the built-in head over the model's mean face; some seconds, for the built-in one none."""
        if model.own.name == NAME and len(model.own.mean_shape) == len(scalp().points):
            return cls(model, model.mean_shape[: len(scalp().points)].astype(np.float64), own=True)
        mean = model.mean_shape.astype(np.float64)
        try:
            laid = register(mean, model.triangles, mean[model.landmarks], model.name).points
        except InputError:
            laid = outline(mean).points
        return cls(model, laid)

    @classmethod
    def about_eyes(cls, model: MorphableModel) -> Self:
        """As `of`, laid by the landmarks alone, which takes no time: for what grows by them."""
        head, inner = scalp().points, reference().landmarks[INNER]
        if model.own.name == NAME and len(model.own.mean_shape) == len(head):
            return cls.of(model)
        found = model.mean_shape[model.landmarks[INNER]].astype(np.float64)
        place = Similarity.between(head[inner], found)
        # Several landmarks of a mesh may share a vertex; with slack the plate has a solution all the same.
        bend = RBFInterpolator(place(head[inner]), found - place(head[inner]), smoothing=0.1, kernel="linear", degree=0)
        near = place(head)
        return cls(model, near + bend(near))

    def _about(self, places: Array, count: int) -> tuple[Float32, Int32]:
        """The nearest vertices of skin, int32[N, count], and their shares."""
        distance, found = self._tree.query(places, count, workers=-1)
        distance, found = distance.reshape(len(places), -1), found.reshape(len(places), -1)
        share = 1.0 / (distance**2 + 0.02)
        return (share / share.sum(1, keepdims=True)).astype(np.float32), self._skin[found].astype(np.int32)

    def _fitted(self, groom: Groom) -> FittedGroom:
        home = np.einsum("sk,skc->sc", groom.shares, self._laid[groom.roots])
        if self._own:
            roots = np.pad(groom.roots, ((0, 0), (0, 1)), mode="edge")
            shares = np.pad(groom.shares, ((0, 0), (0, 1)))
        else:
            shares, roots = self._about(home, 4)
        start = np.einsum("sk,skc->sc", groom.shares, scalp().points[groom.roots])
        far = np.linalg.norm(groom.points - start[groom.strand], axis=1)
        free = groom.loose * np.clip((far - _FREE[0]) / (_FREE[1] - _FREE[0]), 0.0, 1.0)
        distance, found = self._anchor_tree.query(groom.points, _FOLLOWED, workers=-1)
        weight = 1.0 / (distance**2 + 60.0)
        weight *= (free / weight.sum(1))[:, None]
        moved = np.einsum("nk,nkc->nc", weight, self._moved[self._anchors[found]])
        own = np.einsum("sk,skc->sc", groom.shares, self._moved[groom.roots])
        points = groom.points + moved + (1.0 - free)[:, None] * own[groom.strand]
        cover, shadow = (
            np.einsum("vk,vk->v", self._besides, table[self._beside]) * self._on_skin
            for table in (groom.cover, groom.shadow)
        )
        return FittedGroom(
            groom,
            points.astype(np.float32),
            np.ascontiguousarray(roots, np.int32),
            np.ascontiguousarray(shares, np.float32),
            self._own_anchors[found].astype(np.int32),
            weight.astype(np.float32),
            cover.astype(np.float32),
            shadow.astype(np.float32),
        )


def _skin(model: MorphableModel) -> Bool:
    """bool[V], vertices of skin that belong to a triangle."""
    used = np.zeros(len(model.mean_shape), bool)
    used[model.triangles] = True
    return used & (model.parts == Part.SKIN)
