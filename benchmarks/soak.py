"""Memory of one process over many photos and a long film: the table shows whether it grows.

python benchmarks/soak.py photos 5000
python benchmarks/soak.py film 100000
python benchmarks/soak.py edits 500

The first two are `au-tf estimate` of a folder and of a film, looked at from outside; the third is the library, which
fits each photo and gives it an expression.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import psutil
from skimage.data import astronaut

import au_tf
from au_tf.pictures.film import write_film
from au_tf.pictures.images import write_image

SIDE = 128
"""Pixels a side of the pictures, so that much is done in little time."""
ROUND = 35
"""Pictures until they come again."""


def pictures(count: int, side: int = SIDE) -> Iterator[np.ndarray]:
    """The same face, each time a little elsewhere."""
    face = cv2.resize(astronaut()[:256, 96:352], (side, side), interpolation=cv2.INTER_AREA)
    kept = [np.roll(face, (number % 5, number % 7), (0, 1)) for number in range(ROUND)]
    for number in range(count):
        yield kept[number % ROUND]


def held(process: psutil.Process) -> tuple[float, float]:
    """MB that a process has in memory, and seconds of processor that it has used."""
    times = process.cpu_times()
    return process.memory_info().rss / 1e6, times.user + times.system


def estimated(source: str, count: int, every: float) -> Iterator[tuple[str, float, float]]:
    """What `au-tf estimate` holds, now and then, and last how many rows it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        place, table = Path(folder) / "given", Path(folder) / "table.csv"
        if source == "film":
            # Its codec takes a fiftieth of the time of that of .mp4.
            place = place.with_suffix(".mkv")
            write_film(place, pictures(count), 25)
        else:
            for number, picture in enumerate(pictures(count)):
                write_image(place / f"{number:06d}.jpg", picture)
        words = [sys.executable, "-m", "au_tf", "estimate", str(place), "--out", str(table), "-q"]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        watched, seen, seconds = psutil.Process(process.pid), (0.0, 0.0), 0.0
        while process.poll() is None:
            time.sleep(0.2)
            now = held(watched)
            # What has just ended holds nothing.
            seen = now if now[0] else seen
            if seen[1] >= seconds:
                seconds += every
                yield "", *seen
        rows = pd.read_csv(table)
        yield f"{len(rows)} rows, {int(rows['success'].sum())} with a face", *seen


def edited(count: int) -> Iterator[tuple[str, float, float]]:
    """What the library holds after each tenth of the photos."""
    for number, photo in enumerate(pictures(count, 256), 1):
        face = au_tf.Face.from_photo(photo)
        face.express(AU6=number % 6, AU12=5).photo  # noqa: B018
        if number % max(1, count // 10) == 0:
            yield f"{number} photos", *held(psutil.Process())


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", choices=("photos", "film", "edits"))
    parser.add_argument("count", type=int)
    parser.add_argument("--every", type=float, default=120, help="seconds of processor between two lines of a command")
    options = parser.parse_args()
    print("| done | MB | CPU s |\n| --- | --- | --- |")
    lines = edited(options.count) if options.work == "edits" else estimated(options.work, options.count, options.every)
    for done, megabytes, seconds in lines:
        print(f"| {done} | {megabytes:.0f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
