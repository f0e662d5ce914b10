"""What readers of data sets have in common."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf
import tensorflow_datasets as tfds

from au_tf.errors import InputError


@contextmanager
def whole_files(builder: tfds.core.DatasetBuilder, split: str) -> Iterator[None]:
    """Says in one line that a file of a split is missing or damaged, where TensorFlow finds out while reading.

    Raises:
      InputError: if it does.
    """
    try:
        yield
    except (tf.errors.DataLossError, tf.errors.NotFoundError) as error:
        reason = error.message.partition("}} ")[2]
        raise InputError(builder.data_dir, f"split {split}", reason, "whole files; build the data set anew") from error
