"""`au-tf augment`: synthetic pictures with any Action Units as a data set."""

import argparse
from pathlib import Path

from au_tf.cli import options


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "augment",
        help="make a data set of synthetic pictures with any Action Units",
        description="Make a data set of synthetic pictures of recorded people, or of the faces in photos, with other "
        "Action Units, for tfds.builder_from_directory. What was interrupted goes on when it is started again.",
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--count", type=options.whole_number, required=True, metavar="N", help="how many; the paper has 15000 to 130000"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the data set goes")
    _add_targets(parser)
    _add_sources(parser)
    _add_pictures(parser)
    _add_work(parser)
    parser.set_defaults(run=run)


def _add_targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--policy",
        metavar="NAME",
        help="which Action Units: paper (default), combinations of other people; balanced, rare ones as often as "
        "frequent ones; grid, each alone at each intensity; list, those of --labels",
    )
    parser.add_argument("--share", type=float, metavar="X", help="of the pictures to balance (default: 0.5)")
    parser.add_argument("--labels", metavar="FILE.csv", help="for list: columns AU1 to AU26, a row a face")


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset", metavar="NAME", help="recorded people, for labels and source faces (default: simulated_disfa)"
    )
    parser.add_argument("--data-dir", metavar="DIR", help="where data sets are kept (default: as TFDS has it)")
    parser.add_argument(
        "--photos", nargs="+", metavar="FILE.npz", help="take the source faces from what au-tf extract wrote"
    )
    parser.add_argument("--faces", type=options.whole_number, metavar="N", help="source faces a person (default: 400)")
    parser.add_argument(
        "--neutral",
        action=argparse.BooleanOptionalAction,
        help="start only from frames without Action Units (default: yes)",
    )
    parser.add_argument(
        "--per-face",
        type=options.whole_number,
        metavar="N",
        help="pictures in succession of one source face (default: 1, or 16 for photo)",
    )


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--style",
        metavar="NAME",
        help="render (default), the 3D face before a wall, or photo, the source's own picture",
    )
    parser.add_argument("--size", type=options.whole_number, metavar="N", help="pixels a side (default: 224)")
    parser.add_argument("--seed", type=options.whole_number, metavar="N", help="everything random derives from it")
    parser.add_argument("--face-model", metavar="MODEL", help="as for synthesize (default: builtin)")
    parser.add_argument("--generator", metavar="DIR", help="a trained generator (default: the shipped one)")


def _add_work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--shard", type=options.whole_number, metavar="N", help="pictures a file, a multiple of 64 (default: 64 to 512)"
    )
    parser.add_argument(
        "--max-failures", type=options.whole_number, metavar="N", help="pictures that may fail (default: 100)"
    )
    parser.add_argument(
        "--workers", type=options.whole_number, default=0, metavar="N", help="processors of this machine (default: all)"
    )
    parser.add_argument(
        "--runner",
        default=None,
        metavar="NAME",
        help="another of Beam's runners, such as FlinkRunner; its options follow -- (docs/augmentation.md)",
    )
    parser.add_argument("beam", nargs="*", default=(), metavar="-- OPTION", help="options of Beam's runner")


def run(args: argparse.Namespace) -> int:
    """Makes the data set and tells where it is."""
    from au_tf import startup

    startup.start_tensorflow()
    from au_tf.pipelines.augment import augment, local_options, runner_options
    from au_tf.pipelines.augmentation.plan import Augmentation

    given = {name: value for name, value in vars(args).items() if name in Augmentation.__dataclass_fields__}
    asked = Augmentation(**given | ({"photos": tuple(args.photos)} if "photos" in given else {}))
    elsewhere = args.runner is not None or args.beam
    beam = runner_options(args.runner, args.beam) if elsewhere else local_options(args.workers or None)
    builder = augment(asked, args.out, beam)
    _tell(args.out, builder.info.splits["train"].num_examples)
    return 0


def _tell(folder: Path, records: int) -> None:
    print(f"{folder}: {records:,} pictures, told of in README.md; read it with")
    print(f'  tfds.builder_from_directory("{folder}").as_dataset(split="train")')
    failures = folder / "failures.csv"
    if failures.exists():
        print(f"{failures} lists the pictures that failed")
