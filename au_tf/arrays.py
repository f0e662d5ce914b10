"""The house's array types: what a number's kind says about it. Shapes stand in docstrings, as `float[..., 12]`."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from tensorflow import Tensor
else:
    Tensor = Any

__all__ = [
    "Array",
    "ArrayLike",
    "Arrays",
    "Bool",
    "Float",
    "Float32",
    "Float64",
    "Indices",
    "Int",
    "Int32",
    "Int64",
    "Pixels",
    "Tensor",
    "UInt8",
]

Array = NDArray[Any]
"""Numbers of a kind that does not matter. Beside it `ArrayLike`, what `np.asarray` takes, and TensorFlow's `Tensor`."""
Arrays = dict[str, Array]
"""Arrays by name: the columns of a table, the fields of a request."""

Float = NDArray[np.floating]
"""Real numbers of any precision."""
Float32 = NDArray[np.float32]
"""Coefficients, vertices, linear pictures: what networks, renderers and files hold."""
Float64 = NDArray[np.float64]
"""What is fitted, solved and measured."""

Int = NDArray[np.integer]
"""Whole numbers of any width."""
Int32 = NDArray[np.int32]
"""Triangles and numbers of vertices."""
Int64 = NDArray[np.int64]
"""Rows, labels and keys to sort by."""
Indices = NDArray[np.intp]
"""Places in an array, as `np.argsort` gives them."""

Bool = NDArray[np.bool_]
"""Masks and choices of rows."""
Pixels = NDArray[np.uint8]
"""Pictures and films as stored: sRGB, uint8[..., height, width, 3]."""
UInt8 = NDArray[np.uint8]
"""Other bytes: intensities as coded, the part of the face that a vertex belongs to."""
