"""What landmarks say of a posed face: residuals, their derivatives, and which vertices they stand for.

They are MediaPipe's dense points, each with the error that was measured of it (`dense_points`), or iBUG 300-W's 68.
Landmark i contributes |L_i (projection_i - landmark_i)|^2, where L_i whitens its noise: that of the detector and of
what annotators mean by a landmark together, given of the 68 as a share of the distance of the outer eye corners. Of the
68 those of the jaw are where the face ends in the picture, no fixed points of the skin: each moves over the model to
the outermost vertex on its ray, and counts mostly across the contour.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Bool, Float, Float64, Int
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.refine.contour import Contour
from au_tf.fitting.refine.dense_points import dense_errors
from au_tf.fitting.refine.face_surface import Marks
from au_tf.fitting.reliability import doubt
from au_tf.geometry.camera import Camera
from au_tf.geometry.landmarks import JAW, LEFT_EYE, RIGHT_EYE, eye_distance

NOISE = 0.015
"""Standard deviation of a landmark inside the face, a share of the distance of the outer eye corners."""
JAW_NOISE_ACROSS = 0.025
"""The same for the jaw, across the contour."""
JAW_NOISE_ALONG = 0.08
"""The same for the jaw, along the contour, where the landmarks are spread by eye."""
HUBER = 2.5
"""Landmarks further off than that many standard deviations pull with constant force."""


Chosen = Int | slice
"""Vertices of `Marks`, int64[P], or a row of them, which is quicker."""

NEAREST = 1.0
"""Depth in mm of what is nearer: a face that slipped behind the camera on the way would never come back."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A shape before a camera."""

    turn: Rotation
    """Model to camera."""
    shift: Float64
    """float64[3], mm, model to camera."""
    shape: Float64
    """float64[K], the coefficients that are free."""

    @cached_property
    def axes(self) -> Float64:
        """float64[3, 3], of `turn`."""
        return np.asarray(self.turn.as_matrix())

    def moved(self, delta: Float64) -> Self:
        """After a step float64[6 + K]: a turn from the left, a shift, a change of shape."""
        turn = Rotation.from_rotvec(delta[:3]) * self.turn
        return replace(self, turn=turn, shift=self.shift + delta[3:6], shape=self.shape + delta[6:])


class Seen(NamedTuple):
    """Points before a camera."""

    places: Float64
    """float64[N, 2], (column, row) in pixels."""
    turned: Float64
    """float64[N, 3], mm, about the origin of the face, turned as the face is."""
    points: Float64
    """float64[N, 3], mm, before the camera."""


@dataclass(frozen=True, eq=False)
class LandmarkTerm:
    """Landmarks in a picture, to be met by those of a face model."""

    camera: Camera
    """What took the picture."""
    landmarks: Float64
    """float64[P, 2], (column, row) in pixels."""
    whitening: Float64
    """float64[P, 2, 2], the square root of each landmark's precision, 1 / px."""
    marks: Marks
    """The vertices that can be landmarks."""
    dense: Float64 | None = None
    """float64[468, 3], the dense points as they were found; None if the landmarks are the 68."""

    @classmethod
    def of(
        cls,
        landmarks: Float,
        marks: Marks,
        camera: Camera,
        seen: Bool | None = None,
    ) -> Self:
        """Landmarks float[68, 2] of which only those `seen` bool[68] count."""
        points = np.asarray(landmarks, np.float64)
        whitening = _whitening(points, marks.contour)
        if seen is not None:
            whitening = whitening * np.asarray(seen)[:, None, None]
        return cls(camera, points, whitening, marks)

    @classmethod
    def of_face(cls, face: DetectedFace, marks: Marks, camera: Camera, picture: tuple[int, ...]) -> Self:
        """All landmarks of a face in a picture of that height and width."""
        if face.dense is None or marks.dense is None:
            return cls.of(face.landmarks, marks, camera, ~face.outside)
        places, noise = dense_errors().expected(face.dense)
        noise = noise * doubt(face.scatter)
        inside = np.all((places > -0.5) & (places < np.array(picture[1::-1]) - 0.5), -1)
        whitening = np.eye(2) * (inside / noise)[:, None, None]
        return cls(camera, places, whitening, marks, face.dense[: len(places)].astype(np.float64))

    @property
    def seen(self) -> Bool:
        """bool[P], which landmarks count."""
        return np.asarray(self.whitening.any((1, 2)))

    def see(self, placed: Placed, chosen: Chosen) -> Seen:
        """Where some of the vertices of `marks` are seen."""
        turned = self.marks.shape.one(placed.shape, chosen) @ placed.axes.T
        points = turned + placed.shift
        return Seen(self.camera.project(points, NEAREST)[:, :2], turned, points)

    def outline(self, placed: Placed) -> Chosen:
        """Which vertices of `marks` stand for the landmarks, P of them: for the jaw's those on the face's outline."""
        if self.dense is not None:
            assert self.marks.dense is not None
            return self.marks.dense
        chosen = np.arange(68)
        places = self.see(placed, slice(68, None)).places
        chosen[JAW] = 68 + self.marks.contour.outermost(places, placed.axes)
        return chosen

    def residual(self, placed: Placed, chosen: Chosen) -> Float64:
        """float64[P, 2], in standard deviations of the noise."""
        return self._whitened(self.see(placed, chosen))

    def linearized(self, placed: Placed, chosen: Chosen) -> tuple[Float64, Float64]:
        """The residual, and its derivative float64[P, 2, 6 + K] by the steps of `Placed.moved`."""
        seen = self.see(placed, chosen)
        slope = self.camera.slopes(seen.points, NEAREST)
        x, y, z = seen.turned.T
        zero = np.zeros_like(x)
        cross = np.array([[zero, z, -y], [-z, zero, x], [y, -x, zero]]).transpose(2, 0, 1)
        by_shape = slope @ placed.axes @ self.marks.shape.columns[chosen]
        rows = np.concatenate([slope @ cross, slope, by_shape], -1)
        return self._whitened(seen), self.whitening @ rows

    def _whitened(self, seen: Seen) -> Float64:
        return (self.whitening @ (seen.places - self.landmarks)[..., None])[..., 0]


def robust(residual: Float64) -> tuple[float, Float64]:
    """Huber's cost of residuals float64[N, 2], and the weights float64[N] of least squares that lower it."""
    size = np.linalg.norm(residual, axis=-1)
    cost = np.where(size < HUBER, size**2, HUBER * (2.0 * size - HUBER))
    return float(cost.sum()), np.minimum(1.0, HUBER / np.maximum(size, 1e-9))


def _whitening(landmarks: Float64, contour: Contour) -> Float64:
    scale = float(eye_distance(landmarks))
    whitening = np.tile(np.eye(2) / (NOISE * scale), (68, 1, 1))
    across = contour.image_rays(roll_of_eyes(landmarks))
    along = np.stack([-across[:, 1], across[:, 0]], -1)
    whitening[JAW] = np.stack([across / (JAW_NOISE_ACROSS * scale), along / (JAW_NOISE_ALONG * scale)], 1)
    return whitening


def roll_of_eyes(landmarks: Float64) -> Float64:
    """float64[2, 2], the rotation in the picture's plane, +y up, that tilts level eyes as they are tilted."""
    across = landmarks[LEFT_EYE].mean(0) - landmarks[RIGHT_EYE].mean(0)
    cosine, sine = np.array([across[0], -across[1]]) / np.linalg.norm(across)
    return np.array([[cosine, -sine], [sine, cosine]])
