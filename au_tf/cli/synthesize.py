"""`au-tf synthesize`: the face of a photo with the Action Units asked for."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from au_tf.arrays import Float32
from au_tf.cli import options

if TYPE_CHECKING:
    from au_tf.cli.job import Result, Subject


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "synthesize",
        help="give the face of a photo an expression",
        description="Give the face of a photo an expression: the photo itself with the new expression, and on demand "
        "the picture and the mesh of the fitted 3D face.",
    )
    parser.add_argument("photo", type=Path, metavar="PHOTO")
    parser.add_argument(
        "--au",
        action="append",
        required=True,
        metavar="AU12=5",
        help="an Action Unit and its intensity from 0 to 5; repeat it, or list several as AU12=5,AU6=3",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the photo goes (.png or .jpg)")
    parser.add_argument("--render", type=Path, metavar="FILE", help="where the picture of the 3D face goes")
    parser.add_argument("--mesh", type=Path, metavar="FILE", help="where the textured mesh goes (.glb, .obj or .ply)")
    options.add_subject(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Checks everything the user gave, then computes everything, then writes."""
    from au_tf import facs, startup
    from au_tf.cli import job
    from au_tf.pictures.images import read_image

    intensities = facs.parse(*args.au)
    _check_outputs(args)
    options.check_networks(args)
    image = read_image(args.photo)
    startup.start_tensorflow()
    networks = args.generator, args.fitter
    subject = job.prepare(image, str(args.photo), args.face, args.face_model, *networks, intensities)
    _write(args, subject, job.express(subject, intensities), intensities)
    return 0


def _check_outputs(args: argparse.Namespace) -> None:
    from au_tf.cli import meshes

    options.check_output_file("--out", args.out, options.IMAGE_SUFFIXES)
    if args.render:
        options.check_output_file("--render", args.render, options.IMAGE_SUFFIXES)
    written = {"PHOTO": args.photo, "--out": args.out, "--render": args.render}
    if args.mesh:
        options.check_output_file("--mesh", args.mesh, meshes.SUFFIXES)
        written |= {f"--mesh {path}": path for path in meshes.files(args.mesh)}
    options.check_distinct(written)


def _write(args: argparse.Namespace, subject: "Subject", result: "Result", intensities: "Float32") -> None:
    from au_tf.cli import meshes
    from au_tf.pictures.images import write_image

    if args.mesh:
        meshes.write(args.mesh, subject, result.coefficients, intensities)
    if args.render:
        write_image(args.render, result.render)
    write_image(args.out, result.photo)
    for path in filter(None, (args.out, args.render, *(meshes.files(args.mesh) if args.mesh else ()))):
        print(path)
