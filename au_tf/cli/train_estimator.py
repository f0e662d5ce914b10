"""`au-tf train estimator`: from a data set with pictures to a folder with an estimator of Action Units."""

import argparse
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from au_tf.cli import options

if TYPE_CHECKING:
    from au_tf.estimation.config import EstimatorTraining

_COUNT: dict[str, Any] = {"type": int, "metavar": "N"}
SETTINGS: dict[str, dict[str, Any]] = {
    "backbone": {"choices": ("alexnet", "small"), "help": "the paper's AlexNet, or a network 100 times smaller"},
    "epochs": _COUNT | {"help": "passes over the pictures"},
    "batch-size": _COUNT | {"help": "pictures a step"},
    "learning-rate": {"type": float, "metavar": "X", "help": "of Adam at the beginning"},
    "decay": {"type": float, "metavar": "X", "help": "share by which it falls at each epoch"},
    "seed": _COUNT | {"help": "everything random derives from it"},
}
"""One for each field of `EstimatorTraining`, which holds the defaults."""
VALIDATION_PEOPLE = 5


def add_parser(networks: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of `train`."""
    parser = networks.add_parser(
        "estimator",
        help="a network that reads Action Units off pictures",
        description="Train a network that reads the intensities of Action Units off aligned faces, on the pictures of "
        "a data set that show something. An interrupted training goes on when it is started again.",
        argument_default=argparse.SUPPRESS,
    )
    options.add_data_set(parser, "whose split train is trained on; one with pictures, frames_*")
    parser.add_argument(
        "--augmented",
        type=Path,
        nargs="+",
        default=(),
        metavar="DIR",
        help="data sets of synthesised pictures to train on as well",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the estimator goes")
    parser.add_argument(
        "--validation-people",
        type=options.whole_number,
        default=VALIDATION_PEOPLE,
        metavar="N",
        help=f"people of the split train by whom the best epoch is chosen (default: {VALIDATION_PEOPLE})",
    )
    for name, settings in SETTINGS.items():
        parser.add_argument(f"--{name}", **settings)
    options.add_devices(parser)
    parser.add_argument(
        "--work",
        type=Path,
        default=None,
        metavar="DIR",
        help="where the state of the training is kept, and stays (default: in DIR/work, until the training is done)",
    )
    parser.set_defaults(run=run, dataset="simulated_disfa")


def run(args: argparse.Namespace) -> int:
    """Trains, measures on the test people, and writes estimator and model card."""
    from au_tf import startup
    from au_tf.cli import job

    options.check_output_folder("--out", args.out)
    if args.work is not None:
        options.check_output_folder("--work", args.work)
    startup.start_tensorflow()
    from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart, open_pictures, split_people
    from au_tf.estimation.estimator_training import estimates, train
    from au_tf.evaluation.metrics import Agreement
    from au_tf.evaluation.reports.estimator_card import Provenance, estimator_card
    from au_tf.files import write_whole
    from au_tf.pipelines.augment import open_augmented
    from au_tf.training import devices

    devices.provide_processors(args.devices)
    devices.strategy_for(args.devices)
    training = training_of(args)
    augmented = [open_augmented(path) for path in args.augmented]
    builder = open_pictures(args.dataset, args.data_dir)
    job.say("Reading the labels")
    kept, held_out = split_people(builder, args.validation_people)
    parts = [SplitPart(each, "train", kept) for each in (builder, *augmented)]
    pictures, validation, test = (
        RecordedPictures(some, training.size)
        for some in (parts, [SplitPart(builder, "train", held_out)], [SplitPart(builder, "test")])
    )
    real, *synthetic = (part.count for part in parts)
    job.say(f"Training on {real:,} pictures and {sum(synthetic):,} synthesised ones")
    work = args.work or args.out / "work"
    trained = train(pictures, validation, training, work, args.devices)
    found = estimates(trained.estimator, test)
    agreement = Agreement.of(found.intensities, found.estimates)
    provenance = Provenance(
        data=f"{builder.name}/{builder.builder_config.name}",
        simulated=bool(builder.info.metadata.get("simulated")),
        real=real,
        synthetic=sum(synthetic),
        validation=validation.count,
        tested=test.count,
        command=command_line(args, training),
    )
    trained.estimator.save(args.out)
    card = estimator_card(provenance, training, trained.epochs, trained.best, agreement)
    write_whole(args.out / "README.md", card)
    if args.work is None:
        shutil.rmtree(work)
    means = agreement.means
    print(f"{args.out}: MAE {means['mae']:.3f}, MSE {means['mse']:.3f} on the test people; README.md there tells more")
    return 0


def training_of(args: argparse.Namespace) -> "EstimatorTraining":
    """The settings that the options give.

    Raises:
      InputError: for a value that is not accepted.
    """
    from au_tf.estimation.config import EstimatorTraining

    return EstimatorTraining(**options.given(args, SETTINGS))


def command_line(args: argparse.Namespace, training: "EstimatorTraining") -> str:
    """The command that trains again, with an option for each setting that is not the default."""
    from dataclasses import asdict

    from au_tf.estimation.config import EstimatorTraining

    words = ["au-tf", "train", "estimator", "--dataset", args.dataset]
    words += [] if args.data_dir is None else ["--data-dir", str(args.data_dir)]
    words += ["--augmented", *map(str, args.augmented)] if args.augmented else []
    usual = asdict(EstimatorTraining(backbone=training.backbone)) | {"backbone": "alexnet"}
    for name, value in asdict(training).items():
        words += [] if value == usual[name] else [f"--{name.replace('_', '-')}", str(value)]
    words += [] if args.validation_people == VALIDATION_PEOPLE else ["--validation-people", str(args.validation_people)]
    words += ["--devices", *args.devices] if args.devices else []
    return shlex.join([*words, "--out", str(args.out)])
