"""What is exported: signatures, and an example of a request for each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from au_tf.arrays import Array

Request = Mapping[str, Array]


class Servable(NamedTuple):
    """A model as the server sees it."""

    name: str
    """What the server calls it."""
    signatures: dict[str, Any]
    """A `tf.function` of one input signature for each; it returns tensors by names."""
    variables: list[tf.Variable]
    """What they read."""
    examples: dict[str, Request]
    """A request for each, with which the server warms up."""
    batched: bool = True
    """Whether the server may put requests together: not where rows of two requests may differ in shape."""
