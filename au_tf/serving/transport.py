"""What all ways to a server have in common."""

from typing import Protocol

from au_tf.arrays import Arrays
from au_tf.errors import AuTfError


class ServerError(AuTfError):
    """The server did not answer, or said that it could not.

    Args:
      server: its address.
      reason: what happened.
      again: whether the same request may be answered later.
    """

    def __init__(self, server: str, reason: str, again: bool) -> None:
        self.server, self.reason, self.again = server, reason, again
        super().__init__(f"{server}: {reason}")


class Transport(Protocol):
    """One way to a server."""

    def predict(self, model: str, version: int | None, signature: str, inputs: Arrays, timeout: float) -> Arrays:
        """Sends one request and returns the outputs; raises `ServerError`."""
        ...

    def close(self) -> None:
        """Lets go of connections."""
        ...
