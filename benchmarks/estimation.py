"""What reading pictures from a data set costs the training of an estimator; prints a table.

    python benchmarks/estimation.py [ROUNDS [STEPS [BACKBONE [DATA_DIR]]]]

The same steps of training (AlexNet at 224 x 224 unless told otherwise, batches of 16) are made on pictures in memory,
on those of `simulated_disfa/frames_paper_small` decoded at every epoch, and on the same decoded once and kept. Each
has its turn of STEPS (6) steps in each of ROUNDS (5) rounds, so that whatever else the machine does hits all alike; a
turn before the first does not count. "Of memory" is the median over the rounds of the ratio within one. The time
until the first batch, in which files are opened and shuffled, is told apart, since an epoch has it once.
"""

import sys
import time
from pathlib import Path

import numpy as np

from au_tf import startup

startup.start_tensorflow()

import keras
import tensorflow as tf

from au_tf.datasets.recordings import recorded_pictures as recorded
from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart, open_pictures
from au_tf.estimation.backbones import build
from au_tf.estimation.labelled_pictures import LabelledPictures, ResidentPictures
from au_tf.evaluation.reports.text_tables import markdown

BATCH, FRAMES = 16, 400
MEMORY, DECODED, KEPT = "pictures in memory", "decoded at every epoch", "decoded once and kept"


class Way:
    """Steps on one source of pictures."""

    def __init__(self, network: keras.Model, pictures: LabelledPictures, steps: int) -> None:
        self.network, self.pictures, self.steps, self.epoch = network, pictures, steps, 0

    def turn(self) -> tuple[float, float, float]:
        """Seconds until the first batch, then of wall and of processor time of the steps."""
        self.epoch += 1
        begun = time.perf_counter()
        batches = iter(self.pictures.shuffled(self.epoch).batch(BATCH).prefetch(tf.data.AUTOTUNE))
        first = next(batches)
        wall, cpu = time.perf_counter(), time.process_time()
        self.network.train_on_batch(*first)
        for _ in range(self.steps - 1):
            self.network.train_on_batch(*next(batches))
        return wall - begun, time.perf_counter() - wall, time.process_time() - cpu


def measured(rounds: int, steps: int, backbone: str, data_dir: Path | None) -> str:
    """The table."""
    network = build(backbone)
    network.compile("adam", "mean_squared_error", jit_compile=False)
    size = network.input.shape[1]
    source = RecordedPictures(
        [SplitPart(open_pictures("simulated_disfa/frames_paper_small", data_dir), f"train[:{FRAMES}]")], size
    )
    rows = [(picture.numpy(), label.numpy()) for picture, label in source.ordered()]
    resident = ResidentPictures(*(np.stack(column) for column in zip(*rows, strict=True)))
    ways = {
        MEMORY: Way(network, resident, steps),
        DECODED: Way(network, source, steps),
        KEPT: Way(network, source, steps),
    }
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ways}
    kept = recorded._IN_MEMORY
    for number in range(rounds + 1):
        for name, way in ways.items():
            recorded._IN_MEMORY = 0 if name == DECODED else kept
            turn = way.turn()
            if number:
                found[name].append(turn)
    table = {name: np.array(turns) for name, turns in found.items()}
    pictures = BATCH * steps
    return markdown(
        ["", "ms a picture", "ms of CPU", "of memory, clock", "of memory, CPU", "s to the first batch"],
        (
            [
                name,
                *(f"{1000 * np.median(turns[:, k]) / pictures:.1f}" for k in (1, 2)),
                *(f"{np.median(turns[:, k] / table[MEMORY][:, k]):.2f}" for k in (1, 2)),
                f"{np.median(turns[:, 0]):.2f}",
            ]
            for name, turns in table.items()
        ),
    )


def main() -> None:
    """Measures and prints."""
    words = [*sys.argv[1:], *["5", "6", "alexnet", ""][len(sys.argv) - 1 :]]
    print(measured(int(words[0]), int(words[1]), words[2], Path(words[3]) if words[3] else None))


if __name__ == "__main__":
    main()
