"""Errors that a user can act on: each is one line that names the source and the field."""


class AuTfError(Exception):
    """Base of every error that au_tf raises on purpose."""


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
