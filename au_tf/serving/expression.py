"""The model `expression`: intensities, and a source expression or noise, to an expression."""

import numpy as np
import tensorflow as tf

from au_tf.facs import ACTION_UNITS
from au_tf.serving import rows
from au_tf.serving.servable import Servable
from au_tf.synthesis.stored import StoredGenerator

MOST = 25.0
"""Greatest coefficient that is taken, standard deviations; people have about 5."""


def expression_servable(generator: StoredGenerator) -> Servable:
    """A trained generator for the server.

    Its only signature takes `intensities` float32[B, 12] in [0, 5] and, as the generator was trained,
    `source_expression` float32[B, E] in standard deviations or `noise` float32[B, Z] in [-1, 1]. It returns
    `expression` float32[B, E], standard deviations, and `status` string[B].
    """
    given, limit = ("source_expression", MOST) if generator.TAKES_SOURCE else ("noise", 1.0)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, len(ACTION_UNITS)], tf.float32, "intensities"),
            tf.TensorSpec([None, generator.given_size], tf.float32, given),
        ],
        autograph=False,
    )
    def express(intensities: tf.Tensor, other: tf.Tensor) -> dict[str, tf.Tensor]:
        intensities, other = rows.require_alike(intensities, other)
        fine = rows.inside(other, -limit, limit), f"{given}: found a number that is not from {-limit:g} to {limit:g}"
        told = rows.status([rows.asked(intensities), fine])
        good = told == rows.OK
        made = generator.expression(rows.only(good, other), rows.only(good, intensities))
        return {"expression": rows.only(good, made), "status": told}

    example = {
        "intensities": np.zeros((1, len(ACTION_UNITS)), np.float32),
        given: np.zeros((1, generator.given_size), np.float32),
    }
    return Servable("expression", {"serving_default": express}, generator.variables, {"serving_default": example})
