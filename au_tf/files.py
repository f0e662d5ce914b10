"""Files that are either whole or not there, on this machine or in an object store."""

import hashlib
import io
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np

from au_tf.arrays import ArrayLike, Arrays
from au_tf.errors import InputError

if TYPE_CHECKING:
    from upath import UPath

Place: TypeAlias = Union[Path, "UPath"]
"""A file or folder; what is no `Path` lies in an object store."""

_LEFT_BEHIND = 24 * 3600.0
"""Seconds after which an unfinished file in the cache is of no process that still runs."""
_UNUSED = 14 * 24 * 3600.0
"""Seconds after which what nobody has used is taken for that of a version of the code that is gone."""
_MADE_ONCE = ("builtin-*", "detail-*", "face-*", "dense-*", "compiled-*")
_LONGEST_SUFFIX = 16


def place(path: str | os.PathLike[str] | Place) -> Place:
    """A file or folder by its name, such as `faces`, `s3://bucket/faces` or whatever else fsspec reaches.

    Raises:
      InputError: if no package that is installed reaches such a store.
    """
    name = str(path)
    if "://" not in name:
        return Path(path)  # type: ignore[arg-type]
    try:
        from upath import UPath

        # Others write there, too.
        found: UPath = UPath(path, use_listings_cache=False)
        found.fs  # noqa: B018
    except (ImportError, ValueError) as error:
        raise InputError(name, "store", error, "one that pip install 'au_tf[stores]' or fsspec reaches") from error
    return Path(found.path) if found.protocol in ("file", "local") else found


@contextmanager
def reaching(path: Place, *known: type[OSError]) -> Iterator[None]:
    """Says in one line why a store cannot be reached, read or written.

    Args:
      path: what is read or written there.
      known: errors that whoever calls deals with.

    Raises:
      InputError: for any other error.
    """
    try:
        yield
    # Stores raise errors of their own libraries.
    except Exception as error:
        if isinstance(error, (InputError, *known)):
            raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(str(path), "store", reason, "one that can be reached") from error


def write_whole(path: str | os.PathLike[str] | Place, data: bytes | str) -> None:
    """Writes a file beside its place and then renames it, so that no half file is left.

    Args:
      path: the file; missing folders are made, an existing file is replaced.
      data: its content; text is written as UTF-8, and names of files in it that are none as by `escaped`.

    Raises:
      InputError: if the place cannot be written.
    """
    with whole_file(path) as beside:
        beside.write_bytes(data.encode(errors="backslashreplace") if isinstance(data, str) else data)


@contextmanager
def whole_file(path: str | os.PathLike[str] | Place) -> Iterator[Path]:
    """A place beside a file, of the same suffix, for what writes piece by piece; afterwards it becomes the file.

    Nothing is left there if the writing fails or is interrupted. What goes into a store is first written on this
    machine, and put there at once: stores show no half object, but know no renaming.

    Args:
      path: the file; missing folders are made, an existing file is replaced.

    Raises:
      InputError: if the place cannot be written.
    """
    path = place(path)
    if not isinstance(path, Path):
        with tempfile.TemporaryDirectory() as folder:
            yield (local := Path(folder, path.name))
            with reaching(path):
                path.fs.put_file(str(local), path.path)
        return
    # A name of its own, since one that is as long as names may be leaves no room for more.
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= _LONGEST_SUFFIX else ""
    beside = path.with_name(f".{secrets.token_hex(4)}.part{suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Before the work: a name that is too long is refused now, not when all is done.
        with suppress(FileNotFoundError):
            path.lstat()
        _clear(path.parent)
        try:
            yield beside
            os.replace(beside, path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(path, "file", error.strerror or error, "a place that can be written") from error


@contextmanager
def plain_name(path: str | os.PathLike[str]) -> Iterator[str]:
    """The name of a file for libraries that take none but UTF-8: its own, else one beside which its folder is linked.

    Args:
      path: the file, which need not be there; its folder has to.
    """
    path = Path(path)
    try:
        os.fspath(path).encode()
        yield os.fspath(path)
        return
    except UnicodeEncodeError:
        pass
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "file" + path.suffix.encode(errors="replace").decode())
        place.symlink_to(path.resolve())
        yield os.fspath(place)


def write_npz(path: str | os.PathLike[str] | Place, arrays: Mapping[str, ArrayLike]) -> None:
    """Writes named arrays to one `.npz` that is either whole or not there.

    Raises:
      InputError: if the place cannot be written.
    """
    write_whole(path, npz_content(arrays))


def npz_content(arrays: Mapping[str, ArrayLike]) -> bytes:
    """What `write_npz` writes; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    np.savez(buffer, **dict[str, Any](arrays))
    return buffer.getvalue()


def read_npz(path: str | os.PathLike[str] | Place, names: list[str]) -> Arrays:
    """Reads named arrays without unpickling.

    Raises:
      InputError: if the file is missing, damaged or lacks a name.
    """
    path = place(path)
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                raise InputError(path, "file", "something else", "an .npz file")
        with np.load(path if isinstance(path, Path) else io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            missing = [n for n in names if n not in file.files]
            if missing:
                raise InputError(path, "arrays", f"no {', '.join(missing)}", f"{', '.join(names)}")
            arrays = {n: file[n] for n in names}
            for n, array in arrays.items():
                # What lacks the header of an array comes back as plain bytes.
                if not isinstance(array, np.ndarray):
                    raise InputError(path, n, "something else", "an array")
            return arrays
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(path, "file", "nothing", "an .npz file") from None
    except Exception as error:
        # Some libraries put the damage itself into their message.
        reason = "".join(c if c.isprintable() else " " for c in str(error)[:160])
        raise InputError(path, "file", f"a damaged file ({reason})", "an .npz file") from error


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits.

    Raises:
      InputError: if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(path, "file", error.strerror or error, "a file that can be read") from error


def cache_folder() -> Path:
    """Where au_tf keeps what it can make again: $AU_TF_CACHE, else the user's cache folder.

    A user without a home has it among the temporary files.
    """
    own = os.environ.get("AU_TF_CACHE")
    if own:
        return Path(own)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "au_tf"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"au_tf-{os.getuid()}"


def kept_place(name: str) -> Path:
    """A place in `cache_folder` for what is made once for each version of the code, noted as used now.

    What was not used for two weeks goes when the next is written there.
    """
    path = cache_folder() / name
    # It is not there yet, or is somebody else's.
    with suppress(OSError):
        os.utime(path)
    return path


def _clear(folder: Path) -> None:
    """Removes from a folder of the cache what killed processes have left and what versions that are gone have kept."""
    if cache_folder() not in (folder, *folder.parents):
        return
    for path in folder.glob(".*.part*"):
        if _older(path, _LEFT_BEHIND):
            with suppress(OSError):
                path.unlink()
    if folder != cache_folder():
        return
    for path in (path for pattern in _MADE_ONCE for path in folder.glob(pattern)):
        if not _older(path, _UNUSED):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def _older(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime > seconds
    except OSError:
        return False
