"""Landmarks of rendered people: where they are, and where a detector would find them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from au_tf.arrays import Float, Float64
from au_tf.fitting.refine.contour import Contour
from au_tf.fitting.synthetic.scenes import Scenes
from au_tf.geometry.alignment import alignment_matrix, transform
from au_tf.geometry.landmarks import JAW
from au_tf.morphable import LinearModel, MorphableModel

_AT_ONCE = 32
"""Faces whose vertices the cache holds."""
_ALIKE = 0.25
"""Radians by which faces may differ in turn and still be turned alike."""
_WAYS = 40
"""Ways in which faces differ that are told apart, at most."""


@dataclass(frozen=True, eq=False)
class Outline:
    """What is needed of a face model to tell the landmarks of many faces at once."""

    contour: Contour
    """Where the landmarks of the jaw can lie."""
    shape: LinearModel
    """Of 68 + N vertices: first the landmarks as the model has them, then the contour's candidates, mm."""

    @classmethod
    def of(cls, model: MorphableModel) -> Self:
        """That of a face model."""
        contour = Contour.of(model)
        vertices = np.concatenate([model.landmarks, contour.vertices])
        return cls(contour, model.shapes.at(vertices))

    def landmarks(self, scenes: Scenes) -> Float64:
        """float64[N, 68, 2], (column, row) in pixels; those of the jaw lie where the face ends in the picture."""
        parts = [self._landmarks(scenes.rows(slice(i, i + _AT_ONCE))) for i in range(0, len(scenes), _AT_ONCE)]
        return np.concatenate([np.empty((0, 68, 2)), *parts])

    def _landmarks(self, scenes: Scenes) -> Float64:
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

    def _see(self, scenes: Scenes) -> tuple[Float64, Float64]:
        """Where all vertices are seen float64[N, 68 + C, 2], and the rotations float64[N, 3, 3]."""
        face = scenes.coefficients
        placed = face.pose.apply(self.shape(face.identity, face.expression).astype(np.float64))
        return scenes.camera.project(placed)[..., :2], face.pose.matrix


@dataclass(frozen=True, eq=False)
class DetectorError:
    """How far a detector's landmarks lie from those of the face model, in pixels of an aligned picture.

    The mean follows the pose and the face: what a detector calls a landmark is not a fixed point of the skin, and it
    takes every face for a more usual one than it is. The rest is drawn from what was measured on faces turned alike:
    landmarks err together, and more on some faces than on others.
    """

    usual: Float64
    """float64[7, 136], mean landmarks by `pose_features`."""
    components: Float64
    """float64[136, K], in which ways landmarks differ from them, of variance 1."""
    mean: Float64
    """float64[7 + K, 136], mean error by `pose_features` and these ways."""
    rest: Float64
    """float64[M, 136], what was measured beyond the mean."""
    turns: Float64
    """float64[M, 3], how these faces were turned, axis-angle."""

    @classmethod
    def none(cls) -> Self:
        """A detector that never errs."""
        return cls(*map(np.zeros, ((7, 136), (136, 0), (7, 136), (1, 136), (1, 3))))

    @classmethod
    def fitted(cls, landmarks: Float64, errors: Float64, turns: Float64) -> Self:
        """Of measured faces, by ridge regression.

        Args:
          landmarks: float64[M, 68, 2], true ones, in aligned pictures.
          errors: float64[M, 68, 2], pixels.
          turns: float64[M, 3], axis-angle.
        """
        pose, own, off = pose_features(turns), landmarks.reshape(-1, 136), errors.reshape(-1, 136)
        usual = _regression(pose, own)
        _, sizes, ways = np.linalg.svd(own - pose @ usual, full_matrices=False)
        kept = slice(0, min(_WAYS, len(own) // 10))
        components = ways[kept].T / np.maximum(sizes[kept], 1e-6) * np.sqrt(len(own))
        features = np.concatenate([pose, (own - pose @ usual) @ components], 1)
        mean = _regression(features, off)
        return cls(usual, components, mean, off - features @ mean, np.asarray(turns, np.float64))

    def draw(self, landmarks: Float64, turns: Float, rng: np.random.Generator) -> Float64:
        """Errors float64[N, 68, 2] of landmarks float64[N, 68, 2] of faces turned by axis-angle float[N, 3]."""
        distance = np.linalg.norm(turns[:, None] - self.turns, axis=-1)
        # The largest of the logarithms with Gumbel's noise is a draw with these chances.
        chances = -((distance / _ALIKE) ** 2) / 2
        first, second = (self.rest[(chances + rng.gumbel(size=chances.shape)).argmax(1)] for _ in range(2))
        # A mixture of two has the covariance of one.
        angle = rng.uniform(0.0, 2.0 * np.pi, (len(turns), 1))
        mixed = np.cos(angle) * first + np.sin(angle) * second
        pose = pose_features(np.asarray(turns, np.float64))
        own = (landmarks.reshape(-1, 136) - pose @ self.usual) @ self.components
        return (np.concatenate([pose, own], 1) @ self.mean + mixed).reshape(-1, 68, 2)


def _regression(features: Float64, wanted: Float64) -> Float64:
    """Coefficients of ridge regression that leaves the first feature, a constant, alone."""
    ridge = 1e-2 * len(features) * np.eye(features.shape[1])
    ridge[0, 0] = 1e-9
    return np.asarray(np.linalg.solve(features.T @ features + ridge, features.T @ wanted), np.float64)


def pose_features(turns: Float64) -> Float64:
    """float64[N, 7]: 1, the axis-angle, its squares."""
    return np.concatenate([np.ones((len(turns), 1)), turns, np.square(turns)], 1)


def as_aligned(
    scenes: Scenes, outline: Outline, error: DetectorError, rng: np.random.Generator
) -> tuple[Scenes, Float64]:
    """Aligns faces by landmarks as a detector finds them.

    Args:
      scenes: faces before cameras.
      outline: of their face model.
      error: the detector's.
      rng: where the randomness comes from.

    Returns:
      the same faces before the cameras of the aligned pictures, and their true landmarks float64[N, 68, 2] there.
    """
    landmarks = outline.landmarks(scenes)
    first = alignment_matrix(landmarks)
    scenes, landmarks = scenes.aligned(first), transform(first, landmarks)
    second = alignment_matrix(landmarks + error.draw(landmarks, scenes.place().turn, rng))
    return scenes.aligned(second), transform(second, landmarks)


def as_detected(landmarks: Float64, error: Float64) -> Float64:
    """Landmarks with an error, as they lie in the aligned picture to which they have led.

    Args:
      landmarks: float64[N, 68, 2], true ones, in aligned pictures.
      error: float64[N, 68, 2], pixels.

    Returns:
      float64[N, 68, 2], aligned themselves: by how much alignment as a whole has erred shows in the true ones only.
    """
    found = landmarks + error
    return transform(alignment_matrix(found), found)
