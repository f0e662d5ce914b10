"""The regressor in TensorFlow ops: what `Regressor.regress_faces` computes of one face."""

import tensorflow as tf

from au_tf.arrays import Tensor
from au_tf.compositing.graph.photo import AlignedFace
from au_tf.fitting.regress.estimate import Estimate
from au_tf.fitting.regress.graph_view import features, pose_of
from au_tf.fitting.regress.network import network_of
from au_tf.fitting.regress.normalizer import SIZE, Normalizer
from au_tf.fitting.regress.regressor import Regressor
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.geometry.camera import PORTRAIT_FOCAL, Camera
from au_tf.rendering.graph.alignment import alignment_matrix, inverse, transform, warp
from au_tf.rendering.graph.sampling import sample_bilinear


class GraphRegression:
    """A regressor to be traced into a graph."""

    def __init__(self, regressor: Regressor) -> None:
        self._regressor, self._network = regressor, network_of(regressor)
        normalizer = Normalizer.of(regressor.scales.landmarks)
        self._weights, self._frame = normalizer.weights, normalizer.frame

    @property
    def variables(self) -> list[tf.Variable]:
        """The weights of the network."""
        return [weight.value for weight in self._network.weights]

    def __call__(self, photo: Tensor, landmarks: Tensor) -> AlignedFace:
        """Finds the face of landmarks float32[68, 2], (column, row), in a photo uint8[H, W, 3] of a usual lens."""
        matrix = alignment_matrix(landmarks)
        aligned = warp(photo, inverse(matrix), ALIGNED_SIZE)
        inside = tf.cast(transform(tf.cast(landmarks, tf.float64), matrix), tf.float32)
        view = _view(tf.shape(photo), matrix)
        given = {
            "picture": self._normal(aligned, inside)[tf.newaxis],
            "landmarks": inside[tf.newaxis],
            "view": features(view),
        }
        found = Estimate.split(self._network(given, training=False), self._regressor.config, tf.reshape)
        turn, translation = pose_of(found.place, self._regressor.origin, view)
        return AlignedFace(
            identity=found.identity[0],
            expression=found.expression[0],
            turn=turn[0],
            translation=translation[0],
            lighting=found.lighting[0],
            matrix=matrix,
            camera=view,
        )

    def _normal(self, aligned: Tensor, landmarks: Tensor) -> Tensor:
        """The picture of normal shape, uint8[96, 96, 3], of an aligned one float32[224, 224, 3]."""
        half = tf.floor(tf.nn.avg_pool2d(aligned[tf.newaxis], 2, 2, "VALID")[0] + 0.5)
        points = (tf.concat([landmarks, self._frame], 0) + 0.5) * 0.5 - 0.5
        places = tf.reshape(tf.linalg.matmul(self._weights, points), [SIZE, SIZE, 2])
        return tf.cast(tf.round(sample_bilinear(half, places)), tf.uint8)


def _view(shape: Tensor, matrix: Tensor) -> Camera:
    """What `Camera.default` of a photo of that shape is in the aligned picture."""
    size = tf.cast(shape[1::-1], tf.float64)
    scale = tf.sqrt(tf.reduce_sum(matrix[:, 0] ** 2))
    focal = PORTRAIT_FOCAL * tf.reduce_max(size) * scale
    centre = transform((size - 1.0) / 2.0, matrix)
    return Camera(tf.cast(focal, tf.float32), tf.cast(centre, tf.float32), ALIGNED_SIZE, ALIGNED_SIZE)
