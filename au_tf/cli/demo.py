"""`au-tf demo`: the main job on a real photo, as pictures, a mesh and coefficients."""

import argparse
from pathlib import Path

from au_tf.arrays import Pixels
from au_tf.cli import options


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "demo",
        help="see what au-tf does, on a photo that comes with it",
        description="Give one face every Action Unit at every intensity, and some combinations, and write the "
        "pictures, a mesh and the coefficients to one folder.",
    )
    parser.add_argument(
        "--photo", type=Path, metavar="FILE", help="another photo than the astronaut of scikit-image (public domain)"
    )
    parser.add_argument("--out", type=Path, default=Path("demo"), metavar="DIR", help="the folder (default: demo)")
    options.add_subject(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Makes everything in memory and then writes it, so that the folder holds one photo's results."""
    from au_tf import startup
    from au_tf.cli import gallery, job

    options.check_output_folder("--out", args.out)
    options.check_networks(args)
    image, source = _photo(args.photo)
    startup.start_tensorflow()
    subject = job.prepare(image, source, args.face, args.face_model, args.generator, args.fitter)
    written = gallery.write(args.out, subject)
    print("Wrote", *written, sep="\n")
    return 0


def _photo(path: Path | None) -> "tuple[Pixels, str]":
    from au_tf.pictures.images import read_image

    if path is not None:
        return read_image(path), str(path)
    from skimage import data

    return data.astronaut(), "the astronaut"
