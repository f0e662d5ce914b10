"""Labelled pictures of faces, as estimators are trained on them."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from au_tf.arrays import Pixels
from au_tf.errors import InputError
from au_tf.facs import ACTION_UNITS


class LabelledPictures(Protocol):
    """Pictures of one size with their labels, wherever they are."""

    @property
    def count(self) -> int:
        """How many."""
        ...

    @property
    def identity(self) -> str:
        """Words that are equal only for the same pictures."""
        ...

    def ordered(self) -> tf.data.Dataset:
        """Pairs of a picture uint8[S, S, 3] and its intensities float32[12], always in the same order."""
        ...

    def shuffled(self, seed: int) -> tf.data.Dataset:
        """The same pairs in an order that the seed alone decides."""
        ...


@dataclass(frozen=True, eq=False)
class ResidentPictures:
    """Pictures in memory."""

    pictures: Pixels
    """uint8[N, S, S, 3], sRGB."""
    intensities: NDArray[np.floating | np.integer]
    """[N, 12] in [0, 5]."""

    def __post_init__(self) -> None:
        shapes = self.pictures.shape, self.intensities.shape
        if len(shapes[0]) != 4 or shapes[0][3:] != (3,) or shapes[1] != (len(self.pictures), len(ACTION_UNITS)):
            raise InputError("pictures", "shapes", f"{shapes[0]} and {shapes[1]}", "[N, S, S, 3] and [N, 12]")

    @property
    def count(self) -> int:
        """How many."""
        return len(self.pictures)

    @property
    def identity(self) -> str:
        """A digest of all of them."""
        digest = hashlib.sha256(np.ascontiguousarray(self.pictures).tobytes())
        digest.update(np.asarray(self.intensities, np.float32).tobytes())
        return digest.hexdigest()

    def ordered(self) -> tf.data.Dataset:
        """As `LabelledPictures.ordered`."""
        return tf.data.Dataset.from_tensor_slices((self.pictures, np.asarray(self.intensities, np.float32)))

    def shuffled(self, seed: int) -> tf.data.Dataset:
        """As `LabelledPictures.shuffled`."""
        return self.ordered().shuffle(max(self.count, 1), seed=seed, reshuffle_each_iteration=False)
