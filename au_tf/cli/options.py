"""Checks of what the user asks for, made before anything heavy starts."""

import argparse
import math
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from au_tf.errors import InputError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
BUILTIN = "builtin"
"""What `--face-model` calls the built-in face."""
_GREATEST_RATE = 240.0


def add_face(parser: argparse.ArgumentParser, several: bool = False) -> None:
    """Adds `--face`, the choice among the faces of a photo; None unless given if `several` photos may come."""
    all_faces = "; of several photos all unless given" if several else ""
    parser.add_argument(
        "--face",
        type=_face_number,
        default=None if several else 0,
        metavar="N",
        help=f"which face, 0 being the largest (default{all_faces})",
    )


def _face_number(text: str) -> int:
    if not _is_whole(text):
        raise argparse.ArgumentTypeError(f"found {text}, expected 0 for the largest face, 1 for the next, and so on")
    return int(text)


def whole_number(text: str) -> int:
    """A type of an option: 0, 1, 2 and so on."""
    if not _is_whole(text):
        raise argparse.ArgumentTypeError(f"found {text}, expected a whole number of at least 0")
    return int(text)


def positive(text: str) -> int:
    """A type of an option: 1, 2, 3 and so on."""
    if not _is_whole(text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text}, expected a whole number of at least 1")
    return int(text)


def seeds(text: str) -> int:
    """The type of `--seeds`."""
    if not _is_whole(text) or not 0 < int(text) <= 100:
        raise argparse.ArgumentTypeError(f"found {text}, expected a number of seeds from 1 to 100")
    return int(text)


def _is_whole(text: str) -> bool:
    # isdecimal alone would let through the digits of other scripts, which int then reads.
    return text.isascii() and text.isdecimal()


def add_face_model(parser: argparse.ArgumentParser) -> None:
    """Adds `--face-model`, the choice of the face model."""
    parser.add_argument(
        "--face-model",
        default=BUILTIN,
        metavar="MODEL",
        help="builtin (default), or a file or folder with a face model: BFM, FLAME, ICT-FaceKit, or one that au-tf "
        "face-model convert wrote",
    )


def model_path(name: str) -> Path | None:
    """The file or folder that `--face-model` names; None for the built-in face."""
    return None if name == BUILTIN else Path(name)


def add_generator(parser: argparse.ArgumentParser) -> None:
    """Adds `--generator`, the choice of the trained network."""
    parser.add_argument(
        "--generator",
        type=Path,
        metavar="DIR",
        help="a trained generator (default: the shipped one, for the built-in face)",
    )


def add_fitter(parser: argparse.ArgumentParser) -> None:
    """Adds `--fitter`, the choice of the regressor from whose answers fits start."""
    parser.add_argument(
        "--fitter",
        type=Path,
        metavar="DIR",
        help="a trained regressor, from whose answer a fit starts (default: the shipped one with the built-in face; "
        "with another face model fits start from the landmarks)",
    )


def add_subject(parser: argparse.ArgumentParser) -> None:
    """Adds what chooses the face of a photo, and the models by which it is fitted and given expressions."""
    add_face(parser)
    add_face_model(parser)
    add_generator(parser)
    add_fitter(parser)


def given(args: argparse.Namespace, settings: Iterable[str]) -> dict[str, Any]:
    """The values of those settings, named as options are, that were given; by the names of their fields."""
    names = [name.replace("-", "_") for name in settings]
    return {name: getattr(args, name) for name in names if hasattr(args, name)}


def add_data_set(parser: argparse.ArgumentParser, use: str) -> None:
    """Adds `--dataset`, whose help tells its use, and `--data-dir`; None where they are not given."""
    parser.add_argument(
        "--dataset",
        default=None,
        metavar="NAME",
        help=f"a data set of recorded people, such as simulated_disfa or disfa/coefficients_fold0: {use}",
    )
    parser.add_argument(
        "--data-dir", type=Path, default=None, metavar="DIR", help="where data sets are kept (default: as TFDS has it)"
    )


def add_devices(parser: argparse.ArgumentParser) -> None:
    """Adds `--devices`, what a network is trained on."""
    parser.add_argument(
        "--devices",
        nargs="+",
        default=(),
        metavar="NAME",
        help="what to train on, such as GPU:0 GPU:1; several share each batch; several CPUs are parts of the one",
    )


def frame_rate(text: str) -> float:
    """Reads a number of pictures a second, the type of `--fps`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 1.0 <= value <= _GREATEST_RATE:
        raise argparse.ArgumentTypeError(f"found {text}, expected a number from 1 to {_GREATEST_RATE:g}")
    return value


def check_output_file(option: str, path: Path, suffixes: tuple[str, ...]) -> None:
    """Makes sure that a file can be written.

    Raises:
      InputError: for a suffix that is not one of `suffixes`, a folder, or a place that is missing or not writable.
    """
    source = f"{option} {path}"
    if path.suffix.lower() not in suffixes:
        raise InputError(source, "suffix", path.suffix or "none", " or ".join(suffixes))
    if path.is_dir():
        raise InputError(source, "file", "a folder", "a file")
    _check_writable(source, path.parent)


def check_output_folder(option: str, folder: Path) -> None:
    """Makes sure that files can be written to a folder, or that it can be made; makes nothing.

    Raises:
      InputError: if it is a file, or it and its parent are missing, or not writable.
    """
    _check_writable(f"{option} {folder}", folder if folder.exists() else folder.parent)


def check_networks(args: argparse.Namespace) -> None:
    """Makes sure that the folders of a generator and a fitter, if any are named, exist.

    Raises:
      InputError: if one does not.
    """
    for name, network in (("generator", "generator"), ("fitter", "regressor")):
        folder = getattr(args, name, None)
        if folder is not None and not folder.is_dir():
            raise InputError(f"--{name} {folder}", "folder", "nothing", f"the folder of a trained {network}")


def check_distinct(paths: Mapping[str, Path | None]) -> None:
    """Makes sure that no two options, such as the photo and an output, name one file.

    Raises:
      InputError: if two do.
    """
    seen: dict[Path, str] = {}
    for option, path in paths.items():
        if path is None:
            continue
        other = seen.setdefault(path.resolve(), option)
        if other != option:
            raise InputError(option, "file", f"{path}, as for {other}", "another file")


def _check_writable(source: str, folder: Path) -> None:
    if not folder.exists():
        raise InputError(source, "folder", f"no {folder}", "a folder that exists")
    try:
        # Trying is the only test that holds for every file system and user.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(source, "folder", error.strerror or error, "a folder that can be written") from error
