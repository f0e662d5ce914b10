"""Recorded frames out of a data set into arrays, without their pictures."""

from collections.abc import Iterable
from dataclasses import fields

import numpy as np
import tensorflow_datasets as tfds

from au_tf.arrays import Array
from au_tf.datasets.recordings.reading import whole_files
from au_tf.datasets.recordings.schema import coefficients_of
from au_tf.morphable import Coefficients
from au_tf.morphable.coefficients import NAMES
from au_tf.training.frame_table import FrameTable

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
    return _table(_registered(builder, split, _FEATURES.values()))


def read_faces(builder: tfds.core.DatasetBuilder, split: str) -> tuple[FrameTable, Coefficients]:
    """Reads the same frames with all of their coefficients; arguments as of `read_frames`."""
    columns = _registered(builder, split, (*_FEATURES.values(), *NAMES))
    return _table(columns), coefficients_of(columns)


def _registered(builder: tfds.core.DatasetBuilder, split: str, names: Iterable[str]) -> dict[str, Array]:
    """Features of the registered frames, by name."""
    wanted = dict.fromkeys((*names, "registered"), True)
    frames = builder.as_dataset(split=split, decoders=tfds.decode.PartialDecoding(wanted)).batch(_CHUNK)
    with whole_files(builder, split):
        chunks = list(frames.as_numpy_iterator())
    return {name: np.concatenate([chunk[name][chunk["registered"]] for chunk in chunks]) for name in wanted}


def _table(columns: dict[str, Array]) -> FrameTable:
    return FrameTable(*(_plain(columns[_FEATURES[field.name]]) for field in fields(FrameTable)))


def _plain(column: Array) -> Array:
    return column if column.dtype == np.float32 else column.astype(np.int32)
