"""Packages of extras, which may not be installed."""

from importlib import import_module
from types import ModuleType
from typing import Any


class _Optional(ModuleType):
    """A module that is imported when something of it is asked for."""

    def __getattr__(self, name: str) -> object:
        return getattr(import_module(self.__name__), name)


def optional(name: str) -> Any:
    """A module that is imported when something of it is asked for, with a ModuleNotFoundError if it is not installed.

    For what may be absent: lazy_loader then looks through the source of all callers, half a second a package.
    """
    return _Optional(name)
