"""Arrays with names, units and axes: what pandas and xarray make of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import lazy_loader

from au_tf.arrays import Array, ArrayLike
from au_tf.errors import InputError
from au_tf.optional import optional

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
else:
    pd = lazy_loader.load("pandas")
    xr = optional("xarray")

INTENSITY = "intensity (0 to 5)"
"""Of Action Units, as FACS codes A to E."""
DEVIATIONS = "standard deviations"


class Labelled(NamedTuple):
    """Numbers, and what they are."""

    axes: tuple[str, ...]
    """What each axis counts, the last ones if there are fewer."""
    values: ArrayLike
    """The numbers."""
    units: str = ""
    """In what they are; empty of numbers without a unit."""
    about: str = ""
    """What they are, in words."""


def of_rows(name: str, values: Array, units: str = "", axes: tuple[str, ...] = ()) -> Labelled:
    """Numbers with a row for each face; further axes are called after the numbers, if not `axes`."""
    return Labelled(("row", *(axes or (f"{name}_axis",))[: values.ndim - 1]), values, units)


def to_xarray(variables: Mapping[str, Labelled], coords: Mapping[str, Labelled]) -> "xr.Dataset":
    """A data set, with units in `attrs["units"]` and words in `attrs["long_name"]`.

    Raises:
      InputError: if xarray is not installed.
    """
    try:
        return xr.Dataset(
            {name: _variable(each) for name, each in variables.items()},
            {name: _variable(each) for name, each in coords.items()},
        )
    except ModuleNotFoundError as error:
        raise InputError("xarray", "package", "nothing", "pip install 'au_tf[exchange]'") from error


def _variable(each: Labelled) -> tuple[tuple[str, ...], ArrayLike, dict[str, str]]:
    told = {"units": each.units, "long_name": each.about}
    return each.axes, each.values, {name: text for name, text in told.items() if text}
