"""The regressor in TensorFlow ops: what `Regressor.regress_faces` computes of one face."""

from typing import Any, NamedTuple

import tensorflow as tf

from au_tf.fitting.regress.network import Estimate
from au_tf.fitting.regress.normalizer import SIZE, Normalizer
from au_tf.fitting.regress.regressor import Regressor
from au_tf.fitting.view import features, pose_of
from au_tf.geometry.alignment import ALIGNED_SIZE, GROUPS, PLACES
from au_tf.geometry.camera import PORTRAIT_FOCAL, Camera
from au_tf.rendering.graph.sampling import sample_bilinear
from au_tf.serving.pictures import inverted, transform, warp


class Found(NamedTuple):
    """A face in a photo, in the space of the aligned picture's camera."""

    identity: tf.Tensor
    """float32[I], standard deviations."""
    expression: tf.Tensor
    """float32[E], standard deviations."""
    turn: tf.Tensor
    """float32[3, 3], model to camera."""
    translation: tf.Tensor
    """float32[3], mm."""
    lighting: tf.Tensor
    """float32[9, 3]."""
    matrix: tf.Tensor
    """float64[2, 3], from pixels of the photo to those of the aligned picture."""
    view: Camera
    """The camera of the aligned picture, with a batch axis of 1."""


class Regression:
    """A regressor to be traced into a graph."""

    def __init__(self, regressor: Regressor) -> None:
        self._regressor = regressor
        normalizer = Normalizer.of(regressor.scales.landmarks)
        self._weights, self._frame = normalizer.weights, normalizer.frame

    @property
    def variables(self) -> list[tf.Variable]:
        """The weights of the network."""
        return [weight.value for weight in self._regressor.network.weights]

    def __call__(self, photo: Any, landmarks: Any) -> Found:
        """Finds the face of landmarks float32[68, 2], (column, row), in a photo uint8[H, W, 3] of a usual lens."""
        matrix = alignment(landmarks)
        aligned = warp(photo, inverted(matrix), ALIGNED_SIZE)
        inside = tf.cast(transform(tf.cast(landmarks, tf.float64), matrix), tf.float32)
        view = _view(tf.shape(photo), matrix)
        given = {
            "picture": self._normal(aligned, inside)[tf.newaxis],
            "landmarks": inside[tf.newaxis],
            "view": features(view),
        }
        found = Estimate.split(self._regressor.network(given, training=False), self._regressor.config)
        turn, translation = pose_of(found.place, self._regressor.origin, view)
        return Found(found.identity[0], found.expression[0], turn[0], translation[0], found.lighting[0], matrix, view)

    def _normal(self, aligned: tf.Tensor, landmarks: tf.Tensor) -> tf.Tensor:
        """The picture of normal shape, uint8[96, 96, 3], of an aligned one float32[224, 224, 3]."""
        half = tf.floor(tf.nn.avg_pool2d(aligned[tf.newaxis], 2, 2, "VALID")[0] + 0.5)
        points = (tf.concat([landmarks, self._frame], 0) + 0.5) * 0.5 - 0.5
        places = tf.reshape(tf.linalg.matmul(self._weights, points), [SIZE, SIZE, 2])
        return tf.cast(tf.round(sample_bilinear(half, places)), tf.uint8)


def alignment(landmarks: Any) -> tf.Tensor:
    """The matrix float64[2, 3] of `fitting.alignment.alignment_matrix` for landmarks float32[68, 2]."""
    points = tf.stack([tf.reduce_mean(tf.cast(landmarks[group], tf.float64), 0) for group in GROUPS])
    middle, target = tf.reduce_mean(points, 0), PLACES.mean(0)
    (x, y), (u, v) = tf.unstack(points - middle, axis=1), (PLACES - target).T
    size = tf.reduce_sum(x * x + y * y)
    real, imaginary = tf.reduce_sum(x * u + y * v) / size, tf.reduce_sum(x * v - y * u) / size
    linear = tf.stack([tf.stack([real, -imaginary]), tf.stack([imaginary, real])])
    return tf.concat([linear, (target - tf.linalg.matvec(linear, middle))[:, tf.newaxis]], 1)


def _view(shape: tf.Tensor, matrix: tf.Tensor) -> Camera:
    """What `Camera.default` of a photo of that shape is in the aligned picture."""
    size = tf.cast(shape[1::-1], tf.float64)
    scale = tf.sqrt(tf.reduce_sum(matrix[:, 0] ** 2))
    focal = PORTRAIT_FOCAL * tf.reduce_max(size) * scale
    centre = transform((size - 1.0) / 2.0, matrix)
    places = tf.cast(focal, tf.float32)[tf.newaxis], tf.cast(centre, tf.float32)[tf.newaxis]
    return Camera(*places, ALIGNED_SIZE, ALIGNED_SIZE)
