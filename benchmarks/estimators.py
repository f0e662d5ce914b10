"""How well trained estimators read people they have not learnt from, at which intensities; prints a table.

    python benchmarks/estimators.py [--dataset NAME] [--data-dir DIR] FOLDER...

FOLDERs are what `au-tf train estimator --dataset NAME` wrote. They are judged on the people of the split test and on
the training people by whom the best epoch was chosen, each by itself; of these, whoever chose among many epochs has had
the better of it.
"""

import argparse
from pathlib import Path

from au_tf import startup

startup.start_tensorflow()

from tqdm import tqdm

from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart, open_pictures, split_people
from au_tf.estimation.estimator import load_estimator
from au_tf.estimation.estimator_training import estimates
from au_tf.evaluation.cross_tool import MEASURES, score_tool
from au_tf.evaluation.metrics import MAE_BY_INTENSITY, mae_by_intensity, mean_of_defined
from au_tf.evaluation.protocols.table1 import VALIDATION_PEOPLE
from au_tf.evaluation.reports.text_tables import markdown


def main() -> None:
    """Judges and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="simulated_disfa/frames_paper_small")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("folders", nargs="+")
    args = parser.parse_args()
    builder = open_pictures(args.dataset, args.data_dir)
    parts = {
        "test": SplitPart(builder, "test"),
        "validation": SplitPart(builder, "train", split_people(builder, VALIDATION_PEOPLE)[1]),
    }
    rows = []
    for folder in tqdm(args.folders, unit="estimator"):
        estimator = load_estimator(folder)
        for name, part in parts.items():
            found = estimates(estimator, RecordedPictures([part], estimator.size))
            values = score_tool(folder, [(found.intensities, found.estimates)]).values
            figures = [
                *(mean_of_defined(values[measure]) for measure in MEASURES),
                *mae_by_intensity(found.intensities, found.estimates),
            ]
            rows.append(
                [Path(folder).name, f"{name}, {len(found.intensities)}", *(f"{figure:.3f}" for figure in figures)]
            )
    print(markdown(["estimator", "people, pictures", *MEASURES, *MAE_BY_INTENSITY], rows))


if __name__ == "__main__":
    main()
