"""How well trained estimators read people they have not learnt from, at which intensities; prints a table.

    python benchmarks/estimators.py DATASET[@DATA_DIR] FOLDER...

FOLDERs are what `au-tf train estimator --dataset DATASET` wrote. They are judged on the people of the split test and on
the training people by whom the best epoch was chosen, each by itself; of these, whoever chose among many epochs has had
the better of it.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from au_tf import startup

startup.start_tensorflow()

from tqdm import tqdm  # noqa: E402

from au_tf.datasets.recordings.pictures import Part, RecordedPictures, open_pictures, split_people  # noqa: E402
from au_tf.estimation.estimator import load_estimator  # noqa: E402
from au_tf.evaluation.metrics import MAE_BY_INTENSITY, Agreement, mae_by_intensity  # noqa: E402
from au_tf.evaluation.tables import markdown  # noqa: E402

VALIDATION_PEOPLE = 5
"""As `au-tf train estimator` takes unless told otherwise."""


def read(part: Part, size: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Pictures uint8[N, size, size, 3] and intensities float32[N, 12]."""
    batches = [
        (pictures.numpy(), labels.numpy()) for pictures, labels in RecordedPictures([part], size).ordered().batch(64)
    ]
    pictures, labels = zip(*batches, strict=True)
    return np.concatenate(pictures), np.concatenate(labels)


def main() -> None:
    """Judges and prints."""
    dataset, _, data_dir = sys.argv[1].partition("@")
    builder = open_pictures(dataset, Path(data_dir) if data_dir else None)
    parts = {
        "test": Part(builder, "test"),
        "validation": Part(builder, "train", split_people(builder, VALIDATION_PEOPLE)[1]),
    }
    rows = []
    for folder in tqdm(sys.argv[2:], unit="estimator"):
        estimator = load_estimator(folder)
        for name, part in parts.items():
            pictures, labels = read(part, estimator.size)
            estimates = estimator.estimate(pictures)
            means = Agreement.of(labels, estimates).means
            figures = [
                *(means[metric] for metric in ("mae", "mse", "icc", "pcc")),
                *mae_by_intensity(labels, estimates),
            ]
            rows.append([Path(folder).name, f"{name}, {len(labels)}", *(f"{figure:.3f}" for figure in figures)])
    print(markdown(["estimator", "people, pictures", "MAE", "MSE", "ICC", "PCC", *MAE_BY_INTENSITY], rows))


if __name__ == "__main__":
    main()
