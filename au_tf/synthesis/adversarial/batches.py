"""Batches for the training of CGAN and CAAE: every one a pure function of the frames, a seed and its number.

All that is random about a step is drawn here, so a training can be resumed at any step, and one replica and
several see the same samples, soft labels and draws of the prior.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from au_tf.arrays import Array, Tensor
from au_tf.errors import InputError
from au_tf.facs import MAX_INTENSITY
from au_tf.synthesis.adversarial.soft_labels import soften
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import TrainingConfig


class Batch(NamedTuple):
    """What one step sees; everything in the scale of the networks."""

    source: Tensor
    """float32[B, E], what the encoder sees, if there is one."""
    target: Tensor
    """float32[B, E], what is real, and to be reconstructed."""
    label: Tensor
    """float32[B, 12], the target's label."""
    asked: Tensor
    """float32[B, 12], the label that the generated side of eqs. 3 and 8 is asked for."""
    prior: Tensor
    """float32[B, Z], draws of the prior of the code, or of the noise."""


class Frames(NamedTuple):
    """Labelled frames, those of one person side by side."""

    expression: Tensor
    """float32[N, E], scaled by the bounds."""
    observed: Tensor
    """float32[N, E], the same frame as a source, e.g. through a fit to a photo; scaled by the bounds."""
    intensities: Tensor
    """float32[N, 12] in [0, 5]."""
    first: Tensor
    """int32[N], where the frames of this frame's person begin."""
    count: Tensor
    """int32[N], how many frames that person has."""

    @classmethod
    def of(
        cls,
        expression: Array,
        observed: Array,
        intensities: Array,
        person: Array,
        bounds: Bounds,
    ) -> "Frames":
        """Scales recorded frames and brings those of one person together.

        Args:
          expression: float[N, E], standard deviations.
          observed: float[N, E], standard deviations; clipped to the bounds, as every source is.
          intensities: [N, 12] in 0..5.
          person: int[N], who it is.
          bounds: of the training split.

        Raises:
          InputError: if the arrays disagree in length or a value is not finite.
        """
        if not len(expression) == len(observed) == len(intensities) == len(person) > 0:
            lengths = f"{len(expression)}, {len(observed)}, {len(intensities)} and {len(person)} rows"
            raise InputError("frames", "length", lengths, "the same number of rows, at least one")
        if not all(np.all(np.isfinite(a)) for a in (expression, observed, intensities)):
            raise InputError("frames", "values", "one that is not finite", "finite coefficients and intensities")
        order = np.argsort(person, kind="stable")
        _, first, inverse, count = np.unique(
            np.asarray(person)[order], return_index=True, return_inverse=True, return_counts=True
        )
        return cls(
            np.asarray(bounds.to_network(expression[order]), np.float32),
            np.asarray(np.clip(bounds.to_network(observed[order]), -1, 1), np.float32),
            np.asarray(intensities[order], np.float32),
            first[inverse].astype(np.int32),
            count[inverse].astype(np.int32),
        )


def draw_batch(frames: Frames, config: TrainingConfig, latent_size: int, step: Tensor) -> Batch:
    """Draws the batch of one step.

    Args:
      frames: the training split, as arrays or tensors.
      config: how to draw.
      latent_size: size of the code or noise.
      step: int, number of the step.

    Returns:
      A batch of `config.batch_size` samples.
    """
    seeds = tf.random.split(tf.stack([tf.constant(config.seed, tf.int32), tf.cast(step, tf.int32)]), 5)
    size = config.batch_size
    index = tf.random.stateless_uniform([size], seeds[0], 0, len(frames.first), tf.int32)
    source = _sources(frames, index, config.cross_frame, seeds[1], seeds[2])
    soft = soften(tf.gather(frames.intensities, index), config.soft_labels, seeds[3])
    label = soft * (2.0 / MAX_INTENSITY) - 1.0
    return Batch(
        source=tf.gather(frames.observed, source),
        target=tf.gather(frames.expression, index),
        label=label,
        asked=tf.roll(label, 1, 0) if config.permuted_labels else label,
        prior=tf.random.stateless_uniform([size, latent_size], seeds[4], -1.0, 1.0),
    )


def draw_batches(frames: Frames, config: TrainingConfig, latent_size: int, steps: Tensor) -> Batch:
    """The batches of several steps, int32[K], each as `draw_batch` draws it, stacked along a new first axis."""
    sizes = Batch(*(frames.expression.shape[1],) * 2, *(frames.intensities.shape[1],) * 2, latent_size)
    shapes = Batch(*(tf.TensorSpec([config.batch_size, size], tf.float32) for size in sizes))
    return tf.map_fn(lambda step: draw_batch(frames, config, latent_size, step), steps, fn_output_signature=shapes)


def _sources(frames: Frames, index: Tensor, share: float, seed_who: Tensor, seed_which: Tensor) -> Tensor:
    """For each frame itself or, for a share of them, any frame of the same person."""
    size = tf.shape(index)
    count = tf.gather(frames.count, index)
    offset = tf.cast(tf.random.stateless_uniform(size, seed_which) * tf.cast(count, tf.float32), tf.int32)
    # A product just below `count` may round up to it.
    other = tf.gather(frames.first, index) + tf.minimum(offset, count - 1)
    return tf.where(tf.random.stateless_uniform(size, seed_who) < share, other, index)
