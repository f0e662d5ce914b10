"""Linear algebra in one thread, while anybody in the process asks for it.

How many threads BLAS has holds for the whole process, and several threads round sums otherwise than one. So the first
who asks sets it and the last who is done puts it back: whoever ends between them changes nothing for the others.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

_lock = threading.Lock()
_users = 0
_limits: threadpool_limits | None = None
"""Knows what was before the first of the users."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS has one thread: results do not hang on the processors, nor on what else the process does."""
    global _users, _limits
    with _lock:
        if _users == 0:
            _limits = threadpool_limits(1, "blas")
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0 and _limits is not None:
                _limits.restore_original_limits()
                _limits = None
