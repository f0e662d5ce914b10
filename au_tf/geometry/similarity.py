"""Turning, scaling and shifting points."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Array


@dataclass(frozen=True)
class Similarity:
    """x -> scale * rotation x + shift."""

    scale: float
    rotation: Rotation
    shift: Array
    """float[3]."""

    @classmethod
    def none(cls) -> "Similarity":
        """The one that leaves everything in its place."""
        return cls(1.0, Rotation.identity(), np.zeros(3))

    @classmethod
    def between(cls, origin: Array, target: Array) -> "Similarity":
        """The one that brings points float[N, 3] nearest to others by least squares (Umeyama 1991)."""
        a, b = origin - origin.mean(0), target - target.mean(0)
        u, _, v = np.linalg.svd(b.T @ a)
        rotation = Rotation.from_matrix(u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v)
        scale = float((b * rotation.apply(a)).sum() / max((a**2).sum(), 1e-12))
        return cls(scale, rotation, target.mean(0) - scale * rotation.apply(origin.mean(0)))

    def __call__(self, points: Array) -> Array:
        """Places points float[..., 3]."""
        return self.turn(points) + self.shift

    def turn(self, vectors: Array) -> Array:
        """The same of differences, float[..., 3]."""
        return np.asarray(self.scale * (vectors @ self.rotation.as_matrix().T))

    def after(self, first: "Similarity") -> "Similarity":
        """This one applied after another."""
        return Similarity(self.scale * first.scale, self.rotation * first.rotation, self(first.shift))

    def inverse(self) -> "Similarity":
        """The one that undoes it; the scale is not 0."""
        back = self.rotation.inv()
        return Similarity(1.0 / self.scale, back, -back.apply(self.shift) / self.scale)
