"""`au-tf evaluate`: the tables of the paper, on a data set that need not be the paper's."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from au_tf.cli import evaluate_pictures, options

if TYPE_CHECKING:
    from au_tf.evaluation.protocols.methods import Methods
    from au_tf.evaluation.quality import Quality
    from au_tf.evaluation.reports.table1_report import Heading
    from au_tf.evaluation.scores import Scores
    from au_tf.training.frame_table import FrameTable

Key = tuple[str, int]
DATA_SET = "simulated_disfa"
PEOPLE = ("test", "validation")
RECIPES = ("quick", "paper")


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("evaluate", help="make a table of the paper", description="Make a table of the paper.")
    tables = parser.add_subparsers(title="tables", dest="table", required=True, metavar="TABLE")
    table1 = tables.add_parser(
        "table1",
        help="do estimators read off generated expressions what was asked for?",
        description="Table 1 of the paper beside its printed figures: SVR and ordinal SVR, trained on real frames, "
        "read generated expressions. Beyond it: do intensities rise as asked, do other Action Units stay away, is it "
        "still the same person, do people differ. Trained networks are kept in DIR/models; the same command goes on "
        "where it was interrupted.",
    )
    options.add_data_set(table1, "whose people are trained on and tested (default: simulated_disfa)")
    table1.add_argument("--out", type=Path, required=True, metavar="DIR", help="where tables and pictures go")
    table1.add_argument(
        "--seeds", type=options.seeds, default=3, metavar="N", help="how many runs of everything (default 3)"
    )
    table1.add_argument(
        "--people",
        choices=PEOPLE,
        default="test",
        help="whom to test on: the test people (default), or training people held out to choose settings on",
    )
    table1.add_argument(
        "--rows",
        nargs="+",
        metavar="ROW",
        help="which besides Real, such as transfer linear caae-soft (default: all that belong to these people; "
        "validation people have those with either reading of eq. 11)",
    )
    table1.add_argument(
        "--recipe", choices=RECIPES, default="quick", help="schedule of the networks: minutes (default), or the paper's"
    )
    options.add_face_model(table1)
    table1.set_defaults(run=run_table1, dataset=DATA_SET)
    evaluate_pictures.add_table2(tables)
    evaluate_pictures.add_augmentation(tables)


def run_table1(args: argparse.Namespace) -> int:
    """Trains, measures, prints the table and writes all files."""
    import logging

    from au_tf import startup

    options.check_output_folder("--out", args.out)
    startup.start_tensorflow()
    # It warns of a loop that is compiled anew for each network.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    from au_tf.cli import job
    from au_tf.datasets.recordings.frame_tables import read_frames
    from au_tf.datasets.recordings.opening import check_face_model, open_recordings
    from au_tf.evaluation.protocols.methods import ROWS, SCHEDULES, Methods, makers
    from au_tf.evaluation.protocols.table1 import hold_out
    from au_tf.evaluation.reports.table1_files import measure_table1
    from au_tf.evaluation.scores import Scores

    face = job.read_model(args.face_model)
    methods = Methods(args.out / "models", face, SCHEDULES[args.recipe])
    shown = PEOPLE.index(args.people)
    rows = makers(methods, args.rows or [name for name, row in ROWS.items() if row.shown[shown]])
    builder = open_recordings(args.dataset, args.data_dir)
    check_face_model(builder, face)
    job.say("Reading the frames")
    train = read_frames(builder, "train")
    train, test = hold_out(train) if args.people == "validation" else (train, read_frames(builder, "test"))
    agreements, qualities = measure_table1(train, test, rows, face, args.seeds, job.say)
    _write(args.out, _heading(args, builder, methods, train, test), Scores.of(agreements), qualities)
    return 0


def _heading(
    args: argparse.Namespace, builder: Any, methods: "Methods", train: "FrameTable", test: "FrameTable"
) -> "Heading":
    import numpy as np

    from au_tf.evaluation.reports.table1_report import Heading

    simulated = bool((builder.info.metadata or {}).get("simulated"))
    readings = ", ".join(f"{name} {recipe.soft_labels}" for name, recipe in methods.recipes.items())
    return Heading(
        data="simulated DISFA" if simulated else "DISFA",
        config=f"{builder.name}/{builder.builder_config.name}",
        people=args.people,
        trained=len(np.unique(train.person)),
        tested=len(np.unique(test.person)),
        asked=int((~test.neutral).sum()),
        recipe=f'"{args.recipe}", * with soft labels (eq. 11; {readings})',
        command=_command(args),
    )


def _command(args: argparse.Namespace) -> str:
    words = ["au-tf", "evaluate", "table1", "--dataset", args.dataset, "--people", args.people]
    words += ["--recipe", args.recipe, "--seeds", str(args.seeds), "--out", str(args.out)]
    words += [] if args.data_dir is None else ["--data-dir", str(args.data_dir)]
    words += [] if args.face_model == options.BUILTIN else ["--face-model", args.face_model]
    words += [] if args.rows is None else ["--rows", *args.rows]
    return shlex.join(words)


def _write(folder: Path, heading: "Heading", scores: "Scores", qualities: "dict[Key, Quality]") -> None:
    from au_tf.evaluation.protocols.table1 import ESTIMATORS
    from au_tf.evaluation.reports.table1_files import table1_files
    from au_tf.evaluation.reports.table1_report import averages
    from au_tf.files import write_whole

    files = table1_files(heading, scores, qualities)
    for name, content in files.items():
        write_whole(folder / name, content)
    who = f"{heading.data}, {heading.people} people"
    for estimator in ESTIMATORS:
        print(f"\n{estimator} on {who}; the paper's figures are of DISFA\n\n{averages(scores, estimator)}")
    print()
    for name in files:
        print(folder / name)
