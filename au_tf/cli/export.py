"""`au-tf export`: models for TF Serving."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from au_tf.cli import options
from au_tf.errors import InputError

if TYPE_CHECKING:
    from au_tf.serving.servable import Servable

MODELS = ("expression", "face", "synthesis", "estimator")


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
        default=None,
        metavar="NAMES",
        help=f"which of {','.join(MODELS)} (default: all; the estimator if one is given)",
    )
    options.add_face_model(parser)
    options.add_generator(parser)
    parser.add_argument(
        "--fitter",
        type=Path,
        metavar="DIR",
        help="a trained regressor, for synthesis (default: the shipped one, for the built-in face)",
    )
    parser.add_argument(
        "--estimator", type=Path, metavar="DIR", help="a trained estimator; au-tf train estimator makes one"
    )
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
    options.check_networks(args)
    names = args.models or [name for name in MODELS if name != "estimator" or args.estimator]
    if "estimator" in names and args.estimator is None:
        raise InputError("--models", "estimator", "no --estimator", "--estimator DIR, trained by au-tf train estimator")
    startup.start_tensorflow()
    servables = _servables(args, names)
    from au_tf.serving.export import export, serve_command

    job.say("Writing the models")
    for path in export(servables, args.out):
        print(path)
    print("Serve them with")
    print(f"  {serve_command(args.out)}")
    return 0


def _servables(args: argparse.Namespace, names: Sequence[str]) -> "list[Servable]":
    from au_tf.cli import job

    model, generator = job.read_pair(args.face_model, args.generator)

    def expression() -> "Servable":
        from au_tf.serving.expression import expression_servable

        return expression_servable(generator)

    def face() -> "Servable":
        from au_tf.serving.face import face_servable

        return face_servable(model)

    def synthesis() -> "Servable":
        from au_tf.fitting.regress.regressor import Regressor
        from au_tf.serving.synthesis import synthesis_servable

        regressor = Regressor.load(args.fitter)
        if args.fitter is None and not regressor.face.matches(model):
            expected = "--fitter DIR, trained for this face model by au-tf train fitter, or --models expression,face"
            found = f"only the one for {regressor.face.name}"
            raise InputError(f"--face-model {args.face_model}", "fitter", found, expected)
        return synthesis_servable(model, generator, regressor)

    def estimator() -> "Servable":
        from au_tf.estimation.estimator import load_estimator
        from au_tf.serving.estimation import estimator_servable

        return estimator_servable(load_estimator(args.estimator))

    makers = dict(zip(MODELS, (expression, face, synthesis, estimator), strict=True))
    return [makers[name]() for name in names]
