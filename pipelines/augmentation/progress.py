"""How far the work is, whichever runner does it: told by the shards that are there."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.pipelines.augmentation.shards import finished

_EVERY = 0.5
"""Seconds between two looks."""


@contextmanager
def shown(directory: Path, asked: Augmentation) -> Iterator[None]:
    """Shows a progress bar of records while the work goes on."""
    over = threading.Event()

    def watch() -> None:
        with tqdm(total=asked.count, unit=" faces", delay=2.0, leave=False) as bar:
            bar.n = bar.initial = _made(directory, asked)
            while not over.wait(_EVERY):
                bar.n = _made(directory, asked)
                bar.refresh()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _made(directory: Path, asked: Augmentation) -> int:
    return sum(len(asked.shards[index]) for index in finished(directory, asked))
