"""`au-tf train`: the networks, from data to a folder that `--generator` takes."""

import argparse
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
"""The options of `train caae`: one for each field of its three configurations, which hold the defaults."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("train", help="train a network", description="Train a network.")
    networks = parser.add_subparsers(title="networks", dest="network", required=True, metavar="NETWORK")
    caae = networks.add_parser(
        "caae",
        help="the generator of expressions",
        description="Train a conditional adversarial autoencoder on simulated people on the built-in face. Options "
        "that are left out keep the paper's values.",
        argument_default=argparse.SUPPRESS,
    )
    caae.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the generator goes")
    for name, settings in CAAE_OPTIONS.items():
        caae.add_argument(f"--{name}", **settings)
    caae.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Trains and tells what was measured."""
    from au_tf import startup

    options.check_output_folder("--out", args.out)
    startup.start_tensorflow()
    from au_tf.synthesis.train import train_caae

    train_caae(args.out, *caae_configs(args))
    print(f"{args.out} (README.md there tells what was measured)")
    return 0


def caae_configs(args: argparse.Namespace) -> tuple[Any, ...]:
    """CAAEConfig, TrainingConfig and SimulationConfig as the options say; a seed goes to each that takes one.

    Raises:
      InputError: for a value that a configuration does not accept.
    """
    from dataclasses import fields

    from au_tf.synthesis.config import CAAEConfig, TrainingConfig
    from au_tf.synthesis.simulation import SimulationConfig

    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in vars(args).items()
    }
    return tuple(
        config(**{field.name: given[field.name] for field in fields(config) if field.name in given})
        for config in (CAAEConfig, TrainingConfig, SimulationConfig)
    )
