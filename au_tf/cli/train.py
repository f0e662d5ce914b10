"""`au-tf train`: the networks, from data to a folder that `--generator` takes."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from au_tf.cli import options


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"found {text}, expected a whole number of at least 1")
    return int(text)


_COUNT: dict[str, Any] = {"type": _count, "metavar": "N"}
_COUNTS = _COUNT | {"nargs": "+"}
_NUMBER: dict[str, Any] = {"type": float, "metavar": "X"}

CAAE_OPTIONS: dict[str, dict[str, Any]] = {
    "iterations": _COUNT | {"help": "steps of the optimizers"},
    "batch-size": _COUNT | {"help": "samples a step"},
    "learning-rate": _NUMBER | {"help": "of encoder and generator"},
    "discriminator-learning-rate": _NUMBER | {"help": "of the discriminators"},
    "decay": {"choices": ("constant", "cosine"), "help": "how the learning rates go on"},
    "soft-labels": {"choices": ("none", "normal", "uniform"), "help": "noise on the labels (eq. 11)"},
    "cross-frame": _NUMBER | {"help": "share of samples whose source is another frame of the person"},
    "permuted-labels": {"action": "store_true", "help": "ask the generator for labels of other samples (eq. 8)"},
    "steps-per-call": _COUNT | {"help": "steps made inside one call of the compiled loop"},
    "latent-size": _COUNT | {"help": "size of the code z"},
    "hidden": _COUNTS | {"help": "widths of the hidden layers of encoder and generator"},
    "discriminator-hidden": _COUNTS | {"help": "widths of the hidden layers of the discriminators"},
    "reconstruction-weight": _NUMBER | {"help": "lambda of eq. 10"},
    "range-weight": _NUMBER | {"help": "beta of eq. 10"},
    "range-limit": _NUMBER | {"help": "limits of eq. 9 as a share of the bounds"},
    "adversarial": {"choices": ("minimax", "non-saturating"), "help": "form of eqs. 6 and 8"},
    "people": _COUNT | {"help": "simulated people"},
    "frames": _COUNT | {"help": "frames of each"},
    "single-share": _NUMBER | {"help": "share of frames with one Action Unit alone"},
    "combination-share": _NUMBER | {"help": "share of frames with a random combination"},
    "gain-spread": _NUMBER | {"help": "how much people differ in strength"},
    "asymmetry": _NUMBER | {"help": "how much left and right differ"},
    "companion": _NUMBER | {"help": "strength of movements that come along"},
    "style": _NUMBER | {"help": "how much people differ in their way of each movement"},
    "tone": _NUMBER | {"help": "strength of movements at rest"},
    "fitted-share": _NUMBER | {"help": "share of frames observed through a fit to landmarks"},
    "noise": _NUMBER | {"help": "error of the other observations"},
    "seed": {"type": int, "metavar": "N", "help": "everything random derives from it"},
}
"""The options of `train caae`: one for each field of its three configurations; the recipe holds the defaults."""
_RECIPE: dict[str, Any] = {
    "choices": ("shipped", "paper"),
    "default": "shipped",
    "help": "what the other options start from: a minute or two, as the generator that ships was trained (default), "
    "or the paper's schedule",
}


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("train", help="train a network", description="Train a network.")
    networks = parser.add_subparsers(title="networks", dest="network", required=True, metavar="NETWORK")
    caae = networks.add_parser(
        "caae",
        help="the generator of expressions",
        description="Train a conditional adversarial autoencoder on simulated people on a face model, by one of two "
        "recipes, any setting of which can be changed.",
        argument_default=argparse.SUPPRESS,
    )
    caae.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the generator goes")
    options.add_face_model(caae)
    caae.add_argument("--recipe", **_RECIPE)
    for name, settings in CAAE_OPTIONS.items():
        caae.add_argument(f"--{name}", **settings)
    caae.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Trains and tells what was measured."""
    from au_tf import startup
    from au_tf.cli import job

    options.check_output_folder("--out", args.out)
    startup.start_tensorflow()
    from au_tf.synthesis.train import train_caae

    networks, training, people = caae_configs(args)
    face = job.read_model(args.face_model)
    job.say("Simulating people and training on them")
    train_caae(args.out, face, networks, training, people, source=args.face_model)
    print(f"{args.out} (README.md there tells what was measured); use it with")
    print(f"  au-tf synthesize PHOTO --au AU12=5 --out FILE.png{_flags(args)}")
    return 0


def _flags(args: argparse.Namespace) -> str:
    model = "" if args.face_model == options.BUILTIN else f" --face-model {shlex.quote(args.face_model)}"
    return f"{model} --generator {shlex.quote(str(args.out))}"


def caae_configs(args: argparse.Namespace) -> tuple[Any, ...]:
    """CAAEConfig, TrainingConfig and SimulationConfig as recipe and options say; a seed goes to each that takes one.

    Raises:
      InputError: for a value that a configuration does not accept.
    """
    from dataclasses import fields, replace

    from au_tf.synthesis.config import RECIPES
    from au_tf.synthesis.simulation import SimulationConfig

    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in vars(args).items()
    }
    return tuple(
        replace(base, **{field.name: given[field.name] for field in fields(base) if field.name in given})
        for base in (*RECIPES[args.recipe], SimulationConfig())
    )
