"""`au-tf reproduce`: every table and figure of the paper, and one report."""

import argparse
from pathlib import Path

from au_tf.cli import options

SCALES = ("tiny", "small", "paper")
DATA_SETS = ("simulated_disfa", "disfa")


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "reproduce",
        help="make every table and figure of the paper, and one report",
        description="Make every table and figure of the paper beside its own, by a pipeline of components that record "
        "what they were made from. What has not changed is not made again; what was interrupted goes on.",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where artifacts and report go")
    parser.add_argument(
        "--scale",
        choices=SCALES,
        default="tiny",
        help="a few people and steps for a look (default), a hundredth of the paper's frames, or all of the paper",
    )
    parser.add_argument(
        "--dataset", choices=DATA_SETS, default=DATA_SETS[0], help="on which people (default: simulated_disfa)"
    )
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="where data sets are kept (default: in --out)")
    options.add_face_model(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the pipeline and tells where the report is."""
    import logging

    from au_tf import startup

    options.check_output_folder("--out", args.out)
    startup.start_tensorflow()
    # It warns of a loop that is compiled anew for each network.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    from au_tf.cli import job
    from au_tf.pipelines.components import run as run_components
    from au_tf.pipelines.reproduction import Reproduction

    data_dir = args.data_dir or args.out / "data"
    reproduction = Reproduction(args.scale, args.dataset, data_dir, args.out, args.face_model, job.say)
    run_components(reproduction.components, args.out, job.say)
    for name in ("report.md", "report.html"):
        print(args.out / "report" / name)
    return 0
