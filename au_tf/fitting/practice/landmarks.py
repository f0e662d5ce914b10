"""Landmarks of rendered people: where they are, and where a detector would find them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from au_tf.fitting.alignment import alignment_matrix
from au_tf.fitting.contour import JAW, Contour
from au_tf.fitting.practice.scenes import Scenes
from au_tf.morphable import MorphableModel

Array = NDArray[np.float64]

_AT_ONCE = 32
"""Faces whose vertices the cache holds."""


@dataclass(frozen=True, eq=False)
class Outline:
    """What is needed of a face model to tell the landmarks of many faces at once."""

    contour: Contour
    """Where the landmarks of the jaw can lie."""
    mean: NDArray[np.float32]
    """float32[(68 + N) * 3], first the landmarks as the model has them, then the contour's candidates, mm."""
    basis: NDArray[np.float32]
    """float32[I + E, (68 + N) * 3], mm a standard deviation."""

    @classmethod
    def of(cls, model: MorphableModel) -> Self:
        """That of a face model."""
        contour = Contour.of(model)
        vertices = np.concatenate([model.landmarks, contour.vertices])
        bases = np.concatenate([model.identity_basis[:, vertices], model.expression_basis[:, vertices]])
        return cls(contour, model.mean_shape[vertices].ravel(), bases.reshape(len(bases), -1))

    def landmarks(self, scenes: Scenes) -> Array:
        """float64[N, 68, 2], (column, row) in pixels; those of the jaw lie where the face ends in the picture."""
        parts = [self._landmarks(scenes.rows(slice(i, i + _AT_ONCE))) for i in range(0, len(scenes), _AT_ONCE)]
        return np.concatenate([np.empty((0, 68, 2)), *parts])

    def _landmarks(self, scenes: Scenes) -> Array:
        seen, turn = self._see(scenes)
        points, candidates = seen[:, :68], seen[:, 68:]
        rays = self.contour.rays @ np.swapaxes(turn[:, :2, :2], 1, 2) * (1.0, -1.0)
        ends = np.append(self.contour.starts[1:], len(self.contour.vertices))
        everybody = np.arange(len(points))
        for k, (start, end) in enumerate(zip(self.contour.starts, ends, strict=True)):
            strip = candidates[:, start:end]
            outermost = np.einsum("bvc,bc->bv", strip, rays[:, k]).argmax(1)
            points[:, JAW][:, k] = strip[everybody, outermost]
        return points

    def _see(self, scenes: Scenes) -> tuple[Array, Array]:
        """Where all vertices are seen float64[N, 68 + C, 2], and the rotations float64[N, 3, 3]."""
        face, view = scenes.coefficients, scenes.view
        shape = self.mean + np.concatenate([face.identity, face.expression], 1) @ self.basis
        turn = Rotation.from_rotvec(face.rotation).as_matrix()
        points = shape.reshape(len(scenes), -1, 3) @ np.swapaxes(turn, 1, 2) + face.translation[:, None]
        scale = view.focal[:, None, None] / -points[..., 2:]
        return view.centre[:, None] + points[..., :2] * (1.0, -1.0) * scale, turn


@dataclass(frozen=True, eq=False)
class DetectorError:
    """How far a detector's landmarks lie from those of the face model, in pixels of an aligned picture.

    The mean follows the pose: what a detector calls a landmark is not a fixed point of the skin.
    """

    mean: Array
    """float64[7, 136], by `pose_features`."""
    factor: Array
    """float64[136, 136], whose product with its transpose is the covariance of the rest."""

    @classmethod
    def none(cls) -> Self:
        """A detector that never errs."""
        return cls(np.zeros((7, 136)), np.zeros((136, 136)))

    @classmethod
    def fitted(cls, errors: Array, turns: Array) -> Self:
        """Of measured errors float64[N, 68, 2] of faces turned by axis-angle float64[N, 3], by ridge regression.

        Half of each covariance is kept for few faces, all of it for many (Ledoit and Wolf 2004).
        """
        from sklearn.covariance import ledoit_wolf

        features, rows = pose_features(turns), errors.reshape(len(errors), -1)
        ridge = 1e-2 * len(rows) * np.diag([0.0, 1, 1, 1, 1, 1, 1])
        mean = np.asarray(np.linalg.solve(features.T @ features + ridge, features.T @ rows), np.float64)
        covariance, _ = ledoit_wolf(rows - features @ mean)
        values, vectors = np.linalg.eigh(covariance)
        return cls(mean, np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), np.float64))

    def draw(self, turns: Array, rng: np.random.Generator) -> Array:
        """Errors float64[N, 68, 2], larger for some pictures than for others, as detectors' are."""
        count = len(turns)
        size = np.exp(rng.normal(0.0, 0.35, count))
        # What a detector makes of a hand or a shadow.
        size = np.where(rng.random(count) < 0.04, 3.0 * size, size)
        rest = rng.standard_normal((count, len(self.factor))) @ self.factor.T
        return (pose_features(turns) @ self.mean + size[:, None] * rest).reshape(count, 68, 2)


def pose_features(turns: Array) -> Array:
    """float64[N, 7]: 1, the axis-angle, its squares."""
    return np.concatenate([np.ones((len(turns), 1)), turns, np.square(turns)], 1)


def as_detected(
    scenes: Scenes, outline: Outline, error: DetectorError, rng: np.random.Generator
) -> tuple[Scenes, NDArray[np.float32]]:
    """Aligns faces by landmarks as a detector finds them.

    Args:
      scenes: faces before cameras.
      outline: of their face model.
      error: the detector's.
      rng: where the randomness comes from.

    Returns:
      the same faces before the cameras of the aligned pictures, and the detected landmarks float32[N, 68, 2] there.
    """
    landmarks = outline.landmarks(scenes)
    first = alignment_matrix(landmarks)
    found = transform(first, landmarks) + error.draw(scenes.aligned(first).place().turn, rng)
    second = alignment_matrix(found)
    both = second[:, :, :2] @ first
    both[:, :, 2] += second[:, :, 2]
    return scenes.aligned(both), transform(second, found).astype(np.float32)


def transform(matrices: Array, points: Array) -> Array:
    """Takes points float[N, P, 2] of pictures through matrices float[N, 2, 3]."""
    return points @ np.swapaxes(matrices[:, :, :2], 1, 2) + matrices[:, None, :, 2]
