"""The model `estimator` of dense landmarks and skin: faces that were found to intensities."""

import numpy as np
import tensorflow as tf

from au_tf.arrays import Float64, Tensor
from au_tf.estimation.landmarks.frontal import POINTS
from au_tf.estimation.landmarks.landmark_estimator import LandmarkEstimator
from au_tf.estimation.landmarks.landmark_network import landmark_network
from au_tf.estimation.landmarks.skin import CROP, CROP_EYES, CROP_MIDDLE, OUTER_EYE_CORNERS
from au_tf.serving import rows
from au_tf.serving.servable import Servable

_FAR = 1e5
"""Pixels beyond which no picture reaches."""


def landmark_estimator_servable(estimator: LandmarkEstimator) -> Servable:
    """An estimator of dense landmarks and skin for the server.

    `serving_default` takes `points` float32[B, 478, 3], as `DetectedFace.dense` has them, and `grey`
    uint8[B, 192, 192], what `skin.cropped` cuts out by them; `neutral` takes `neutral_points` and `neutral_grey` of the
    person's neutral face as well. Both return `intensities` float32[B, 12] in [0, 5] and `status` string[B].
    """
    alone, changed = landmark_network(estimator), landmark_network(estimator, neutral=True)
    specs = [*_specs(""), *_specs("neutral_")]

    @tf.function(input_signature=specs[:2], autograph=False)
    def read(points: Tensor, grey: Tensor) -> dict[str, Tensor]:
        points, grey = rows.require_alike(points, grey)
        told = rows.status([_face(points, "points")])
        found = alone([_usable(told, points, estimator.reference), tf.cast(grey, tf.float32)], training=False)
        return {"intensities": rows.only(told == rows.OK, found), "status": told}

    @tf.function(input_signature=specs, autograph=False)
    def read_change(points: Tensor, grey: Tensor, neutral_points: Tensor, neutral_grey: Tensor) -> dict[str, Tensor]:
        points, grey, neutral_points, neutral_grey = rows.require_alike(points, grey, neutral_points, neutral_grey)
        told = rows.status([_face(points, "points"), _face(neutral_points, "neutral_points")])
        places = [_usable(told, each, estimator.reference) for each in (points, neutral_points)]
        greys = [tf.cast(each, tf.float32) for each in (grey, neutral_grey)]
        found = changed([places[0], greys[0], places[1], greys[1]], training=False)
        return {"intensities": rows.only(told == rows.OK, found), "status": told}

    example = _example(estimator.reference)
    both = example | {f"neutral_{name}": value for name, value in example.items()}
    signatures = {"serving_default": read, "neutral": read_change}
    kept = [weight.value for network in (alone, changed) for weight in network.weights]
    return Servable("estimator", signatures, kept, {"serving_default": example, "neutral": both})


def _specs(which: str) -> list[tf.TensorSpec]:
    points = tf.TensorSpec([None, POINTS, 3], tf.float32, f"{which}points")
    return [points, tf.TensorSpec([None, CROP, CROP], tf.uint8, f"{which}grey")]


def _face(points: Tensor, name: str) -> tuple[Tensor, str]:
    """The rule that points are some, and not all in one place."""
    right, left = (points[:, corner] for corner in OUTER_EYE_CORNERS)
    apart = tf.reduce_sum(tf.square(left - right), 1) >= 1.0
    return rows.inside(points, -_FAR, _FAR) & apart, f"{name}: found no face's, or no numbers"


def _usable(told: Tensor, points: Tensor, reference: Float64) -> Tensor:
    """Points with the reference face in rows that are refused, so that nothing divides by 0."""
    return tf.where((told == rows.OK)[:, None, None], points, tf.constant(_placed(reference)))


def _placed(reference: Float64) -> np.ndarray:
    """The reference face in pixels of a crop, float32[478, 3]."""
    return (reference * (CROP_EYES, -CROP_EYES, -CROP_EYES) + (*CROP_MIDDLE, 0.0)).astype(np.float32)


def _example(reference: Float64) -> dict[str, np.ndarray]:
    return {"points": _placed(reference)[np.newaxis], "grey": np.full((1, CROP, CROP), 128, np.uint8)}
