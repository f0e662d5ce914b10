"""`au-tf face-model`: what a face model is, the same in one file, pictures of it."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from au_tf.arrays import Pixels
from au_tf.cli import options

if TYPE_CHECKING:
    from au_tf.morphable import MorphableModel

_WIDTH = 20


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "face-model",
        help="look at a face model, or store it in one file",
        description="Tell what a face model is, store it in one file, or draw it. MODEL is builtin, or a file or "
        "folder with a BFM, FLAME or ICT-FaceKit model, or a file that convert wrote.",
    )
    actions = parser.add_subparsers(title="actions", dest="action", required=True, metavar="ACTION")
    info = actions.add_parser("info", help="print sizes and what Action Units do", description="Print what it is.")
    convert = actions.add_parser(
        "convert",
        help="store it in one file",
        description="Store it in one .npz that every --face-model reads at once, with a picture of it.",
    )
    sheets = actions.add_parser(
        "sheets", help="draw it", description="Draw its views, random people and the Action Units into a folder."
    )
    for action, run in ((info, run_info), (convert, run_convert), (sheets, run_sheets)):
        action.add_argument("model", metavar="MODEL")
        action.set_defaults(run=run)
    info.add_argument("--preview", type=Path, metavar="FILE", help="where a picture goes (.png or .jpg)")
    convert.add_argument("--out", type=Path, required=True, metavar="FILE.npz", help="where the face model goes")
    convert.add_argument(
        "--preview", type=Path, metavar="FILE", help="where a picture goes (default: beside the face model)"
    )
    convert.add_argument("--jaw", action="store_true", help="of FLAME: make the jaw's rotation an expression as well")
    sheets.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder")


def run_info(args: argparse.Namespace) -> int:
    """Prints what a face model is; draws it only if asked."""
    from au_tf.cli import job

    if args.preview:
        _check_preview(args.preview, args.model)
    model = job.read_model(args.model)
    for line in describe(model):
        print(line)
    if args.preview:
        _write_preview(args.preview, model)
    return 0


def run_convert(args: argparse.Namespace) -> int:
    """Reads a face model, draws it, and then stores both."""
    from au_tf.cli import job
    from au_tf.pictures.images import write_image

    options.check_output_file("--out", args.out, (".npz",))
    preview = args.preview or args.out.with_suffix(".png")
    _check_preview(preview, args.model)
    options.check_distinct({"MODEL": options.model_path(args.model), "--out": args.out})
    model = job.read_model(args.model, jaw=args.jaw)
    picture = _draw(model)
    model.save(args.out)
    write_image(preview, picture)
    print(*describe(model), args.out, preview, sep="\n")
    return 0


def run_sheets(args: argparse.Namespace) -> int:
    """Draws the sheets of a face model and then writes them."""
    from au_tf import startup
    from au_tf.cli import job, model_sheets

    options.check_output_folder("--out", args.out)
    model = job.read_model(args.model)
    startup.start_tensorflow()
    print(*model_sheets.write(args.out, model), sep="\n")
    return 0


def describe(model: "MorphableModel") -> Iterator[str]:
    """What a face model is, a line each."""
    import numpy as np

    from au_tf.facs import ACTION_UNITS
    from au_tf.morphable import Part
    from au_tf.simulation.mechanics import LEAST_MOTION_MM, unit_motion, units_are

    extent = np.ptp(model.mean_shape, axis=0)
    corners = model.mean_shape[model.landmarks[[36, 45]]]
    parts = {part.name.lower(): int((model.parts == part).sum()) for part in Part}
    facts = {
        "name": model.name,
        "digest": model.digest[:12],
        "vertices": f"{len(model.mean_shape):,} ({', '.join(f'{name} {n:,}' for name, n in parts.items() if n)})",
        "triangles": f"{len(model.triangles):,}",
        "identity": f"{len(model.identity_basis)} coefficients",
        "albedo": f"{len(model.albedo_basis)} coefficients",
        "expression": f"{len(model.expression_basis)} coefficients",
        "extent": f"{extent[0]:.0f} x {extent[1]:.0f} x {extent[2]:.0f} mm (width, height, depth)",
        "outer eye corners": f"{np.linalg.norm(corners[1] - corners[0]):.1f} mm apart",
        "Action Units": units_are(model),
    }
    yield from (f"{name:{_WIDTH}}{fact}" for name, fact in facts.items())
    for unit, motion in zip(ACTION_UNITS, unit_motion(model), strict=True):
        does = (
            f"moves it by up to {motion:.1f} mm at intensity 5"
            if motion >= LEAST_MOTION_MM
            else "not on this face model"
        )
        yield f"  {unit!s:5}{unit.name:{_WIDTH + 3}}{does}"


def _check_preview(path: Path, model: str) -> None:
    options.check_output_file("--preview", path, options.IMAGE_SUFFIXES)
    options.check_distinct({"MODEL": options.model_path(model), "--preview": path})


def _draw(model: "MorphableModel") -> "Pixels":
    from au_tf import startup

    startup.start_tensorflow()
    from au_tf.cli import job, model_sheets

    job.say("Drawing it")
    return model_sheets.preview(model)


def _write_preview(path: Path, model: "MorphableModel") -> None:
    from au_tf.pictures.images import write_image

    write_image(path, _draw(model))
    print(path)
