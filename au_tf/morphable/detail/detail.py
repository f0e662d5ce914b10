"""The details of a face model: where they lie on its mesh, and how deep its wrinkles are for a face."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from au_tf.arrays import Array, ArrayLike, Bool, Float32, Int32, Int64
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.folding import MappedSkin, responses
from au_tf.morphable.detail.maps import Maps, maps
from au_tf.morphable.detail.marks import TINTS, Amounts
from au_tf.morphable.detail.regions import PATCHES
from au_tf.morphable.model import MorphableModel

SHARES = 4
"""Patches that a vertex belongs to, at most."""
STARTS = np.array([patch.region.starts for patch in PATCHES])
"""Folding up to which the skin of each patch stays smooth."""
SOFT, MOST = 0.12, 1.25
"""Folding over which wrinkles set in, and beyond which they deepen no more."""
SHALLOW = 0.03
"""Depth in mm up to which nobody sees wrinkles drawn from the finest map, and as much more for each level above."""
_SPREAD = 0.25
"""Standard deviation over people of the logarithm of how deeply their skin folds."""


@dataclass(frozen=True, eq=False)
class Detail:
    """What a renderer has to know of the details of a face model."""

    model: MorphableModel
    """Whose they are."""
    places: Float32
    """float32[V, 2], column and row of the vertices in the finest map, in texels, the first one's middle at 0."""
    mapped: Bool
    """bool[T], the triangles that lie on the map."""
    patches: Int32
    """int32[V, SHARES], the patches that each vertex belongs to."""
    shares: Float32
    """float32[V, SHARES], how much of their depth it takes."""
    responses: Float32
    """float32[E, P], see `folding.responses`."""
    people: Float32
    """float32[I, P], how the logarithm of depth varies with identity."""

    @classmethod
    def of(cls, model: MorphableModel) -> "Detail":
        """Finds its way on any face model by the landmarks."""
        places = chart.places(model)
        skin = MappedSkin.of(model, places)
        patches, shares = _shares(places)
        mapped = np.zeros(len(model.triangles), bool)
        mapped[skin.rows] = True
        texels = (places * (1.0, -1.0) - (chart.LEFT, -chart.TOP)) * chart.PER_MM - 0.5
        inside = np.all((texels > 0.0) & (texels < (chart.COLUMNS - 1, chart.ROWS - 1)), axis=1)
        mapped &= np.all(inside[model.triangles], axis=1)
        varied = _variation(len(model.identity_basis))
        found = texels.astype(np.float32), mapped, patches, shares, responses(model, skin)
        return cls(model, *found, varied)

    @cached_property
    def maps(self) -> Maps:
        """What is painted; the same for all face models."""
        return maps()

    @cached_property
    def amounts(self) -> Amounts:
        """How much of each mark people have."""
        return Amounts.of(self.model)

    def depths(self, identity: ArrayLike, expression: ArrayLike) -> Float32:
        """Depth of the wrinkles of each patch, float32[..., P], mm.

        Args:
          identity: float32[..., I], standard deviations.
          expression: float32[..., E], standard deviations.
        """
        folded = _product(expression, self.responses)
        return np.asarray(self.depth_of_people(identity) * ramp(folded), np.float32)

    def bits(self, triangles: Int32) -> Int64:
        """Bits int64[T] of triangles int32[T, 3]: the first that one lies on the map, then one for each patch."""
        own = np.where(self.shares > 0.0, np.int64(2) << self.patches.astype(np.int64), 0)
        vertices = np.bitwise_or.reduce(own, axis=1)
        return np.where(self.mapped, 1 | np.bitwise_or.reduce(vertices[triangles], axis=1), 0)

    def depth_of_people(self, identity: ArrayLike) -> Array:
        """Depth float64[..., P] in mm at the end of people's movement."""
        varied = _product(identity, self.people)
        return np.asarray(np.array([patch.region.depth for patch in PATCHES]) * np.exp(varied))

    def tints(self, albedo: ArrayLike) -> Float32:
        """What a mark adds to the colour of people's skin, float32[..., MARKS, 3], a share of it.

        Args:
          albedo: float32[..., A], standard deviations.
        """
        varied = _product(albedo, self.amounts.basis)
        return np.asarray(np.maximum(self.amounts.mean + varied, 0.0)[..., np.newaxis] * TINTS, np.float32)


@lru_cache(maxsize=4)
def detail_of(model: MorphableModel) -> Detail:
    """The details of a face model, which are found once."""
    return Detail.of(model)


def visible(depths: Float32, level: int) -> Float32:
    """Depths float32[P] with 0 for wrinkles that nobody sees in pictures drawn from a level of the maps."""
    return np.where(depths > np.float32(SHALLOW * (1 + level)), depths, np.float32(0.0))


def wanted(depths: Float32, tints: Float32) -> int:
    """Which of `Detail.bits` a face with these depths float32[P] and tints float32[MARKS, 3] needs."""
    return int(tints.any()) + sum(2 << int(patch) for patch in np.flatnonzero(depths))


def ramp(folded: Array) -> Array:
    """Depth float[..., P] as shares of the patches' own, of folding as a share of what their actions do: 1 at 1."""
    beyond = np.clip((folded - STARTS) / (1.0 - STARTS), 0.0, MOST)
    return np.asarray(beyond * beyond * (1.0 + SOFT) / (beyond + SOFT))


def _product(rows: ArrayLike, matrix: Float32) -> Array:
    """rows float[..., K] @ matrix float[K, N]; unlike a matrix product, the same bytes of a row whatever the batch."""
    return np.asarray((np.asarray(rows, np.float64)[..., np.newaxis] * matrix).sum(-2))


def _shares(places: Float32) -> tuple[Int32, Float32]:
    weights = np.stack([patch.weight(places.astype(np.float64)) for patch in PATCHES], 1)
    patches = np.argsort(-weights, 1, kind="stable")[:, :SHARES]
    return patches.astype(np.int32), np.take_along_axis(weights, patches, 1).astype(np.float32)


def _variation(identities: int) -> Float32:
    """As much alike on both sides of a face as it differs between people."""
    rng = np.random.default_rng(5)
    regions = {patch.region.name: rng.normal(size=identities) for patch in PATCHES}
    own = [0.95 * regions[patch.region.name] + 0.3 * rng.normal(size=identities) for patch in PATCHES]
    scale = _SPREAD / np.sqrt(max(identities, 1))
    return (scale * np.stack(own, 1)).astype(np.float32)


def layers() -> Int32:
    """The layer of each patch, int32[P]."""
    return np.array([patch.region.layer for patch in PATCHES], np.int32)
