"""Frames by what is known of them, without decoding the pictures of all others."""

from typing import Any

import tensorflow as tf
import tensorflow_datasets as tfds


def select_frames(
    builder: tfds.core.DatasetBuilder,
    split: str,
    *,
    neutral: bool | None = None,
    registered: bool | None = None,
    **options: Any,
) -> tf.data.Dataset:
    """Reads the frames of a split that are asked for; only their pictures are decoded.

    Args:
      builder: of a data set that is prepared.
      split: as for `builder.as_dataset`, e.g. "train" or "test[:10%]".
      neutral: True for frames without any Action Unit, False for frames with one, None for both.
      registered: True for frames that can be relied on, False for the others, None for both.
      **options: handed to `builder.as_dataset`, e.g. shuffle_files or read_config.

    Returns:
      Examples as `builder.as_dataset` gives them.
    """
    decoders = {"image": tfds.decode.SkipDecoding()} if "image" in builder.info.features else None
    frames = builder.as_dataset(split=split, decoders=decoders, **options)
    for name, wanted in (("neutral", neutral), ("registered", registered)):
        if wanted is not None:
            frames = frames.filter(lambda example, name=name, wanted=wanted: example[name] == wanted)
    if decoders is None:
        return frames
    decode = builder.info.features["image"].decode_example
    return frames.map(lambda example: example | {"image": decode(example["image"])}, tf.data.AUTOTUNE)
