"""Labelled frames of recorded people as plain arrays: what generators and estimators are trained and measured on."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from au_tf.arrays import ArrayLike, Bool, Float32, Int, Int32
from au_tf.errors import InputError


@dataclass(frozen=True, eq=False)
class FrameTable:
    """One row a frame of one camera."""

    expression: Float32
    """float32[N, E], as extracted, standard deviations."""
    intensities: Int32
    """int32[N, 12], 0 to 5."""
    person: Int32
    """int32[N], who it is."""
    camera: Int32
    """int32[N], which camera."""
    time: Int32
    """int32[N], number of the frame in the recording."""

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) != 1:
            raise InputError("frames", "length", lengths, "the same number of rows")

    def __len__(self) -> int:
        return len(self.person)

    @classmethod
    def joined(cls, *tables: Self) -> Self:
        """The rows of several tables one after the other."""
        return cls(*(np.concatenate([getattr(table, field.name) for table in tables]) for field in fields(cls)))

    def where(self, rows: Bool | Int) -> Self:
        """The rows that a mask bool[N] or indices int[M] select."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def of_people(self, people: ArrayLike) -> Self:
        """The rows of some people, whose numbers are given."""
        return self.where(np.isin(self.person, np.asarray(people)))

    @property
    def neutral(self) -> Bool:
        """bool[N], whether all twelve intensities are 0."""
        return self.intensities.max(1, initial=0) == 0
