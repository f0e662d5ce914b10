"""A trained estimator of Action Units: pictures of aligned faces in, intensities out."""

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import cv2
import keras
import numpy as np
import tensorflow as tf

from au_tf.arrays import Array, ArrayLike, Float32, Pixels
from au_tf.errors import InputError
from au_tf.estimation.backbones import build, clipped
from au_tf.estimation.estimator_config import BACKBONES
from au_tf.facs import ACTION_UNITS
from au_tf.files import Place, place, write_npz
from au_tf.model_files import read_network
from au_tf.startup import check_fork

FILE = "estimator.npz"
_ROWS_A_CALL = 64


@dataclass(frozen=True, eq=False, repr=False)
class Estimator:
    """A network with what its use needs."""

    backbone: str
    """One of `BACKBONES`."""
    network: keras.Model
    """From [B, S, S, 3], sRGB in [0, 255], uint8 or float32, to intensities float32[B, 12] in [0, 5]."""

    def __repr__(self) -> str:
        return f"Estimator({self.backbone}, pictures of {self.size} x {self.size} pixels)"

    @classmethod
    def of(cls, backbone: str, network: keras.Model) -> Self:
        """Takes what `network.build` made and was trained; it shares its weights."""
        return cls(backbone, clipped(network))

    @property
    def size(self) -> int:
        """S, pixels a side of the pictures that the network sees."""
        return BACKBONES[self.backbone].size

    @cached_property
    def run(self) -> tf.types.experimental.PolymorphicFunction:
        """The network compiled for any number of pictures: uint8[B, S, S, 3] to float32[B, 12]."""
        spec = tf.TensorSpec([None, self.size, self.size, 3], tf.uint8)
        return tf.function(lambda pictures: self.network(pictures, training=False), input_signature=[spec])

    def estimate(self, pictures: ArrayLike) -> Float32:
        """Estimates intensities.

        Args:
          pictures: uint8[N, H, H, 3] of aligned faces as `align_face` cuts them out, sRGB; where H is not S they are
            resampled.

        Returns:
          float32[N, 12] in [0, 5].

        Raises:
          InputError: for another type or shape, or in a process that was forked after TensorFlow had been used.
        """
        check_fork()
        given = np.asarray(pictures)
        if given.dtype != np.uint8 or given.ndim != 4 or given.shape[3] != 3 or given.shape[1] != given.shape[2]:
            raise InputError("estimator", "pictures", f"{given.dtype}{list(given.shape)}", "uint8[N, H, H, 3]")
        blocks = [given[i : i + _ROWS_A_CALL] for i in range(0, len(given), _ROWS_A_CALL)]
        parts = [self.run(resampled(block, self.size)).numpy() for block in blocks]
        return np.concatenate([np.empty((0, len(ACTION_UNITS)), np.float32), *parts])

    def save(self, directory: str | os.PathLike[str] | Place) -> None:
        """Writes `estimator.npz`, which `load_estimator` reads, into a directory that is made if need be.

        Raises:
          InputError: if the place cannot be written.
        """
        write_npz(place(directory) / FILE, self.arrays())

    def arrays(self) -> dict[str, Any]:
        """What its file holds, by name: numbers, and settings as text."""
        weights = {f"weight/{i}": weight for i, weight in enumerate(self.network.get_weights())}
        return {"backbone": self.backbone} | weights


def load_estimator(directory: str | os.PathLike[str] | Place) -> Estimator:
    """Reads what `Estimator.save` wrote.

    Raises:
      InputError: if the file is missing, damaged, or does not fit together.
    """
    path = place(directory) / FILE
    backbone = str(read_network(path, ["backbone"])["backbone"])
    if backbone not in BACKBONES:
        raise InputError(path, "backbone", backbone, f"one of {', '.join(BACKBONES)}")
    network = build(backbone)
    names = [f"weight/{i}" for i in range(len(network.weights))]
    weights: dict[str, Array] = read_network(path, names)
    for name, variable in zip(names, network.weights, strict=True):
        if weights[name].shape != tuple(variable.shape) or not np.isfinite(weights[name]).all():
            expected = f"finite numbers of shape {tuple(variable.shape)}"
            raise InputError(path, name, f"shape {weights[name].shape}", expected)
    network.set_weights(list(weights.values()))
    return Estimator.of(backbone, network)


def resampled(pictures: Pixels, size: int) -> Pixels:
    """Pictures uint8[N, H, H, 3] with `size` pixels a side; where they shrink, pixels are averaged."""
    if pictures.shape[1] == size:
        return pictures
    how = cv2.INTER_AREA if pictures.shape[1] > size else cv2.INTER_LINEAR
    return np.stack([cv2.resize(picture, (size, size), interpolation=how) for picture in pictures])
