"""`fitting.view` in TensorFlow ops, with derivatives."""

import tensorflow as tf

from au_tf.arrays import Float32, Tensor
from au_tf.fitting.view import MIDDLE, Place, sight_rows
from au_tf.geometry.camera import Camera
from au_tf.rendering.graph.cameras import rotation_matrix


def features(camera: Camera) -> tf.Tensor:
    """`view.features`, float32[B, 3]."""
    focal, centre = _lens(camera)
    return tf.concat([500.0 / focal, 4.0 * (MIDDLE - centre) / focal], -1)


def pose_of(place: Place, origin: Tensor | Float32, camera: Camera) -> tuple[tf.Tensor, tf.Tensor]:
    """`view.pose_of`: rotation matrices float32[B, 3, 3] and translation float32[B, 3]."""
    focal, centre = _lens(camera)
    scale = tf.exp(place.size)[:, tf.newaxis]
    off_axis = (place.shift + MIDDLE - centre) / scale
    point = tf.concat([off_axis * (1.0, -1.0), -focal / scale], -1)
    rows = sight_rows(*tf.unstack(tf.math.l2_normalize(point, -1), axis=-1))
    sight = tf.stack([tf.stack(row, -1) for row in rows], -2)
    turn = tf.linalg.matmul(sight, rotation_matrix(place.turn))
    return turn, point - tf.linalg.matvec(turn, tf.convert_to_tensor(origin, tf.float32))


def _lens(camera: Camera) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.cast(tf.reshape(camera.focal, [-1, 1]), tf.float32), tf.cast(camera.centre, tf.float32)
