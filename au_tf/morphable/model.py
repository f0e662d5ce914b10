"""The 3D morphable model: linear bases of shape and albedo (eqs. 1 and 2 of the paper)."""

import hashlib
import io
import os
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from au_tf.arrays import Float32, Int32, UInt8
from au_tf.errors import InputError
from au_tf.facs import ACTIONS
from au_tf.files import write_whole
from au_tf.geometry.pose import Pose

if TYPE_CHECKING:
    import tensorflow as tf


STYLES = 3
"""Ways in which a person's own action differs from the mean's: sideways, upward, and turned."""


class Part(IntEnum):
    """What a vertex belongs to."""

    SKIN = 0
    EYE = 1
    MOUTH = 2
    TEETH = 3


@dataclass(frozen=True, eq=False)
class MorphableModel:
    """A face as a mean plus linear bases.

    Millimetres, right-handed: +x to the face's left, +y up, +z out of the face.
    Coefficients are in standard deviations, so each is standard normal over people.
    """

    name: str
    """What the model is called."""
    mean_shape: Float32
    """float32[V, 3], mm."""
    identity_basis: Float32
    """float32[I, V, 3], mm a standard deviation."""
    expression_basis: Float32
    """float32[E, V, 3], mm a standard deviation."""
    mean_albedo: Float32
    """float32[V, 3], linear RGB reflectance in [0, 1]."""
    albedo_basis: Float32
    """float32[A, V, 3], linear RGB a standard deviation."""
    triangles: Int32
    """int32[T, 3], 0-based, counter-clockwise seen from outside."""
    landmarks: Int32
    """int32[68], vertices of the 68 landmarks in the order of iBUG 300-W."""
    uv: Float32
    """float32[V, 2] in [0, 1], origin at the lower left."""
    parts: UInt8
    """uint8[V], a `Part` each."""
    mask: Float32
    """float32[V], 1 on the face proper (brows to chin), fading to 0 on scalp, ears and neck."""
    actions: Float32
    """float32[36, E], expression coefficients of each of `facs.ACTIONS` at intensity 5."""
    styles: Float32
    """float32[36, STYLES, E], change of each action by one standard deviation of each style of a person."""

    def shape(self, identity: Any, expression: Any) -> "tf.Tensor":
        """Vertices p = mean + A_id x_id + A_exp x_exp (eq. 1).

        Args:
          identity: float32[..., I] in standard deviations.
          expression: float32[..., E] in standard deviations.

        Returns:
          float32[..., V, 3], mm.
        """
        import tensorflow as tf

        t = self._tensors
        offset = tf.linalg.matmul(_rows(identity), t["identity_basis"]) + tf.linalg.matmul(
            _rows(expression), t["expression_basis"]
        )
        return t["mean_shape"] + tf.reshape(offset, tf.concat([tf.shape(offset)[:-2], [-1, 3]], 0))

    def albedo(self, albedo: Any) -> "tf.Tensor":
        """Albedo b = mean + A_alb x_alb (eq. 2).

        Args:
          albedo: float32[..., A] in standard deviations.

        Returns:
          float32[..., V, 3], linear RGB, not clipped.
        """
        import tensorflow as tf

        t = self._tensors
        offset = tf.linalg.matmul(_rows(albedo), t["albedo_basis"])
        return t["mean_albedo"] + tf.reshape(offset, tf.concat([tf.shape(offset)[:-2], [-1, 3]], 0))

    @cached_property
    def _tensors(self) -> dict[str, "tf.Tensor"]:
        import tensorflow as tf

        # Made outside any graph that happens to be traced, or the cache would hold its symbols.
        with tf.init_scope():
            flat = {
                name: tf.constant(getattr(self, name).reshape(-1, self.mean_shape.size))
                for name in ("identity_basis", "expression_basis", "albedo_basis")
            }
            return flat | {
                "mean_shape": tf.constant(self.mean_shape),
                "mean_albedo": tf.constant(self.mean_albedo),
            }

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the geometry and the bases: two models with one digest are interchangeable."""
        sha = hashlib.sha256()
        for name in ("mean_shape", "identity_basis", "expression_basis", "mean_albedo", "albedo_basis", "triangles"):
            sha.update(np.ascontiguousarray(getattr(self, name)).tobytes())
        return sha.hexdigest()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model to one `.npz`, beside its place first, so that no half file is left."""
        arrays = {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}
        write_npz(path, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "MorphableModel":
        """Reads what `save` wrote.

        Raises:
          InputError: if the file is missing, damaged, lacks a field, or its fields do not fit together.
        """
        arrays = read_npz(path, [f.name for f in fields(cls)])
        name = arrays.pop("name")
        if name.ndim or name.dtype.kind != "U" or not str(name).isprintable():
            raise InputError(path, "name", f"{name.dtype}{list(name.shape)}", "a line of text")
        model = cls(str(name), **arrays)
        model.check(path)
        return model

    def check(self, source: object) -> None:
        """Makes sure that the fields fit together and can be computed with.

        Args:
          source: what the model came from, for the error.

        Raises:
          InputError: for a wrong type or shape, a number that is not finite, or an index out of range.
        """
        for name in _LAYOUT:
            if getattr(self, name) is None:
                raise InputError(source, name, "nothing", "an array")
        check_fields(source, self)


# Kind of number and shape of each field; letters other than V and E may be any size.
_LAYOUT: dict[str, tuple[str, tuple[int | str, ...]]] = {
    "mean_shape": ("float32", ("V", 3)),
    "identity_basis": ("float32", ("I", "V", 3)),
    "expression_basis": ("float32", ("E", "V", 3)),
    "mean_albedo": ("float32", ("V", 3)),
    "albedo_basis": ("float32", ("A", "V", 3)),
    "triangles": ("int32", ("T", 3)),
    "landmarks": ("int32", (68,)),
    "uv": ("float32", ("V", 2)),
    "parts": ("uint8", ("V",)),
    "mask": ("float32", ("V",)),
    "actions": ("float32", (len(ACTIONS), "E")),
    "styles": ("float32", (len(ACTIONS), STYLES, "E")),
}


def check_fields(source: object, face: Any) -> None:
    """Makes sure that those fields of a face model that are not None fit together.

    Args:
      source: what the model came from, for the error.
      face: anything with a `mean_shape`, an `expression_basis` and other fields of `MorphableModel`.

    Raises:
      InputError: for a wrong type or shape, a number that is not finite, or an index out of range.
    """
    vertices = face.mean_shape.shape[0] if face.mean_shape.ndim else 0
    expressions = face.expression_basis.shape[0] if face.expression_basis.ndim else 0
    sizes: dict[int | str, int] = {"V": vertices, "E": expressions}
    last = {"triangles": vertices - 1, "landmarks": vertices - 1, "parts": int(max(Part))}
    for name, (kind, shape) in _LAYOUT.items():
        array = getattr(face, name, None)
        if array is not None:
            _check_array(source, name, array, kind, tuple(sizes.get(s, s) for s in shape))
            if name in last:
                _check_range(source, name, array, last[name])


def _check_array(source: object, name: str, array: Any, kind: str, shape: tuple[int | str, ...]) -> None:
    expected = f"{kind}[{', '.join(str(s) for s in shape)}]"
    fits = array.ndim == len(shape) and all(
        s == n for s, n in zip(shape, array.shape, strict=True) if not isinstance(s, str)
    )
    if array.dtype != kind or not fits:
        raise InputError(source, name, f"{array.dtype}{list(array.shape)}", expected)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(source, name, "a number that is not finite", f"finite {expected}")


def _check_range(source: object, name: str, array: Any, last: int) -> None:
    if array.size and not (array.min() >= 0 and array.max() <= last):
        raise InputError(source, name, f"{array.min()} to {array.max()}", f"indices from 0 to {last}")


def _rows(coefficients: Any) -> "tf.Tensor":
    import tensorflow as tf

    return tf.convert_to_tensor(coefficients, tf.float32)[..., tf.newaxis, :]


@dataclass(frozen=True, eq=False)
class Coefficients:
    """What a photo of a face comes apart into."""

    identity: Float32
    """float32[..., I], standard deviations."""
    albedo: Float32
    """float32[..., A], standard deviations."""
    expression: Float32
    """float32[..., E], standard deviations."""
    rotation: Float32
    """float32[..., 3], axis-angle in radians, model to camera."""
    translation: Float32
    """float32[..., 3], mm, model to camera; the camera looks along -z."""
    lighting: Float32
    """float32[..., 9, 3], spherical-harmonics coefficients a colour channel."""

    @property
    def pose(self) -> Pose:
        """Rotation and translation."""
        return Pose(self.rotation, self.translation)

    def with_expression(self, expression: Any) -> "Coefficients":
        """The same face, pose and light with another expression."""
        return replace(self, expression=np.asarray(expression, np.float32))

    def save(self, path: str | os.PathLike[str], **more: Any) -> None:
        """Writes one `.npz` with an array a field, and any further arrays by name."""
        write_npz(path, {f.name: getattr(self, f.name) for f in fields(self)} | more)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Coefficients":
        """Reads what `save` wrote.

        Raises:
          InputError: if the file is missing, damaged or lacks a field.
        """
        return cls(**read_npz(path, [f.name for f in fields(cls)]))


def write_npz(path: str | os.PathLike[str], arrays: dict[str, Any]) -> None:
    """Writes named arrays to one `.npz` that is either whole or not there.

    Raises:
      InputError: if the place cannot be written.
    """
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write_whole(path, buffer.getvalue())


def read_npz(path: str | os.PathLike[str], names: list[str]) -> dict[str, Any]:
    """Reads named arrays without unpickling.

    Raises:
      InputError: if the file is missing, damaged or lacks a name.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [n for n in names if n not in file.files]
            if missing:
                raise InputError(path, "arrays", f"no {', '.join(missing)}", f"{', '.join(names)}")
            arrays = {n: file[n] for n in names}
            for n, array in arrays.items():
                # What lacks the header of an array comes back as plain bytes.
                if not isinstance(array, np.ndarray):
                    raise InputError(path, n, "something else", "an array")
            return arrays
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(path, "file", "nothing", "an .npz file") from None
    except Exception as error:
        # Some libraries put the damage itself into their message.
        reason = "".join(c if c.isprintable() else " " for c in str(error)[:160])
        raise InputError(path, "file", f"a damaged file ({reason})", "an .npz file") from error
