"""Arrays as files of face models hold them, checked and brought into au_tf's shapes."""

import os
import stat
from pathlib import Path

import numpy as np

from au_tf.arrays import Array, Float32, Int32
from au_tf.errors import InputError


def file_size(path: str | os.PathLike[str], expected: str) -> int:
    """Size in bytes of a regular file.

    Args:
      path: the file.
      expected: what it should be, for the error.

    Raises:
      InputError: if there is no such file, or it is a folder, a device or a pipe.
    """
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        raise InputError(path, "file", "nothing", expected) from None
    except (OSError, ValueError) as error:
        raise InputError(path, "file", getattr(error, "strerror", None) or error, expected) from None
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "something that is no file"
        raise InputError(path, "file", what, expected)
    return status.st_size


def numbers(source: object, name: str, array: Array) -> Float32:
    """Finite numbers as float32, in the shape they have.

    Raises:
      InputError: if one is not finite or too large for float32.
    """
    with np.errstate(all="ignore"):
        result = array.astype(np.float32, copy=False)
    if not np.isfinite(result).all():
        raise InputError(source, name, "a number that is not finite", "finite numbers")
    return result


def vector(source: object, name: str, array: Array) -> Float32:
    """Finite numbers float32[N] of a row, a column or a plain vector.

    Raises:
      InputError: for another shape, no number, or one that is not finite.
    """
    if array.size == 0 or array.size != max(array.shape, default=1):
        raise InputError(source, name, f"the shape {list(array.shape)}", "a row or a column of numbers")
    return numbers(source, name, array).reshape(-1)


def points(source: object, name: str, array: Array, vertices: int | None = None, scale: float = 1.0) -> Float32:
    """Finite float32[V, 3] of a row or a column with x, y and z (or red, green and blue) in turn.

    Args:
      source: the file, for the error.
      name: the array's name in it, for the error.
      array: what it holds.
      vertices: V, if it is known.
      scale: what all are multiplied by.

    Raises:
      InputError: for another size or shape, or a number that is not finite.
    """
    flat = vector(source, name, array)
    if vertices is not None and len(flat) != 3 * vertices:
        raise InputError(source, name, f"{len(flat)} numbers", f"{3 * vertices} for {vertices} vertices")
    if len(flat) % 3:
        raise InputError(source, name, f"{len(flat)} numbers", "three for each vertex")
    with np.errstate(all="ignore"):
        return numbers(source, name, flat.reshape(-1, 3) * np.float32(scale))


def deviations(source: object, name: str, array: Array) -> Float32:
    """Standard deviations or variances float32[K], none negative.

    Raises:
      InputError: for another shape, or a number that is negative or not finite.
    """
    result = vector(source, name, array)
    if result.min() < 0:
        raise InputError(source, name, f"{result.min():g}", "numbers from 0 up")
    return result


def basis(
    source: object, name: str, array: Array, vertices: int, deviation: Float32 | float, count: int | None = None
) -> Float32:
    """A basis of columns, as float32[count, V, 3] a standard deviation.

    Args:
      source: the file, for the error.
      name: the array's name in it, for the error.
      array: [3V, K], a column a component, with x, y and z of a vertex in turn.
      vertices: V.
      deviation: what the components are multiplied by, float32[K] or one number for all.
      count: how many components to keep, from the first on; None keeps all.

    Raises:
      InputError: for another shape, or a number that is not finite.
    """
    scale = np.asarray(deviation, np.float32)
    components: int | str = len(scale) if scale.ndim else "any"
    fits = array.ndim == 2 and len(array) == 3 * vertices and components in ("any", array.shape[1])
    if not fits or array.shape[1] == 0:
        expected = f"[{3 * vertices}, {components}] for {vertices} vertices and {components} components"
        raise InputError(source, name, f"the shape {list(array.shape)}", expected)
    with np.errstate(all="ignore"):
        scaled = numbers(source, name, array[:, :count]) * (scale[:count] if scale.ndim else scale)
    return np.ascontiguousarray(scaled.T).reshape(-1, vertices, 3)


def indices(source: object, name: str, array: Array, count: int, first: int = 1) -> Int32:
    """Indices as int32 from 0, in the shape they have.

    Args:
      source: the file, for the error.
      name: the array's name in it, for the error.
      array: whole numbers from `first` on, of any type.
      count: how many things there are to point at.
      first: the index of the first, 1 in files of MATLAB.

    Raises:
      InputError: for a number that is not whole or out of range.
    """
    expected = f"whole numbers from {first} to {count - 1 + first}"
    if array.size and not (array.min() >= first and array.max() <= count - 1 + first):
        raise InputError(source, name, f"{array.min():g} to {array.max():g}", expected)
    whole = array.astype(np.int64)
    if not (whole == array).all():
        raise InputError(source, name, "fractions", expected)
    return (whole - first).astype(np.int32)


def triangles(source: object, name: str, array: Array, vertices: int, first: int = 1) -> Int32:
    """Triangles int32[T, 3] from 0; the parameters are those of `indices`.

    Raises:
      InputError: for another shape, or an index that is not whole or out of range.
    """
    if array.ndim != 2 or array.shape[1] != 3 or not len(array):
        raise InputError(source, name, f"the shape {list(array.shape)}", "three indices a triangle")
    return indices(source, name, array, vertices, first)
