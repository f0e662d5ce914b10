"""`au-tf train mixed`: the linear mixed model, from people to a folder that `--generator` takes."""

import argparse
from pathlib import Path
from typing import Any

from au_tf.cli import generators, options

_NUMBER: dict[str, Any] = {"type": float, "metavar": "X", "default": argparse.SUPPRESS}

SETTINGS: dict[str, dict[str, Any]] = {
    "reading-weight": _NUMBER | {"help": "how much it counts that a linear estimator reads what was asked for"},
    "mesh-weight": _NUMBER | {"help": "how much it counts that the mesh shows it"},
    "source-noise": _NUMBER | {"help": "share of the variation within a person that a source is taken to be off by"},
    "diagonal": _NUMBER | {"help": "share of the covariance between people taken as independent"},
    "shown-rate": _NUMBER | {"help": "price of an intensity that a source is taken to show"},
}
"""An option for each field of `MixedEffectsConfig`, which holds the defaults."""


def add_parser(networks: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of `train`."""
    what = "a linear mixed model with calibrated Action Units, which keeps more of the person; made in seconds"
    parser = networks.add_parser(
        "mixed", help=what, description=f"Make {what}, from simulated people or from those of a data set."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the generator goes")
    options.add_face_model(parser)
    options.add_data_set(parser, "learn from its split train, instead of from people simulated on the spot")
    for name, settings in SETTINGS.items():
        parser.add_argument(f"--{name}", **settings)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Learns, and tells what was measured."""
    from au_tf import startup
    from au_tf.cli import job

    options.check_output_folder("--out", args.out)
    generators.check_data_set(args)
    startup.start_tensorflow()
    from au_tf.simulation.config import SimulationConfig
    from au_tf.synthesis.config import MixedEffectsConfig
    from au_tf.synthesis.mixed_generator import MixedGenerator
    from au_tf.synthesis.model_card import mixed_command_line
    from au_tf.synthesis.train_generator import publish
    from au_tf.synthesis.training_people import frames_of

    config = MixedEffectsConfig(**options.given(args, SETTINGS))
    face = job.read_model(args.face_model)
    people = SimulationConfig() if args.dataset is None else generators.recorded(args, face)
    job.say("Learning")
    generator = MixedGenerator.of(frames_of(people, face), face, config)
    publish(args.out, generator, face, people, mixed_command_line(config, people, args.face_model))
    generators.tell(args)
    return 0
