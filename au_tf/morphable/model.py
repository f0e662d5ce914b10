"""The 3D morphable model: linear bases of shape and albedo (eqs. 1 and 2 of the paper)."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cached_property
from typing import Any, Self, SupportsIndex

import numpy as np

from au_tf.arrays import Array, ArrayLike, Float32, Int32, UInt8
from au_tf.errors import InputError
from au_tf.facs import ACTIONS
from au_tf.files import read_npz, write_npz
from au_tf.morphable.linear_model import LinearModel

STYLES = 3
"""Ways in which a person's own action differs from the mean's: sideways, upward, and turned."""


class Part(IntEnum):
    """What a vertex belongs to."""

    SKIN = 0
    EYE = 1
    MOUTH = 2
    TEETH = 3


@dataclass(frozen=True, eq=False, repr=False)
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
    """float32[A, E], expression coefficients of each of `facs.ACTIONS` at intensity 5."""
    styles: Float32
    """float32[A, STYLES, E], change of each action by one standard deviation of each style of a person."""

    def __repr__(self) -> str:
        bases = ", ".join(f"{self.sizes[name][0]} {name}" for name in ("identity", "albedo", "expression"))
        return f"MorphableModel({self.name}, {len(self.mean_shape)} vertices, coefficients: {bases})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        """Sends a face model that can be read again to another process as where it is, not as 100 MB."""
        source = vars(self).get("source")
        return object.__reduce_ex__(self, protocol) if source is None else (_read_again, (*source, self.digest))

    def from_source(self, read: "Callable[..., MorphableModel]", *arguments: object) -> Self:
        """The same, remembering how to make it again; `read` keeps what it has made, or reads a file."""
        vars(self)["source"] = read, arguments
        return self

    @property
    def sizes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each field of the `Coefficients` of one face."""
        bases = {name: (len(getattr(self, f"{name}_basis")),) for name in ("identity", "albedo", "expression")}
        return bases | {"rotation": (3,), "translation": (3,), "lighting": (9, 3)}

    @cached_property
    def shapes(self) -> LinearModel:
        """p = mean + A_id x_id + A_exp x_exp (eq. 1), mm."""
        return LinearModel(self.mean_shape, (self.identity_basis, self.expression_basis))

    @cached_property
    def albedos(self) -> LinearModel:
        """b = mean + A_alb x_alb (eq. 2), linear RGB, not clipped."""
        return LinearModel(self.mean_albedo, (self.albedo_basis,))

    def shape(self, identity: ArrayLike, expression: ArrayLike) -> Float32:
        """Vertices float32[..., V, 3] in mm, for float32[..., I] and float32[..., E] in standard deviations."""
        return self.shapes(identity, expression)

    def albedo(self, albedo: ArrayLike) -> Float32:
        """Albedo float32[..., V, 3] for float32[..., A] in standard deviations."""
        return self.albedos(albedo)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the geometry and the bases: two models with one digest are interchangeable."""
        sha = hashlib.sha256()
        for name in ("mean_shape", "identity_basis", "expression_basis", "mean_albedo", "albedo_basis", "triangles"):
            sha.update(np.ascontiguousarray(getattr(self.own, name)).tobytes())
        return sha.hexdigest()

    @cached_property
    def own(self) -> "MorphableModel":
        """The face without what `extended` added."""
        return self

    def extended(self, larger: "MorphableModel") -> "MorphableModel":
        """Another model that is this one with vertices after its own, marked as such.

        Coefficients mean what they did, so the digest stays; files hold `own` alone.
        """
        vars(larger)["own"] = self.own
        return larger

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model to one `.npz`, beside its place first, so that no half file is left."""
        arrays = {f.name: np.asarray(getattr(self.own, f.name)) for f in fields(self)}
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


def _read_again(read: Callable[..., MorphableModel], arguments: tuple[object, ...], digest: str) -> MorphableModel:
    model = read(*arguments)
    if model.digest != digest:
        found, expected = f"another face ({model.digest[:12]})", f"the one that was sent ({digest[:12]})"
        raise InputError(model.name, "face model", found, expected)
    return model


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


def _check_array(source: object, name: str, array: Array, kind: str, shape: tuple[int | str, ...]) -> None:
    expected = f"{kind}[{', '.join(str(s) for s in shape)}]"
    fits = array.ndim == len(shape) and all(
        s == n for s, n in zip(shape, array.shape, strict=True) if not isinstance(s, str)
    )
    if array.dtype != kind or not fits:
        raise InputError(source, name, f"{array.dtype}{list(array.shape)}", expected)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(source, name, "a number that is not finite", f"finite {expected}")


def _check_range(source: object, name: str, array: Array, last: int) -> None:
    if array.size and not (array.min() >= 0 and array.max() <= last):
        raise InputError(source, name, f"{array.min()} to {array.max()}", f"indices from 0 to {last}")
