"""`au-tf evaluate table2`: what is read off pictures, real and synthesised."""

import argparse
import shlex
from pathlib import Path

from au_tf.cli import options

DATA_SET = "simulated_disfa/frames_paper_small"
ROWS = ("cgan", "cgan-soft", "caae", "caae-soft", "ours")
RECIPES = ("quick", "paper")


def add_common(parser: argparse.ArgumentParser) -> None:
    """Adds the options of tables that are made of pictures and generators."""
    options.add_data_set(parser, f"one with pictures, frames_* (default: {DATA_SET})")
    parser.add_argument(
        "--recordings",
        metavar="NAME",
        help="a data set of the same people from whose split train the generators learn, such as "
        "simulated_disfa/coefficients_paper (default: the one with pictures)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where tables and pictures go")
    parser.add_argument(
        "--seeds", type=options.seeds, default=3, metavar="N", help="how many runs of everything (default 3)"
    )
    parser.add_argument(
        "--recipe", choices=RECIPES, default="quick", help="schedule of the networks: minutes (default), or the paper's"
    )
    options.add_face_model(parser)
    parser.set_defaults(dataset=DATA_SET)


def add_table2(tables: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of `evaluate`."""
    parser = tables.add_parser(
        "table2",
        help="do estimators read off synthesised pictures what was asked for?",
        description="Table 2 of the paper beside its printed figures: support vector regressions of histograms of "
        "oriented gradients, trained on real pictures, read synthesised ones; so does OpenFace where it is installed. "
        "Trained networks are kept in DIR/models.",
    )
    add_common(parser)
    parser.add_argument(
        "--rows",
        nargs="+",
        default=list(ROWS),
        metavar="ROW",
        help=f"which besides Real, as of table1 (default: {' '.join(ROWS)})",
    )
    parser.add_argument(
        "--openface",
        metavar="FILE",
        help="OpenFace's program FeatureExtraction (default: the one on the path, if there is one)",
    )
    parser.add_argument(
        "--tested", type=options.positive, metavar="N", help="ask for so many of the labels only, chosen at random"
    )
    parser.set_defaults(run=run_table2)


def run_table2(args: argparse.Namespace) -> int:
    """Trains, draws, measures, prints the table and writes all files."""
    from au_tf import startup

    options.check_output_folder("--out", args.out)
    startup.start_tensorflow()
    from au_tf.cli import job
    from au_tf.datasets.recordings.opening import check_face_model, open_recordings
    from au_tf.datasets.recordings.pictures import open_pictures
    from au_tf.datasets.recordings.tables import read_frames
    from au_tf.estimation.openface import OpenFace, find_openface
    from au_tf.evaluation.rows import SCHEDULES, Workshop, makers
    from au_tf.evaluation.scores import OPENFACE, Scores
    from au_tf.pipelines.table2 import Table2, write

    openface = find_openface(args.openface)
    face = job.read_model(args.face_model)
    workshop = Workshop(args.out / "models", face, SCHEDULES[args.recipe])
    rows = makers(workshop, args.rows)
    builder = open_pictures(args.dataset, args.data_dir)
    recordings = builder if args.recordings is None else open_recordings(args.recordings, args.data_dir)
    for each in (builder, recordings):
        check_face_model(each, face)
    job.say("Reading the frames")
    others = {} if openface is None else {OPENFACE: OpenFace(openface)}
    table = Table2(builder, face, read_frames(recordings, "train"), others, args.tested)
    found = {}
    for seed in range(args.seeds):
        for row, agreement in table.trials(rows, seed):
            found[row, seed] = agreement
            told = [f"{name} {a.means['mae']:.3f} {a.means['mse']:.3f}" for name, a in agreement.items()]
            job.say(f"Seed {seed}: {row}: MAE and MSE by {', by '.join(told)}")
    paths = write(args.out, table, Scores.of(found, table.estimators), args.recipe, command_line("table2", args))
    print()
    for path in paths:
        print(path)
    return 0


def command_line(table: str, args: argparse.Namespace) -> str:
    """The command that makes a table again, with an option for each value that was given."""
    words = ["au-tf", "evaluate", table]
    for name, value in vars(args).items():
        if name in ("command", "table", "run") or value is None or (name, value) == ("face_model", options.BUILTIN):
            continue
        values = value if isinstance(value, list) else [value]
        words += [f"--{name.replace('_', '-')}", *map(str, values)]
    return shlex.join(words)
