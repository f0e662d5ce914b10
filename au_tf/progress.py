"""The one bar of progress: on terminals and in notebooks, gone when it is done; none in files and under -q."""

import logging
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tqdm import TqdmWarning

with warnings.catch_warnings():
    # Notebooks without ipywidgets have a bar in text instead.
    warnings.simplefilter("ignore", TqdmWarning)
    from tqdm.auto import tqdm

Item = TypeVar("Item")


def progress(
    items: Iterable[Item] | None = None,
    about: str | None = None,
    *,
    total: int | None = None,
    done: int = 0,
    unit: str = "",
    delay: float = 0.0,
    wanted: bool = True,
) -> "tqdm[Item]":
    """A bar, which gives the items one by one, or is told by its `update` how many more are done.

    Args:
      items: what is gone through.
      about: what is done, in a word or two.
      total: how many there are in all; None is as many as `items` has, if it can be told.
      done: how many are done already.
      unit: what is counted, in the singular.
      delay: seconds before it shows.
      wanted: whether it is to be seen at all.
    """
    # As `-q` sets it; without a level of its own a logger belongs to a program that did not ask for quiet.
    quiet = logging.getLogger("au_tf").level > logging.INFO
    # None is for tqdm a bar wherever somebody looks at it.
    hidden = None if wanted and not quiet else True
    unit = f" {unit}" if unit else "it"
    return tqdm(items, about, total, initial=done, unit=unit, delay=delay, leave=False, disable=hidden)


@contextmanager
def watched(total: int, made: Callable[[], int], unit: str, every: float = 0.5) -> Iterator[None]:
    """A bar of what other threads or processes make meanwhile.

    Args:
      total: how many there will be.
      made: tells how many there are.
      unit: what is counted, in the singular.
      every: seconds between two looks.
    """
    over = threading.Event()

    def watch() -> None:
        with progress(total=total, unit=unit, delay=2.0) as bar:
            if bar.disable:
                return
            bar.n = bar.initial = made()
            while not over.wait(every):
                bar.n = made()
                bar.refresh()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
