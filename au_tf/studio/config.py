"""What of the studio can be set."""

import ipaddress
from dataclasses import dataclass

from au_tf.errors import Argument, InputError

MEGA = 1_000_000


@dataclass(frozen=True)
class StudioConfig:
    """Where the studio listens, and how much it lets visitors ask for."""

    host: str = "127.0.0.1"
    """The address to listen on; any but this machine's own asks visitors for the token in the URL that is printed."""
    port: int = 8137
    """The port to listen on; 0 is a free one."""
    max_megabytes: int = 32
    """Largest file that is taken, in MB."""
    max_megapixels: int = 50
    """Largest photo that is taken, in megapixels."""
    max_visitors: int = 16
    """Pages that are open at a time."""
    keep_seconds: float = 60.0
    """How long a photo outlives its page, so that the page can be loaded again."""
    max_film_seconds: float = 120.0
    """Longest film that is made."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise InputError(Argument("port", self.port), "number", self.port, "0 to 65535")
        for name in ("max_megabytes", "max_megapixels", "max_visitors", "max_film_seconds"):
            if getattr(self, name) <= 0:
                raise InputError(Argument(name, getattr(self, name)), "number", getattr(self, name), "more than 0")
        if not self.host:
            raise InputError(Argument("host", self.host), "address", "nothing", "such as 127.0.0.1")

    @property
    def private(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False
