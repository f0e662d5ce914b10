"""`au-tf train fitter`: the regressor of coefficients, from a face model to a folder."""

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from au_tf.cli import options

if TYPE_CHECKING:
    from au_tf.fitting.regress.config import RegressorTraining

_COUNT: dict[str, Any] = {"type": int, "metavar": "N"}
SETTINGS: dict[str, dict[str, Any]] = {
    "pictures": _COUNT | {"help": "rendered pictures to train on; each takes 40 kB of disk"},
    "steps": _COUNT | {"help": "steps of the whole network"},
    "batch-size": _COUNT | {"help": "pictures a step"},
    "learning-rate": {"type": float, "metavar": "X", "help": "of Adam at the beginning"},
    "landmark-steps": _COUNT | {"help": "steps before these, of the part that sees the landmarks only"},
    "landmark-batch-size": _COUNT | {"help": "faces a step of them"},
    "seed": _COUNT | {"help": "everything random derives from it"},
}
"""One for each field of `RegressorTraining`, which holds the defaults."""


def add_parser(networks: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of `train`."""
    parser = networks.add_parser(
        "fitter",
        help="the regressor that finds coefficients in a picture",
        description="Train the regressor that finds identity, albedo, expression, pose and light of a face, on "
        "pictures rendered from a face model. An interrupted training goes on when it is started again.",
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the regressor goes")
    options.add_face_model(parser)
    for name, settings in SETTINGS.items():
        parser.add_argument(f"--{name}", **settings)
    parser.add_argument(
        "--work",
        type=Path,
        default=None,
        metavar="DIR",
        help="where the pictures and the state of the training are kept, and stay (default: in au_tf's cache, until "
        "the training is done)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Trains and tells what was measured."""
    from au_tf import startup
    from au_tf.cli import job

    options.check_output_folder("--out", args.out)
    if args.work is not None:
        options.check_output_folder("--work", args.work)
    startup.start_tensorflow()
    from au_tf.fitting.regress.train_regressor import train_regressor
    from au_tf.simulation.population import draw_expressions

    training = training_of(args)
    model = job.read_model(args.face_model)
    work = args.work or _cached(model.digest, training)
    job.say(f"Rendering people and training on them; pictures and state lie in {work}")
    result = train_regressor(
        args.out, model, lambda count, rng: draw_expressions(model, count, rng), work, training, source=args.face_model
    )
    if args.work is None:
        shutil.rmtree(work)
    share = result.errors.shape.mean() / result.errors.mean_face.mean()
    print(f"{args.out}: {share:.0%} of the mean face's error; README.md there tells more")
    return 0


def training_of(args: argparse.Namespace) -> "RegressorTraining":
    """The settings that the options give.

    Raises:
      InputError: for a value that is not accepted.
    """
    from au_tf.fitting.regress.config import RegressorTraining

    return RegressorTraining(**options.given(args, SETTINGS))


def _cached(digest: str, training: "RegressorTraining") -> Path:
    import hashlib

    from au_tf.files import cache_folder

    name = hashlib.sha256(f"{digest} {training}".encode()).hexdigest()[:16]
    return cache_folder() / "fitter" / name
