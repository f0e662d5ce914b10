"""What the commands that make generators have in common."""

import argparse
import shlex
from typing import TYPE_CHECKING

from au_tf.cli import options
from au_tf.errors import InputError

if TYPE_CHECKING:
    from au_tf.morphable import MorphableModel
    from au_tf.synthesis.training_people import RecordedPeople


def check_data_set(args: argparse.Namespace) -> None:
    """Makes sure that a place of data sets comes with a data set.

    Raises:
      InputError: if it does not.
    """
    if args.dataset is None and args.data_dir is not None:
        raise InputError("--data-dir", "use", "without --dataset", "a data set that lies there")


def recorded(args: argparse.Namespace, face: "MorphableModel") -> "RecordedPeople":
    """The people of `--dataset`, those of its split train.

    Raises:
      InputError: if there is no such data set, or its coefficients are not those of `face`.
    """
    from au_tf.cli import job
    from au_tf.datasets.recordings.opening import check_face_model, open_recordings

    builder = open_recordings(args.dataset, args.data_dir)
    check_face_model(builder, face)
    job.say("Reading the data set")
    from au_tf.datasets.recordings.frame_tables import read_frames
    from au_tf.synthesis.training_people import RecordedPeople

    name = f"{builder.name}/{builder.builder_config.name}"
    simulated = bool(builder.info.metadata.get("simulated"))
    return RecordedPeople(name, read_frames(builder, "train"), simulated, args.data_dir)


def tell(args: argparse.Namespace) -> None:
    """Prints where the generator is and how to use it."""
    model = "" if args.face_model == options.BUILTIN else f" --face-model {shlex.quote(args.face_model)}"
    print(f"{args.out} (README.md there tells what was measured); use it with")
    print(f"  au-tf synthesize PHOTO --au AU12=5 --out FILE.png{model} --generator {shlex.quote(str(args.out))}")
