"""Errors that a user can act on: each is one line that names the source and the field."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple


class AuTfError(Exception):
    """Base of every error that au_tf raises on purpose; each travels between processes, whatever its arguments."""

    def __reduce__(self) -> tuple[Callable[..., "AuTfError"], tuple[object, ...]]:
        # Python would call the class with the message alone.
        return _rebuilt, (type(self), self.args, vars(self))


class Argument(NamedTuple):
    """An argument of a call, or a field of a configuration, as the source of an error."""

    name: str
    """What the call or the configuration names it."""
    value: object
    """What was given."""

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


class InputError(AuTfError):
    """Something given from outside is unusable.

    Args:
      source: the file at fault, or an `Argument` of the call that names one; None if `field` is the argument itself.
      field: the part of it, e.g. "size" or "AU7".
      found: what stands there.
      expected: what would be accepted; other arguments stand in backquotes.
    """

    def __init__(self, source: object, field: str, found: object, expected: str) -> None:
        self.source = "" if source is None else escaped(source)
        self.argument = Argument(field, found) if source is None else source if isinstance(source, Argument) else None
        self.field = field
        self.found = escaped(found).replace("\n", " ")
        self.expected = expected
        line = ": ".join(filter(None, (self.source, field, f"found {self.found}, expected {expected}")))
        # What a file holds, or is called, shall not command a terminal.
        super().__init__("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line))


def escaped(name: object) -> str:
    r"""The name of a file as text that every encoding of Unicode holds, and from which the name can be told.

    Bytes that are no UTF-8, which Python reads as U+DC80 to U+DCFF, become "\udc80" to "\udcff"; backslashes that would
    read so are doubled. Other names stay as they are.
    """
    doubled = re.sub(r"\\+(?=[\udc80-\udcff]|udc[89a-f][0-9a-f])", lambda match: 2 * match[0], str(name))
    return doubled.encode(errors="backslashreplace").decode()


def _rebuilt(kind: type[AuTfError], args: tuple[object, ...], state: Mapping[str, object]) -> AuTfError:
    error = kind.__new__(kind, *args)
    vars(error).update(state)
    return error
