"""Errors that a user can act on: each is one line that names the source and the field."""

from collections.abc import Callable, Mapping


class AuTfError(Exception):
    """Base of every error that au_tf raises on purpose; each travels between processes, whatever its arguments."""

    def __reduce__(self) -> tuple[Callable[..., "AuTfError"], tuple[object, ...]]:
        # Python would call the class with the message alone.
        return _rebuilt, (type(self), self.args, vars(self))


class InputError(AuTfError):
    """Something given from outside is unusable.

    Args:
      source: the file, option or argument that is at fault.
      field: the part of it, e.g. "size" or "AU7".
      found: what stands there.
      expected: what would be accepted.
    """

    def __init__(self, source: object, field: str, found: object, expected: str) -> None:
        self.source = str(source)
        self.field = field
        self.found = str(found)
        self.expected = expected
        super().__init__(f"{self.source}: {field}: found {self.found}, expected {expected}")


def _rebuilt(kind: type[AuTfError], args: tuple[object, ...], state: Mapping[str, object]) -> AuTfError:
    error = kind.__new__(kind, *args)
    vars(error).update(state)
    return error
