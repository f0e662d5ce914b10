"""The process that computes once with a network that nobody vouches for, given on standard input."""

import resource
import sys

import numpy as np

from au_tf.fitting.detect.networks import Network

_MEMORY = 4 << 30
"""Bytes that it may use: the published network needs a tenth."""


def fault(content: bytes) -> str:
    """What is wrong with a network; empty if it computes."""
    try:
        made = Network(content)
        made(np.zeros(made.given))
    except (ValueError, RuntimeError, TypeError, MemoryError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def main() -> None:
    """Ends with 0 if it computes; else says why not in its last line."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(fault(sys.stdin.buffer.read()) or 0)


if __name__ == "__main__":
    main()
