"""A mean plus a basis: what the shape and the albedo of a face are made of (eqs. 1 and 2 of the paper)."""

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Self

import numpy as np

from au_tf.arrays import ArrayLike, Bool, Float, Int

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class LinearModel:
    """What each of V vertices has: mean + the sum of bases times coefficients.

    `rendering.graph.combination` computes the same with derivatives.
    """

    mean: Float
    """float[V, 3]."""
    bases: tuple[Float, ...]
    """float[K, V, 3] each, a standard deviation of each coefficient."""

    def __call__(self, *coefficients: ArrayLike) -> Float:
        """Values [..., V, 3] in the type of the mean, for as many arrays float[..., K] as there are bases."""
        return self.mean + self.change(*coefficients)

    def change(self, *coefficients: ArrayLike) -> Float:
        """What the coefficients change of the mean, [..., V, 3]."""
        rows = (np.asarray(part, self.mean.dtype) for part in coefficients)
        moved = [part @ basis.reshape(len(basis), self.mean.size) for part, basis in zip(rows, self.bases, strict=True)]
        total = reduce(np.add, moved)
        return total.reshape(*total.shape[:-1], *self.mean.shape)

    def one(self, coefficients: ArrayLike, vertices: slice | Int | Bool = slice(None)) -> Float:
        """Values [N, 3] of some vertices for float[K] of all bases: quicker than `at` where vertices change."""
        return self.mean[vertices] + self.columns[vertices] @ np.asarray(coefficients, self.mean.dtype)

    def at(self, vertices: slice | Int | Bool) -> Self:
        """The same of some of the vertices."""
        # Chosen rows would lie in memory in another order, and be copied whenever they are multiplied.
        bases = tuple(np.ascontiguousarray(basis[:, vertices]) for basis in self.bases)
        return type(self)(self.mean[vertices], bases)

    def averaged(self, weights: "csr_array") -> Self:
        """Of weighted means of the vertices, float[N, V]."""
        mean = np.asarray(weights @ self.mean, self.mean.dtype)
        rows = ([weights @ row for row in basis] for basis in self.bases)
        bases = (np.array(row, self.mean.dtype).reshape(-1, *mean.shape) for row in rows)
        return type(self)(mean, tuple(bases))

    def joined(self) -> Self:
        """With one basis, whose coefficients are those of all, one after the other."""
        return self if len(self.bases) == 1 else type(self)(self.mean, (np.concatenate(self.bases),))

    def known(self, coefficients: ArrayLike) -> Self:
        """The same with the first coefficients known, float[n]: what remains are those after them, in one basis."""
        (basis,), count = self.joined().bases, len(np.asarray(coefficients))
        return type(self)(type(self)(self.mean, (basis[:count],))(coefficients), (basis[count:],))

    def astype(self, kind: type[np.floating]) -> Self:
        """The same in another precision."""
        return type(self)(self.mean.astype(kind), tuple(basis.astype(kind) for basis in self.bases))

    @property
    def size(self) -> int:
        """How many coefficients there are."""
        return sum(map(len, self.bases))

    @cached_property
    def columns(self) -> Float:
        """[V, 3, K], all bases with the coefficients last, a vertex after the other."""
        return np.ascontiguousarray(np.moveaxis(np.concatenate(self.bases), 0, -1))
