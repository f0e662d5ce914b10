"""`au-tf evaluate table2` and `augmentation`: what is read off pictures, and what synthesised ones teach."""

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
    from au_tf.datasets.recordings.frame_tables import read_frames
    from au_tf.datasets.recordings.opening import check_face_model, open_recordings
    from au_tf.datasets.recordings.recorded_pictures import open_pictures
    from au_tf.estimation.openface import OpenFace, find_openface
    from au_tf.evaluation.protocols.methods import SCHEDULES, Methods, makers
    from au_tf.evaluation.scores import OPENFACE, Scores
    from au_tf.pipelines.table2_component import Table2, write

    openface = find_openface(args.openface)
    face = job.read_model(args.face_model)
    methods = Methods(args.out / "models", face, SCHEDULES[args.recipe])
    rows = makers(methods, args.rows)
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


def add_augmentation(tables: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of `evaluate`."""
    parser = tables.add_parser(
        "augmentation",
        help="does an estimator get better by synthesised pictures? (figure 5)",
        description="Fig. 5 of the paper: errors of an estimator against the number of synthesised pictures that were "
        "added to the real ones. What is finished is kept in DIR; the same command goes on where it was interrupted.",
    )
    add_common(parser)
    parser.add_argument(
        "--added", nargs="+", type=options.positive, metavar="N", help="how many pictures (default: the paper's shares)"
    )
    parser.add_argument(
        "--policies",
        nargs="+",
        choices=("paper", "balanced"),
        default=["paper", "balanced"],
        help="which labels are asked for, as of augment (default: both)",
    )
    parser.add_argument(
        "--row", choices=ROWS, default="caae-soft", help="the generator, by its row in table1 (default: caae-soft)"
    )
    parser.add_argument("--generator", type=Path, metavar="DIR", help="a trained generator instead")
    parser.add_argument(
        "--backbone", choices=("alexnet", "small"), default="alexnet", help="of the estimator (default: alexnet)"
    )
    parser.add_argument("--epochs", type=options.positive, default=20, metavar="N", help="of each training")
    parser.add_argument(
        "--validation-people", type=options.positive, default=5, metavar="N", help="by whom the best epoch is chosen"
    )
    parser.set_defaults(run=run_augmentation)


def run_augmentation(args: argparse.Namespace) -> int:
    """Makes pictures, trains, prints the table and writes all files."""
    from au_tf import startup

    options.check_output_folder("--out", args.out)
    options.check_networks(args)
    startup.start_tensorflow()
    from au_tf.cli import job
    from au_tf.datasets.recordings.frame_tables import read_frames
    from au_tf.datasets.recordings.opening import check_face_model, open_recordings
    from au_tf.datasets.recordings.recorded_pictures import open_pictures
    from au_tf.estimation.config import EstimatorTraining
    from au_tf.evaluation.protocols import methods as rows
    from au_tf.pipelines.augmentation_curve import AugmentationCurve

    face = job.read_model(args.face_model)
    builder = open_pictures(args.dataset, args.data_dir)
    check_face_model(builder, face)
    generator = None
    if args.generator is None:
        recordings = builder if args.recordings is None else open_recordings(args.recordings, args.data_dir)
        check_face_model(recordings, face)
        methods = rows.Methods(args.out / "models", face, rows.SCHEDULES[args.recipe])
        generator = rows.stored_row(methods, args.row, read_frames(recordings, "train"))
    curve = AugmentationCurve(
        builder,
        args.data_dir,
        args.out,
        args.out / "pictures",
        generator=generator or (lambda seed: args.generator),
        training=EstimatorTraining(args.backbone, epochs=args.epochs),
        face_model=args.face_model,
        held_out=args.validation_people,
        added=tuple(args.added or ()),
    )
    found = curve.run(args.policies, args.seeds, job.say)
    name = str(args.generator) if args.generator else rows.ROWS[args.row].label
    print()
    for path in curve.write(found, name, command_line("augmentation", args)):
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
