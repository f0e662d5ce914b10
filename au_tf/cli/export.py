"""`au-tf export`: models for TF Serving."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from au_tf.cli import options

if TYPE_CHECKING:
    from au_tf.serving.servable import Servable

MODELS = ("expression", "face")


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "export",
        help="write models for TF Serving",
        description="Write models for TF Serving, each as a new version beside those in the folder, with warm-up "
        "requests and the server's configuration; docs/serving.md tells what they take and return.",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder of all models")
    parser.add_argument(
        "--models",
        type=_models,
        default=MODELS,
        metavar="NAMES",
        help=f"which of {','.join(MODELS)} (default: all)",
    )
    options.add_face_model(parser)
    options.add_generator(parser)
    parser.set_defaults(run=run)


def _models(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    if not set(names) <= set(MODELS):
        raise argparse.ArgumentTypeError(f"found {text}, expected some of {','.join(MODELS)}")
    return names


def run(args: argparse.Namespace) -> int:
    """Reads all that the models are made of, then writes them."""
    from au_tf import startup
    from au_tf.cli import job

    options.check_output_folder("--out", args.out)
    options.check_generator(args.generator)
    startup.start_tensorflow()
    servables = _servables(args)
    from au_tf.serving.export import export, serve_command

    job.say("Writing the models")
    for path in export(servables, args.out):
        print(path)
    print("Serve them with")
    print(f"  {serve_command(args.out)}")
    return 0


def _servables(args: argparse.Namespace) -> "list[Servable]":
    from au_tf.cli import job
    from au_tf.morphable.readers.mouth import with_mouth
    from au_tf.serving.expression import expression_servable
    from au_tf.serving.face import face_servable

    model, generator = job.read_pair(args.face_model, args.generator)
    makers = {"expression": lambda: expression_servable(generator), "face": lambda: face_servable(with_mouth(model))}
    return [makers[name]() for name in args.models]
