"""The rival that makes pixels (CDAAE): trained on a table's pictures, it makes those that the table's rows draw."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import keras
import numpy as np

from au_tf.arrays import Int32, Pixels
from au_tf.synthesis.adversarial.adversarial_training import train, with_optimizers
from au_tf.synthesis.adversarial.batches import Frames
from au_tf.synthesis.adversarial.cdaae import CDAAE, generate_pictures
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import CDAAEConfig, TrainingConfig

PIXELS = "cdaae"
"""The row's name in the command."""
CDAAE_ROW, COARSE = "CDAAE", "Real, at 32 x 32"
"""Rows: of the pictures that it makes, and of real ones no finer than these."""
NETWORKS = CDAAEConfig()
TRAINING = TrainingConfig(
    iterations=5000,
    learning_rate=1e-3,
    discriminator_learning_rate=2e-4,
    decay="cosine",
    cross_frame=1.0,
    steps_per_call=100,
)
"""Pairs of frames of one person, as its authors train it."""
_BATCH = 256


def train_pixels(
    pictures: Pixels,
    intensities: Int32,
    person: Int32,
    seed: int,
    checkpoint: Path,
    schedule: TrainingConfig = TRAINING,
) -> CDAAE:
    """Trains a CDAAE, or reads it from the checkpoint of just this training.

    Args:
      pictures: uint8[N, 32, 32, 3], sRGB.
      intensities: int32[N, 12].
      person: int32[N], who it is.
      seed: of everything random.
      checkpoint: file in which it is kept.
      schedule: of the training, whose seed is not used.

    Raises:
      InputError: as `train`.
    """
    keras.utils.set_random_seed(seed)
    training = replace(schedule, seed=seed)
    flat = pictures.reshape(len(pictures), NETWORKS.expression_size).astype(np.float32)
    bounds = Bounds(np.zeros(flat.shape[1], np.float32), np.full(flat.shape[1], 255, np.float32))
    model = with_optimizers(CDAAE(NETWORKS, bounds), training)
    train(model, Frames.of(flat, flat, intensities, person, bounds), training, checkpoint=checkpoint)
    return model


def made_pictures(model: CDAAE, sources: Pixels, intensities: Int32, size: int) -> Iterator[Pixels]:
    """What a CDAAE makes of neutral faces.

    Args:
      model: trained.
      sources: uint8[N, 32, 32, 3], sRGB.
      intensities: int32[N, 12], asked for.
      size: pixels a side.

    Yields:
      uint8[n, size, size, 3], n of them at a time.
    """
    for first in range(0, len(sources), _BATCH):
        part = slice(first, first + _BATCH)
        made = np.asarray(generate_pictures(model, sources[part], intensities[part]))
        yield enlarged(np.rint(made).astype(np.uint8), size)


def coarse_pictures(blocks: Iterable[Pixels], side: int) -> Iterator[Pixels]:
    """Pictures uint8[n, S, S, 3] as a model of `side` pixels a side sees them, at their own size."""
    for block in blocks:
        small = np.stack([cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA) for picture in block])
        yield enlarged(small, block.shape[1])


def enlarged(pictures: Pixels, size: int) -> Pixels:
    """Pictures uint8[n, s, s, 3] at uint8[n, size, size, 3]."""
    made = [cv2.resize(picture, (size, size), interpolation=cv2.INTER_CUBIC) for picture in pictures]
    return np.stack(made).astype(np.uint8)
