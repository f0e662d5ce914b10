"""A landmark estimator as a Keras model of plain operations, for servers and phones.

The same mathematics as `frontal`, `skin`, `blendshapes` and `LandmarkEstimator.read`, in float32.
"""

import keras
import numpy as np
import tensorflow as tf
import tensorflow.experimental.numpy as tnp

from au_tf.arrays import Float64, Tensor
from au_tf.estimation.landmarks import blendshapes, frontal, skin
from au_tf.estimation.landmarks.landmark_estimator import LandmarkEstimator
from au_tf.facs import MAX_INTENSITY

_POLAR_STEPS = 24
"""Newton-Schulz doubles small singular values by 1.5 each; the least of a face's is a hundredth of the largest."""


@keras.utils.register_keras_serializable("au_tf")
class Description(keras.layers.Layer):
    """What a landmark estimator sees of faces.

    From points float32[B, 478, 3], as `DetectedFace.dense`, and pictures float32[B, 192, 192], grey levels in [0, 255]
    as `skin.cropped` cuts them out by these points, to float32[B, F], as `LandmarkEstimator.describe`.

    Args:
      reference: float[478, 3], of the estimator.
    """

    def __init__(self, reference: Float64, **settings: object) -> None:
        super().__init__(**settings)
        self.reference = np.asarray(reference, np.float64)
        self.skin = skin.flat_skin(self.reference)

    def call(self, points: Tensor, grey: Tensor) -> Tensor:
        looked_at = tf.gather(points[..., :2], list(blendshapes.POINTS), axis=1)
        shapes = blendshapes.seen(blendshapes.logits(looked_at, blendshapes.weights(), tnp), tnp)
        return tf.concat([self._places(points), self._edges(grey, _in_crop(points)), shapes], 1)

    def _places(self, points: Tensor) -> Tensor:
        upright = points * tf.constant((1.0, -1.0, -1.0))
        target = self.reference[list(frontal.STEADY)]
        steady = tf.gather(upright, list(frontal.STEADY), axis=1)
        middle = tf.reduce_mean(steady, 1, keepdims=True)
        spread = steady - middle
        size = tf.sqrt(tf.reduce_mean(tf.square(spread), [1, 2], keepdims=True))
        crossed = tf.matmul(spread / size, _constant(target - target.mean(0)), transpose_a=True)
        turn = _rotation(crossed)
        # The trace of the cross-covariance turned straight is the sum of its singular values.
        scale = tf.reduce_sum(crossed * turn, [1, 2]) / tf.reduce_sum(tf.square(spread / size), [1, 2])
        laid = tf.matmul((upright - middle) / size, turn) * scale[:, None, None] + _constant(target.mean(0))
        mirrored = tf.gather(laid, frontal.MIRRORED_POINTS, axis=1) * tf.constant((-1.0, 1.0, 1.0))
        even = tf.gather((laid + mirrored) / 2.0, frontal.INNER_POINTS, axis=1)[..., :2]
        return tf.reshape(even, [-1, 2 * len(frontal.INNER_POINTS)])

    def _edges(self, grey: Tensor, places: Tensor) -> Tensor:
        flat = self._flat(grey, places)
        inside = _constant(self.skin.inside)
        area = float(self.skin.inside.sum())
        flat = (flat - (tf.reduce_sum(flat, [1, 2]) / area)[:, None, None]) * inside
        flat = flat / (tf.sqrt(tf.reduce_sum(tf.square(flat), [1, 2]) / area)[:, None, None] + skin.SOFT)
        across = tf.pad((flat[:, :, 2:] - flat[:, :, :-2]) * _constant(self.skin.both(1)), [[0, 0], [0, 0], [1, 1]])
        down = tf.pad((flat[:, 2:] - flat[:, :-2]) * _constant(self.skin.both(0)), [[0, 0], [1, 1], [0, 0]])
        strength = tf.sqrt(tf.square(across) + tf.square(down) + 1e-12)
        direction = tf.math.floormod(tf.atan2(down, across) / np.float32(np.pi), 1.0) * skin.DIRECTIONS
        cells = [self._cells(strength, direction, k) for k in range(skin.DIRECTIONS)]
        stacked = tf.stack(cells, -1)
        mirrored = tf.gather(tf.reverse(stacked, [2]), np.mod(-np.arange(skin.DIRECTIONS), skin.DIRECTIONS), axis=-1)
        even = (stacked + mirrored)[:, :, : skin.CELLS // 2] / 2.0
        chosen = np.flatnonzero(self.skin.cells.ravel())
        rows = tf.gather(tf.reshape(even, [-1, self.skin.cells.size, skin.DIRECTIONS]), chosen, axis=1)
        return tf.reshape(rows, [-1, len(chosen) * skin.DIRECTIONS])

    def _cells(self, strength: Tensor, direction: Tensor, k: int) -> Tensor:
        half = skin.DIRECTIONS / 2
        off = tf.abs(tf.math.floormod(direction - k + half, float(skin.DIRECTIONS)) - half)
        share = strength * tf.maximum(1.0 - off, 0.0)
        cells = tf.reshape(share, [-1, skin.CELLS, skin.CELL, skin.CELLS, skin.CELL])
        return tf.sqrt(tf.reduce_mean(cells, [2, 4]))

    def _flat(self, grey: Tensor, places: Tensor) -> Tensor:
        """The skin laid flat, float32[B, S, S]: between four pixels each, as `FlatSkin.flat`."""
        corners = tf.gather(places, self.skin.corners, axis=1)
        at = tf.reduce_sum(corners * _constant(self.skin.weights)[:, :, None], 2)
        at = tf.clip_by_value(at, 0.0, skin.CROP - 1.0)
        low = tf.minimum(tf.floor(at), skin.CROP - 2.0)
        part = at - low
        first = tf.cast(low[..., 1] * skin.CROP + low[..., 0], tf.int32)
        pixels = tf.reshape(grey, [-1, skin.CROP * skin.CROP])
        seen = sum(
            tf.gather(pixels, first + down * skin.CROP + across, axis=1, batch_dims=1)
            * (part[..., 0] if across else 1.0 - part[..., 0])
            * (part[..., 1] if down else 1.0 - part[..., 1])
            for down in (0, 1)
            for across in (0, 1)
        )
        inside = self.skin.inside
        where = np.where(inside, np.cumsum(inside).reshape(inside.shape) - 1, inside.sum())
        return tf.gather(tf.pad(seen, [[0, 0], [0, 1]]), where.astype(np.int32), axis=1)

    def get_config(self) -> dict[str, object]:
        return super().get_config() | {"reference": self.reference.tolist()}


def landmark_network(estimator: LandmarkEstimator, neutral: bool = False) -> keras.Model:
    """An estimator as a Keras model.

    Args:
      estimator: any.
      neutral: whether the model takes the person's neutral face as well.

    Returns:
      From `points` float32[B, 478, 3] in pixels of the photo, and `grey` float32[B, 192, 192], grey levels in [0, 255]
      as `skin.cropped` cuts them out by these points - with `neutral`, `neutral_points` and `neutral_grey` as well - to
      float32[B, 12] in [0, 5].
    """
    describe = Description(estimator.reference, name="description")
    given = _inputs("")
    seen = describe(*given)
    if not neutral:
        found = _linear(estimator.alone, estimator.alone_bias - estimator.mean @ estimator.alone, "alone")(seen)
        return keras.Model(given, _confined(found), name="estimator")
    rest_given = _inputs("neutral_")
    rest = describe(*rest_given)
    changed = _linear(estimator.change, estimator.change_bias - estimator.mean @ estimator.own, "change")(seen - rest)
    own = _linear(estimator.own, np.zeros(len(estimator.change_bias)), "own")(rest)
    return keras.Model([*given, *rest_given], _confined(changed + own), name="estimator_neutral")


def _inputs(which: str) -> list[Tensor]:
    points = keras.Input((frontal.POINTS, 3), name=f"{which}points", dtype="float32")
    return [points, keras.Input((skin.CROP, skin.CROP), name=f"{which}grey", dtype="float32")]


def _linear(weights: Float64, bias: Float64, name: str) -> keras.layers.Dense:
    layer = keras.layers.Dense(weights.shape[1], name=name)
    layer.build((None, weights.shape[0]))
    layer.set_weights([weights.astype(np.float32), bias.astype(np.float32)])
    return layer


def _confined(found: Tensor) -> Tensor:
    return keras.layers.ReLU(MAX_INTENSITY, name="intensities")(found)


def _constant(value: object) -> Tensor:
    return tf.constant(np.asarray(value, np.float32))


def _in_crop(points: Tensor) -> Tensor:
    """Where landmarks lie in the picture that `skin.cropped` cuts out by them, float32[B, 478, 2]."""
    right, left = (points[:, corner] for corner in skin.OUTER_EYE_CORNERS)
    across = left - right
    scale = skin.CROP_EYES / tf.maximum(tf.norm(across, axis=1), 1e-6)
    level = across[:, :2] / tf.maximum(tf.norm(across[:, :2], axis=1, keepdims=True), 1e-6) * scale[:, None]
    off = points[:, :, :2] - ((right + left)[:, :2] / 2.0)[:, None]
    x, y = (
        off[..., 0] * level[:, :1] + off[..., 1] * level[:, 1:],
        off[..., 1] * level[:, :1] - off[..., 0] * level[:, 1:],
    )
    return tf.stack([x, y], -1) + tf.constant(skin.CROP_MIDDLE, tf.float32)


def _rotation(crossed: Tensor) -> Tensor:
    """The rotations nearest to matrices float32[B, 3, 3] of positive determinant, by Newton and Schulz."""
    turn = crossed / tf.norm(crossed, axis=[1, 2], keepdims=True)
    for _ in range(_POLAR_STEPS):
        turn = 1.5 * turn - 0.5 * tf.matmul(turn, tf.matmul(turn, turn, transpose_a=True))
    return turn
