"""`au-tf extract`: the coefficients of the faces in photos and videos."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from au_tf.arrays import Arrays
from au_tf.cli import options
from au_tf.errors import InputError

if TYPE_CHECKING:
    from au_tf.morphable import MorphableModel
    from au_tf.pictures.clips import Clip


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "extract",
        help="write the coefficients of faces",
        description="Write identity, albedo, expression, pose and light of the faces in photos and videos, with their "
        "landmarks and the camera, as NumPy arrays. In a video each person has one identity and albedo. An "
        "interrupted extraction goes on when it is started again.",
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="PHOTO|VIDEO|FOLDER|GLOB",
        help="a single photo gives one face, anything else a row for each face in each picture",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.npz", help="where the coefficients go")
    parser.add_argument("--csv", type=Path, metavar="FILE.csv", help="pose and landmarks as a table, too")
    parser.add_argument("--overlay", type=Path, metavar="DIR", help="pictures and films of the mesh over the faces")
    parser.add_argument(
        "--fps",
        type=options.frame_rate,
        default=0.0,
        metavar="N",
        help="the pictures are the frames of one recording, N a second",
    )
    parser.add_argument(
        "--album",
        action="store_true",
        help="photos show the same people again: one identity and albedo each, numbered as they first appear",
    )
    parser.add_argument("--raw", action="store_true", help="do not smooth recordings over time")
    options.add_face(parser, several=True)
    options.add_face_model(parser)
    options.add_fitter(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fits the face model and writes what it found."""
    from au_tf import startup
    from au_tf.cli import job

    _check_places(args)
    options.check_networks(args)
    startup.start_tensorflow()
    from au_tf.fitting.video.extraction import extract, forget
    from au_tf.fitting.video.overlays import draw_overlays
    from au_tf.fitting.video.rows import write_csv, write_rows
    from au_tf.pictures.clips import find_clips

    clips = find_clips(args.inputs, args.fps, args.album)
    _check_inputs(args, clips)
    regressor = None
    if len(args.inputs) == 1 and Path(args.inputs[0]).is_file() and not (clips[0].recording or args.album):
        model, rows = _photo(args)
    else:
        model, regressor = job.read_model(args.face_model), job.read_fitter(args.fitter)
        rows = extract(clips, model, args.face, not args.raw, regressor)
        write_rows(args.out, rows, model)
    print(args.out)
    if args.csv is not None:
        write_csv(args.csv, rows)
        print(args.csv)
    for path in draw_overlays(args.overlay, clips, rows, model) if args.overlay is not None else ():
        print(path)
    forget(clips, model, args.face, regressor)
    _tell_failures(rows)
    return 0


def _photo(args: argparse.Namespace) -> "tuple[MorphableModel, Arrays]":
    """One face of one photo, written without batch axes."""
    from au_tf.cli import job
    from au_tf.fitting.video.rows import row_of, stacked
    from au_tf.pictures.clips import Frame
    from au_tf.pictures.images import read_image

    source, number = str(Path(args.inputs[0])), args.face or 0
    image = read_image(source)
    model = job.read_model(args.face_model)
    found = job.fit(image, source, number, model, args.fitter)
    job.write_coefficients(args.out, model, found)
    return model, stacked([row_of(Frame(1, 0.0, image, source), number, found, model)])


def _check_places(args: argparse.Namespace) -> None:
    options.check_output_file("--out", args.out, (".npz",))
    if args.csv is not None:
        options.check_output_file("--csv", args.csv, (".csv",))
    if args.overlay is not None:
        options.check_output_folder("--overlay", args.overlay)


def _check_inputs(args: argparse.Namespace, clips: "list[Clip]") -> None:
    places = {"--out": args.out, "--csv": args.csv, "--face-model": options.model_path(args.face_model)}
    for path in (path for clip in clips for path in clip.files):
        options.check_distinct({str(path): path} | places)
    if args.face is not None and (args.album or any(clip.recording for clip in clips)):
        found = "an album" if args.album else "a recording"
        raise InputError(f"--face {args.face}", "input", found, f"photos: of {found} all faces are taken")


def _tell_failures(rows: "Arrays") -> None:
    failed = int((~rows["success"]).sum())
    if failed:
        print(f"{failed} of {len(rows['success'])} rows without a reliable fit; `reason` tells why")
