"""Memory of one process over many photos and a long film: the table shows whether it grows.

python benchmarks/soak.py --photos 5000 --frames 100000
"""

import argparse
import resource
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from skimage.data import astronaut

import au_tf

SIDE = 256
"""Pixels a side of the pictures, so that much is done in little time."""


def resident() -> float:
    """MB that the process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def pictures(count: int) -> Iterator[np.ndarray]:
    """The same face, each time a little elsewhere."""
    photo = cv2.resize(astronaut(), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    for number in range(count):
        yield np.roll(photo, (number % 5, number % 7), (0, 1))


def fitted(count: int) -> Iterator[None]:
    """Photos that are fitted and given an expression each."""
    for number, photo in enumerate(pictures(count)):
        face = au_tf.Face.from_photo(photo)
        face.express(AU6=number % 6, AU12=5).photo  # noqa: B018
        yield


def watched(count: int) -> Iterator[None]:
    """Frames of one film."""
    for _ in au_tf.estimate_live(pictures(count), rate=25.0):
        yield


def told(what: str, work: Iterable[None], every: int) -> None:
    """Does the work and prints what it holds now and then."""
    start = time.process_time()
    for number, _ in enumerate(work, 1):
        if number % every == 0:
            print(f"| {what} | {number:7d} | {resident():8.0f} | {time.process_time() - start:8.0f} |", flush=True)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--lines", type=int, default=10, help="lines of the table for each of the two")
    options = parser.parse_args()
    print("| work | done | MB | CPU s |\n| --- | --- | --- | --- |")
    told("photos", fitted(options.photos), max(1, options.photos // options.lines))
    told("frames", watched(options.frames), max(1, options.frames // options.lines))


if __name__ == "__main__":
    main()
