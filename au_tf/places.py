"""Places for what is to be made, checked before anything heavy starts; the arguments that name them stand in errors."""

import secrets
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

from au_tf.errors import Argument, InputError
from au_tf.files import Place, reaching, write_whole


def check_file(argument: str, path: Place, suffixes: Iterable[str]) -> None:
    """Makes sure that a file can be written; makes nothing.

    Args:
      argument: what the place is called.
      path: the place.
      suffixes: that are accepted, in small letters.

    Raises:
      InputError: for another suffix, a folder, or a place that is missing or not writable.
    """
    source = Argument(argument, path)
    if path.suffix.lower() not in suffixes:
        raise InputError(source, "suffix", path.suffix or "none", " or ".join(suffixes))
    if not isinstance(path, Path):
        _check_store(path.parent)
        return
    try:
        folder = path.is_dir()
        # Which finds names that are too long, too.
        path.lstat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InputError(source, "file", error.strerror or error, "a name that a file can have") from error
    if folder:
        raise InputError(source, "file", "a folder", "a file")
    _check_writable(source, path.parent)


def check_folder(argument: str, folder: Place) -> None:
    """Makes sure that files can be written to a folder, or that it can be made; makes nothing.

    Raises:
      InputError: if it is a file, or it and its parent are missing, or not writable.
    """
    if not isinstance(folder, Path):
        _check_store(folder)
        return
    _check_writable(Argument(argument, folder), folder if folder.exists() else folder.parent)


def check_alone(source: str | Argument, folder: Place, own: Collection[str]) -> None:
    """Makes sure that a folder for results holds nothing else, of which something could be replaced.

    Args:
      source: what errors call the folder.
      folder: which may be missing, too.
      own: paths in it, one of which is there where a run has ended or begun; their folders count as nothing else.

    Raises:
      InputError: if it holds something, and none of these.
    """
    if not folder.is_dir() or any((folder / path).exists() for path in own):
        return
    others = sorted({path.name for path in folder.iterdir()} - {path.partition("/")[0] for path in own})
    if others:
        raise InputError(source, "folder", f"{others[0]} in it", "an empty one, or one of such results")


def check_distinct(*named: tuple[str, Place | None]) -> None:
    """Makes sure that no two arguments, such as the photo and an output, name one file.

    Args:
      *named: an argument and the file, or one of the files, that it names.

    Raises:
      InputError: if two do.
    """
    seen: dict[Place, str] = {}
    for argument, path in named:
        if path is None:
            continue
        other = seen.setdefault(path.resolve(), argument)
        if other != argument:
            raise InputError(Argument(argument, path), "file", f"that of `{other}`", "another file")


def _check_store(folder: Place) -> None:
    """Makes sure that a store can be written to, for which there is no way but to write."""
    assert not isinstance(folder, Path)
    probe = folder / f".{secrets.token_hex(4)}.part"
    write_whole(probe, b"")
    with reaching(probe):
        probe.unlink()


def _check_writable(source: Argument, folder: Path) -> None:
    if not folder.exists():
        raise InputError(source, "folder", f"no {folder}", "a folder that exists")
    try:
        # Trying is the only test that holds for every file system and user.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(source, "folder", error.strerror or error, "a folder that can be written") from error
