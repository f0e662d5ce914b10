"""How fast simulated DISFA is built; prints a table.

    python benchmarks/datasets.py [FRAMES]

`coefficients_paper` is built whole, 261,630 examples; of the pictures FRAMES (2,000) are drawn and encoded, half with
each camera. CPU time is that of all processors together, and tells more than wall time where others compute as well.
"""

import sys
import tempfile
import time
from collections.abc import Callable

from au_tf import startup

startup.start_tensorflow()

import tensorflow_datasets as tfds

from au_tf.datasets.simulated_disfa import Builder
from au_tf.datasets.simulated_disfa.config import SimulatedDisfaConfig
from au_tf.datasets.simulated_disfa.sequences import chunk_examples, find_chunks


def timed(name: str, work: Callable[[], int]) -> None:
    """Prints how long some work took, and for each of the examples that it says it made."""
    wall, processor = time.perf_counter(), time.process_time()
    count = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    rate = f"{count / wall:10.0f} a second{1e3 * processor / count:8.2f} ms of CPU each"
    print(f"{name:44s}{wall:8.1f} s{processor:8.1f} s of CPU{rate}", flush=True)


def build(folder: str, config: str) -> int:
    """Builds a config and counts its examples."""
    builder = Builder(config=config, data_dir=folder)
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig())
    return sum(split.num_examples for split in builder.info.splits.values())


def draw(frames: int) -> int:
    """Makes examples with pictures of both cameras."""
    config = SimulatedDisfaConfig(name="drawn", images=True, chunk=frames // 2)
    left, right = (next(c for c in find_chunks(["SN001"], config) if c.camera == side) for side in ("left", "right"))
    return sum(1 for chunk in (left, right) for _ in chunk_examples(chunk, True))


def main() -> None:
    """Measures and prints."""
    # Beam would take the command's arguments for its own.
    frames = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 2000
    draw(2)  # makes the tables that all recordings share
    with tempfile.TemporaryDirectory() as folder:
        timed("frames, drawn and encoded", lambda: draw(frames))
        timed("coefficients_paper_tiny, built", lambda: build(folder, "coefficients_paper_tiny"))
        timed("frames_paper_tiny, built", lambda: build(folder, "frames_paper_tiny"))
        timed("coefficients_paper, built", lambda: build(folder, "coefficients_paper"))


if __name__ == "__main__":
    main()
