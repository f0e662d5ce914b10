"""`au-tf extract`: the coefficients of the face in a photo."""

import argparse
from pathlib import Path

from au_tf.cli import options


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "extract",
        help="write the coefficients of a face",
        description="Write identity, albedo, expression, pose and light of the face in a photo, with its landmarks "
        "and the camera, as NumPy arrays.",
    )
    parser.add_argument("photo", type=Path, metavar="PHOTO")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.npz", help="where the coefficients go")
    options.add_face(parser)
    options.add_face_model(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fits the face model to the photo and writes what it found."""
    from au_tf import startup
    from au_tf.cli import job
    from au_tf.images import read_image

    options.check_output_file("--out", args.out, (".npz",))
    options.check_distinct(
        {"PHOTO": args.photo, "--out": args.out, "--face-model": options.model_path(args.face_model)}
    )
    image = read_image(args.photo)
    model = job.read_model(args.face_model)
    startup.start_tensorflow()
    job.write_coefficients(args.out, model, job.fit(image, str(args.photo), args.face, model))
    print(args.out)
    return 0
