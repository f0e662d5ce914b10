"""What a face model does not know of people: hair, beards, skin that is not even."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from au_tf.arrays import Float32, Int64
from au_tf.geometry.landmarks import BROWS, NOSE_BASE, OUTER_LIPS
from au_tf.morphable import MorphableModel, Part
from au_tf.rendering.native.batch_renderer import People

_HAIR = np.array(
    [(0.012, 0.010, 0.010), (0.030, 0.020, 0.014), (0.080, 0.045, 0.025), (0.30, 0.20, 0.10), (0.20, 0.08, 0.03)]
    + [(0.35, 0.35, 0.36)],
    np.float32,
)
"""float32[6, 3], linear RGB: black, dark brown, brown, blond, red, grey."""
_BALD, _BEARDED = 0.15, 0.2
_SOFT = 6.0


@dataclass(frozen=True, eq=False)
class Head:
    """Where on the skin of a face model hair grows."""

    vertices: Int64
    """int64[S], the skin."""
    places: Float32
    """float32[S, 3], of the mean face, mm."""
    outward: Float32
    """float32[S, 3], unit vectors out of the head."""
    hair: Float32
    """float32[S], mm above the usual hairline, which runs from the forehead down behind the ears."""
    beard: Float32
    """float32[S], mm below the usual border of a beard, negative on the lips too."""

    @classmethod
    def of(cls, model: MorphableModel) -> Self:
        """Finds its way by the landmarks."""
        vertices = np.flatnonzero(model.parts == Part.SKIN)
        places, marks = model.mean_shape[vertices], model.mean_shape[model.landmarks]
        forehead = marks[BROWS].mean(0) + (0.0, 45.0, 0.0)
        ear = marks[[0, 16]].mean(0) + (0.0, -25.0, -25.0)
        slope = (forehead[1] - ear[1]) / max(forehead[2] - ear[2], 1.0)
        hair = places[:, 1] - forehead[1] + slope * (forehead[2] - places[:, 2])
        outward = places - (0.0, marks[27, 1], ear[2])
        outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
        return cls(vertices, places, outward.astype(np.float32), hair.astype(np.float32), _beard(places, marks))

    def dress(self, people: People, rng: np.random.Generator) -> People:
        """Gives people skin that is not even, hair and beards, in place.

        Args:
          people: one for each face, as `BatchRenderer.people` makes them; changed.
          rng: where the randomness comes from.
        """
        count = len(people.neutral)
        shapes, albedos = people.neutral.reshape(count, 3, -1), people.albedo.reshape(count, 3, -1)
        for shape, albedo in zip(shapes, albedos, strict=True):
            self._dress(shape, albedo, rng)
        return people

    def _dress(self, shape: Float32, albedo: Float32, rng: np.random.Generator) -> None:
        coarse, fine = self._waves(rng, 60.0, 2), self._waves(rng, 6.0, 3)
        colour = _HAIR[rng.integers(len(_HAIR))] * np.float32(np.exp(rng.normal(0.0, 0.25)))
        skin = albedo[:, self.vertices] * (1.0 + rng.uniform(0.0, 0.06) * (coarse + 0.5 * fine))
        strands = colour[:, None] * np.exp(rng.uniform(0.1, 0.4) * fine)
        covered = np.zeros(len(self.vertices), np.float32)
        if rng.random() > _BALD:
            covered = self._hair(coarse, rng)
            shape[:, self.vertices] += (covered * _thickness(rng, 25.0) * (1.0 + 0.2 * fine) * self.outward.T).astype(
                "f"
            )
        if rng.random() < _BEARDED:
            beard = _step(self.beard + rng.uniform(-10.0, 4.0) + 4.0 * fine) * rng.uniform(0.3, 0.95)
            shape[:, self.vertices] += (beard * _thickness(rng, 8.0) * self.outward.T).astype("f")
            covered = np.maximum(covered, beard)
        albedo[:, self.vertices] = skin + covered * (strands - skin)

    def _hair(self, coarse: Float32, rng: np.random.Generator) -> Float32:
        """How far each vertex is covered; fringes hang into the forehead, long hair over the ears."""
        line = rng.normal(0.0, 10.0) + (rng.uniform(10.0, 40.0) if rng.random() < 0.3 else 0.0)
        aside = rng.uniform(0.5, 3.0) if rng.random() < 0.4 else 0.0
        parted = rng.normal(0.0, 0.15) * self.places[:, 0]
        beside = aside * np.maximum(np.abs(self.places[:, 0]) - 55.0, 0.0) * (self.places[:, 2] < 30.0)
        return _step(self.hair + line + parted + beside + rng.uniform(2.0, 10.0) * coarse)

    def _waves(self, rng: np.random.Generator, length: float, count: int) -> Float32:
        """float32[S], a sum of waves of about that length in mm, of variance 1."""
        vectors = rng.standard_normal((3, count)) * (2.0 * np.pi / length / np.sqrt(3.0))
        phases = self.places @ vectors.astype(np.float32) + rng.uniform(0.0, 2.0 * np.pi, count).astype(np.float32)
        return np.asarray(np.sin(phases).sum(1) * np.sqrt(2.0 / count), np.float32)


def _beard(places: Float32, marks: Float32) -> Float32:
    """mm below a line from the base of the nose to the ears, and outside the lips."""
    nose, mouth = marks[NOSE_BASE].mean(0), marks[OUTER_LIPS]
    middle, half = mouth.mean(0), (mouth.max(0) - mouth.min(0)) / 2
    below = nose[1] - 8.0 - places[:, 1] - 0.1 * np.abs(places[:, 0])
    aside = (places[:, :2] - middle[:2]) / half[:2]
    lips = (np.hypot(*aside.T) - 1.15) * half[1]
    above_neck = places[:, 1] - marks[8, 1] + 25.0
    return np.minimum(np.minimum(below, lips), above_neck).astype(np.float32)


def _thickness(rng: np.random.Generator, greatest: float) -> float:
    return float(greatest * rng.random() ** 2 + 0.5)


def _step(value: Float32) -> Float32:
    return np.asarray(np.clip(value / _SOFT, 0.0, 1.0), np.float32)
