"""`au-tf figures`: figures 6 to 8 of the paper."""

import argparse
from pathlib import Path

from au_tf.cli import options


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "figures",
        help="see where Action Units move the skin: figures 6 to 8 of the paper",
        description="Put Action Units on a random neutral face and colour its mesh by how far the skin moves: three "
        "at each intensity (figure 6), each of the twelve at 5 (figure 7), and combinations (figure 8).",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder")
    parser.add_argument("--seed", type=options.whole_number, default=0, metavar="N", help="which face (default: 0)")
    options.add_face_model(parser)
    options.add_generator(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Makes all figures, then writes them."""
    from au_tf import startup
    from au_tf.cli import job

    options.check_output_folder("--out", args.out)
    options.check_networks(args)
    startup.start_tensorflow()
    from tqdm import tqdm

    from au_tf.evaluation.protocols.figures import deformation_figures, random_subject
    from au_tf.files import write_whole

    model, generator = job.read_pair(args.face_model, args.generator)
    job.say("Drawing the figures")
    drawn = deformation_figures(
        random_subject(model, generator, args.seed),
        lambda panels: tqdm(panels, unit="panel", disable=None, leave=False),
    )
    for number, content in drawn.items():
        path = args.out / f"figure-{number}.png"
        write_whole(path, content)
        print(path)
    return 0
