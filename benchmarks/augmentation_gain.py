"""What synthesised pictures are worth beside real ones, and at which intensities; prints a table.

    python benchmarks/augmentation_gain.py [SEEDS [GENERATOR [DATA_DIR]]]

Regressions on histograms of oriented gradients (`estimation.hog`) learn from the real pictures of twenty training
people of `simulated_disfa/frames_paper_small`, from a part of them, and from them and synthesised ones of the same
people, and are judged on the five other training people and the two test people. Such a regression has no random
weights and no number of steps, so what changes is what the pictures tell; a network's errors differ more from one seed
to the next than by what is added. Changes are to all real pictures and nothing else, means over SEEDS (3) draws of what
is left out or made. GENERATOR is a folder, unless it is the shipped one.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from au_tf import startup
from au_tf.arrays import Float32, Float64, Int

startup.start_tensorflow()

import tensorflow_datasets as tfds
from tqdm import tqdm

from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart, open_pictures, split_people
from au_tf.estimation import hog
from au_tf.evaluation.metrics import MAE_BY_INTENSITY, Agreement, mae_by_intensity
from au_tf.evaluation.reports.text_tables import markdown, percent
from au_tf.pipelines.augment import augment
from au_tf.pipelines.augmentation.augmentation_config import Augmentation

DATASET, HELD_OUT = "simulated_disfa/frames_paper_small", 5
SHARES = (0.21, 1.0)
"""Of the real pictures' number, how many are added; the paper's gain is that of the first."""


class Table(NamedTuple):
    """Gradients of pictures and their labels."""

    features: Float32
    """float32[N, F]."""
    intensities: Float32
    """float32[N, 12]."""

    @classmethod
    def of(cls, parts: Sequence[SplitPart]) -> Self:
        """Of all pictures of some parts."""
        batches = RecordedPictures(parts, hog.SIZE).ordered().batch(256)
        rows = [(hog.hog_features(pictures.numpy()), labels.numpy()) for pictures, labels in batches]
        return cls(*(np.concatenate(column) for column in zip(*rows, strict=True)))

    def rows(self, chosen: Int) -> "Table":
        """Some of them."""
        return Table(self.features[chosen], self.intensities[chosen])

    def and_(self, other: "Table") -> "Table":
        """Both."""
        return Table(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))


def measured(trained: Table, judges: Table) -> Float64:
    """MAE, MSE, PCC and the errors by intensity of what learns from a table."""
    estimates = hog.fit_hog(*trained).predict(judges.features)
    means = Agreement.of(judges.intensities, estimates).means
    by_intensity = mae_by_intensity(judges.intensities, estimates)
    return np.array([means["mae"], means["mse"], means["pcc"], *by_intensity])


def variants(
    real: Table, people: tuple[int, ...], data_dir: str | None, generator: str | None, seed: int
) -> Iterator[tuple[str, Table]]:
    """What is learnt from besides all real pictures, by name."""
    count = len(real.features)
    order = np.random.default_rng(seed).permutation(count)
    left = round(count / (1 + SHARES[0]))
    yield f"{count - left:,} real ones fewer", real.rows(order[:left])
    yield f"{count // 2:,} real ones fewer", real.rows(order[: count - count // 2])
    numbers = [round(share * count) for share in SHARES]
    for policy in ("paper", "balanced"):
        made = synthesised(max(numbers), policy, people, data_dir, generator, seed)
        for number in numbers:
            yield f"{number:,} more, labels {policy}", real.and_(made.rows(np.arange(number)))


def synthesised(
    count: int, policy: str, people: tuple[int, ...], data_dir: str | None, generator: str | None, seed: int
) -> Table:
    """Pictures of some of the training people, in the order in which they were made."""
    asked = Augmentation(
        # Of all training people; those of some are left out.
        count=int(1.4 * count) + 64,
        dataset=DATASET,
        data_dir=data_dir,
        policy=policy,
        seed=seed,
        generator=generator,
    )
    with tempfile.TemporaryDirectory() as folder:
        made = augment(asked, folder).builder()
        return Table.of([SplitPart(made, "train", people).first(count)])


def recorded(builder: tfds.core.DatasetBuilder) -> tuple[Table, Table, tuple[int, ...]]:
    """Real pictures to learn from, those to judge by, and who is on the former."""
    people, others = split_people(builder, HELD_OUT)
    judges = Table.of([SplitPart(builder, "train", others), SplitPart(builder, "test")])
    return Table.of([SplitPart(builder, "train", people)]), judges, people


def main() -> None:
    """Measures and prints."""
    given = dict(enumerate(sys.argv[1:]))
    seeds, generator, data_dir = int(given.get(0, 3)), given.get(1), given.get(2)
    real, judges, people = recorded(open_pictures(DATASET, None if data_dir is None else Path(data_dir)))
    base = measured(real, judges)
    found: dict[str, list[Float64]] = {}
    for seed in tqdm(range(seeds), unit="seed"):
        for name, table in variants(real, people, data_dir, generator, seed):
            found.setdefault(name, []).append(measured(table, judges))
    lines = [[f"{len(real.features):,} real ones", *(f"{value:.3f}" for value in base)]]
    lines += [[name, *map(percent, (np.array(rows) / base - 1.0).T)] for name, rows in found.items()]
    print(f"{len(judges.features):,} pictures of {HELD_OUT + 2} people who are not learnt from; {seeds} seeds\n")
    print(markdown(["learnt from", "MAE", "MSE", "PCC", *MAE_BY_INTENSITY], lines))


if __name__ == "__main__":
    main()
