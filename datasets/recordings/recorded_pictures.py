"""Labelled pictures of recorded and of synthesised people, as estimators are trained on them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from au_tf.arrays import Array, Bool, Int, Pixels
from au_tf.datasets.recordings.opening import open_recordings
from au_tf.datasets.recordings.reading import whole_files
from au_tf.errors import Argument, InputError
from au_tf.files import Place

DEFAULT_CONFIG = "frames_paper"
"""The config of a data set that is named without one."""
_IN_MEMORY = 2 << 30
"""Bytes of pictures up to which they are decoded once and kept."""
_BUFFER = 30_000
"""Most pictures, not decoded, that are shuffled with one another."""
_TOLD = ("subject", "camera", "frame", "intensities", "neutral", "registered")


def open_pictures(name: str, data_dir: str | Place | None = None) -> tfds.core.DatasetBuilder:
    """Finds a recorded data set with pictures, as `open_recordings`.

    Raises:
      InputError: as `open_recordings`, or if its config has no pictures.
    """
    builder = open_recordings(name if "/" in name else f"{name}/{DEFAULT_CONFIG}", data_dir)
    if "image" not in builder.info.features:
        raise InputError(
            Argument("dataset", name), "pictures", "none", f"a config that has them, such as {DEFAULT_CONFIG}"
        )
    return builder


@dataclass(frozen=True, eq=False)
class SplitPart:
    """The frames of a split that show something, can be relied on, and are of certain people."""

    builder: tfds.core.DatasetBuilder
    """Of a data set with pictures."""
    split: str
    """As for `builder.as_dataset`."""
    people: tuple[int, ...] | None = None
    """Numbers of the people; None is everybody."""
    below: int | None = None
    """Only frames with numbers below this one; None is all."""

    @cached_property
    def told(self) -> dict[str, Array]:
        """What is known of the frames without their pictures, by feature, in the order of the files.

        Raises:
          InputError: if a file is missing or damaged.
        """
        decoders = tfds.decode.PartialDecoding(dict.fromkeys(_TOLD, True))
        frames = self.builder.as_dataset(split=self.split, decoders=decoders).batch(4096)
        with whole_files(self.builder, self.split):
            chunks = list(frames.as_numpy_iterator())
        told = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in _TOLD}
        wanted = told["registered"] & ~told["neutral"] & self._has(told["subject"])
        if self.below is not None:
            wanted &= told["frame"] < self.below
        return {name: values[wanted] for name, values in told.items()}

    @property
    def count(self) -> int:
        """How many frames."""
        return len(self.told["frame"])

    def first(self, count: int) -> "SplitPart":
        """The frames with the lowest numbers: of synthesised pictures, which are numbered, those that were made first.

        Raises:
          InputError: if there are not so many.
        """
        if count > self.count:
            raise InputError(self.builder.data_dir, "pictures", self.count, f"at least {count}")
        numbers = np.sort(self.told["frame"])
        return replace(self, below=int(numbers[count - 1]) + 1 if count else 0)

    def _has(self, subject: Int) -> Bool:
        return np.isin(subject, subject if self.people is None else self.people)

    def records(self, seed: int | None) -> tf.data.Dataset:
        """Pairs of an encoded picture and its intensities; with a seed, the files come in an order of it."""
        read = tfds.ReadConfig(shuffle_seed=seed)
        wanted = tfds.decode.PartialDecoding(
            dict.fromkeys((*_TOLD, "image"), True), decoders={"image": tfds.decode.SkipDecoding()}
        )
        frames = self.builder.as_dataset(
            split=self.split, shuffle_files=seed is not None, decoders=wanted, read_config=read
        )
        frames = frames.filter(lambda frame: frame["registered"] & ~frame["neutral"])
        if self.below is not None:
            frames = frames.filter(lambda frame: frame["frame"] < self.below)
        if self.people is not None:
            people = tf.constant(self.people, tf.int64)
            frames = frames.filter(lambda frame: tf.reduce_any(frame["subject"] == people))
        return frames.map(lambda frame: (frame["image"], tf.cast(frame["intensities"], tf.float32)))


@dataclass(frozen=True, eq=False)
class RecordedPictures:
    """The pictures of several data sets at one size; those that fit into memory are decoded once."""

    parts: Sequence[SplitPart]
    """Where they are from."""
    size: int
    """S, pixels a side."""

    @cached_property
    def count(self) -> int:
        """How many."""
        return sum(self._counts)

    @cached_property
    def _counts(self) -> list[int]:
        return [part.count for part in self.parts]

    @cached_property
    def identity(self) -> str:
        """Size, and names, people and labels of what is in it."""
        digest = hashlib.sha256(str(self.size).encode())
        for part in self.parts:
            digest.update(f"{part.builder.info.full_name} {part.split}".encode())
            for name in _TOLD:
                digest.update(np.ascontiguousarray(part.told[name]).tobytes())
        return digest.hexdigest()

    def ordered(self) -> tf.data.Dataset:
        """As `LabelledPictures.ordered`."""
        return self._decoded if self._fits else self._decode(self._joined)

    def shuffled(self, seed: int) -> tf.data.Dataset:
        """As `LabelledPictures.shuffled`; of many, those that lie near each other in the files may stay in one part."""
        if self._fits:
            return self._decoded.shuffle(max(self.count, 1), seed=seed, reshuffle_each_iteration=False)
        seeds = [int(s) for s in np.random.default_rng(seed).integers(2**31, size=len(self.parts) + 1)]
        parts = [part.records(own) for part, own in zip(self.parts, seeds[1:], strict=True)]
        weights = [n / self.count for n in self._counts]
        mixed = tf.data.Dataset.sample_from_datasets(parts, weights, seed=seeds[0], rerandomize_each_iteration=False)
        return self._decode(mixed.shuffle(_BUFFER, seed=seeds[0], reshuffle_each_iteration=False))

    @property
    def _fits(self) -> bool:
        return self.count * self.size * self.size * 3 <= _IN_MEMORY

    @property
    def _joined(self) -> tf.data.Dataset:
        first, *others = (part.records(None) for part in self.parts)
        for other in others:
            first = first.concatenate(other)
        return first

    @cached_property
    def _decoded(self) -> tf.data.Dataset:
        return self._decode(self._joined).cache()

    def _decode(self, records: tf.data.Dataset) -> tf.data.Dataset:
        def decode(image: tf.Tensor, intensities: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            picture = tf.io.decode_image(image, 3, expand_animations=False)
            picture.set_shape([None, None, 3])
            return _averaged(picture, self.size), intensities

        return records.map(decode, tf.data.AUTOTUNE)


def read_pictures(builder: tfds.core.DatasetBuilder, split: str, size: int) -> Pixels:
    """Pictures uint8[N, size, size, 3] of the frames that `frame_tables.read_frames` reads, in its order.

    Raises:
      InputError: if a file is missing or damaged.
    """
    wanted = tfds.decode.PartialDecoding(dict.fromkeys(("registered", "image"), True))
    frames = builder.as_dataset(split=split, decoders=wanted).filter(lambda frame: frame["registered"])
    small = frames.map(lambda frame: _averaged(frame["image"], size), tf.data.AUTOTUNE)
    with whole_files(builder, split):
        return np.stack(list(small.as_numpy_iterator()))


def _averaged(picture: tf.Tensor, size: int) -> tf.Tensor:
    """uint8[H, W, 3] at uint8[size, size, 3]."""
    averaged = tf.image.resize(picture, (size, size), tf.image.ResizeMethod.AREA)
    return tf.cast(tf.round(averaged), tf.uint8)


def split_people(builder: tfds.core.DatasetBuilder, held_out: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Numbers of the training people of a data set: those to train on, and the last ones, to choose models on.

    Raises:
      InputError: if nobody is left on one of the sides, or a file is missing or damaged.
    """
    everybody = np.unique(SplitPart(builder, "train").told["subject"])
    if not 0 < held_out < len(everybody):
        raise InputError("validation", "people", held_out, f"1 to {len(everybody) - 1} of the {len(everybody)} people")
    return tuple(map(int, everybody[:-held_out])), tuple(map(int, everybody[-held_out:]))
