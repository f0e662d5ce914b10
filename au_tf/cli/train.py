"""`au-tf train`: the networks, from people to a folder that `--generator` takes."""

import argparse
from pathlib import Path
from typing import Any

from au_tf.cli import generators, options, train_estimator, train_fitter, train_mixed
from au_tf.errors import InputError
from au_tf.synthesis.config import RECIPES

_COUNT: dict[str, Any] = {"type": options.positive, "metavar": "N"}
_COUNTS = _COUNT | {"nargs": "+"}
_NUMBER: dict[str, Any] = {"type": float, "metavar": "X"}
_PEOPLE = "simulated people"

SETTINGS: dict[str, dict[str, dict[str, Any]]] = {
    "training": {
        "iterations": _COUNT | {"help": "steps of the optimizers"},
        "batch-size": _COUNT | {"help": "samples a step"},
        "learning-rate": _NUMBER | {"help": "of the generator's side"},
        "discriminator-learning-rate": _NUMBER | {"help": "of the discriminators"},
        "decay": {"choices": ("constant", "cosine"), "help": "how the learning rates go on"},
        "soft-labels": {"choices": ("none", "normal", "uniform"), "help": "noise on the labels (eq. 11)"},
        "cross-frame": _NUMBER | {"help": "share of samples whose source is another frame of the person"},
        "permuted-labels": {
            "action": argparse.BooleanOptionalAction,
            "help": "ask the generator for labels of other samples (eqs. 3 and 8)",
        },
        "steps-per-call": _COUNT | {"help": "steps made inside one call of the compiled loop"},
        "seed": {"type": int, "metavar": "N", "help": "everything random derives from it"},
    },
    "networks": {
        "latent-size": _COUNT | {"help": "size of the code or noise z"},
        "hidden": _COUNTS | {"help": "widths of the hidden layers of the generator's side"},
        "discriminator-hidden": _COUNTS | {"help": "widths of the hidden layers of the discriminators"},
        "reconstruction-weight": _NUMBER | {"help": "lambda of eq. 10"},
        "range-weight": _NUMBER | {"help": "beta of eqs. 5 and 10"},
        "range-limit": _NUMBER | {"help": "limits of eqs. 4 and 9 as a share of the bounds"},
        "adversarial": {"choices": ("minimax", "non-saturating"), "help": "form of eqs. 3, 6 and 8"},
    },
    _PEOPLE: {
        "people": _COUNT | {"help": "how many"},
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
    },
}
"""By group, an option for each field of the configurations of networks, training and simulated people."""
NETWORKS = {
    "caae": "a conditional adversarial autoencoder, which gives a source another expression",
    "cgan": "a conditional GAN, which makes expressions of nobody in particular",
}
WITHOUT: dict[str, tuple[str, ...]] = {"caae": (), "cgan": ("cross-frame", "reconstruction-weight", "fitted-share")}
"""The options that mean nothing to a network: those of the cgan's are about sources."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("train", help="train a network", description="Train a network.")
    networks = parser.add_subparsers(title="networks", dest="network", required=True, metavar="NETWORK")
    for name, what in NETWORKS.items():
        network = networks.add_parser(
            name,
            help=what,
            description=f"Train {what}, on simulated people or on those of a data set, by a recipe any setting of "
            "which can be changed.",
            argument_default=argparse.SUPPRESS,
        )
        _add_options(network, name)
        network.set_defaults(run=run)
    train_estimator.add_parser(networks)
    train_fitter.add_parser(networks)
    train_mixed.add_parser(networks)


def _add_options(parser: argparse.ArgumentParser, network: str) -> None:
    first, *_ = RECIPES[network]
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the generator goes")
    options.add_face_model(parser)
    options.add_data_set(parser, "train on its split train, instead of on people simulated on the spot")
    parser.add_argument(
        "--recipe",
        choices=tuple(RECIPES[network]),
        default=first,
        help=f"what the settings start from (default: {first}); paper is the paper's schedule",
    )
    options.add_devices(parser)
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=None,
        metavar="FILE.npz",
        help="keep the state of the training there; the same command then goes on from it",
    )
    parser.add_argument(
        "--tensorboard", type=Path, default=None, metavar="DIR", help="write the losses there for TensorBoard"
    )
    for title, settings in SETTINGS.items():
        group = parser.add_argument_group(title)
        for name, how in settings.items():
            if name not in WITHOUT[network]:
                group.add_argument(f"--{name}", **how)


def run(args: argparse.Namespace) -> int:
    """Checks everything the user gave, trains, and tells what was measured."""
    from au_tf import startup
    from au_tf.cli import job

    _check_places(args)
    _check_people(args)
    startup.start_tensorflow()
    from au_tf.synthesis.train_generator import train_generator
    from au_tf.training import devices
    from au_tf.training.loop import tensorboard

    devices.provide_processors(args.devices)
    devices.strategy_for(args.devices)
    networks, training, simulation = configs(args)
    callbacks = [] if args.tensorboard is None else [tensorboard(args.tensorboard)]
    face = job.read_model(args.face_model)
    people = simulation if args.dataset is None else generators.recorded(args, face)
    job.say("Training")
    train_generator(
        args.out,
        face,
        networks,
        training,
        people,
        source=args.face_model,
        devices=args.devices,
        checkpoint=args.checkpoint,
        callbacks=callbacks,
    )
    generators.tell(args)
    return 0


def _check_places(args: argparse.Namespace) -> None:
    options.check_output_folder("--out", args.out)
    if args.checkpoint is not None:
        options.check_output_file("--checkpoint", args.checkpoint, (".npz",))
        options.check_distinct({"the generator in --out": args.out / "generator.npz", "--checkpoint": args.checkpoint})
    if args.tensorboard is not None:
        options.check_output_folder("--tensorboard", args.tensorboard)


def _check_people(args: argparse.Namespace) -> None:
    """Refuses what is about simulated people together with a data set, and the other way round."""
    generators.check_data_set(args)
    if args.dataset is None:
        return
    for name in SETTINGS[_PEOPLE]:
        if name.replace("-", "_") in args:
            expected = "one of the two: it is about people simulated on the spot"
            raise InputError(f"--{name}", "use", f"beside --dataset {args.dataset}", expected)


def configs(args: argparse.Namespace) -> tuple[Any, ...]:
    """Configurations of networks, training and simulated people as recipe and options say; a seed goes to both others.

    Raises:
      InputError: for a value that a configuration does not accept.
    """
    from dataclasses import fields, replace

    from au_tf.simulation.config import SimulationConfig

    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in vars(args).items()
    }
    bases: tuple[Any, ...] = (*RECIPES[args.network][args.recipe], SimulationConfig())
    return tuple(
        replace(base, **{field.name: given[field.name] for field in fields(base) if field.name in given})
        for base in bases
    )
