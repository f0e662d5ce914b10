"""Recorded frames out of a data set into arrays, without their pictures."""

from dataclasses import fields
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from numpy.typing import NDArray

from au_tf.datasets.recordings.reading import whole_files
from au_tf.synthesis.frame_table import FrameTable

_FEATURES = {
    "expression": "expression",
    "intensities": "intensities",
    "person": "subject",
    "camera": "camera",
    "time": "frame",
}
"""The feature of each column of a `FrameTable`."""
_CHUNK = 4096


def read_frames(builder: tfds.core.DatasetBuilder, split: str) -> FrameTable:
    """Reads the frames of a split that can be relied on (`registered`), in the order of the files.

    Args:
      builder: of a data set that is prepared.
      split: as for `builder.as_dataset`.

    Raises:
      InputError: if a file is missing or damaged.
    """
    wanted = dict.fromkeys((*_FEATURES.values(), "registered"), True)
    frames = builder.as_dataset(split=split, decoders=tfds.decode.PartialDecoding(wanted)).batch(_CHUNK)
    with whole_files(builder, split):
        chunks = [_registered(chunk) for chunk in frames.as_numpy_iterator()]
    return FrameTable(*(np.concatenate(column) for column in zip(*chunks, strict=True)))


def _registered(chunk: dict[str, Any]) -> list[NDArray[Any]]:
    """The columns of a `FrameTable` in its order, from a batch of examples."""
    columns = (chunk[_FEATURES[field.name]][chunk["registered"]] for field in fields(FrameTable))
    return [column if column.dtype == np.float32 else column.astype(np.int32) for column in columns]
