"""`au-tf animate`: the face of a photo moved by Action Units in the course of time."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from au_tf.arrays import Float32, Pixels
from au_tf.cli import options

if TYPE_CHECKING:
    from au_tf.cli.job import Subject
    from au_tf.timeline import Timeline

SUFFIXES = (".mp4", ".gif", ".glb")
_RATE = 25.0


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "animate",
        help="move the face of a photo by Action Units over time",
        description="Move the face of a photo by a time line of Action Units: as a film of the photo, or as a mesh "
        "with an animation.",
    )
    parser.add_argument("photo", type=Path, metavar="PHOTO")
    parser.add_argument(
        "timeline",
        type=Path,
        metavar="TIMELINE.csv",
        help="as OpenFace or py-feat writes it, or with columns time (seconds), AU1, AU2, ... (0 to 5)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the film (.mp4, .gif) or mesh (.glb)")
    parser.add_argument(
        "--fps",
        type=options.frame_rate,
        default=_RATE,
        metavar="N",
        help=f"pictures a second of the film, and of a time line that only counts frames (default {_RATE:g})",
    )
    options.add_subject(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Checks everything the user gave, then makes the film or mesh."""
    from au_tf import startup
    from au_tf.cli import job
    from au_tf.pictures.images import read_image
    from au_tf.timeline import read_timeline

    options.check_output_file("--out", args.out, SUFFIXES)
    options.check_distinct({"PHOTO": args.photo, "TIMELINE": args.timeline, "--out": args.out})
    options.check_networks(args)
    timeline = read_timeline(args.timeline, args.fps)
    image = read_image(args.photo)
    for notice in timeline.notices:
        job.say(f"{args.timeline}: {notice}")
    startup.start_tensorflow()
    subject = job.prepare(image, str(args.photo), args.face, args.face_model, args.generator, args.fitter)
    _tell_what_is_not_shown(subject, timeline)
    if args.out.suffix.lower() == ".glb":
        _write_mesh(args.out, subject, timeline)
    else:
        _write_film(args.out, subject, timeline, args.fps)
    print(args.out)
    return 0


def _tell_what_is_not_shown(subject: "Subject", timeline: "Timeline") -> None:
    import numpy as np

    from au_tf.cli import job
    from au_tf.facs import AU_NAMES
    from au_tf.simulation.mechanics import shown_units

    lost = np.flatnonzero(timeline.intensities.any(0) & ~shown_units(subject.model))
    if len(lost):
        job.say(f"This face model does not show {', '.join(AU_NAMES[k] for k in lost)}")


def _write_film(path: Path, subject: "Subject", timeline: "Timeline", rate: float) -> None:
    from au_tf.cli import job
    from au_tf.pictures.film import write_film

    faces = job.expressions(subject, timeline.frames(rate))
    job.say(f"Making {len(faces)} pictures")
    write_film(path, _pictures(subject, [face.expression for face in faces]), rate)


def _pictures(subject: "Subject", expressions: "list[Float32]") -> "Iterator[Pixels]":
    from tqdm import tqdm

    from au_tf.compositing.photo import PhotoCompositor

    fit = subject.fit
    compositor = PhotoCompositor(subject.image, subject.model, fit.coefficients, fit.camera, fit.landmarks)
    for expression in tqdm(expressions, unit="picture", disable=None, leave=False):
        yield compositor.compose(expression)


def _write_mesh(path: Path, subject: "Subject", timeline: "Timeline") -> None:
    """Writes the neutral face, whose blend shapes the time line moves."""
    import numpy as np

    from au_tf.cli import job, meshes
    from au_tf.facs import MAX_INTENSITY
    from au_tf.files import write_whole
    from au_tf.meshes.export import Track, to_glb

    none = np.zeros(timeline.intensities.shape[1], np.float32)
    (neutral,) = job.expressions(subject, none[np.newaxis])
    # Moments that single precision does not tell apart count once.
    times, first = np.unique(timeline.times.astype(np.float32), return_index=True)
    track = Track(times, timeline.intensities[first] / np.float32(MAX_INTENSITY))
    write_whole(
        path, to_glb(subject.model, neutral, meshes.texture(subject), meshes.blend_shapes(subject, none), track)
    )
