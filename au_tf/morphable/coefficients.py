"""What a photo of a face comes apart into."""

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np

from au_tf.arrays import Array, ArrayLike, Bool, Float32, Int
from au_tf.files import read_npz, write_npz
from au_tf.geometry.pose import Pose
from au_tf.labelled import DEVIATIONS, of_rows, pd, to_xarray

if TYPE_CHECKING:
    import xarray as xr

_AXES = {"lighting": 2}
"""Of a field of one face, if not 1."""
HARMONICS = ("harmonic", "colour")
"""What the axes of `lighting` count."""
UNITS = {**dict.fromkeys(("identity", "albedo", "expression"), DEVIATIONS), "rotation": "rad", "translation": "mm"}


@dataclass(frozen=True, eq=False)
class Coefficients:
    """One face, or a batch of faces that is indexed and joined as an array is.

    In a batch, identity and albedo may be without its axis: those of one person.
    """

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

    def __repr__(self) -> str:
        shapes = (f"{name} {'x'.join(map(str, np.shape(getattr(self, name))))}" for name in NAMES)
        return f"Coefficients({', '.join(shapes)})"

    def to_pandas(self) -> "pd.DataFrame":
        """A row for each face, and a column for each number: `identity_0`, ..., `lighting_26`."""
        rows = {name: values.reshape(len(values), -1) for name, values in self._rows().items()}
        return pd.DataFrame({f"{name}_{k}": column for name, each in rows.items() for k, column in enumerate(each.T)})

    def to_xarray(self) -> "xr.Dataset":
        """The same along `row` and the axes of each array, with units.

        Raises:
          InputError: if xarray is not installed.
        """
        axes = {"lighting": HARMONICS}
        return to_xarray(
            {name: of_rows(name, each, UNITS.get(name, ""), axes.get(name, ())) for name, each in self._rows().items()},
            {},
        )

    def _rows(self) -> dict[str, Array]:
        """Each array with an axis of faces, one of a single face."""
        count = 1 if np.ndim(self.expression) < 2 else len(self)
        values = {name: np.asarray(getattr(self, name)) for name in NAMES}
        own = {name: each.shape[each.ndim - _AXES.get(name, 1) :] for name, each in values.items()}
        return {name: np.broadcast_to(each, (count, *own[name])) for name, each in values.items()}

    @property
    def pose(self) -> Pose:
        """Rotation and translation."""
        return Pose(self.rotation, self.translation)

    def __len__(self) -> int:
        """How many faces there are in the batch; one without an axis has no length."""
        if np.ndim(self.expression) < 2:
            raise TypeError("one face has no length")
        return len(self.expression)

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, rows: "int | slice | Int | Bool | None") -> Self:
        """Some faces of a batch, or one without the axis; `face[None]` is a batch of one."""
        return type(self)(*(self._part(name, rows) for name in NAMES))

    def _part(self, name: str, rows: "int | slice | Int | Bool | None") -> Array:
        values = np.asarray(getattr(self, name))
        return values if rows is not None and values.ndim == _AXES.get(name, 1) else values[rows]

    @classmethod
    def stack(cls, faces: "Sequence[Coefficients]") -> Self:
        """A batch of single faces."""
        return cls._of_all(np.stack, faces)

    @classmethod
    def concatenate(cls, faces: "Sequence[Coefficients]") -> Self:
        """A batch of all faces of several batches."""
        return cls._of_all(np.concatenate, faces)

    @classmethod
    def _of_all(cls, join: Callable[[list[Array]], Array], faces: "Sequence[Coefficients]") -> Self:
        return cls(*(join([getattr(face, name) for face in faces]) for name in NAMES))

    def replace(self, **changes: Array) -> Self:
        """The same with other values for some of the fields."""
        return dataclasses.replace(self, **changes)

    def with_expression(self, expression: ArrayLike) -> Self:
        """The same face, pose and light with another expression."""
        return self.replace(expression=np.asarray(expression, np.float32))

    @classmethod
    def of(cls, arrays: Mapping[str, ArrayLike]) -> Self:
        """The fields out of arrays by name, which may hold others too."""
        return cls(*(np.asarray(arrays[name]) for name in NAMES))

    def arrays(self) -> dict[str, Float32]:
        """The fields by name."""
        return {name: getattr(self, name) for name in NAMES}

    def save(self, path: str | os.PathLike[str], **more: ArrayLike) -> None:
        """Writes one `.npz` with an array a field, and any further arrays by name."""
        write_npz(path, self.arrays() | more)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Reads what `save` wrote.

        Raises:
          InputError: if the file is missing, damaged or lacks a field.
        """
        return cls.of(read_npz(path, NAMES))


NAMES = [field.name for field in fields(Coefficients)]
"""Of the fields, in their order."""
