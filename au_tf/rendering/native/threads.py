"""Many at a time: the compiled loops hold no lock of Python."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from joblib import cpu_count

Item = TypeVar("Item")


def each(function: Callable[[Item], None], items: Sequence[Item], threads: int | None = None) -> None:
    """Calls a function for each item, so many at a time; None is one a processor."""
    threads = threads or cpu_count()
    if threads == 1 or len(items) < 2:
        for item in items:
            function(item)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(function, items):
            pass
